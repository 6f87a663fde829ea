import type { DecisionProblem } from "../../spec.ts";

/** `φ(z) = A z + a` of a cost that is linear in the outcome: its slope. */
export interface LossMatrix {
  /** a, d values. */
  readonly offset: Float64Array;
  /** `A z + a` */
  slope(z: Float64Array): Float64Array;
  /** `A z` */
  apply(z: Float64Array): Float64Array;
  /** `factorᵀ A` by the decision's components: n × d into `out`. */
  turn(factor: Float64Array, out: Float64Array): void;
}

export function lossMatrix({ sizes, lossGradientS }: DecisionProblem): LossMatrix {
  const { decision: n, outcome: d, context: p } = sizes;
  const at = (z: Float64Array): Float64Array => {
    const out = new Float64Array(d);
    lossGradientS(z, new Float64Array(d), new Float64Array(p), out);
    return out;
  };
  const offset = at(new Float64Array(n));
  /** Non-zero entries of each column. */
  const columns = Array.from({ length: n }, (_, i) => {
    const unit = new Float64Array(n);
    unit[i] = 1;
    const column = at(unit).map((value, j) => value - offset[j]!);
    const places = [...column.keys()].filter((j) => column[j] !== 0);
    return { places, values: places.map((j) => column[j]!) };
  });

  function apply(z: Float64Array): Float64Array {
    const out = new Float64Array(d);
    columns.forEach(({ places, values }, i) => {
      const share = z[i]!;
      if (share !== 0) places.forEach((j, k) => (out[j]! += share * values[k]!));
    });
    return out;
  }

  return {
    offset,
    apply,
    slope: (z) => apply(z).map((value, j) => value + offset[j]!),
    turn(factor, out) {
      out.fill(0);
      columns.forEach(({ places, values }, i) => {
        places.forEach((j, k) => {
          for (let c = 0; c <= j; c++) out[i * d + c]! += values[k]! * factor[j * d + c]!;
        });
      });
    },
  };
}

/** `factorᵀ v` of a lower triangular factor. */
export function transposed(factor: Float64Array, v: Float64Array, d: number): Float64Array {
  const out = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    const value = v[j]!;
    if (value !== 0) for (let c = 0; c <= j; c++) out[c]! += value * factor[j * d + c]!;
  }
  return out;
}

/** `out += scale · v yᵀ` in the lower triangle. */
export function addFactorSlope(out: Float64Array, v: Float64Array, y: Float64Array, scale: number): void {
  const d = v.length;
  for (let j = 0; j < d; j++) {
    const value = scale * v[j]!;
    if (value !== 0) for (let c = 0; c <= j; c++) out[j * d + c]! += value * y[c]!;
  }
}
