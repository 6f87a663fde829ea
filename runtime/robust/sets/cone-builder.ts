import { solveCone, type Cone, type ConeAnswer } from "../../decide/cone/index.ts";
import { sparseFromEntries, type Entry } from "../../decide/sparse/matrix.ts";

/** `constant + Σ coefficient · variable` */
export interface Affine {
  readonly constant: number;
  readonly terms: readonly (readonly [variable: number, coefficient: number])[];
}

export const affine = (constant: number, ...terms: Affine["terms"]): Affine => ({ constant, terms });

/** The sum of multiples of affine expressions. */
export function combine(...parts: readonly (readonly [factor: number, of: Affine])[]): Affine {
  return {
    constant: parts.reduce((sum, [factor, of]) => sum + factor * of.constant, 0),
    terms: parts.flatMap(([factor, of]) => of.terms.map(([v, c]) => [v, factor * c] as const)),
  };
}

/** A linear objective over variables, with rows that lie in cones; solved by droc's own interior-point method. */
export class ConeBuilder {
  #variables = 0;
  readonly #entries: Entry[] = [];
  readonly #right: number[] = [];
  readonly #cones: Cone[] = [];

  /** A new free variable, as an expression. */
  variable(): Affine {
    return affine(0, [this.#variables++, 1]);
  }

  variables(count: number): Affine[] {
    return Array.from({ length: count }, () => this.variable());
  }

  /** `expression ≥ 0` for each. */
  nonnegative(...expressions: readonly Affine[]): void {
    this.#add({ kind: "nonnegative", size: expressions.length }, expressions);
  }

  zero(...expressions: readonly Affine[]): void {
    this.#add({ kind: "zero", size: expressions.length }, expressions);
  }

  /** `bound ≥ ‖of‖₂` */
  norm2(bound: Affine, of: readonly Affine[]): void {
    this.#add({ kind: "second-order", size: of.length + 1 }, [bound, ...of]);
  }

  /** `bound ≥ of²` */
  square(bound: Affine, of: Affine): void {
    this.#add({ kind: "rotated", size: 3 }, [bound, affine(0.5), of]);
  }

  /** `bound · scale ≥ ‖of‖₂²`, both non-negative */
  quotient(bound: Affine, scale: Affine, of: readonly Affine[]): void {
    this.#add({ kind: "rotated", size: of.length + 2 }, [bound, combine([0.5, scale]), ...of]);
  }

  /**
   * `of ≤ a^share · b^{1 − share}`, `of ≥ 0`: the power cone, as `of · e^u ≤ a` and `of · e^v ≤ b` with
   * `share u + (1 − share) v ≥ 0`.
   */
  geometric(of: Affine, a: Affine, b: Affine, share: number): void {
    const [u, v] = [this.variable(), this.variable()];
    this.exponential(u, of, a);
    this.exponential(v, of, b);
    this.nonnegative(combine([share, u], [1 - share, v]));
  }

  /** `scale · exp(of / scale) ≤ bound` */
  exponential(of: Affine, scale: Affine, bound: Affine): void {
    this.#add({ kind: "exponential" }, [of, scale, bound]);
  }

  /** `bound ≥ ‖of‖` in the norm of that name. */
  norm(kind: "l1" | "l2" | "linf", bound: Affine, of: readonly Affine[]): void {
    if (kind === "l2") return this.norm2(bound, of);
    const sizes = kind === "l1" ? this.variables(of.length) : of.map(() => bound);
    of.forEach((x, i) => this.nonnegative(combine([1, sizes[i]!], [-1, x]), combine([1, sizes[i]!], [1, x])));
    if (kind === "l1") this.nonnegative(combine([1, bound], ...sizes.map((size) => [-1, size] as const)));
  }

  /** The least value of an expression, and the variables there. */
  minimise(objective: Affine): ConeAnswer & { readonly value: (expression: Affine) => number } {
    const q = new Float64Array(this.#variables);
    for (const [variable, coefficient] of objective.terms) q[variable]! += coefficient;
    const rows = this.#right.length;
    const answer = solveCone({
      p: null,
      q,
      a: sparseFromEntries(rows, this.#variables, this.#entries),
      b: Float64Array.from(this.#right),
      cones: this.#cones,
    });
    return {
      ...answer,
      objective: answer.objective + objective.constant,
      dualObjective: answer.dualObjective + objective.constant,
      value: ({ constant, terms }) => terms.reduce((sum, [v, c]) => sum + c * answer.x[v]!, constant),
    };
  }

  #add(cone: Cone, expressions: readonly Affine[]): void {
    for (const { constant, terms } of expressions) {
      const row = this.#right.push(constant) - 1;
      for (const [column, value] of terms) this.#entries.push({ row, column, value: -value });
    }
    this.#cones.push(cone);
  }
}
