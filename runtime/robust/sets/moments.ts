import { affine, combine, ConeBuilder, type Affine } from "./cone-builder.ts";
import { checkGap, type RobustLinearModel } from "./fit-linear.ts";
import type { LinearData, LinearLoss, LinearModel } from "./linear-loss.ts";
import { createWorstLaw, type WorstLaw } from "./worst-law.ts";

/** Laws by their mean and covariance alone (Delage & Ye 2010), μ and Σ those of the data. */
export interface MomentSet {
  /** γ₁ of `(E z − μ)ᵀ Σ⁻¹ (E z − μ) ≤ γ₁` */
  readonly mean: number;
  /** γ₂ ≥ γ₁ of `E (z − μ)(z − μ)ᵀ ⪯ γ₂ Σ` */
  readonly covariance: number;
}

/**
 * Rows whose moments are held: of a regression all of them, inputs and target together; of a classification the inputs of
 * each class. The loss is that of `a = v·z + c`.
 */
interface Group {
  readonly label: number | null;
  readonly share: number;
  readonly mean: Float64Array;
  /** Rows less their mean, over √rows: ΣF Fᵀ is the covariance. */
  readonly centred: readonly Float64Array[];
}

/** `max_j slope_j · a`: the losses that are piecewise linear in the residual, or in what the margin lacks. */
const SLOPES: Readonly<Record<"absolute" | "hinge", readonly number[]>> = { absolute: [-1, 1], hinge: [0, 1] };

/**
 * `min_{w, b} sup { E_Q[loss] : Q's mean and covariance within the set }`, exactly. With `a = v·z + c` the residual (or
 * what the margin lacks of 1), m its mean and `s² = vᵀΣv`, a law of a alone matters, with `|E a − m| ≤ √γ₁ s` and
 * `E (a − m)² ≤ γ₂ s²`:
 * - square: `(|m| + √γ₁ s)² + (γ₂ − γ₁) s²`; absolute: its root;
 * - hinge: Scarf's bound, here by its dual `min α + √γ₁ |β| + γ₂ λ` with `(β − k s)² ≤ 4 (α − k m) λ` for both slopes k.
 *
 * @throws RangeError for a logistic loss, whose worst case has no such form
 */
export function fitMomentsLinear(set: MomentSet, loss: LinearLoss, data: LinearData): RobustLinearModel {
  if (loss === "logistic") throw new RangeError("A logistic loss has no exact form under a set of moments.");
  if (!(set.covariance >= set.mean && set.mean >= 0))
    throw new RangeError(`The bound of the covariance (${set.covariance}) must be at least the mean's (${set.mean}).`);
  const builder = new ConeBuilder();
  const weights = builder.variables(data.inputs.length / data.rows);
  const intercept = builder.variable();
  const values = groupsOf(loss, data).map((group) => {
    const { direction, constant } = reduced(group, weights, intercept);
    const m = combine([1, constant], ...direction.map((v, j) => [group.mean[j]!, v] as const));
    const s = builder.variable();
    builder.norm2(
      s,
      group.centred.map((row) => combine(...direction.map((v, j) => [row[j]!, v] as const))),
    );
    return [group.share, bound(builder, set, loss, m, s)] as const;
  });
  const answer = builder.minimise(combine(...values));
  const model = { weights: Float64Array.from(weights, (w) => answer.value(w)), intercept: answer.value(intercept) };
  const worst = worstMoments(set, loss, model, data);
  checkGap("a set of moments", worst.value, answer);
  return { ...model, ...worst };
}

function bound(
  builder: ConeBuilder,
  set: MomentSet,
  loss: "square" | "absolute" | "hinge",
  m: Affine,
  s: Affine,
): Affine {
  const root = Math.sqrt(set.mean);
  const value = builder.variable();
  if (loss === "square") {
    const [size, norm] = [builder.variable(), builder.variable()];
    builder.nonnegative(combine([1, size], [-1, m]), combine([1, size], [1, m]));
    builder.norm2(norm, [combine([1, size], [root, s]), combine([Math.sqrt(set.covariance - set.mean), s])]);
    builder.square(value, norm);
    return value;
  }
  const [alpha, beta, lambda, size] = [builder.variable(), builder.variable(), builder.variable(), builder.variable()];
  builder.nonnegative(combine([1, size], [-1, beta]), combine([1, size], [1, beta]));
  for (const slope of SLOPES[loss])
    builder.quotient(combine([4, alpha], [-4 * slope, m]), lambda, [combine([1, beta], [-slope, s])]);
  return combine([1, alpha], [root, size], [set.covariance, lambda]);
}

/**
 * The worst expectation at a model, and the law that attains it: two points a group, on the line through its mean along
 * which the residual varies most.
 */
export function worstMoments(
  { mean: gamma1, covariance: gamma2 }: MomentSet,
  loss: LinearLoss,
  model: LinearModel,
  data: LinearData,
): { readonly value: number; readonly worst: WorstLaw } {
  const points: number[] = [];
  const masses: number[] = [];
  let value = 0;
  for (const group of groupsOf(loss, data)) {
    const { direction, constant } = atModel(group, model);
    const m = dot(direction, group.mean) + constant;
    const spread = group.mean.map((_, j) => group.centred.reduce((sum, row) => sum + row[j]! * dot(row, direction), 0));
    const s = Math.sqrt(Math.max(0, dot(direction, spread)));
    const step = Math.sqrt(gamma1) * s;
    // How far the mean moves: up for a hinge as long as that gains, which a large second moment needs as well.
    const shift =
      loss !== "hinge" ? (m < 0 ? -step : step) : m < 0 ? Math.min(step, (gamma2 * s * s) / (-2 * m)) : step;
    const second = gamma2 * s * s + 2 * m * shift + m * m;
    const size = Math.sqrt(second);
    const up = size === 0 ? 1 : Math.min(1, Math.max(0, (1 + (m + shift) / size) / 2));
    value += group.share * (loss === "square" ? second : loss === "absolute" ? size : (m + shift + size) / 2);
    for (const [a, mass] of [
      [size, up],
      [-size, 1 - up],
    ] as const) {
      const along = s === 0 ? 0 : (a - m) / (s * s);
      points.push(...group.mean.map((mu, j) => mu + along * spread[j]!));
      if (group.label !== null) points.push(group.label);
      masses.push(group.share * mass);
    }
  }
  return { value, worst: createWorstLaw(Float64Array.from(points), Float64Array.from(masses)) };
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, j) => sum + x * b[j]!, 0);

/** v and c as expressions. */
function reduced(
  { label }: Group,
  weights: readonly Affine[],
  intercept: Affine,
): { direction: Affine[]; constant: Affine } {
  return label === null
    ? { direction: [...weights, affine(-1)], constant: intercept }
    : {
        direction: weights.map((w) => combine([-label, w])),
        constant: combine([1, affine(1)], [-label, intercept]),
      };
}

function atModel({ label }: Group, { weights, intercept }: LinearModel): { direction: Float64Array; constant: number } {
  return label === null
    ? { direction: Float64Array.of(...weights, -1), constant: intercept }
    : { direction: weights.map((w) => -label * w), constant: 1 - label * intercept };
}

function groupsOf(loss: LinearLoss, { rows, inputs, targets }: LinearData): Group[] {
  const p = inputs.length / rows;
  const every = Array.from({ length: rows }, (_, i) => i);
  const labels = loss === "hinge" ? [-1, 1].filter((label) => targets.includes(label)) : [null];
  return labels.map((label) => {
    const own = label === null ? every : every.filter((i) => targets[i] === label);
    const table = own.map((i) => {
      const row = inputs.subarray(i * p, (i + 1) * p);
      return label === null ? Float64Array.of(...row, targets[i]!) : row;
    });
    const mean = table[0]!.map((_, j) => table.reduce((sum, row) => sum + row[j]! / own.length, 0));
    const centred = table.map((row) => row.map((x, j) => (x - mean[j]!) / Math.sqrt(own.length)));
    return { label, share: own.length / rows, mean, centred };
  });
}
