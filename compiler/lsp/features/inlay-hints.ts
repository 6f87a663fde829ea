import { InlayHintKind, type InlayHint } from "vscode-languageserver";
import type { Span } from "../../../grammar/index.ts";
import type { AnyModelIR, OptionsIR, OptionValue } from "../../../runtime/ir/model.ts";
import { isOptions, splitText, valueText } from "../../cli/explain/text-of.ts";
import { differenceOf, moved, toPosition } from "../places.ts";
import type { Program } from "../program.ts";
import { numbersText, typeText } from "./describe.ts";

/**
 * Types of parameters that declare none, values of what is computed, sizes of dims in a type, and the defaults that a spec leaves to
 * droc. `known` is the newest program with a whole model: while the text is broken, its hints stay at their places.
 */
export function inlayHints(program: Program, known: Program, range: Span): InlayHint[] {
  const difference = differenceOf(known.text, program.text);
  const hints: InlayHint[] = [];
  for (const { offset, label, tooltip, kind, before } of allHints(known)) {
    const at = moved(offset, difference);
    if (at === null || at < range.start || at > range.end) continue;
    hints.push({
      position: toPosition(program.source, at),
      label,
      kind,
      paddingLeft: before !== true,
      ...(tooltip === undefined ? {} : { tooltip: { kind: "markdown", value: tooltip } }),
    });
  }
  return hints;
}

interface Hint {
  readonly offset: number;
  readonly label: string;
  readonly tooltip?: string;
  readonly kind: InlayHintKind;
  readonly before?: true;
}

const hintsOf = new WeakMap<Program, { readonly models: number; readonly hints: readonly Hint[] }>();

function allHints(program: Program): readonly Hint[] {
  const models = program.compilation.allModels.length;
  const known = hintsOf.get(program);
  if (known?.models === models) return known.hints;
  const hints = [...typeHints(program), ...program.compilation.allModels.flatMap((ir) => defaultHints(program, ir))];
  const sorted = hints.toSorted((a, b) => a.offset - b.offset);
  hintsOf.set(program, { models, hints: sorted });
  return sorted;
}

function typeHints(program: Program): readonly Hint[] {
  const hints: Hint[] = [];
  for (const use of program.ownNames?.uses ?? []) {
    if (use.target.kind !== "entity") continue;
    const { entity } = use.target;
    const ctx = [...program.contexts.values()].find((one) => one.params.has(entity) || one.dims.has(entity));
    if (ctx === undefined) continue;
    if (use.declares && entity.kind === "param") {
      const param = ctx.params.get(entity);
      if (param === undefined || param === null || param === "open") continue;
      const { type, value } = entity.decl;
      if (type === undefined && param.term.type.axes.length + param.term.type.unit.size > 0) {
        hints.push({
          offset: use.span.end,
          label: `: ${typeText(param.term.type)}`,
          kind: InlayHintKind.Type,
          before: true,
        });
      }
      // A value that is written needs no hint; one that is computed does.
      const literal =
        value.kind === "number" || value.kind === "list" || value.kind === "bool" || value.kind === "unary";
      if (!literal)
        hints.push({ offset: value.span.end, label: `= ${numbersText(param.value, 4)}`, kind: InlayHintKind.Type });
    }
    if (!use.declares && entity.kind === "dim") {
      const axis = ctx.dims.get(entity);
      if (axis === undefined || axis === null || axis === "open") continue;
      const inType = /[[,]\s*$/.test(program.text.slice(Math.max(0, use.span.start - 20), use.span.start));
      if (inType) hints.push({ offset: use.span.end, label: `= ${axis.size}`, kind: InlayHintKind.Type });
    }
  }
  return hints;
}

/** How many defaults a hint spells; its tooltip has them all. */
const SHOWN = 3;

function defaultHints(program: Program, ir: AnyModelIR): readonly Hint[] {
  const main = program.source.name;
  const hints: Hint[] = [];
  const visit = (group: OptionsIR | undefined): void => {
    if (group === undefined) return;
    const { at } = group;
    if (at !== undefined && ir.files[at.file] === main) {
      const hint = defaultsOf(program, group, { start: at.start, end: at.end });
      if (hint !== null) hints.push(hint);
    }
    for (const { value } of Object.values(group.options)) if (isOptions(value)) visit(value);
  };
  for (const group of groupsOf(ir)) visit(group);
  const model = program.main?.file.models.find(({ name }) => name.name === ir.name);
  if (model !== undefined && ir.seed.origin === "implicit") {
    const end = (model.extends ?? model.name).span.end;
    hints.push({
      offset: end,
      label: `seed ${ir.seed.value}`,
      kind: InlayHintKind.Parameter,
      tooltip: "the seed of every random draw, since the spec gives none",
    });
  }
  const { split, at } = ir.data;
  if (split.origin === "implicit" && split.value.kind !== "task" && at !== undefined && ir.files[at.file] === main) {
    hints.push({ offset: at.end, label: `split ${splitText(split.value)}`, kind: InlayHintKind.Parameter });
  }
  return hints;
}

/** What is implicit in `name { … }`, before its closing brace or after its name. */
function defaultsOf(program: Program, group: OptionsIR, at: Span): Hint | null {
  const implicit = Object.entries(group.options).filter(([, setting]) => setting.origin === "implicit");
  if (implicit.length === 0) return null;
  const all = implicit.map(([name, { value }]) => `${name}: ${valueLabel(value)}`);
  const text = program.text.slice(at.start, at.end);
  const braces = text.endsWith("}");
  const few = `${all.slice(0, SHOWN).join(", ")}${all.length > SHOWN ? ", …" : ""}`;
  const inside = braces ? text.slice(0, -1).trimEnd() : text;
  const empty = inside.endsWith("{");
  return {
    offset: at.start + inside.length,
    label: braces ? `${empty || inside.endsWith(",") ? "" : ", "}${few}` : `{ ${few} }`,
    tooltip: `Defaults of \`${group.name}\`:\n\n${all.map((one) => `- \`${one}\``).join("\n")}`,
    kind: InlayHintKind.Parameter,
    ...(braces ? { before: true as const } : {}),
  };
}

const valueLabel = (value: OptionValue): string => valueText(value);

function groupsOf(ir: AnyModelIR): readonly (OptionsIR | undefined)[] {
  return [
    ir.data.source.kind === "synthetic" ? ir.data.source.task : undefined,
    ir.uncertainty.generator,
    "predictor" in ir ? ir.predictor.network : undefined,
    ...("ambiguity" in ir && ir.ambiguity !== undefined ? [ir.ambiguity.set, ir.ambiguity.via, ir.ambiguity.lift] : []),
    "train" in ir ? ir.train : undefined,
    "solve" in ir ? ir.solve : undefined,
    "inference" in ir ? ir.inference.by : undefined,
    ...("compare" in ir ? ir.compare : []),
    ...("stress" in ir ? (ir.stress?.corruptions ?? []) : []),
  ];
}
