import { takeRows } from "../../predict/data.ts";
import type { PredictorData, RowLabels } from "../../predict/types.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { bayesianBootstrap, bayesianSet } from "./bayesian.ts";
import { chi2Set, cressieReadSet } from "./cressie-read.ts";
import { cvarSet } from "./cvar.ts";
import { groupCvarSet } from "./groups.ts";
import { klSet } from "./kl.ts";
import { inputDistances, marginalCvarSet } from "./marginal-cvar.ts";
import { gaussianKernel, mmdSet } from "./mmd.ts";
import { sinkhornReference, sinkhornSet } from "./sinkhorn.ts";
import type { ReweightingSpec } from "./spec.ts";
import { totalVariationSet } from "./total-variation.ts";
import type { ReweightingSet } from "./types.ts";

/** Rows that a set is around, their inputs in standard deviations. */
export interface SetRows {
  readonly rows: number;
  /** rows × p */
  readonly inputs: Float64Array;
  /** Zones. */
  readonly groups: Int32Array;
  /** Groups that the data declare, which stand in for the zones. */
  readonly labels?: RowLabels;
}

const DIVERGENCES = { kl: klSet, chi2: chi2Set, total_variation: totalVariationSet } as const;

/** Sets whose worst weights are found with every pair of rows. */
export function weighsPairs({ kind }: { readonly kind: string }): boolean {
  return kind === "mmd" || kind === "marginal_cvar";
}

/**
 * The set of a spec around some rows, by their positions. A radius of 0 is the nominal law alone, whose duals have no
 * minimum that is attained.
 * @param stream of the nominal laws of a Bayesian set, which are drawn once for all rows
 */
export function reweightingSets(
  spec: ReweightingSpec,
  size: number,
  table: SetRows,
  stream: RandomStream,
): (rows: Int32Array) => ReweightingSet {
  if ("radii" in spec && size === 0) return () => ({ ...cvarSet(1), name: spec.kind });
  switch (spec.kind) {
    case "chi2":
    case "kl":
    case "total_variation":
      return () => DIVERGENCES[spec.kind](size);
    case "cressie_read":
      return () => cressieReadSet(spec.power, size);
    case "cvar":
      return () => cvarSet(size);
    case "group_cvar":
      return (rows) =>
        groupCvarSet(
          Int32Array.from(rows, (row) => (table.labels?.of ?? table.groups)[row]!),
          size,
        );
    case "marginal_cvar": {
      const { lipschitz, order } = spec;
      return (rows) =>
        marginalCvarSet(inputDistances(inputsAt(table, rows), rows.length), { tail: size, lipschitz, order });
    }
    case "mmd":
      return (rows) => mmdSet(gaussianKernel(inputsAt(table, rows), rows.length, spec.width), size);
    case "sinkhorn":
      return () => sinkhornSet({ radius: size, regularisation: spec.regularisation, draws: spec.draws });
    case "bayesian": {
      const set = DIVERGENCES[spec.around](size);
      const draws = bayesianBootstrap(table.rows, spec.draws, stream);
      return (rows) =>
        bayesianSet(
          set,
          draws.map((draw) => lawOf(draw, rows)),
        );
    }
  }
}

/** A law given that one of these rows is drawn. */
function lawOf(draw: Float64Array, rows: Int32Array): Float64Array {
  const raw = Float64Array.from(rows, (row) => draw[row]!);
  const total = raw.reduce((sum, p) => sum + p, 0);
  return raw.map((p) => p / total);
}

function inputsAt({ inputs, rows: all }: SetRows, rows: Int32Array): Float64Array {
  const p = inputs.length / all;
  const taken = new Float64Array(rows.length * p);
  rows.forEach((row, i) => taken.set(inputs.subarray(row * p, (row + 1) * p), i * p));
  return taken;
}

/**
 * The reference law of a Sinkhorn ball as rows, `draws` around each row: inputs moved by normal noise of variance
 * `regularisation` in standard deviations of the inputs, targets kept.
 * @param scale of each input
 */
export function sinkhornRows(
  data: PredictorData,
  { regularisation, draws }: { readonly regularisation: number; readonly draws: number },
  scale: ArrayLike<number>,
  stream: RandomStream,
): PredictorData {
  const p = scale.length;
  const standard = data.inputs.map((x, at) => (scale[at % p] === 0 ? 0 : x / scale[at % p]!));
  const positions = Float64Array.from({ length: data.rows }, (_, row) => row);
  const ball = { radius: 0, regularisation, draws };
  const reference = sinkhornReference({ rows: data.rows, inputs: standard, targets: positions }, ball, stream);
  const taken = takeRows(data, reference.targets);
  const inputs = reference.inputs.map((x, at) => (scale[at % p] === 0 ? taken.inputs[at]! : x * scale[at % p]!));
  return { ...taken, inputs };
}
