import * as fc from "fast-check";
import type { ConvexProblem } from "../../compiler/canonical/index.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { FormData } from "../../runtime/ir/instantiate.ts";
import { range } from "../../runtime/ir/shape.ts";

export interface RandomProblem {
  readonly problem: ConvexProblem;
  readonly data: FormData;
}

/** What a random value of a kind is made of; each number of the tape chooses among the entries. */
export type Family = "linear" | "quadratic" | "second-order" | "exponential" | "smooth";

const SCENARIOS = 3;

/** Reads choices from a tape that has no end. */
class Tape {
  readonly #numbers: readonly number[];
  #next = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  choose(count: number): number {
    const number = this.#numbers[this.#next++ % this.#numbers.length]! + this.#next;
    return number % count;
  }

  /** One of −1.5, −1.25, …, 1.5 */
  coefficient(): number {
    return (this.choose(13) - 6) / 4;
  }
}

/**
 * A random convex problem over a box in one or two dimensions, with data s (two values a scenario) and x (one), a risk
 * of mean and CVaR terms, and constraints that the centre of the box meets with room.
 */
export function randomProblem(
  family: Family,
  dimensions: 1 | 2,
  type: "real" | "int" = "real",
): fc.Arbitrary<RandomProblem> {
  return fc
    .record({
      tape: fc.array(fc.nat(1_000_000), { minLength: 24, maxLength: 40 }),
      values: fc.array(fc.integer({ min: -20, max: 20 }), {
        minLength: 2 * SCENARIOS + 1,
        maxLength: 2 * SCENARIOS + 1,
      }),
      weights: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: SCENARIOS, maxLength: SCENARIOS }),
    })
    .map(({ tape, values, weights }) => build(family, dimensions, type, new Tape(tape), values, weights));
}

function build(
  family: Family,
  n: number,
  type: "real" | "int",
  tape: Tape,
  values: readonly number[],
  weights: readonly number[],
): RandomProblem {
  const b = new GraphBuilder();
  const reach = type === "int" ? 3 : 1;
  const z = b.input("z", [n]);
  const s = b.input("s", [2]);
  const x = b.input("x", []);
  const num = (value: number): number => b.const(value);
  const add = (p: number, q: number): number => b.binary("add", p, q);
  const scale = (c: number, p: number): number => b.binary("mul", num(c), p);
  const element = (id: number, i: number): number => b.gather(id, [i], []);

  /** `a · z + shift`, the shift reading data where `data` allows. */
  function affine(data: boolean): number {
    const slope = b.const(
      range(n).map(() => tape.coefficient()),
      [n],
    );
    const constant = add(b.dot(slope, z), num(tape.coefficient()));
    if (!data) return constant;
    return [
      constant,
      add(constant, element(s, tape.choose(2))),
      add(constant, x),
      add(constant, b.binary("mul", element(s, 0), element(z, tape.choose(n)))),
    ][tape.choose(4)]!;
  }
  const vector = (data: boolean): number => b.concat([affine(data), affine(data), affine(data)]);
  /** At least 0.4 over the box, which bounds show. */
  function positive(): number {
    const slope = range(n).map(() => tape.coefficient());
    const room = slope.reduce((a, c) => a + reach * Math.abs(c), 0.4);
    return slope.reduce((total, c, i) => add(total, scale(c, element(z, i))), num(room));
  }

  function convex(depth: number, data: boolean): number {
    const leaf = depth === 0;
    switch (tape.choose(leaf ? 3 : 10)) {
      case 0:
        return affine(data);
      case 1:
      case 2:
        return atom(data);
      case 3:
        return add(convex(depth - 1, data), convex(depth - 1, data));
      case 4:
        return scale(0.5 + tape.choose(3) / 2, convex(depth - 1, data));
      case 5:
        return b.binary("max", convex(depth - 1, data), convex(depth - 1, data));
      case 6:
        return b.binary("sub", convex(depth - 1, data), concave(depth - 1, data));
      case 7:
        return b.unary("pos", convex(depth - 1, data));
      case 8: {
        const size = b.unary("abs", data ? element(s, 1) : num(1.5));
        return b.binary("mul", size, convex(depth - 1, data));
      }
      default:
        return b.where(b.binary("lt", data ? x : num(1), num(0)), convex(depth - 1, data), affine(data));
    }
  }

  function concave(depth: number, data: boolean): number {
    switch (tape.choose(depth === 0 ? 2 : 3)) {
      case 0:
        return b.unary("neg", convex(Math.max(0, depth - 1), data));
      case 1:
        return b.binary("min", affine(data), affine(data));
      default:
        return dome(depth - 1);
    }
  }

  /** A concave atom of the family. */
  function dome(depth: number): number {
    const inner = positive();
    switch (family) {
      case "linear":
      case "quadratic":
        return b.reduce("reduce_min", vector(false));
      case "second-order":
        return b.unary("sqrt", depth > 0 ? b.binary("min", inner, positive()) : inner);
      case "exponential":
        return b.unary(tape.choose(2) === 0 ? "log" : "log1p", inner);
      case "smooth":
        return b.binary("pow", inner, num(0.3));
    }
  }

  function atom(data: boolean): number {
    const flat: readonly (() => number)[] = [
      () => b.unary("abs", affine(data)),
      () => b.unary("pos", affine(data)),
      () => b.binary("max", affine(data), affine(data)),
      () => b.reduce("reduce_max", vector(data)),
      () => b.reduce("norm1", vector(data)),
      () => b.reduce("norm_inf", vector(data)),
    ];
    const own: Readonly<Record<Family, readonly (() => number)[]>> = {
      linear: flat,
      quadratic: [
        () => b.unary("square", affine(data)),
        () => b.sum(b.unary("square", vector(data))),
        () => quadraticForm(),
      ],
      "second-order": [
        () => b.reduce("norm2", vector(data)),
        () => b.unary("square", affine(data)),
        () => b.unary("square", b.unary("pos", affine(data))),
        () => quadraticForm(),
        () => b.unary("sqrt", b.sum(b.unary("square", vector(data)))),
        () => b.binary("div", b.sum(b.unary("square", vector(data))), positive()),
        () => b.binary("div", num(0.5 + tape.choose(3)), positive()),
        () => b.reduce("norm2", b.unary("abs", vector(data))),
        () => b.binary("pow", positive(), num([-2, -1, -0.5, 1.5, 3][tape.choose(5)]!)),
        () => b.binary("pow", affine(data), num(4)),
      ],
      exponential: [
        () => b.unary("exp", scale(0.3, affine(data))),
        () => b.unary("expm1", b.unary("pos", scale(0.3, affine(data)))),
        () => b.unary("softplus", affine(data)),
        () => b.unary("softplus", b.unary("abs", affine(data))),
        () => b.reduce("log_sum_exp", vector(data)),
        () => entropy(positive(), null),
        () => entropy(positive(), positive()),
      ],
      smooth: [
        () => b.binary("pow", positive(), num([2.3, -1.7, 1.2][tape.choose(3)]!)),
        () => b.binary("pow", affine(data), num(6)),
      ],
    };
    // Every family keeps what is piecewise affine, so that atoms meet.
    const all = family === "linear" ? flat : [...own[family], ...own[family], ...flat.slice(0, 3)];
    return all[tape.choose(all.length)]!();
  }

  function entropy(value: number, other: number | null): number {
    const ratio = other === null ? value : b.binary("div", value, other);
    return b.binary("mul", value, b.unary("log", ratio));
  }

  /** `zᵀ P z` with `P = FᵀF` */
  function quadraticForm(): number {
    const f = range(n).map(() => range(n).map(() => tape.coefficient()));
    const p = range(n).flatMap((i) => range(n).map((j) => f.reduce((t, row) => t + row[i]! * row[j]!, 0)));
    return b.dot(z, b.reshape(b.matmul(b.const(p, [n, n]), b.reshape(z, [n, 1])), [n]));
  }

  const inner: ConvexProblem = {
    variables: [{ name: "z", shape: [n], type, lower: range(n).map(() => -reach), upper: range(n).map(() => reach) }],
    data: [
      { name: "s", shape: [2], repeat: "scenario" },
      { name: "x", shape: [], repeat: "once" },
    ],
    objective: b.finish(convex(1, false)),
    risk: {
      loss: b.finish(add(convex(2, true), b.dot(b.gather(s, range(n)), z))),
      mean: tape.choose(3) / 2,
      cvar: range(tape.choose(3)).map((c) => ({ weight: 0.5 + c, level: [0.5, 0.8][c]! })),
    },
    constraints: [],
  };
  const limit = convex(1, false);
  // No whole point meets it exactly, so that what is left of one has an interior.
  // The centre of the box meets it: data-free, so its value there is a number.
  const room = b.finish(limit);
  const centre = new GraphBuilder();
  const atCentre = centre.graft(room, {
    replace: (name, shape) => (name === "z" ? centre.const(0, shape) : undefined),
  });
  const height = centre.uniform(atCentre[room.output]!);
  const data: FormData = {
    scenarios: SCENARIOS,
    values: { s: values.slice(0, 2 * SCENARIOS).map((v) => v / 10), x: [values[2 * SCENARIOS]! / 10] },
    weights,
  };
  if (height === null) return { problem: inner, data };
  const constraint = b.finish(b.binary("sub", limit, num(height + (type === "int" ? 0.263 : 0.25))));
  return { problem: { ...inner, constraints: [{ relation: "<=", graph: constraint, label: "limit" }] }, data };
}
