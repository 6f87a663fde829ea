import { TASKS } from "../../runtime/tasks/index.ts";
import { styledValue } from "../cli/explain/text-of.ts";
import {
  adversaries,
  ambiguitySets,
  assumptions,
  baselines,
  columnFunctions,
  columnMaps,
  corruptions,
  describeRange,
  describeValue,
  evaluateOptions,
  evaluators,
  fittedStages,
  functions,
  generators,
  metrics,
  optimizers,
  predictors,
  predictorSets,
  references,
  samplers,
  solvers,
  sources,
  splitRules,
  trainers,
  type GroupSchema,
  type Kind,
  type OptionSchema,
  type ValueSchema,
  problemNames,
  type MetricSchema,
} from "../registry/index.ts";

/** `docs/options.md`: everything that may be named in a spec, from the registry that the checker uses. */
export function optionsPage(): string {
  const parts = [
    "# What a spec can name",
    "Generated from the registry by `npm run docs:record`. Every option has a default unless it says otherwise; `droc explain` marks those that a spec left to droc.",
    "## Functions in expressions",
    table(
      ["function", "meaning"],
      functions.map((f) => [f.signature.split(" or ").map(code).join(" or "), f.doc]),
    ),
    "## Data",
    `Files are read by ${sources.map((s) => code(`${s}("file")`)).join(", ")}. Rows are split ${splitRules.map(code).join(" or ")}. Values are mapped by ${columnMaps.map(code).join(", ")}, as functions or after \`|>\`; ${fittedStages.map(code).join(" and ")} are fitted on the training rows only.`,
    table(
      ["columns", "meaning"],
      columnFunctions.map((c) => [code(c.signature), c.doc]),
    ),
    "Synthetic tasks, whose true conditional law is known:",
    ...[...TASKS.values()].flatMap((task) => [
      `### synthetic ${task.name}`,
      task.doc,
      table(
        ["option", "meaning", "default"],
        task.options.map((o) => [code(o.name), o.doc, String(o.default)]),
      ),
    ]),
    "## uncertainty … ~",
    ...kindParts(generators),
    "## ambiguity",
    ...kindParts(ambiguitySets),
    "Where the decision is a predictor, the laws are around its training rows:",
    ...kindParts({
      ...predictorSets,
      groups: predictorSets.groups.filter((group) => !ambiguitySets.groups.includes(group)),
    }),
    ...groupsParts("via", adversaries.groups),
    "## decision … : predictor(… -> …) =",
    ...kindParts(predictors),
    "## train",
    ...kindParts(trainers),
    ...groupsParts("reference:", references),
    ...groupsParts("optimizer:", optimizers),
    "## compare",
    ...kindParts(baselines),
    "## solve",
    ...kindParts(solvers),
    "## infer … by",
    ...kindParts(samplers),
    "## stress test with",
    ...kindParts(corruptions),
    "## evaluate",
    table(
      ["metric", "meaning"],
      metrics.groups.map((m) => [code(m.example), m.doc + sourceOf(m) + notRun(m) + runsIn(m)]),
    ),
    `Planned, and reported as not yet supported: ${metrics.planned.map(code).join(", ")}.`,
    optionsTable(evaluateOptions.options),
    ...groupsParts("evaluator:", evaluators),
    "## waive",
    table(
      ["assumption", "what is waived"],
      [...assumptions].map(([name, doc]) => [code(name), doc]),
    ),
  ];
  return `${parts.join("\n\n")}\n`;
}

function kindParts(kind: Kind): string[] {
  const planned =
    kind.planned.length === 0
      ? []
      : [`Planned, and reported as not yet supported: ${kind.planned.map(code).join(", ")}.`];
  return [...kind.groups.flatMap((group) => groupParts(group)), ...planned];
}

function groupsParts(heading: string, groups: readonly GroupSchema[]): string[] {
  return groups.flatMap((group) => groupParts(group, `${heading} `));
}

function groupParts(group: GroupSchema, prefix = ""): string[] {
  const head = `### ${prefix}${group.name}`;
  const doc = `${capital(group.doc)}${sourceOf(group)}${notRun(group)}.`;
  return group.options.length === 0 ? [head, doc] : [head, doc, optionsTable(group.options)];
}

function optionsTable(options: readonly OptionSchema[]): string {
  return table(
    ["option", "meaning", "values", "default", "example"],
    options.map((o) => [
      code(o.name),
      o.doc + sourceOf(o),
      valuesOf(o.value),
      defaultOf(o),
      code(`${o.name}: ${o.example}`),
    ]),
  );
}

function valuesOf(schema: ValueSchema): string {
  if (schema.type === "number" || schema.type === "int") return `${describeValue(schema)}, ${describeRange(schema)}`;
  return describeValue(schema);
}

function defaultOf(option: OptionSchema): string {
  if (option.default !== undefined)
    return code(styledValue(option.default, { number: String, group: ({ name }) => name }));
  return option.required === true ? "required" : "–";
}

function sourceOf(schema: { readonly source?: string }): string {
  return schema.source === undefined ? "" : ` (${schema.source})`;
}

/** Marks what is checked and lowered, but has no runtime yet. */
function notRun(group: GroupSchema): string {
  return group.runs === false ? "; checked, not run yet" : "";
}

/** Names the kinds of problem that a metric is computed in, where it may stand in others. */
function runsIn({ runsIn: problems }: MetricSchema): string {
  return problems === undefined ? "" : `; computed for ${problems.map((one) => problemNames[one]).join(" and ")}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function code(text: string): string {
  return `\`${text}\``;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((c) => c.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}
