import type { Decl, SourceFile, SyntaxProblem } from "../../grammar/ast.ts";
import { relatedPlace, type Reporter } from "../diagnostics/index.ts";
import { functions } from "../registry/index.ts";
import { limits } from "../source/limits.ts";
import { lineText, positionAt, type Location, type SourceText } from "../source/source-text.ts";
import { entitiesOf, type Entity } from "./entity.ts";
import type { Module } from "./module.ts";
import { createScope, type Scope } from "./scope.ts";

interface Parsed {
  readonly source: SourceText;
  readonly file: SourceFile;
  readonly library: boolean;
  readonly imported: Scope;
  readonly problems: readonly SyntaxProblem[];
}

const builtinNames: ReadonlySet<string> = new Set([...functions.map((f) => f.name), "cvar"]);

/** Enters a file's own declarations into its scope; reports duplicates and names that hide imports. */
export function declareModule(parsed: Parsed, reporter: Reporter): Module {
  const { source, file, library, imported, problems } = parsed;
  const values = new Map<string, Entity>();
  const units = new Map<string, Entity>();
  const models = new Map<string, Entity>();
  const scope = createScope({ values, units }, imported);
  const module: Module = {
    source,
    file,
    library,
    imported,
    scope,
    exports: { values, units, models },
    suspects: suspectNames(source, problems),
    syntaxErrors: problems.length > 0,
  };
  const count = file.declarations.length + file.models.reduce((n, model) => n + 1 + model.declarations.length, 0);
  if (count > limits.declarations) {
    const first = file.declarations[0] ?? file.models[0] ?? file;
    reporter.report("declaration-limit", { source, span: first.span }, { limit: limits.declarations });
    return { ...module, file: { ...file, declarations: [], models: [] } };
  }
  declareLayer(file.declarations, module, scope, { values, units }, reporter);
  for (const model of file.models) {
    const at: Location = { source, span: model.name.span };
    const entity: Entity = { kind: "model", decl: model, module, name: model.name.name, at, scope };
    const earlier = models.get(model.name.name) ?? values.get(model.name.name);
    // A name that recovery could not find is empty.
    if (entity.name === "") continue;
    if (earlier !== undefined) reportDuplicate(reporter, entity, earlier);
    else models.set(model.name.name, entity);
  }
  return module;
}

/** Enters the names of declarations of one layer: a file's shared ones, or a model's own. */
export function declareLayer(
  declarations: readonly Decl[],
  module: Module,
  scope: Scope,
  into: { readonly values: Map<string, Entity>; readonly units: Map<string, Entity> },
  reporter: Reporter,
): void {
  for (const decl of declarations) {
    if (decl.kind === "task" && !module.library) {
      reporter.report("task-only-library", { source: module.source, span: decl.name.span }, { name: decl.name.name });
    }
    for (const entity of entitiesOf(decl, module, scope)) {
      const map = entity.kind === "unit" ? into.units : into.values;
      const earlier = map.get(entity.name);
      if (earlier !== undefined) {
        reportDuplicate(reporter, entity, earlier);
        continue;
      }
      map.set(entity.name, entity);
      reportBuiltin(reporter, entity);
      const imported =
        entity.kind === "unit" ? module.imported.lookupUnit(entity.name) : module.imported.lookup(entity.name);
      if (imported !== null && imported.kind !== "poison") {
        const related = [relatedPlace("declared", imported.at, { name: imported.name })];
        reporter.report("import-shadows", entity.at, { name: entity.name }, related);
      }
    }
  }
}

/** A function that would take the place of a built-in one. */
export function reportBuiltin(reporter: Reporter, entity: Entity): void {
  if (entity.kind === "fn" && builtinNames.has(entity.name)) {
    reporter.report("name-builtin", entity.at, { name: entity.name });
  }
}

export function reportDuplicate(reporter: Reporter, entity: Entity, earlier: Entity): void {
  reporter.report("duplicate-name", entity.at, { name: entity.name }, [relatedPlace("first", earlier.at, {})]);
}

/** Identifiers on the lines of syntax errors. */
function suspectNames(source: SourceText, problems: readonly SyntaxProblem[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const problem of problems) {
    const from = positionAt(source, problem.span.start).line;
    const to = Math.min(positionAt(source, problem.span.end).line, from + 20);
    // Recovery may have skipped the rest of a broken line and the start of the next.
    for (let line = from; line <= to + 1; line++) {
      for (const name of lineText(source, line).match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? []) names.add(name);
    }
  }
  return names;
}
