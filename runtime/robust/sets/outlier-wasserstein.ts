import { dualOf } from "../../decide/ambiguity/norms.ts";
import type { OutcomeNorm } from "../../spec.ts";
import { affine, combine, ConeBuilder, type Affine } from "./cone-builder.ts";
import { checkGap, SetFitError, type RobustLinearModel } from "./fit-linear.ts";
import type { LinearData, LinearLoss, LinearModel } from "./linear-loss.ts";
import { createWorstLaw, type WorstLaw } from "./worst-law.ts";

/** A Wasserstein-1 ball around what is left of the data once a share of outliers is taken out. */
export interface OutlierRobustBall {
  readonly radius: number;
  /** ε in [0, ½]: share of the rows that may be outliers. */
  readonly outliers: number;
  /** σ of `E ‖x − centre‖₂² ≤ σ²`, which keeps outliers from being taken for data. */
  readonly spread: number;
  /** See `trimmedMean`. */
  readonly centre: Float64Array;
  /** Of how far inputs move; targets stay. */
  readonly norm: OutcomeNorm;
}

/** A piece `slope · w·x + constant` of a loss that is the largest of two; the constant holds `b` and the target. */
type Piece<T> = readonly [slope: number, constant: T];

const PIECES: Readonly<Record<"absolute" | "hinge", (intercept: Affine, target: number) => readonly Piece<Affine>[]>> =
  {
    absolute: (b, y) => [
      [1, combine([1, b], [-y, affine(1)])],
      [-1, combine([-1, b], [y, affine(1)])],
    ],
    hinge: (b, y) => [
      [0, affine(0)],
      [-y, combine([1, affine(1)], [-y, b])],
    ],
  };

/**
 * `min_{w, b} sup E_Q[loss]` over laws Q of bounded spread within the radius of some law that has density at most
 * 1/(1 − ε) to the data (Nietert, Goldfeld & Shafiee 2023, theorem 2), for losses that are the largest of linear pieces:
 * `min λ₁ σ² + λ₂ radius + Σ s_i / (n (1 − ε)) + α` with
 * `s_i ≥ sup_x {piece(x) − λ₁ ‖x − centre‖² − λ₂ ‖x − x_i‖} − α`, the supremum by its conjugate.
 *
 * @throws RangeError for other losses, SetFitError where no such law has so small a spread
 */
export function fitOutlierRobustLinear(ball: OutlierRobustBall, loss: LinearLoss, data: LinearData): RobustLinearModel {
  const pieces = piecesOf(loss);
  const { radius, outliers, spread, centre, norm } = ball;
  const { rows, inputs, targets } = data;
  const p = inputs.length / rows;
  const builder = new ConeBuilder();
  const weights = builder.variables(p);
  const intercept = builder.variable();
  const [pull, price, alpha] = [builder.variable(), builder.variable(), builder.variable()];
  builder.nonnegative(pull, price);
  const excess = builder.variables(rows);
  excess.forEach((s, i) => {
    builder.nonnegative(s);
    const x = inputs.subarray(i * p, (i + 1) * p);
    for (const [slope, constant] of pieces(intercept, targets[i]!)) {
      // slope · w = g + h, g held by the spread and h by the transport.
      const g = builder.variables(p);
      const h = weights.map((w, j) => combine([slope, w], [-1, g[j]!]));
      const tau = builder.variable();
      builder.quotient(combine([4, tau]), pull, g);
      builder.norm(dualOf(norm), price, h);
      builder.nonnegative(
        combine(
          [1, s],
          [1, alpha],
          [-1, tau],
          [-1, constant],
          ...g.map((v, j) => [-centre[j]!, v] as const),
          ...h.map((v, j) => [-x[j]!, v] as const),
        ),
      );
    }
  });
  const share = 1 / (rows * (1 - outliers));
  const answer = builder.minimise(
    combine([spread ** 2, pull], [radius, price], [1, alpha], ...excess.map((s) => [share, s] as const)),
  );
  if (answer.status === "unbounded")
    throw new SetFitError(`No law within ${radius} of the data has a spread of ${spread} about its centre.`);
  const model = { weights: Float64Array.from(weights, (w) => answer.value(w)), intercept: answer.value(intercept) };
  const worst = worstOutlierRobust(ball, loss, model, data);
  checkGap("an outlier-robust Wasserstein ball", worst.value, answer);
  return { ...model, ...worst };
}

function piecesOf(loss: LinearLoss): (typeof PIECES)["hinge"] {
  if (loss === "absolute" || loss === "hinge") return PIECES[loss];
  throw new RangeError(`A ${loss} loss is not piecewise linear, so its outlier-robust worst case has no exact form.`);
}

/** Mass below which a point of the worst law is the solver's rounding. */
const ROUNDING = 1e-8;

/**
 * The worst expectation at a model, and a law that attains it: every row's mass in two parts, one a piece of the loss,
 * each moved as far as the budgets allow (theorem 3), a cone program in masses and moved masses.
 */
export function worstOutlierRobust(
  { radius, outliers, spread, centre, norm }: OutlierRobustBall,
  loss: LinearLoss,
  model: LinearModel,
  { rows, inputs, targets }: LinearData,
): { readonly value: number; readonly worst: WorstLaw } {
  const pieces = piecesOf(loss);
  const p = model.weights.length;
  const builder = new ConeBuilder();
  const parts: { row: number; slope: number; mass: Affine; moved: readonly Affine[] }[] = [];
  const [gains, costs, squares]: (readonly [number, Affine])[][] = [[], [], []];
  for (let i = 0; i < rows; i++) {
    const x = inputs.subarray(i * p, (i + 1) * p);
    const score = model.weights.reduce((sum, w, j) => sum + w * x[j]!, 0);
    const own = pieces(affine(model.intercept), targets[i]!).map(([slope, { constant }]) => {
      const [mass, cost, square] = [builder.variable(), builder.variable(), builder.variable()];
      const moved = builder.variables(p);
      builder.nonnegative(mass);
      builder.norm(norm, cost, moved);
      builder.quotient(
        square,
        mass,
        moved.map((d, j) => combine([1, d], [x[j]! - centre[j]!, mass])),
      );
      gains!.push([-(constant + slope * score), mass]);
      moved.forEach((d, j) => gains!.push([-slope * model.weights[j]!, d]));
      costs!.push([-1, cost]);
      squares!.push([-1, square]);
      parts.push({ row: i, slope, mass, moved });
      return [-1, mass] as const;
    });
    builder.nonnegative(combine([1, affine(1 / (rows * (1 - outliers)))], ...own));
  }
  builder.nonnegative(combine([1, affine(radius)], ...costs!), combine([1, affine(spread ** 2)], ...squares!));
  builder.zero(combine([1, affine(-1)], ...parts.map(({ mass }) => [1, mass] as const)));
  const answer = builder.minimise(combine(...gains!));
  if (answer.status === "infeasible")
    throw new SetFitError(`No law within ${radius} of the data has a spread of ${spread} about its centre.`);
  const all = parts.map(({ row, slope, mass, moved }) => ({
    row,
    slope,
    mass: answer.value(mass),
    moved: moved.map((d) => answer.value(d)),
  }));
  const kept = all.filter(({ mass }) => mass > ROUNDING);
  // Where the spread is not used up, the solver may move much of next to no mass: the largest part carries it as well.
  const carrier = kept.filter(({ slope }) => slope !== 0).toSorted((one, other) => other.mass - one.mass)[0];
  if (carrier !== undefined)
    for (const { slope, mass, moved } of all)
      if (mass <= ROUNDING) moved.forEach((d, j) => (carrier.moved[j]! += (slope / carrier.slope) * d));
  const masses = Float64Array.from(kept, ({ mass }) => mass);
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  const points = kept.flatMap(({ row, mass, moved }) => [
    ...moved.map((d, j) => inputs[row * p + j]! + d / mass),
    targets[row]!,
  ]);
  return {
    value: -answer.objective,
    worst: createWorstLaw(
      Float64Array.from(points),
      masses.map((mass) => mass / total),
    ),
  };
}

/** The mean of each input between its quantiles at `outliers` and 1 − `outliers`: a centre that outliers do not move. */
export function trimmedMean({ rows, inputs }: LinearData, outliers: number): Float64Array {
  const p = inputs.length / rows;
  const cut = Math.min(Math.floor(outliers * rows), Math.floor((rows - 1) / 2));
  return Float64Array.from({ length: p }, (_, j) => {
    const column = Float64Array.from({ length: rows }, (_row, i) => inputs[i * p + j]!).sort();
    const kept = column.subarray(cut, rows - cut);
    return kept.reduce((sum, x) => sum + x, 0) / kept.length;
  });
}
