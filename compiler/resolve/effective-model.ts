import type { Decl, ModelDecl } from "../../grammar/ast.ts";
import { relatedPlace, suggestName, type Reporter } from "../diagnostics/index.ts";
import { limits } from "../source/limits.ts";
import type { Location } from "../source/source-text.ts";
import { reportBuiltin, reportDuplicate } from "./declare-module.ts";
import { entitiesOf, type Entity } from "./entity.ts";
import type { Module, PlacedDecl } from "./module.ts";
import { createScope, type Scope } from "./scope.ts";

/**
 * A model with everything it inherits: the file's shared declarations, those of the models it extends, its own. A
 * later layer replaces an earlier one's `dim`, `unit`, `param`, `fn`, `set`, `preset` and `waive` of the same name, and
 * all of its declarations of any other kind (`data`, `decision`, `subject to`, `loss`, `risk`, …) at once.
 */
export interface EffectiveModel {
  readonly decl: ModelDecl;
  readonly module: Module;
  readonly at: Location;
  readonly declarations: readonly PlacedDecl[];
  /** Names as seen from declarations of that file. */
  scopeOf(module: Module): Scope;
  readonly entities: { readonly values: ReadonlyMap<string, Entity>; readonly units: ReadonlyMap<string, Entity> };
  /** Names of inherited losses that the model's own loss replaced; inherited risks may still say them. */
  readonly replacedLosses: ReadonlySet<string>;
  /** True where a syntax error may have lost a declaration. */
  readonly incomplete: boolean;
  readonly suspects: ReadonlySet<string>;
}

/** Kinds of which a model has at most one declaration. */
const single: ReadonlySet<Decl["kind"]> = new Set<Decl["kind"]>([
  "seed",
  "data",
  "loss",
  "risk",
  "uncertainty",
  "ambiguity",
  "train",
  "solve",
  "compare",
  "evaluate",
  "stages",
  "stage",
  "observe",
  "infer",
  "stress",
]);

/** Merges a model's layers; `null` where what it extends cannot be found (reported). */
export function resolveModel(model: ModelDecl, module: Module, reporter: Reporter): EffectiveModel | null {
  const chain = extendsChain(model, module, reporter);
  if (chain === null) return null;
  const merged: PlacedDecl[] = [];
  const replacedLosses = new Set<string>();
  const shared = new Set<Module>();
  for (const layer of chain) {
    const from = layer.model === model ? null : layer.model.name.name;
    if (!shared.has(layer.module)) {
      shared.add(layer.module);
      applyLayer(merged, layer.module.file.declarations, layer.module, from, replacedLosses);
    }
    reportSecondDeclarations(layer.model, layer.module, reporter);
    applyLayer(merged, layer.model.declarations, layer.module, from, replacedLosses);
  }
  const values = new Map<string, Entity>();
  const units = new Map<string, Entity>();
  const scopes = new Map<Module, Scope>();
  const scopeOf = (from: Module): Scope => {
    let scope = scopes.get(from);
    if (scope === undefined) scopes.set(from, (scope = createScope({ values, units }, from.imported)));
    return scope;
  };
  for (const { decl, module: home } of merged) {
    for (const entity of entitiesOf(decl, home, scopeOf(home))) {
      const map = entity.kind === "unit" ? units : values;
      const earlier = map.get(entity.name);
      if (earlier !== undefined) reportDuplicate(reporter, entity, earlier);
      else map.set(entity.name, entity);
      reportBuiltin(reporter, entity);
      const imported =
        entity.kind === "unit" ? home.imported.lookupUnit(entity.name) : home.imported.lookup(entity.name);
      if (imported !== null && imported.kind !== "poison") {
        const related = [relatedPlace("declared", imported.at, { name: imported.name })];
        reporter.report("import-shadows", entity.at, { name: entity.name }, related);
      }
    }
  }
  return {
    decl: model,
    module,
    at: { source: module.source, span: model.name.span },
    declarations: merged,
    scopeOf,
    entities: { values, units },
    replacedLosses,
    incomplete: chain.some((layer) => layer.module.syntaxErrors),
    suspects: new Set(chain.flatMap((layer) => [...layer.module.suspects])),
  };
}

interface Layer {
  readonly model: ModelDecl;
  readonly module: Module;
}

/** The first model that extends nothing, down to `model` itself. */
function extendsChain(model: ModelDecl, module: Module, reporter: Reporter): readonly Layer[] | null {
  const chain: Layer[] = [{ model, module }];
  for (;;) {
    const { model: last, module: home } = chain[0]!;
    if (last.extends === undefined) return chain;
    const name = last.extends.name;
    const at: Location = { source: home.source, span: last.extends.span };
    const base = home.exports.models.get(name) ?? home.imported.lookup(name);
    if (name === "" || base?.kind === "poison" || (base === null && home.suspects.has(name))) return null;
    if (base?.kind !== "model") {
      const suggestion = suggestName(name, home.exports.models.keys(), "name a model of this file, or import one");
      reporter.report("extends-unknown", at, { name, suggestion });
      return null;
    }
    const start = chain.findIndex((layer) => layer.model === base.decl);
    if (start >= 0 || chain.length >= limits.extendsDepth) {
      const names = [base.name, ...chain.slice(0, start < 0 ? 3 : start + 1).map((layer) => layer.model.name.name)];
      reporter.report("extends-cycle", at, { cycle: names.reverse().join(" → ") });
      return null;
    }
    chain.unshift({ model: base.decl, module: base.module });
  }
}

function applyLayer(
  merged: PlacedDecl[],
  declarations: readonly Decl[],
  module: Module,
  from: string | null,
  replacedLosses: Set<string>,
): void {
  const keys = new Set(declarations.map(keyOf));
  for (let i = merged.length - 1; i >= 0; i--) {
    const earlier = merged[i]!.decl;
    if (!keys.has(keyOf(earlier))) continue;
    if (earlier.kind === "loss" && earlier.name !== undefined) replacedLosses.add(earlier.name.name);
    merged.splice(i, 1);
  }
  for (const decl of declarations) merged.push({ decl, module, from });
}

/** Declarations of equal keys replace each other between layers. */
function keyOf(decl: Decl): string {
  switch (decl.kind) {
    case "dim":
    case "unit":
    case "param":
    case "fn":
    case "set":
    case "preset":
    case "task":
    case "graph":
    case "state":
      return `${decl.kind} ${decl.name.name}`;
    case "waive":
      return `waive ${decl.assumption.name}`;
    default:
      return decl.kind;
  }
}

function reportSecondDeclarations(model: ModelDecl, module: Module, reporter: Reporter): void {
  const first = new Map<string, Decl>();
  for (const decl of model.declarations) {
    if (!single.has(decl.kind) && decl.kind !== "waive") continue;
    const key = keyOf(decl);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, decl);
      continue;
    }
    const at: Location = { source: module.source, span: decl.span };
    const related = [relatedPlace("first", { source: module.source, span: earlier.span }, {})];
    reporter.report("duplicate-declaration", at, { name: model.name.name, what: decl.kind }, related);
  }
}
