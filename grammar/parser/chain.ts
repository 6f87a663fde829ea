/**
 * A chain is an expression as it is read: operands with operators between. It becomes a tree here, by the table of
 * operators. Reading flat and grouping afterwards keeps the call stack shallow (one rule per nesting level, not one per
 * precedence level), and lets constraints read `0 <= z <= cap` from the same chain.
 */
import type { BinaryOp, Expr, Ident, RelationOp, Span, SyntaxProblem } from "../ast.ts";
import { MAX_DEPTH } from "../limits.ts";
import { MINUS_PRECEDENCE, NOT_PRECEDENCE, operatorSpec } from "../operators.ts";

export interface Prefix {
  readonly op: "-" | "not";
  readonly start: number;
}
export interface Operand {
  readonly prefixes: readonly Prefix[];
  readonly value: Expr;
}
export interface Operator {
  readonly text: string;
  readonly span: Span;
}
/** `operands.length === operators.length + 1`. */
export interface Chain {
  readonly operands: readonly Operand[];
  readonly operators: readonly Operator[];
}

type Report = (problem: SyntaxProblem) => void;

/** Tree depth of nodes, so that a long chain ends in a diagnostic before it exhausts a recursive walk. */
const depths = new WeakMap<Expr, number>();

/** Records a node's depth from its children's; to be called for every node that has children. */
export function withDepth<E extends Expr>(node: E, children: readonly Expr[]): E {
  let deepest = 0;
  for (const child of children) deepest = Math.max(deepest, depths.get(child) ?? 1);
  depths.set(node, deepest + 1);
  return node;
}

export function depthOf(node: Expr): number {
  return depths.get(node) ?? 1;
}

/** Where nodes in parentheses reach to, parentheses included: the tree keeps no trace of them, but spans around do. */
const extents = new WeakMap<Expr, Span>();

/** Records the parentheses around a node; the outermost of several counts. */
export function withParentheses<E extends Expr>(node: E, span: Span): E {
  extents.set(node, span);
  return node;
}

function extentOf(node: Expr): Span {
  return extents.get(node) ?? node.span;
}

/** The tree of a whole chain. */
export function groupChain(chain: Chain, report: Report): Expr {
  return new Grouping(chain, report).whole();
}

const LOOSER_THAN_RELATION = operatorSpec("==").precedence;

/**
 * A constraint's parts: `0 <= z <= cap` has first `0` and two relations. A chain that a looser operator (`and`, `by`,
 * `|>`, …) divides is one expression, and has no relations.
 */
export function splitRelations(
  chain: Chain,
  report: Report,
): { readonly first: Expr; readonly relations: readonly { readonly op: RelationOp; readonly right: Expr }[] } {
  const loose =
    chain.operators.some((operator) => operatorSpec(operator.text).precedence < LOOSER_THAN_RELATION) ||
    chain.operands.some((operand) => operand.prefixes.some((prefix) => prefix.op === "not"));
  if (loose) return { first: groupChain(chain, report), relations: [] };
  const parts: Expr[] = [];
  const ops: RelationOp[] = [];
  let from = 0;
  for (let i = 0; i <= chain.operators.length; i++) {
    const op = i < chain.operators.length ? relationOf(chain.operators[i]?.text ?? "") : null;
    if (i < chain.operators.length && op === null) continue;
    const part = { operands: chain.operands.slice(from, i + 1), operators: chain.operators.slice(from, i) };
    parts.push(groupChain(part, report));
    if (op !== null) ops.push(op);
    from = i + 1;
  }
  const [first, ...rest] = parts;
  if (!first) throw new Error("a chain has at least one operand");
  return { first, relations: rest.map((right, i) => ({ op: ops[i] ?? "==", right })) };
}

function relationOf(text: string): RelationOp | null {
  switch (text) {
    case "==":
    case "!=":
    case "<=":
    case ">=":
    case "<":
    case ">":
      return text;
    default:
      return null;
  }
}

class Grouping {
  readonly #chain: Chain;
  readonly #report: Report;
  #next = 0;
  #tooDeep = false;

  constructor(chain: Chain, report: Report) {
    this.#chain = chain;
    this.#report = report;
  }

  whole(): Expr {
    const nested = this.#chain.operators.filter((operator) => operator.text === "^").length;
    const prefixes = this.#chain.operands.reduce((count, operand) => count + operand.prefixes.length, 0);
    // Powers and prefixes group to the right, which recurses here: refused before it can exhaust the stack.
    if (nested + prefixes > MAX_DEPTH) {
      const [first, last] = [this.#chain.operands[0], this.#chain.operands.at(-1)];
      const start = first === undefined ? 0 : extentOf(first.value).start;
      const end = last === undefined ? start : extentOf(last.value).end;
      this.#report({ code: "nesting-too-deep", span: { start, end }, args: { limit: MAX_DEPTH } });
      return { kind: "error", span: { start, end } };
    }
    return this.#group(0, 0);
  }

  /** The current operand from its prefix number `prefix` on, and every operator after it that binds as tightly as `weakest`. */
  #group(weakest: number, prefix: number): Expr {
    let left = this.#unary(prefix);
    for (;;) {
      const operator = this.#chain.operators[this.#next];
      if (!operator) return left;
      const spec = operatorSpec(operator.text);
      if (spec.precedence < weakest) return left;
      this.#next += 1;
      const right = this.#group(spec.associativity === "right" ? spec.precedence : spec.precedence + 1, 0);
      left = this.#limited(combine(left, operator.text, right), operator);
      if (spec.associativity === "none" && this.#rejectChain(spec.precedence)) {
        left = { kind: "error", span: left.span };
      }
    }
  }

  /** A minus takes the powers after it, `not` the relations after it. */
  #unary(index: number): Expr {
    const operand = this.#chain.operands[this.#next];
    if (!operand) throw new Error("a chain has one operand more than operators");
    const prefix = operand.prefixes[index];
    if (!prefix) return operand.value;
    const inner = this.#group(prefix.op === "not" ? NOT_PRECEDENCE : MINUS_PRECEDENCE, index + 1);
    const span = { start: prefix.start, end: extentOf(inner).end };
    return withDepth({ kind: "unary", span, op: prefix.op, operand: inner }, [inner]);
  }

  #rejectChain(precedence: number): boolean {
    const again = this.#chain.operators[this.#next];
    if (!again || operatorSpec(again.text).precedence !== precedence) return false;
    this.#report({ code: "chained-relation", span: again.span, args: { op: again.text } });
    return true;
  }

  #limited(node: Expr, operator: Operator): Expr {
    if (depthOf(node) <= MAX_DEPTH) return node;
    if (!this.#tooDeep) {
      this.#tooDeep = true;
      this.#report({ code: "nesting-too-deep", span: operator.span, args: { limit: MAX_DEPTH } });
    }
    return { kind: "error", span: node.span };
  }
}

function nameOf(expr: Expr): Ident {
  if (expr.kind === "name") return { kind: "ident", span: expr.span, name: expr.name, primed: expr.primed };
  return { kind: "ident", span: expr.span, name: "", primed: false };
}

function combine(left: Expr, op: string, right: Expr): Expr {
  const span = { start: extentOf(left).start, end: extentOf(right).end };
  const relation = relationOf(op);
  if (relation) return withDepth({ kind: "compare-expr", span, op: relation, left, right }, [left, right]);
  switch (op) {
    case "|>":
      return withDepth({ kind: "pipe", span, source: left, stage: right }, [left, right]);
    case "by":
    case "on":
      return withDepth({ kind: "by", span, value: left, word: op, criterion: nameOf(right) }, [left]);
    case "over":
      return withDepth({ kind: "over", span, value: left, dim: nameOf(right) }, [left]);
    case "where":
      return withDepth({ kind: "where", span, source: left, condition: right }, [left, right]);
    case "..":
      return withDepth({ kind: "range", span, from: left, to: right }, [left, right]);
    default:
      return withDepth({ kind: "binary", span, op: binaryOp(op), left, right }, [left, right]);
  }
}

function binaryOp(text: string): BinaryOp {
  switch (text) {
    case "+":
    case "-":
    case "*":
    case "/":
    case "^":
    case "and":
    case "or":
      return text;
    default:
      throw new Error(`"${text}" is not a binary operator`);
  }
}
