import type { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { ExprNode } from "../../runtime/ir/expr.ts";
import { argsOf, isBinary, isReduce, isUnary, type ReduceNode } from "../../runtime/ir/scalar-ops.ts";
import { sizeOf, type Shape } from "../../runtime/ir/shape.ts";
import {
  binaryFragment,
  choose,
  conditionFragment,
  isSimple,
  literal,
  nonZero,
  numeric,
  primary,
  unaryFragment,
  type Fragment,
} from "./fragment.ts";
import { affineIndex, flatten, unravel, type Index } from "./index-text.ts";
import type { Names } from "./names.ts";

/** What a body needs to know of the module around it. */
export interface Surroundings {
  /** Element `index` (an expression) of an input, flattened. */
  input(name: string, index: string): string;
  /** Identifier of a parameter; its elements are `name[i]` where it has axes. */
  param(name: string): string;
  /** Identifier of a module constant that holds these numbers. */
  table(values: readonly number[]): string;
  /** Name of the dim that an input's axis runs over. */
  dim(input: string, axis: number): string | null;
}

/** Where a value goes. */
export interface Target {
  readonly array: string;
  /** Position of its first element. */
  readonly offset: number;
  readonly id: number;
}

/** Lines under way, with the names that hold what they have computed. */
interface Scope {
  readonly lines: string[];
  readonly known: Map<string, Fragment>;
  readonly depth: number;
}

/** Most operations inside each other in one expression. */
const longest = 16;

const loopVariables = ["i", "j", "k", "l", "m", "n"];

/** Word for the constant that holds an operation's value. */
const wordFor: Readonly<Record<string, string>> = {
  sum: "total",
  prod: "product",
  reduce_max: "largest",
  reduce_min: "smallest",
  norm1: "total",
  norm2: "norm",
  norm_inf: "largest",
  log_sum_exp: "logSum",
  add: "sum",
  sub: "difference",
  mul: "product",
  div: "quotient",
  pow: "power",
  max: "larger",
  min: "smaller",
  neg: "negated",
  square: "squared",
  pos: "excess",
  abs: "magnitude",
  exp: "exponential",
  where: "chosen",
  concat: "joined",
  matmul: "matrix",
  softmax: "shares",
};

/**
 * Writes the values of some nodes as straight-line TypeScript. Element-by-element operations are fused into the loop
 * that needs them; what is read more than once is named; reductions, products of matrices, joins and softmax have loops
 * of their own. Only what some root needs is written.
 */
export class BodyWriter {
  readonly #b: GraphBuilder;
  readonly #around: Surroundings;
  readonly #names: Names;
  readonly #uses = new Map<number, number>();
  readonly #arrays = new Map<number, string>();
  /** Values that are named, in order, only to keep expressions short; not yet written. */
  #cuts: number[] = [];
  readonly #root: Scope = { lines: [], known: new Map(), depth: 0 };

  constructor(b: GraphBuilder, roots: readonly number[], around: Surroundings, names: Names) {
    this.#b = b;
    this.#around = around;
    this.#names = names;
    const pending = [...roots];
    for (const id of roots) this.#uses.set(id, (this.#uses.get(id) ?? 0) + 1);
    const visited = new Set<number>();
    while (pending.length > 0) {
      const id = pending.pop()!;
      if (visited.has(id)) continue;
      visited.add(id);
      for (const arg of argsOf(b.node(id))) {
        this.#uses.set(arg, (this.#uses.get(arg) ?? 0) + 1);
        pending.push(arg);
      }
    }
    const height = new Map<number, number>();
    for (const id of [...visited].sort((p, q) => p - q)) {
      const below = Math.max(0, ...argsOf(b.node(id)).map((arg) => height.get(arg)!));
      if (below + 1 >= longest) this.#cuts.push(id);
      height.set(id, below + 1 >= longest || (this.#uses.get(id) ?? 0) > 1 ? 0 : below + 1);
    }
  }

  get lines(): readonly string[] {
    return this.#root.lines;
  }

  /** An expression for a scalar, after the lines that it needs. */
  scalar(id: number): string {
    this.#writeCuts();
    return this.#value(id, [], this.#root).text;
  }

  /** Lines that store a value's elements in row-major order. */
  store({ array, offset, id }: Target): void {
    this.#writeCuts();
    this.#store(array, offset, id, this.#root);
  }

  /** Long expressions in parts, innermost first: neither a reader nor a formatter has to nest deeply. */
  #writeCuts(): void {
    const cuts = this.#cuts;
    this.#cuts = [];
    for (const id of cuts) {
      const node = this.#b.node(id);
      if (node.shape.length > 0) {
        if (node.op !== "const" && node.op !== "input") this.#array(id);
        continue;
      }
      const fragment = this.#value(id, [], this.#root);
      if (!isSimple(fragment)) this.#root.known.set(`${id}[]`, this.#name(node, fragment, this.#root));
    }
  }

  #store(array: string, offset: number, id: number, scope: Scope): void {
    const node = this.#b.node(id);
    if (node.op === "concat" && !this.#arrays.has(id)) {
      let start = offset;
      for (const part of node.args) {
        this.#store(array, start, part, scope);
        start += sizeOf(this.#b.shape(part));
      }
      return;
    }
    this.#loop(node.shape, this.#dims(id), scope, (index, inner) => {
      const position = flatten(node.shape, index, offset);
      inner.lines.push(`${array}[${position}] = ${this.#value(id, index, inner).text};`);
    });
  }

  /** One element of a value. Scalars are computed outside all loops. */
  #value(id: number, index: Index, scope: Scope): Fragment {
    const node = this.#b.node(id);
    const within = node.shape.length === 0 ? this.#root : scope;
    const array = this.#arrays.get(id);
    if (array !== undefined) return primary(`${array}[${flatten(node.shape, index)}]`);
    const key = `${id}[${index.join()}]`;
    const known = within.known.get(key);
    if (known !== undefined) return known;
    const fragment = this.#compute(node, id, index, within);
    const shared = (this.#uses.get(id) ?? 0) > 1 || (within !== scope && scope.depth > 0);
    const named = shared && !isSimple(fragment) ? this.#name(node, fragment, within) : fragment;
    within.known.set(key, named);
    return named;
  }

  #compute(node: ExprNode, id: number, index: Index, scope: Scope): Fragment {
    const arg = (i: number, at: Index = index): Fragment => this.#value(argsOf(node)[i]!, at, scope);
    if (isUnary(node)) {
      const twice = ["softplus"].includes(node.op);
      if (node.op === "not") return numeric(this.#condition(id, index, scope));
      return unaryFragment(node.op, twice ? this.#simple(node.args[0], index, scope) : arg(0));
    }
    if (isBinary(node)) {
      if (isComparison(node.op)) return numeric(this.#condition(id, index, scope));
      return binaryFragment(node.op, arg(0), arg(1));
    }
    if (isReduce(node)) {
      return node.shape.length === 0
        ? this.#reduce(node, [], scope)
        : primary(`${this.#array(id)}[${flatten(node.shape, index)}]`);
    }
    switch (node.op) {
      case "const":
        return this.#constant(node, flatten(node.shape, index));
      case "input":
        return primary(this.#around.input(node.name, flatten(node.shape, index)));
      case "broadcast":
        return arg(
          0,
          node.axes.map((axis) => index[axis]!),
        );
      case "transpose":
        return arg(0, [index[1]!, index[0]!]);
      case "where":
        return choose(this.#condition(node.args[0], index, scope), arg(1), arg(2));
      case "gather":
        return this.#gather(node, index, scope);
      case "concat":
      case "softmax":
      case "matmul":
        return primary(`${this.#array(id)}[${flatten(node.shape, index)}]`);
    }
  }

  #constant(node: Extract<ExprNode, { readonly op: "const" }>, position: string): Fragment {
    if (node.param !== undefined) {
      const name = this.#around.param(node.param);
      return primary(node.shape.length === 0 ? name : `${name}[${position}]`);
    }
    const known = /^\d+$/.test(position) ? node.value[Number(position)] : undefined;
    return known === undefined ? primary(`${this.#around.table(node.value)}[${position}]`) : literal(known);
  }

  /** A value as a boolean. */
  #condition(id: number, index: Index, scope: Scope): Fragment {
    const node = this.#b.node(id);
    const key = `${id}[${index.join()}]?`;
    const within = node.shape.length === 0 ? this.#root : scope;
    const known = within.known.get(key);
    if (known !== undefined) return known;
    let fragment: Fragment;
    if (isUnary(node) && node.op === "not") {
      fragment = conditionFragment("eq", this.#value(node.args[0], index, within), literal(0));
    } else if (isBinary(node) && isComparison(node.op)) {
      fragment = conditionFragment(
        node.op,
        this.#value(node.args[0], index, within),
        this.#value(node.args[1], index, within),
      );
    } else if (node.op === "broadcast") {
      return this.#condition(
        node.args[0],
        node.axes.map((axis) => index[axis]!),
        scope,
      );
    } else {
      return nonZero(this.#value(id, index, scope));
    }
    if ((this.#uses.get(id) ?? 0) > 1) {
      const name = this.#names.take("holds");
      within.lines.push(`const ${name} = ${fragment.text};`);
      fragment = primary(name);
    }
    within.known.set(key, fragment);
    return fragment;
  }

  #gather(node: Extract<ExprNode, { readonly op: "gather" }>, index: Index, scope: Scope): Fragment {
    const source = node.args[0];
    const shape = this.#b.shape(source);
    const position = flatten(node.shape, index);
    if (/^\d+$/.test(position)) {
      return this.#value(source, unravel(shape, node.indices[Number(position)]!), scope);
    }
    const affine = affineIndex(node.indices, node.shape, index);
    const at = affine ?? `${this.#around.table(node.indices)}[${position}]`;
    const inner = this.#b.node(source);
    if (inner.op === "input") return primary(this.#around.input(inner.name, at));
    if (inner.op === "const") return this.#constant(inner, at);
    if (shape.length === 1 && affine !== null && inner.op !== "concat") return this.#value(source, [affine], scope);
    return primary(`${this.#array(source)}[${at}]`);
  }

  /** Name of an array that holds a value, written where it is first needed, outside all loops. */
  #array(id: number): string {
    const known = this.#arrays.get(id);
    if (known !== undefined) return known;
    const node = this.#b.node(id);
    const plural = isReduce(node) || wordFor[node.op] === undefined ? "s" : "";
    const name = this.#names.take(`${wordFor[node.op] ?? "value"}${plural}`);
    const scope: Scope = { lines: [], known: new Map(), depth: 0 };
    scope.lines.push(`const ${name} = new Float64Array(${sizeOf(node.shape)});`);
    if (isReduce(node)) {
      this.#loop(node.shape, this.#dims(id), scope, (index, inner) => {
        inner.lines.push(`${name}[${flatten(node.shape, index)}] = ${this.#reduce(node, index, inner).text};`);
      });
    } else if (node.op === "softmax") {
      this.#softmax(name, node, scope);
    } else if (node.op === "matmul") {
      this.#matmul(name, node, scope);
    } else {
      this.#store(name, 0, id, scope);
    }
    this.#root.lines.push(...scope.lines);
    this.#arrays.set(id, name);
    return name;
  }

  #softmax(name: string, node: Extract<ExprNode, { readonly op: "softmax" | "transpose" }>, scope: Scope): void {
    const argument = node.args[0];
    const rows = node.shape.slice(0, -1);
    const width = node.shape.at(-1)!;
    this.#loop(rows, [], scope, (row, inner) => {
      const [largest, total] = [this.#names.take("largest"), this.#names.take("total")];
      inner.lines.push(`let ${largest} = -Infinity;`, `let ${total} = 0;`);
      const each = (line: (index: Index, position: string, body: Scope) => string): void =>
        this.#loop([width], [], inner, ([last], body) => {
          const index = [...row, last!];
          body.lines.push(line(index, flatten(node.shape, index), body));
        });
      each((index, _position, body) => {
        return `${largest} = Math.max(${largest}, ${this.#value(argument, index, body).text});`;
      });
      each((index, position, body) => {
        const shifted = binaryFragment("sub", this.#value(argument, index, body), primary(largest));
        return `${total} += ${name}[${position}] = Math.exp(${shifted.text});`;
      });
      each((_index, position) => `${name}[${position}] /= ${total};`);
    });
  }

  #matmul(name: string, node: Extract<ExprNode, { readonly op: "matmul" }>, scope: Scope): void {
    const shared = this.#b.shape(node.args[1])[0]!;
    this.#loop(node.shape, [], scope, (index, inner) => {
      const total = this.#names.take("total");
      inner.lines.push(`let ${total} = 0;`);
      this.#loop([shared], [], inner, ([k], body) => {
        const left = this.#value(node.args[0], [index[0]!, k!], body);
        const right = this.#value(node.args[1], [k!, index[1]!], body);
        body.lines.push(`${total} += ${binaryFragment("mul", left, right).text};`);
      });
      inner.lines.push(`${name}[${flatten(node.shape, index)}] = ${total};`);
    });
  }

  /** One element of a reduction: a loop over what falls into it. `kept` is the element's own index. */
  #reduce(node: ReduceNode, kept: Index, scope: Scope): Fragment {
    const argument = node.args[0];
    const shape = this.#b.shape(argument);
    const dims = this.#dims(argument);
    const word = node.op === "norm2" || node.op === "log_sum_exp" ? "total" : wordFor[node.op]!;
    const starts = { sum: "0", norm1: "0", norm2: "0", log_sum_exp: "0", prod: "1", reduce_max: "-Infinity" };
    const start = { ...starts, reduce_min: "Infinity", norm_inf: "0" }[node.op];
    const each = (line: (element: Fragment) => string): void =>
      this.#loop(
        node.axes.map((axis) => shape[axis]!),
        node.axes.map((axis) => dims[axis] ?? null),
        scope,
        (reduced, inner) => {
          let next = 0;
          const index = shape.map((_, axis) => {
            const at = node.axes.indexOf(axis);
            return at >= 0 ? reduced[at]! : kept[next++]!;
          });
          const element =
            node.op === "norm2" ? this.#simple(argument, index, inner) : this.#value(argument, index, inner);
          inner.lines.push(line(element));
        },
      );
    let largest = "";
    if (node.op === "log_sum_exp") {
      largest = this.#names.take("largest");
      scope.lines.push(`let ${largest} = -Infinity;`);
      each((element) => `${largest} = Math.max(${largest}, ${element.text});`);
    }
    const total = this.#names.take(word);
    scope.lines.push(`let ${total} = ${start};`);
    each((element) => {
      switch (node.op) {
        case "sum":
          return `${total} += ${element.text};`;
        case "prod":
          return `${total} *= ${element.text};`;
        case "reduce_max":
          return `${total} = Math.max(${total}, ${element.text});`;
        case "reduce_min":
          return `${total} = Math.min(${total}, ${element.text});`;
        case "norm1":
          return `${total} += ${unaryFragment("abs", element).text};`;
        case "norm2":
          return `${total} += ${unaryFragment("square", element).text};`;
        case "norm_inf":
          return `${total} = Math.max(${total}, ${unaryFragment("abs", element).text});`;
        case "log_sum_exp":
          return `${total} += Math.exp(${binaryFragment("sub", element, primary(largest)).text});`;
      }
    });
    if (node.op === "norm2") return primary(`Math.sqrt(${total})`);
    if (node.op === "log_sum_exp") {
      return choose(
        primary(`Number.isFinite(${largest})`),
        binaryFragment("add", primary(largest), primary(`Math.log(${total})`)),
        primary(largest),
      );
    }
    return primary(total);
  }

  /** A value that may be written twice: named unless it is short. */
  #simple(id: number, index: Index, scope: Scope): Fragment {
    const fragment = this.#value(id, index, scope);
    if (isSimple(fragment)) return fragment;
    const within = this.#b.shape(id).length === 0 ? this.#root : scope;
    return this.#name(this.#b.node(id), fragment, within);
  }

  #name(node: ExprNode, fragment: Fragment, scope: Scope): Fragment {
    const name = this.#names.take(wordFor[node.op] ?? "value");
    scope.lines.push(`const ${name} = ${fragment.text};`);
    return primary(name);
  }

  /** Nested loops over a shape; axes of size one have none. */
  #loop(
    shape: Shape,
    dims: readonly (string | null)[],
    scope: Scope,
    body: (index: Index, inner: Scope) => void,
  ): void {
    const axis = shape.findIndex((n) => n !== 1);
    if (axis < 0) {
      body(
        shape.map(() => "0"),
        scope,
      );
      return;
    }
    const variable = loopVariables[scope.depth] ?? `i${scope.depth}`;
    const inner: Scope = { lines: [], known: new Map(scope.known), depth: scope.depth + 1 };
    this.#loop(shape.slice(axis + 1), dims.slice(axis + 1), inner, (rest, innermost) =>
      body([...Array.from({ length: axis }, () => "0"), variable, ...rest], innermost),
    );
    const head = `for (let ${variable} = 0; ${variable} < ${shape[axis]}; ${variable}++)`;
    const comment = dims[axis] === undefined || dims[axis] === null ? "" : ` // ${dims[axis]}`;
    if (inner.lines.length === 1 && !inner.lines[0]!.startsWith("for")) {
      scope.lines.push(`${head} ${inner.lines[0]}${comment}`);
    } else {
      scope.lines.push(`${head} {${comment}`, ...inner.lines, "}");
    }
  }

  /** The dims that a value's axes run over, as far as its inputs tell. */
  #dims(id: number): (string | null)[] {
    const node = this.#b.node(id);
    if (node.op === "input") return node.shape.map((_, axis) => this.#around.dim(node.name, axis));
    if (node.op === "broadcast") {
      const inner = this.#dims(node.args[0]);
      return node.shape.map((_, axis) => inner[node.axes.indexOf(axis)] ?? null);
    }
    if (node.op === "transpose") return this.#dims(node.args[0]).reverse();
    if (isReduce(node)) return this.#dims(node.args[0]).filter((_, axis) => !node.axes.includes(axis));
    if (isUnary(node) || isBinary(node) || node.op === "where" || node.op === "softmax") {
      const all = node.args.map((arg) => this.#dims(arg));
      return node.shape.map((_, axis) => all.map((dims) => dims[axis]).find((dim) => dim !== null) ?? null);
    }
    return node.shape.map(() => null);
  }
}

type Comparison = "lt" | "le" | "gt" | "ge" | "eq" | "ne" | "and" | "or";

function isComparison(op: string): op is Comparison {
  return ["lt", "le", "gt", "ge", "eq", "ne", "and", "or"].includes(op);
}
