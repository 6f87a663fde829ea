import { CompletionItemKind, InsertTextFormat, type CompletionItem } from "vscode-languageserver";
import { tokenize, TYPE_NAMES, WORDS, type SourceToken, type WordSpec } from "../../../grammar/index.ts";
import {
  assumptions,
  columnFunctions,
  columnMaps,
  evaluateOptions,
  fittedStages,
  functions,
  metrics,
  sources,
  splitRules,
  type GroupSchema,
  type OptionSchema,
} from "../../registry/index.ts";
import { kindNames, type Entity, type EntityKind } from "../../resolve/entity.ts";
import type { Scope } from "../../resolve/scope.ts";
import { standardModules } from "../../resolve/standard-library.ts";
import { parameterText, defaultText, groupMarkdown, optionMarkdown, signatureOf } from "../features/describe.ts";
import { modelAt } from "../features/models.ts";
import { presetGroups } from "../kinds.ts";
import { presetGroup } from "../names/walk-expressions.ts";
import type { Program } from "../program.ts";
import { placeAfter, type Place } from "./place.ts";

/** What completion works with: the text as it stands, and the newest programs, which may be of earlier texts. */
export interface CompletionInput {
  readonly text: string;
  readonly offset: number;
  /** Newest first; names of the first that has any are used, others are added. */
  readonly programs: readonly Program[];
  readonly snippets: boolean;
}

/** What may be written at an offset; the editor filters by what is typed already. */
export function complete(input: CompletionInput): readonly CompletionItem[] {
  const around = declarationAround(input.text, input.offset);
  const text = input.text.slice(around.start, around.end);
  const offset = input.offset - around.start;
  const tokens = tokenize(text);
  const at = offset - prefixAt(text, offset).length;
  const comment = tokens.find(
    ({ category, span }) =>
      (category === "comment" || category === "doc") && span.start < offset && offset <= span.end && span.start < at,
  );
  if (comment !== undefined) return [];
  const before = tokens.filter(({ span }) => span.end <= at);
  const ahead = tokens.filter(({ span }) => span.start >= offset);
  const place = placeAfter(before, ahead, text, at);
  const string = tokens.find(({ span, text: image }) => {
    const closed = image.length > 1 && image.endsWith('"');
    return image.startsWith('"') && span.start < offset && (closed ? offset < span.end : offset <= span.end);
  });
  if (string !== undefined) return inString(before, string, text, input);
  return itemsFor(place, input);
}

const declarationWords = new RegExp(
  `^(?:${WORDS.flatMap(({ word, role }) => (role === "declaration" ? [word] : [])).join("|")})\\b`,
  "gm",
);

/**
 * The declaration around an offset, from its word at the start of a line to the next one: a long file need not be read
 * for what is written in a part of it.
 */
function declarationAround(text: string, offset: number): { readonly start: number; readonly end: number } {
  const line = text.lastIndexOf("\n", offset - 1) + 1;
  let start = 0;
  for (const { index } of text.matchAll(declarationWords)) {
    // The line of the cursor may hold a word that is only being typed: what stands above it counts too.
    if (index >= line) return index > line ? { start, end: index } : nextAfter(text, start, index);
    start = index;
  }
  return { start, end: text.length };
}

function nextAfter(text: string, start: number, index: number): { readonly start: number; readonly end: number } {
  for (const next of text.matchAll(declarationWords)) if (next.index > index) return { start, end: next.index };
  return { start, end: text.length };
}

/** The word that ends at an offset. */
export function prefixAt(text: string, offset: number): string {
  let start = offset;
  while (start > 0 && /\w/.test(text[start - 1]!)) start--;
  return text.slice(start, offset);
}

/** Texts have completions only where they name modules. */
function inString(
  tokens: readonly SourceToken[],
  string: SourceToken,
  text: string,
  input: CompletionInput,
): readonly CompletionItem[] {
  const before = tokens.filter(({ span }) => span.end <= string.span.start);
  const place = placeAfter(before, [], text, string.span.start);
  return place.kind === "import-path" ? itemsFor(place, input) : [];
}

const words: readonly WordSpec[] = WORDS;

function itemsFor(place: Place, input: CompletionInput): readonly CompletionItem[] {
  const names = namesIn(input);
  switch (place.kind) {
    case "declaration":
      return words.flatMap((spec) =>
        spec.role === "declaration" ? [declarationItem(spec, place.inStage, input)] : [],
      );
    case "group":
      return [
        ...place.groups.map((group) => groupItem(group, place.what, input)),
        ...names
          .of("preset")
          .flatMap((entity) =>
            entity.kind === "preset" && presetGroup(entity, place.groups) !== null ? [entityItem(entity)] : [],
          ),
      ];
    case "option": {
      const group = resolved(place.group, names);
      return group.options.flatMap((option) =>
        place.used.includes(option.name) ? [] : [optionItem(option, group.name, input)],
      );
    }
    case "value":
      return valueItems(place.option, input, names);
    case "parameter": {
      const owner = names.find(place.owner) ?? names.standard(place.owner);
      if (owner === null || (owner.kind !== "set" && owner.kind !== "task")) return [];
      const parameters = owner.kind === "set" ? owner.decl.parameters.slice(1) : owner.decl.parameters;
      return parameters.flatMap((parameter) =>
        place.used.includes(parameter.name.name)
          ? []
          : [
              {
                label: parameter.name.name,
                kind: CompletionItemKind.Property,
                detail: parameterText(owner, parameter),
                insertText: `${parameter.name.name}: `,
              },
            ],
      );
    }
    case "metric":
      return [
        ...metrics.groups.map((metric) => ({ ...groupItem(metric, metrics.what, input), insertText: metric.name })),
        ...evaluateOptions.options.flatMap((option) =>
          place.used.includes(option.name) ? [] : [optionItem(option, "evaluate", input)],
        ),
      ];
    case "expression":
      return expressionItems(names, place.declaration);
    case "columns":
      return [
        ...columnFunctions.map((one) => functionItem(one.name, one.signature, one.doc)),
        ...columnMaps.map((name) => functionItem(name, `${name}(source)`, "of each value")),
      ];
    case "pipe-stage":
      return [...fittedStages, ...columnMaps].map((name) => ({ label: name, kind: CompletionItemKind.Function }));
    case "domain":
      return [
        ...names.of("set").map((entity) => entityItem(entity)),
        ...names.allStandard("std/sets").flatMap((entity) => (entity.kind === "set" ? [entityItem(entity)] : [])),
        functionItem("path", "path(G, from = first, to = last)", "edges that lead from one node to another"),
      ];
    case "type":
      return TYPE_NAMES.map((name) => ({ label: name, kind: CompletionItemKind.TypeParameter }));
    case "unit":
      return names.units().map((entity) => entityItem(entity));
    case "dim":
      return [...names.of("dim"), ...names.of("graph"), ...names.of("param")].map((entity) => entityItem(entity));
    case "member":
      return names.find(place.object)?.kind === "graph"
        ? ["edges", "nodes"].map((label) => ({
            label,
            kind: CompletionItemKind.Property,
            detail: `the ${label} of ${place.object}, as a dim`,
          }))
        : [];
    case "field-role":
      return Object.entries(fieldRoles).map(([label, detail]) => ({ label, detail, kind: CompletionItemKind.Keyword }));
    case "split-rule":
      return [...splitRules, "by"].map((label) => ({ label, kind: CompletionItemKind.Keyword }));
    case "split-part":
      return ["train", "validation", "test"].flatMap((label) =>
        place.used.includes(label) ? [] : [{ label, kind: CompletionItemKind.Property, insertText: `${label}: ` }],
      );
    case "source":
      return [
        ...sources.map((name) => functionItem(name, `${name}("file.${name}")`, "rows of a file")),
        { label: "synthetic", kind: CompletionItemKind.Keyword, detail: "data drawn from a task instead of a file" },
      ];
    case "task":
      return names.allStandard("std/tasks").flatMap((entity) => (entity.kind === "task" ? [entityItem(entity)] : []));
    case "assumption":
      return [...assumptions].map(([label, detail]) => ({
        label,
        detail,
        kind: CompletionItemKind.EnumMember,
        insertText: `${label} because ""`,
      }));
    case "model":
      return names.models().map((entity) => entityItem(entity));
    case "import-name":
      return place.from === null ? [] : importable(place.from, input).map((entity) => entityItem(entity));
    case "import-path":
      return standardModules().map((label) => ({ label, kind: CompletionItemKind.Module }));
    case "data-part":
      return ["test", "validation"].map((label) => ({ label, kind: CompletionItemKind.EnumMember }));
    case "criterion":
      return place.words.map((label) => ({ label, kind: CompletionItemKind.EnumMember }));
    case "quantity":
      return valueKinds.flatMap((kind) => names.of(kind)).map((entity) => entityItem(entity));
    case "nothing":
      return [];
  }
}

const valueKinds: readonly EntityKind[] = ["decision", "field", "horizon", "state", "observation"];

const fieldRoles: Readonly<Record<string, string>> = {
  context: "known before the decision is taken",
  outcome: "uncertain when the decision is taken",
  index: "orders the rows",
  window: "past values, with what follows them",
  trajectory: "the uncertain process of a problem of several stages",
  price: "a series that is known for every stage",
  split: "how rows are divided",
};

/** A declaration begins with its word; the common ones are written out for filling in. */
const declarationSnippets: Readonly<Record<string, string>> = {
  model: "model ${1:Name}",
  param: "param ${1:name} = ${2:1.0}",
  dim: "dim ${1:Name} = ${2:10}",
  data: 'data ${1:name} = csv("${2:file.csv}") {\n  context ${3:x}: real[${4:5}] = columns("${5:f_*}")\n  outcome ${6:s}: real[${7:3}] = columns("${8:r_*}")\n  split chronological { train: 70%, validation: 10%, test: 20% }\n}',
  decision: "decision ${1:z}: real[${2:3}] in ${3:simplex} { ${4:cap: 0.5} }",
  loss: "loss ${1:L}(${2:z}, ${3:s}) = ${4:-dot(s, z)}",
  risk: "risk mean(${1:L}) + ${2:gamma} * cvar(${1:L}, level = ${3:90%})",
  uncertainty: "uncertainty ${1:s} | ${2:x} ~ ${3:flow_matching}",
  evaluate: "evaluate on test { ${1:regret}, ${2:cvar_loss} }",
  fn: "fn ${1:name}(${2:u}: real): real = ${3:u}",
  subject: "subject to {\n  ${1:sum(z) <= 1}\n}",
};
const stageWords: ReadonlySet<string> = new Set(["decision", "subject", "next", "loss"]);

function declarationItem(spec: WordSpec, inStage: boolean, input: CompletionInput): CompletionItem {
  const snippet = inStage ? undefined : declarationSnippets[spec.word];
  return {
    label: spec.word,
    kind: CompletionItemKind.Keyword,
    detail: spec.doc,
    sortText: `${inStage && !stageWords.has(spec.word) ? 1 : 0}${spec.word}`,
    ...(snippet === undefined || !input.snippets
      ? { insertText: spec.word === "subject" ? "subject to" : `${spec.word} ` }
      : { insertText: snippet, insertTextFormat: InsertTextFormat.Snippet }),
  };
}

function groupItem(group: GroupSchema, what: string, input: CompletionInput): CompletionItem {
  const required = group.options.filter((option) => option.required === true);
  const written = required.map((option, i) => `${option.name}: \${${i + 1}:${option.example.replaceAll("}", "\\}")}}`);
  const snippet = input.snippets && required.length > 0;
  return {
    label: group.name,
    kind: CompletionItemKind.Method,
    detail: group.doc,
    documentation: { kind: "markdown", value: groupMarkdown(group, what) },
    ...(group.runs === false ? { tags: [], labelDetails: { description: "not run yet" } } : {}),
    ...(snippet
      ? { insertText: `${group.name} { ${written.join(", ")} }`, insertTextFormat: InsertTextFormat.Snippet }
      : {}),
  };
}

function optionItem(option: OptionSchema, of: string, input: CompletionInput): CompletionItem {
  const example = option.example.replaceAll(/[\\$}]/g, "\\$&");
  return {
    label: option.name,
    kind: CompletionItemKind.Property,
    detail: `${option.doc}; default ${defaultText(option).replaceAll("`", "")}`,
    documentation: { kind: "markdown", value: optionMarkdown(option, of) },
    sortText: `${option.required === true ? 0 : 1}${option.name}`,
    ...(input.snippets
      ? { insertText: `${option.name}: \${1:${example}}`, insertTextFormat: InsertTextFormat.Snippet }
      : { insertText: `${option.name}: ` }),
  };
}

function valueItems(option: OptionSchema, input: CompletionInput, names: Names): readonly CompletionItem[] {
  const { value } = option;
  const word = (label: string): CompletionItem => ({ label, kind: CompletionItemKind.EnumMember, detail: option.doc });
  const example: CompletionItem = {
    label: option.example,
    kind: CompletionItemKind.Value,
    detail: "for example",
    sortText: "~",
  };
  const params = names.of("param").map((entity) => entityItem(entity));
  switch (value.type) {
    case "bool":
      return ["true", "false"].map(word);
    case "word":
      return [...(value.numbers ?? []).map(String), ...value.words].map(word);
    case "group":
      return value.groups.map((group) => groupItem(group, `value of \`${option.name}\``, input));
    case "counted":
      return value.words.map(word);
    case "selection":
      return value.metrics.flatMap((metric) => value.parts.map((part) => word(`${metric} on ${part}`)));
    case "choice":
      return [functionItem("one_of", "one_of(a, b, …)", "values that the run chooses from"), ...params, example];
    case "number":
    case "int":
      return [...params, example];
    case "list":
    case "rows":
      return [example];
  }
}

function expressionItems(names: Names, declaration: string | null): readonly CompletionItem[] {
  const measures =
    declaration === "risk"
      ? [functionItem("cvar", "cvar(L, level = 90%)", "mean of the worst losses: of the worst 1 − level")]
      : [];
  const losses = declaration === "risk" ? names.of("loss") : [];
  // The index orders the rows and is in no formula.
  const quantities = valueKinds
    .flatMap((kind) => names.of(kind))
    .filter((entity) => entity.kind !== "field" || entity.decl.role.name !== "index");
  const values = [...quantities, ...names.of("param"), ...names.of("fn"), ...losses];
  return [
    ...values.map((entity) => entityItem(entity)),
    ...measures,
    ...functions.map((one) => functionItem(one.name, one.signature, one.doc)),
    ...(declaration === "graph"
      ? [
          functionItem("grid", "grid(5, 5)", "nodes in rows and columns"),
          functionItem("complete", "complete(8)", "an edge between any two nodes"),
          functionItem("csv", 'csv("roads.csv", from = "tail", to = "head")', "the edges of a file, one a row"),
        ]
      : []),
  ];
}

function functionItem(label: string, signature: string, doc: string): CompletionItem {
  return { label, kind: CompletionItemKind.Function, detail: signature, documentation: doc };
}

const itemKinds: Partial<Readonly<Record<EntityKind, CompletionItemKind>>> = {
  dim: CompletionItemKind.Enum,
  unit: CompletionItemKind.Unit,
  param: CompletionItemKind.Constant,
  fn: CompletionItemKind.Function,
  set: CompletionItemKind.Struct,
  task: CompletionItemKind.Module,
  model: CompletionItemKind.Class,
};

function entityItem(entity: Entity): CompletionItem {
  const callable = entity.kind === "fn" || entity.kind === "set" || entity.kind === "task";
  const doc = entity.kind === "poison" || !("doc" in entity.decl) ? undefined : entity.decl.doc;
  return {
    label: entity.name,
    kind: itemKinds[entity.kind] ?? CompletionItemKind.Variable,
    detail: callable ? signatureOf(entity) : kindNames[entity.kind],
    ...(doc === undefined ? {} : { documentation: doc }),
  };
}

/** The group of a preset's name, whose options are those of what it presets. */
function resolved(group: GroupSchema, names: Names): GroupSchema {
  const entity = group.options.length === 0 ? names.find(group.name) : null;
  return entity?.kind === "preset" ? (presetGroup(entity, names.groups) ?? group) : group;
}

/** Names seen at the cursor. */
interface Names {
  readonly groups: readonly GroupSchema[];
  of(kind: EntityKind): readonly Entity[];
  find(name: string): Entity | null;
  units(): readonly Entity[];
  models(): readonly Entity[];
  standard(name: string): Entity | null;
  allStandard(module: string): readonly Entity[];
}

function namesIn({ programs, offset }: CompletionInput): Names {
  const scopes = programs.flatMap((program): readonly Scope[] => {
    if (program.main === null) return [];
    const name = modelAt(program, offset)?.name.name;
    const ctx = name === undefined ? null : program.context(name);
    return [ctx?.model.scopeOf(program.main) ?? program.main.scope];
  });
  const find = (name: string): Entity | null => {
    for (const scope of scopes) {
      const entity = scope.lookup(name);
      if (entity !== null && entity.kind !== "poison") return entity;
    }
    return null;
  };
  const all = (): readonly Entity[] => {
    const names = new Set(scopes.flatMap((scope) => scope.names()));
    return [...names].flatMap((name) => find(name) ?? []);
  };
  const program = programs[0];
  const standard = (module: string): readonly Entity[] => [...(program?.standard(module).values() ?? [])];
  let values: readonly Entity[] | null = null;
  return {
    groups: presetGroups,
    of: (kind) => (values ??= all()).filter((entity) => entity.kind === kind),
    find,
    units: () => {
      const found = scopes.flatMap((scope) => scope.unitNames().map((name) => scope.lookupUnit(name)));
      const byName = new Map(found.flatMap((entity) => (entity === null ? [] : [[entity.name, entity] as const])));
      return [...byName.values()].filter((entity) => entity.kind === "unit");
    },
    models: () => {
      const main = program?.main;
      return main == null
        ? []
        : [...main.exports.models.values(), ...(values ??= all()).filter(({ kind }) => kind === "model")];
    },
    standard: (name) =>
      [...standard("std/sets"), ...standard("std/tasks")].find((entity) => entity.name === name) ?? null,
    allStandard: standard,
  };
}

function importable(from: string, { programs }: CompletionInput): readonly Entity[] {
  const program = programs[0];
  if (program === undefined) return [];
  if (from.startsWith("std/")) return standardModules().includes(from) ? [...program.standard(from).values()] : [];
  const module = program.modules.find(({ source }) => source.path.endsWith(from.replace(/^(\.\.?\/)+/, "/")));
  return module === undefined ? [] : [...module.exports.values.values(), ...module.exports.models.values()];
}
