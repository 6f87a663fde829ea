import type { SourceToken } from "../../../grammar/index.ts";
import {
  adversaries,
  baselines,
  evaluateOptions,
  findGroup,
  generators,
  metrics,
  predictors,
  solvers,
  type GroupSchema,
  type Kind,
  type OptionSchema,
} from "../../registry/index.ts";
import { kindOfDeclaration, presetGroups } from "../kinds.ts";

/** What may be written at a place of a text, as the tokens before it tell. */
export type Place =
  | { readonly kind: "declaration"; readonly inStage: boolean }
  /** The name of a method: one of these groups, or a preset of one. */
  | { readonly kind: "group"; readonly groups: readonly GroupSchema[]; readonly what: string }
  | { readonly kind: "option"; readonly group: GroupSchema; readonly used: readonly string[] }
  | { readonly kind: "value"; readonly option: OptionSchema; readonly of: string }
  /** Options of a set or task are its parameters. */
  | { readonly kind: "parameter"; readonly owner: string; readonly used: readonly string[] }
  | { readonly kind: "metric"; readonly used: readonly string[] }
  | { readonly kind: "expression"; readonly declaration: string | null }
  | { readonly kind: "columns" }
  | { readonly kind: "pipe-stage" }
  | { readonly kind: "domain" }
  | { readonly kind: "type" }
  | { readonly kind: "unit" }
  | { readonly kind: "dim" }
  | { readonly kind: "member"; readonly object: string }
  | { readonly kind: "field-role" }
  | { readonly kind: "split-rule" }
  | { readonly kind: "split-part"; readonly used: readonly string[] }
  | { readonly kind: "source" }
  | { readonly kind: "task" }
  | { readonly kind: "assumption" }
  | { readonly kind: "model" }
  | { readonly kind: "import-name"; readonly from: string | null }
  | { readonly kind: "import-path" }
  | { readonly kind: "data-part" }
  | { readonly kind: "criterion"; readonly words: readonly string[] }
  /** Names of quantities alone: `loss L(…)`, `uncertainty …`. */
  | { readonly kind: "quantity" }
  | { readonly kind: "nothing" };

/** One open bracket, with what may stand in it. */
interface Frame {
  readonly open: string;
  readonly holds: Holds;
  /** Tokens since the last item began. */
  item: SourceToken[];
  readonly used: string[];
}

type Holds =
  | {
      readonly kind:
        "top" | "stage" | "constraints" | "fields" | "import" | "split" | "list" | "unit" | "dims" | "call";
    }
  | { readonly kind: "metrics" }
  | { readonly kind: "options"; readonly group: GroupSchema | null }
  | { readonly kind: "parameters"; readonly owner: string };

const kindsByWord: Readonly<Record<string, Kind | undefined>> = kindOfDeclaration;

/**
 * The place after `tokens`, which are those before the offset `at` where the word being typed begins. `ahead` are the ones after
 * it: `import { … }` says at its end what is imported from.
 */
export function placeAfter(
  tokens: readonly SourceToken[],
  ahead: readonly SourceToken[],
  text: string,
  at: number,
): Place {
  const frames: Frame[] = [{ open: "", holds: { kind: "top" }, item: [], used: [] }];
  let declaration: string | null = null;
  let previous: SourceToken | null = null;
  const isLineStart = (token: SourceToken): boolean => {
    const before = text.lastIndexOf("\n", token.span.start - 1);
    return text.slice(before + 1, token.span.start).trim() === "";
  };
  for (const token of tokens) {
    if (token.category === "comment" || token.category === "doc") continue;
    let frame = frames.at(-1)!;
    const begins = isLineStart(token) && token.role === "declaration" && declares(frame.holds);
    // A declaration at the very start of a line is one whatever was left open above it.
    const flush = token.role === "declaration" && startsLine(token, text) && frames.length > 1 && !inBraces(frames);
    if (begins || flush) {
      if (flush) frames.length = 1;
      frame = frames.at(-1)!;
      declaration = token.text;
      frame.item = [token];
    } else if (isOpening(token.text)) {
      frames.push({ open: token.text, holds: heldBy(token, frame, declaration), item: [], used: [] });
    } else if (isClosing(token.text)) {
      if (frames.length > 1) frames.pop();
      frames.at(-1)!.item.push(token);
    } else if (token.text === "<" && opensUnit(frame)) {
      frames.push({ open: "<", holds: { kind: "unit" }, item: [], used: [] });
    } else if (token.text === ">" && frame.holds.kind === "unit") {
      frames.pop();
      frames.at(-1)!.item.push(token);
    } else if (
      (token.text === "," && !declares(frame.holds)) ||
      (isItemStart(token, frame, previous) && isLineStart(token))
    ) {
      frame.item = token.text === "," ? [] : [token];
    } else {
      if (token.text === ":" && frame.item.length === 1) frame.used.push(frame.item[0]!.text);
      frame.item.push(token);
    }
    previous = token;
  }
  const frame = frames.at(-1)!;
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  // A new line ends what could be ended.
  if (line.trim() === "" && isFinished(frame.item) && frame.open !== "(" && frame.open !== "[") frame.item = [];
  return placeIn(frames, declaration, ahead);
}

function declares(holds: Holds): boolean {
  return holds.kind === "top" || holds.kind === "stage";
}

function startsLine(token: SourceToken, text: string): boolean {
  return token.span.start === 0 || text[token.span.start - 1] === "\n";
}

/** Whether a block is open whose items may begin with a word of the language at the start of a line. */
function inBraces(frames: readonly Frame[]): boolean {
  return frames.some(({ holds }) => holds.kind === "stage");
}

const isOpening = (text: string): boolean => text === "{" || text === "(" || text === "[";
const isClosing = (text: string): boolean => text === "}" || text === ")" || text === "]";

/** A new line begins an item in a block where what stands before it could end one. */
function isItemStart(token: SourceToken, frame: Frame, previous: SourceToken | null): boolean {
  if (frame.open === "(" || frame.open === "[" || previous === null) return false;
  if (previous.category === "operator" || previous.category === "punctuation") return false;
  return token.category === "name" || token.category === "word";
}

/** `real<` and the like: a unit follows a type's name. */
function opensUnit(frame: Frame): boolean {
  const [before, name] = frame.item.slice(-2);
  return before?.text === ":" && name?.text !== undefined && /^(real|int)$/.test(name.text);
}

/** What stands in the bracket that `token` opens. */
function heldBy(token: SourceToken, frame: Frame, declaration: string | null): Holds {
  const last = frame.item.at(-1);
  const name = last !== undefined && (last.category === "name" || last.category === "word") ? last.text : null;
  if (token.text === "(") return { kind: "call" };
  if (token.text === "[") return isTypeBracket(frame) ? { kind: "dims" } : { kind: "list" };
  const { holds } = frame;
  if (holds.kind === "metrics") {
    const group = name === null ? null : findGroup(metrics.groups, name);
    return { kind: "options", group: valueGroup(evaluateOptions, frame, name) ?? group };
  }
  if (holds.kind === "options") {
    return { kind: "options", group: holds.group === null ? null : valueGroup(holds.group, frame, name) };
  }
  if (holds.kind === "fields") return { kind: "split" };
  switch (declaration) {
    case "import":
      return { kind: "import" };
    case "subject":
    case "set":
      return { kind: "constraints" };
    case "stage":
      return { kind: "stage" };
    case "evaluate":
      return { kind: "metrics" };
    case "task":
      return { kind: "fields" };
    case "data": {
      const synthetic = frame.item.some((one) => one.text === "synthetic");
      // The first brace after a task's name holds its options; any other holds the fields.
      return synthetic && name !== null && name !== "synthetic"
        ? { kind: "parameters", owner: name }
        : { kind: "fields" };
    }
    case "decision": {
      const group = name === null ? null : findGroup(predictors.groups, name);
      return group === null ? { kind: "parameters", owner: name ?? "" } : { kind: "options", group };
    }
    default: {
      const groups = groupsFor(frame, declaration) ?? presetGroups;
      return { kind: "options", group: name === null ? null : findNamed(groups, name) };
    }
  }
}

/** A preset's name is not known here: what it is of is found with the names of the file. */
export interface PresetGroup extends GroupSchema {
  readonly preset: true;
}

function findNamed(groups: readonly GroupSchema[], name: string): GroupSchema {
  const preset: PresetGroup = { name, doc: "", options: [], preset: true };
  return findGroup(groups, name) ?? preset;
}

/** The group that is the value of the option before: `optimizer: adam {`. */
function valueGroup(group: GroupSchema, frame: Frame, name: string | null): GroupSchema | null {
  const key = frame.item[1]?.text === ":" ? frame.item[0]?.text : undefined;
  const option = group.options.find((one) => one.name === key);
  if (option?.value.type !== "group" || name === null) return null;
  return findNamed(option.value.groups, name);
}

/** `: real[` and `<usd>[`: the dims of a type. */
function isTypeBracket(frame: Frame): boolean {
  const text = frame.item.slice(-2).map((token) => token.text);
  return text[1] === ">" || (text[0] === ":" && /^(real|int|bool|date|datetime|text)$/.test(text[1] ?? ""));
}

/** Groups that may be named where the item stands; `null` where none may. */
function groupsFor(frame: Frame, declaration: string | null): readonly GroupSchema[] | null {
  const words = frame.item.map((token) => token.text);
  if (words.includes("lift")) return generators.groups;
  if (words.includes("via")) return adversaries.groups;
  if (declaration === "compare") return [...baselines.groups, ...solvers.groups];
  return declaration === null ? null : (kindsByWord[declaration]?.groups ?? null);
}

function placeIn(frames: readonly Frame[], declaration: string | null, ahead: readonly SourceToken[]): Place {
  const frame = frames.at(-1)!;
  const { holds, item, used } = frame;
  const last = item.at(-1);
  switch (holds.kind) {
    case "unit":
      return { kind: "unit" };
    case "dims":
      return last?.text === "." ? member(item) : { kind: "dim" };
    case "import":
      return { kind: "import-name", from: importedFrom(ahead) };
    case "split":
      return last === undefined ? { kind: "split-part", used } : { kind: "nothing" };
    case "options": {
      if (holds.group === null) return { kind: "nothing" };
      return optionPlace(holds.group, item, used, (option) => ({ kind: "value", option, of: holds.group!.name }));
    }
    case "parameters":
      if (item.some((token) => token.text === ":")) return { kind: "expression", declaration };
      return { kind: "parameter", owner: holds.owner, used };
    case "metrics": {
      if (last === undefined || isFinished(item)) return { kind: "metric", used };
      const place = optionPlace(evaluateOptions, item, used, (option) => ({ kind: "value", option, of: "evaluate" }));
      return place.kind === "value" ? place : { kind: "nothing" };
    }
    case "fields":
      return fieldPlace(item);
    case "call":
    case "list": {
      if (last?.text === ".") return member(item);
      if (last?.text === "over") return { kind: "dim" };
      const outer = frames.at(-2)!;
      if (isSignature(frames, declaration)) return last?.text === ":" ? { kind: "type" } : { kind: "nothing" };
      if (declaration === "loss" && frames.length === 2 && !outer.item.some((token) => token.text === "=")) {
        return { kind: "quantity" };
      }
      if (declaration === "data" || declaration === "task") return { kind: "columns" };
      if (outer.holds.kind === "options") return { kind: "nothing" };
      return last?.text === ":" ? { kind: "type" } : { kind: "expression", declaration };
    }
    case "constraints":
      return last?.text === "."
        ? member(item)
        : last?.text === "over"
          ? { kind: "dim" }
          : { kind: "expression", declaration };
    case "top":
    case "stage":
      return declarationPlace(frame, declaration, holds.kind === "stage");
  }
}

/** Parameters of a function, set or task: names of the user's own. */
function isSignature(frames: readonly Frame[], declaration: string | null): boolean {
  const named = declaration === "fn" || declaration === "set" || declaration === "task";
  return named && frames.length === 2 && frames[0]!.item.length === 2;
}

function optionPlace(
  group: GroupSchema,
  item: readonly SourceToken[],
  used: readonly string[],
  value: (option: OptionSchema) => Place,
): Place {
  const colon = item[1]?.text === ":";
  const key = item[0]?.text;
  if (!colon) return item.length === 0 || isFinished(item) ? { kind: "option", group, used } : { kind: "nothing" };
  const option = group.options.find((one) => one.name === key);
  if (option === undefined) return { kind: "expression", declaration: null };
  const last = item.at(-1)!;
  const schema = option.value;
  if (last.text === "by" && schema.type === "choice") return { kind: "criterion", words: schema.criteria };
  if (last.text === "on" && schema.type === "selection") return { kind: "criterion", words: schema.parts };
  return item.length === 2 ? value(option) : isFinished(item) ? { kind: "option", group, used } : { kind: "nothing" };
}

/** Whether an item could end after its last token, so that a new line or a comma begins another. */
function isFinished(item: readonly SourceToken[]): boolean {
  const last = item.at(-1);
  return last !== undefined && last.category !== "operator" && last.category !== "punctuation";
}

function fieldPlace(item: readonly SourceToken[]): Place {
  const last = item.at(-1);
  if (last === undefined) return { kind: "field-role" };
  if (last.text === "split") return { kind: "split-rule" };
  if (item[0]!.text === "split") return { kind: "nothing" };
  if (last.text === ":") return { kind: "type" };
  if (last.text === "|>") return { kind: "pipe-stage" };
  const equals = item.some((token) => token.text === "=");
  return equals && !isFinished(item) ? { kind: "columns" } : { kind: "nothing" };
}

function member(item: readonly SourceToken[]): Place {
  return { kind: "member", object: item.at(-2)?.text ?? "" };
}

function declarationPlace(frame: Frame, declaration: string | null, inStage: boolean): Place {
  const { item } = frame;
  const last = item.at(-1);
  const words = item.map((token) => token.text);
  if (last === undefined || declaration === null) return { kind: "declaration", inStage };
  if (last.text === ".") return member(item);
  if (last.text === "over") return { kind: "dim" };
  switch (declaration) {
    case "import":
      return last.text === "from" ? { kind: "import-path" } : { kind: "nothing" };
    case "model":
      return last.text === "extends" ? { kind: "model" } : { kind: "nothing" };
    case "waive":
      return words.length === 1 ? { kind: "assumption" } : { kind: "nothing" };
    case "data":
      if (last.text === "synthetic") return { kind: "task" };
      return last.text === "=" ? { kind: "source" } : { kind: "nothing" };
    case "decision":
      if (last.text === "in") return { kind: "domain" };
      if (last.text === ":") return { kind: "type" };
      if (last.text === "=") return { kind: "group", groups: predictors.groups, what: predictors.what };
      return isFinished(item) ? { kind: "nothing" } : { kind: "expression", declaration };
    case "param":
    case "fn":
    case "state":
      if (last.text === ":") return { kind: "type" };
      return words.includes("=") || words.includes("in") || words.includes("initially")
        ? { kind: "expression", declaration }
        : { kind: "nothing" };
    case "dim":
    case "graph":
    case "unit":
    case "seed":
      if (declaration === "unit" && words.includes("=")) return { kind: "unit" };
      return words.includes("=") || declaration === "seed" ? { kind: "expression", declaration } : { kind: "nothing" };
    case "uncertainty":
    case "ambiguity":
    case "infer":
    case "train":
    case "solve":
    case "compare":
    case "stress":
    case "preset":
      return methodPlace(frame, declaration);
    case "evaluate":
      return last.text === "on" ? { kind: "data-part" } : { kind: "nothing" };
    case "next":
      return words.length === 1 ? { kind: "quantity" } : { kind: "expression", declaration };
    case "stage":
      return last.text === "observing" || last.text === "stage" ? { kind: "quantity" } : { kind: "nothing" };
    default:
      return { kind: "expression", declaration };
  }
}

function methodPlace(frame: Frame, declaration: string): Place {
  const last = frame.item.at(-1)!;
  const kind = kindsByWord[declaration];
  const named = (groups: readonly GroupSchema[]): Place => ({ kind: "group", groups, what: kind?.what ?? "method" });
  switch (last.text) {
    case "~":
    case "train":
    case "solve":
    case "ambiguity":
      return named(kind?.groups ?? []);
    case "compare":
      return named([...baselines.groups, ...solvers.groups]);
    case ",":
      if (declaration === "compare") return named([...baselines.groups, ...solvers.groups]);
      return declaration === "stress" ? named(kind?.groups ?? []) : { kind: "quantity" };
    case "with":
    case "by":
      return named(kind?.groups ?? []);
    case "via":
      return named(adversaries.groups);
    case "lift":
      return named(generators.groups);
    case "=":
      return named(presetGroups);
    case "uncertainty":
    case "|":
    case "infer":
      return { kind: "quantity" };
    default:
      return { kind: "nothing" };
  }
}

/** What an import that the cursor stands in imports from, read from what follows it. */
function importedFrom(ahead: readonly SourceToken[]): string | null {
  const close = ahead.findIndex((token) => token.text === "}");
  const [from, path] = ahead.slice(close + 1, close + 3);
  return close >= 0 && from?.text === "from" && path?.name === "Text" ? path.text.slice(1, -1) : null;
}
