/**
 * Precedence and associativity, once: the parser groups by this table, the printer puts parentheses by it, and the EBNF
 * shows it. Larger binds tighter.
 */
export type OperatorKind = "pipe" | "named" | "where" | "logic" | "relation" | "range" | "arithmetic";

export interface OperatorSpec {
  readonly text: string;
  readonly precedence: number;
  readonly kind: OperatorKind;
  readonly associativity: "left" | "right" | "none";
}

export const OPERATORS = [
  { text: "|>", precedence: 1, kind: "pipe", associativity: "left" },
  { text: "by", precedence: 2, kind: "named", associativity: "left" },
  { text: "on", precedence: 2, kind: "named", associativity: "left" },
  { text: "over", precedence: 2, kind: "named", associativity: "left" },
  { text: "where", precedence: 3, kind: "where", associativity: "left" },
  { text: "or", precedence: 4, kind: "logic", associativity: "left" },
  { text: "and", precedence: 5, kind: "logic", associativity: "left" },
  // 6 is the prefix `not`
  { text: "==", precedence: 7, kind: "relation", associativity: "none" },
  { text: "!=", precedence: 7, kind: "relation", associativity: "none" },
  { text: "<=", precedence: 7, kind: "relation", associativity: "none" },
  { text: ">=", precedence: 7, kind: "relation", associativity: "none" },
  { text: "<", precedence: 7, kind: "relation", associativity: "none" },
  { text: ">", precedence: 7, kind: "relation", associativity: "none" },
  { text: "..", precedence: 8, kind: "range", associativity: "none" },
  { text: "+", precedence: 9, kind: "arithmetic", associativity: "left" },
  { text: "-", precedence: 9, kind: "arithmetic", associativity: "left" },
  { text: "*", precedence: 10, kind: "arithmetic", associativity: "left" },
  { text: "/", precedence: 10, kind: "arithmetic", associativity: "left" },
  // 11 is the prefix `-`: `-x^2` is `-(x^2)`
  { text: "^", precedence: 12, kind: "arithmetic", associativity: "right" },
] as const satisfies readonly OperatorSpec[];

export type InfixText = (typeof OPERATORS)[number]["text"];

export const NOT_PRECEDENCE = 6;
export const MINUS_PRECEDENCE = 11;
/** Calls, members, indices: nothing binds tighter. */
export const POSTFIX_PRECEDENCE = 13;

const byText: ReadonlyMap<string, OperatorSpec> = new Map(OPERATORS.map((spec) => [spec.text, spec]));

/** The row of an operator. Throws for a text that is none: that is a fault of the grammar, not of the user. */
export function operatorSpec(text: string): OperatorSpec {
  const spec = byText.get(text);
  if (!spec) throw new Error(`no operator "${text}" in the table`);
  return spec;
}
