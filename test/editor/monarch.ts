import { readFileSync } from "node:fs";
import type { Piece } from "./cases.ts";

type Action = string | { readonly cases: Readonly<Record<string, string>> };
interface Definition {
  readonly tokenizer: { readonly root: readonly (readonly [string, Action])[] };
  readonly [list: string]: unknown;
}

const pieces: readonly (readonly [prefix: string, piece: Piece])[] = [
  ["comment.doc", "doc"],
  ["comment", "comment"],
  ["string", "string"],
  ["number", "number"],
  ["keyword", "keyword"],
  ["constant", "constant"],
  ["operator", "operator"],
  ["type", "type"],
  ["key", "key"],
  ["identifier", "name"],
  ["entity", "name"],
];

/** What Monaco's engine does with a definition of one state: the first rule that matches at the place wins. */
export function monarchTokens(
  text: string,
): readonly { readonly text: string; readonly start: number; readonly piece: Piece }[] {
  const path = new URL("../../editor/dro.monarch.json", import.meta.url);
  const definition = JSON.parse(readFileSync(path, "utf8")) as Definition;
  const rules = definition.tokenizer.root.map(([pattern, action]) => ({ pattern: new RegExp(pattern, "y"), action }));
  const found: { text: string; start: number; piece: Piece }[] = [];
  for (let at = 0; at < text.length;) {
    const rule = rules.find(({ pattern }) => {
      pattern.lastIndex = at;
      return pattern.test(text);
    });
    if (rule === undefined) throw new Error(`no rule matches ${JSON.stringify(text.slice(at, at + 10))}`);
    const image = text.slice(at, rule.pattern.lastIndex);
    const name = actionOf(definition, rule.action, image);
    const piece = name === "key" ? "key" : pieces.find(([prefix]) => name.startsWith(prefix))?.[1];
    const operator = name === "keyword.operator";
    if (piece !== undefined) found.push({ text: image, start: at, piece: operator ? "keyword" : piece });
    at = rule.pattern.lastIndex;
  }
  return found;
}

function actionOf(definition: Definition, action: Action, image: string): string {
  if (typeof action === "string") return action;
  for (const [guard, name] of Object.entries(action.cases)) {
    if (guard === "@default") return name;
    const list = definition[guard.slice(1)];
    if (Array.isArray(list) && list.includes(image)) return name;
  }
  throw new Error(`${image} has no case`);
}
