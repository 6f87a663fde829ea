/** The grammar as data: Chevrotain's recorded rules, in reading order and in a form that the generators share. */
import type { ISerializedGast } from "chevrotain";
import { FileParser } from "../parser/file-parser.ts";

export type Production =
  | { readonly kind: "terminal"; readonly token: string }
  | { readonly kind: "rule"; readonly name: string }
  | { readonly kind: "sequence"; readonly parts: readonly Production[] }
  | { readonly kind: "choice"; readonly parts: readonly Production[] }
  | { readonly kind: "optional"; readonly body: Production }
  /** `separator` stands between repetitions. */
  | { readonly kind: "repeat"; readonly body: Production; readonly atLeast: 0 | 1; readonly separator: string | null };

export interface GrammarRule {
  readonly name: string;
  readonly body: Production;
}

/** Rules whose job is only to share code in the parser; readers see their content in place. */
const INLINED: ReadonlySet<string> = new Set(["name", "text", "number", "date"]);
const RENAMED: Readonly<Record<string, string>> = {
  optionEntry: "option",
  nextDecl: "next",
  unitDecl: "unit-declaration",
};

/** `decisionGroup` as readers see it: `decision-group`. */
export function ruleName(name: string): string {
  return RENAMED[name] ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** All rules, each after the first rule that uses it, from `file` on. */
export function grammarRules(): GrammarRule[] {
  const serialized = new Map(new FileParser().getSerializedGastProductions().map((rule) => [nameOf(rule), rule]));
  const order: string[] = [];
  const visit = (name: string): void => {
    if (order.includes(name)) return;
    const rule = serialized.get(name);
    if (!rule) throw new Error(`no rule "${name}" in the grammar`);
    order.push(name);
    for (const used of rulesIn(rule)) visit(used);
  };
  visit("file");
  return order
    .filter((name) => !INLINED.has(name))
    .map((name) => ({ name: ruleName(name), body: productionOf(serialized.get(name), serialized) }));
}

function nameOf(node: unknown): string {
  if (typeof node === "object" && node !== null && "name" in node) return String(node.name);
  throw new Error("a production without a name");
}

function childrenOf(node: ISerializedGast): ISerializedGast[] {
  return node.definition ?? [];
}

function rulesIn(node: ISerializedGast): string[] {
  if (node.type === "NonTerminal") return [nameOf(node)];
  return childrenOf(node).flatMap(rulesIn);
}

function productionOf(node: ISerializedGast | undefined, rules: ReadonlyMap<string, ISerializedGast>): Production {
  if (!node) throw new Error("a rule refers to one that is not there");
  const sequence = (): Production => {
    const parts = childrenOf(node).map((child) => productionOf(child, rules));
    const [only] = parts;
    return parts.length === 1 && only ? only : { kind: "sequence", parts };
  };
  switch (node.type) {
    case "Terminal":
      return { kind: "terminal", token: nameOf(node) };
    case "NonTerminal": {
      const name = nameOf(node);
      return INLINED.has(name) ? productionOf(rules.get(name), rules) : { kind: "rule", name: ruleName(name) };
    }
    case "Rule":
    case "Alternative":
      return sequence();
    case "Alternation":
      return { kind: "choice", parts: childrenOf(node).map((child) => productionOf(child, rules)) };
    case "Option":
      return { kind: "optional", body: sequence() };
    case "Repetition":
      return { kind: "repeat", body: sequence(), atLeast: 0, separator: null };
    case "RepetitionMandatory":
      return { kind: "repeat", body: sequence(), atLeast: 1, separator: null };
    case "RepetitionWithSeparator":
    case "RepetitionMandatoryWithSeparator": {
      const atLeast = node.type === "RepetitionWithSeparator" ? 0 : 1;
      const separator = "separator" in node && node.separator ? nameOf(node.separator) : null;
      return { kind: "repeat", body: sequence(), atLeast, separator };
    }
    default:
      throw new Error(`unknown production ${node.type}`);
  }
}
