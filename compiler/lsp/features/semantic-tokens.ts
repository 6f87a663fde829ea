import type { SemanticTokensLegend } from "vscode-languageserver";
import { tokenize, type Span } from "../../../grammar/index.ts";
import type { EntityKind } from "../../resolve/entity.ts";
import { positionAt } from "../../source/source-text.ts";
import { walkSyntax } from "../../resolve/walk.ts";
import type { NameUse } from "../names/targets.ts";
import type { Program } from "../program.ts";

const types = [
  "comment",
  "string",
  "number",
  "keyword",
  "operator",
  "class",
  "enum",
  "enumMember",
  "type",
  "function",
  "struct",
  "method",
  "namespace",
  "variable",
  "parameter",
  "property",
] as const;
const modifiers = ["declaration", "documentation", "readonly", "defaultLibrary"] as const;

export type SemanticType = (typeof types)[number];
export type SemanticModifier = (typeof modifiers)[number];

export const semanticLegend: SemanticTokensLegend = { tokenTypes: [...types], tokenModifiers: [...modifiers] };

/** One coloured piece of a text. */
export interface SemanticToken {
  readonly span: Span;
  readonly type: SemanticType;
  readonly modifiers: readonly SemanticModifier[];
}

/** What every token is, by what its name stands for; brackets and punctuation have no colour of their own. */
export function semanticTokens(program: Program): readonly SemanticToken[] {
  const uses = new Map((program.ownNames?.uses ?? []).map((use) => [use.span.start, use]));
  const named = namedOffsets(program);
  const found: SemanticToken[] = [];
  for (const { category, text, span, role } of tokenize(program.text)) {
    const add = (type: SemanticType, ...own: readonly SemanticModifier[]): void => {
      found.push({ span, type, modifiers: own });
    };
    const use = uses.get(span.start);
    if (use !== undefined && (category === "name" || category === "word")) {
      const described = describe(use);
      if (described !== null) found.push({ span: use.span, ...described });
      continue;
    }
    switch (category) {
      case "comment":
        add("comment");
        break;
      case "doc":
        add("comment", "documentation");
        break;
      case "literal":
        if (text.startsWith('"') || text.startsWith("'")) add("string");
        else add("number");
        break;
      case "operator":
        add("operator");
        break;
      case "word":
        // A word that stands for a name which nothing is known of stays plain.
        if (!named.has(span.start)) add(role === "constant" ? "enumMember" : "keyword");
        break;
      default:
    }
  }
  return found;
}

/** Where the tree has names, so that a word there is none of the language. */
function namedOffsets(program: Program): ReadonlySet<number> {
  const named = new Set<number>();
  if (program.main === null) return named;
  walkSyntax(program.main.file, (node) => {
    if (node.kind === "ident" || node.kind === "name") named.add(node.span.start);
  });
  return named;
}

const entityTypes: Readonly<Record<EntityKind, SemanticType>> = {
  dim: "enum",
  unit: "type",
  param: "variable",
  fn: "function",
  set: "struct",
  preset: "method",
  task: "function",
  graph: "variable",
  model: "class",
  data: "namespace",
  field: "variable",
  horizon: "variable",
  decision: "variable",
  loss: "function",
  stages: "enum",
  state: "variable",
  observation: "variable",
  poison: "variable",
};

function describe({ target, declares }: NameUse): Omit<SemanticToken, "span"> | null {
  const own: readonly SemanticModifier[] = declares ? ["declaration"] : [];
  switch (target.kind) {
    case "entity": {
      const { entity } = target;
      const library = entity.kind !== "poison" && entity.at.source.name.startsWith("std/");
      const fixed = entity.kind === "param" ? (["readonly"] as const) : [];
      return {
        type: entityTypes[entity.kind],
        modifiers: [...own, ...fixed, ...(library ? (["defaultLibrary"] as const) : [])],
      };
    }
    case "parameter":
      return { type: "parameter", modifiers: own };
    case "function":
      return { type: "function", modifiers: ["defaultLibrary"] };
    case "group":
      return { type: "method", modifiers: ["defaultLibrary"] };
    case "option":
    case "key":
    case "label":
    case "graph-part":
      return { type: "property", modifiers: [] };
    case "word":
    case "assumption":
      return { type: "enumMember", modifiers: [] };
    case "type":
      return { type: "type", modifiers: ["defaultLibrary"] };
    case "role":
      return { type: "keyword", modifiers: [] };
    case "unknown":
      return null;
  }
}

/** As the protocol sends them: five numbers a token, places relative to the token before. */
export function encodeTokens(program: Program, tokens: readonly SemanticToken[]): number[] {
  const data: number[] = [];
  let lastLine = 0;
  let lastCharacter = 0;
  for (const { span, type, modifiers: own } of tokens) {
    const { line, column } = positionAt(program.source, span.start);
    const bits = own.reduce((all, modifier) => all | (1 << modifiers.indexOf(modifier)), 0);
    const character = column - 1;
    const step = line - 1 - lastLine;
    data.push(
      step,
      step === 0 ? character - lastCharacter : character,
      span.end - span.start,
      types.indexOf(type),
      bits,
    );
    lastLine = line - 1;
    lastCharacter = character;
  }
  return data;
}
