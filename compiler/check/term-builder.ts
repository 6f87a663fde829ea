import type { BinaryOp, ExprNode, ReduceOp, UnaryOp } from "../../runtime/ir/expr.ts";
import { evaluateNode } from "../../runtime/ir/evaluate.ts";
import type { Reporter } from "../diagnostics/index.ts";
import { limits } from "../source/limits.ts";
import type { Location } from "../source/source-text.ts";
import { elementsOf, shapeOf, type Axes } from "./axes.ts";
import type { Term, ValueType } from "./term.ts";

/**
 * Makes terms whose types the caller has checked. Constants are evaluated on the way, within a budget; a value that is
 * not finite is reported where it arises. Methods return `null` after reporting.
 */
export class TermBuilder {
  readonly #reporter: Reporter;
  #nodes = 0;
  #folded = 0;
  #spelled = 0;
  #exhausted = false;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  const(value: readonly number[], type: ValueType, at: Location): Term | null {
    if (!this.#spend(at, 0, value.length)) return null;
    return this.#finite({
      op: "const",
      param: null,
      declaredAt: null,
      type,
      at,
      constant: value,
      inputs: noInputs,
      usesParams: false,
    });
  }

  param(name: string, value: readonly number[], type: ValueType, at: Location): Term | null {
    if (!this.#spend(at, 0, value.length)) return null;
    const base = { type, at, constant: value, inputs: noInputs, usesParams: true };
    return this.#finite({ ...base, op: "const", param: name, declaredAt: at });
  }

  input(name: string, type: ValueType, at: Location): Term {
    return { op: "input", name, type, at, declaredAt: at, constant: null, inputs: new Set([name]), usesParams: false };
  }

  unary(op: UnaryOp, a: Term, type: ValueType, at: Location): Term | null {
    return this.#make([a], type, at, (base) => ({ ...base, op, args: [a] }), { op, shape: [], args: [0] });
  }

  softmax(a: Term, type: ValueType, at: Location): Term | null {
    const node: ExprNode = { op: "softmax", shape: [], args: [0] };
    return this.#make([a], type, at, (base) => ({ ...base, op: "softmax", args: [a] }), node);
  }

  binary(op: BinaryOp, a: Term, b: Term, type: ValueType, at: Location): Term | null {
    return this.#make([a, b], type, at, (base) => ({ ...base, op, args: [a, b] }), { op, shape: [], args: [0, 1] });
  }

  reduce(op: ReduceOp, a: Term, over: readonly number[], type: ValueType, at: Location): Term | null {
    if (over.length === 0) return a;
    const node: ExprNode = { op, shape: [], args: [0], axes: over };
    return this.#make([a], type, at, (base) => ({ ...base, op, args: [a], over }), node);
  }

  broadcast(a: Term, axes: Axes, places: readonly number[], at: Location): Term | null {
    if (a.type.axes.length === axes.length) return a;
    const node: ExprNode = { op: "broadcast", shape: [], args: [0], axes: places };
    const type = { ...a.type, axes };
    return this.#make([a], type, at, (base) => ({ ...base, op: "broadcast", args: [a], places }), node);
  }

  where(condition: Term, yes: Term, no: Term, type: ValueType, at: Location): Term | null {
    const node: ExprNode = { op: "where", shape: [], args: [0, 1, 2] };
    return this.#make(
      [condition, yes, no],
      type,
      at,
      (base) => ({ ...base, op: "where", args: [condition, yes, no] }),
      node,
    );
  }

  gather(a: Term, indices: readonly number[], type: ValueType, at: Location): Term | null {
    if (!this.#spend(at, 0, indices.length)) return null;
    const node: ExprNode = { op: "gather", shape: [], args: [0], indices };
    return this.#make([a], type, at, (base) => ({ ...base, op: "gather", args: [a], indices }), node);
  }

  concat(args: readonly Term[], type: ValueType, at: Location): Term | null {
    const node: ExprNode = { op: "concat", shape: [], args: args.map((_, i) => i) };
    return this.#make(args, type, at, (base) => ({ ...base, op: "concat", args }), node);
  }

  /** The same value at another place, for messages about it. */
  movedTo(term: Term, at: Location): Term {
    return { ...term, at };
  }

  /** The same elements with other axes of equal sizes. */
  retyped(term: Term, type: ValueType): Term {
    return { ...term, type };
  }

  #make(
    args: readonly Term[],
    type: ValueType,
    at: Location,
    create: (base: Pick<Term, "type" | "at" | "constant" | "inputs" | "usesParams">) => Term,
    node: ExprNode,
  ): Term | null {
    const elements = elementsOf(type.axes);
    if (elements > limits.elements) {
      const name = at.source.text.slice(at.span.start, Math.min(at.span.end, at.span.start + 60));
      this.#reporter.report("shape-too-large", at, { name, elements, limit: limits.elements });
      return null;
    }
    if (!this.#spend(at, 1, 0)) return null;
    let constant: readonly number[] | null = null;
    if (args.every((arg) => arg.constant !== null)) {
      const work = args.reduce((n, arg) => n + elementsOf(arg.type.axes), elements);
      if (!this.#fold(at, work)) return null;
      constant = evaluate({ ...node, shape: shapeOf(type.axes) }, args);
    }
    const base = { type, at, constant, inputs: unionInputs(args), usesParams: args.some((arg) => arg.usesParams) };
    return this.#finite(create(base));
  }

  #finite(term: Term): Term | null {
    // An array whose elements were finite before can only become something else in this operation.
    const bad = term.constant === null ? undefined : notFinite(term.constant);
    if (bad === undefined) return term;
    this.#reporter.report("not-finite", term.at, { value: Number.isNaN(bad) ? "NaN (no number)" : String(bad) });
    return null;
  }

  #spend(at: Location, nodes: number, spelled: number): boolean {
    this.#nodes += nodes;
    this.#spelled += spelled;
    if (this.#nodes > limits.exprNodes) return this.#exhaust(at, `more than ${limits.exprNodes} operations`);
    if (this.#spelled <= limits.spelledElements) return !this.#exhausted;
    return this.#exhaust(at, `more than ${limits.spelledElements} numbers written out`);
  }

  #fold(at: Location, work: number): boolean {
    this.#folded += work;
    if (this.#folded <= limits.foldedElements) return true;
    return this.#exhaust(at, `more than ${limits.foldedElements} numbers to compute beforehand`);
  }

  #exhaust(at: Location, what: string): false {
    if (!this.#exhausted) this.#reporter.report("expression-too-large", at, { what });
    this.#exhausted = true;
    return false;
  }

  /** True once a budget is spent: nothing more is built, and nothing more is said. */
  get exhausted(): boolean {
    return this.#exhausted;
  }
}

function notFinite(values: readonly number[]): number | undefined {
  for (const value of values) if (!Number.isFinite(value)) return value;
  return undefined;
}

const noInputs: ReadonlySet<string> = new Set();

function unionInputs(args: readonly Term[]): ReadonlySet<string> {
  let union: ReadonlySet<string> = noInputs;
  for (const { inputs } of args) {
    if (inputs.size === 0 || inputs === union) continue;
    if (union.size === 0) union = inputs;
    else if ([...inputs].some((name) => !union.has(name))) union = new Set([...union, ...inputs]);
  }
  return union;
}

function evaluate(node: ExprNode, args: readonly Term[]): readonly number[] {
  if (node.op === "norm2" && node.axes.length === args[0]!.type.axes.length) {
    // One pass: the general evaluator spreads its elements over the stack.
    let total = 0;
    for (const value of args[0]!.constant!) total += value * value;
    return [Math.sqrt(total)];
  }
  const values = args.map((arg) => ({ shape: shapeOf(arg.type.axes), data: arg.constant! }));
  return Array.from(evaluateNode(node, values));
}
