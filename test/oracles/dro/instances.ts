import {
  bayesianBootstrap,
  sinkhornReference,
  type HolisticBall,
  type MarginalCvar,
  type MomentSet,
  type SinkhornBall,
} from "../../../runtime/robust/sets/index.ts";
import { randomStream } from "../../../runtime/tensor/random.ts";

export type SetSpec =
  | { readonly kind: "chi2" | "kl" | "total_variation"; readonly radius: number }
  | { readonly kind: "cressie_read"; readonly power: number; readonly radius: number }
  | { readonly kind: "cvar" | "group_cvar"; readonly tail: number }
  | { readonly kind: "mmd"; readonly radius: number; readonly width: number }
  /** A Kullback–Leibler ball around each of the nominal laws. */
  | { readonly kind: "bayesian"; readonly radius: number; readonly nominal: readonly (readonly number[])[] }
  | ({ readonly kind: "marginal_cvar" } & MarginalCvar)
  | ({ readonly kind: "sinkhorn" } & SinkhornBall)
  | ({ readonly kind: "moments" } & MomentSet)
  | ({ readonly kind: "holistic"; readonly norm: "l1" | "l2" | "linf" } & HolisticBall)
  | {
      readonly kind: "outlier_robust";
      readonly radius: number;
      readonly outliers: number;
      readonly spread: number;
      readonly centre: readonly number[];
      readonly norm: "l1" | "l2" | "linf";
    }
  | {
      readonly kind: "wasserstein";
      readonly order: 1 | 2 | "infinity";
      readonly norm: "l1" | "l2" | "linf";
      readonly radius: number;
      /** `null`: labels stay. */
      readonly labelCost: number | null;
    };

/** A fit of a linear predictor and an inner maximisation at given losses, under one set. */
export interface Instance {
  readonly set: SetSpec;
  readonly loss: "square" | "absolute" | "hinge" | "logistic";
  /** rows × 3 */
  readonly inputs: readonly (readonly number[])[];
  readonly targets: readonly number[];
  readonly groups: readonly number[];
  /** rows · draws × 3, of a Sinkhorn ball: its reference law, `draws` points around each row. */
  readonly reference: readonly (readonly number[])[] | null;
  /** At which the worst weights are compared, one for each row or point of the reference; none of them equal. */
  readonly losses: readonly number[];
}

/** At which the worst laws of sets that move rows are compared: a fit of theirs may leave losses equal. */
export const PREDICTOR = { weights: [0.9, -0.4, 0.3], intercept: 0.1 } as const;

const LOSSES = ["square", "absolute", "hinge", "logistic"] as const;

export function instances(): readonly Instance[] {
  const sets: SetSpec[] = [
    ...[0.05, 0.5, 3].map((radius) => ({ kind: "chi2", radius }) as const),
    ...[0.02, 0.3, 1.5].map((radius) => ({ kind: "kl", radius }) as const),
    ...[0.05, 0.4].map((radius) => ({ kind: "total_variation", radius }) as const),
    ...[0.1, 0.55].map((tail) => ({ kind: "cvar", tail }) as const),
    ...[0.2, 0.7].map((tail) => ({ kind: "group_cvar", tail }) as const),
    ...[0.1, 0.4].map((radius) => ({ kind: "mmd", radius, width: 1 }) as const),
    ...[0.05, 0.4].map((radius) => ({ kind: "bayesian", radius, nominal: nominalLaws() }) as const),
  ];
  const reweighting = sets.flatMap((set) => LOSSES.map((loss) => [set, loss] as const));
  const powers = [1.5, 3, 4].map(
    (power) => [{ kind: "cressie_read", power, radius: 0.2 }, "absolute"] as readonly [SetSpec, Instance["loss"]],
  );
  const balls = (["l1", "l2", "linf"] as const).flatMap((norm) => {
    const ball = { kind: "wasserstein", norm, radius: 0.15 } as const;
    return [
      ...(["absolute", "hinge", "logistic"] as const).map(
        (loss) => [{ ...ball, order: 1, labelCost: null }, loss] as const,
      ),
      ...(["hinge", "logistic"] as const).map((loss) => [{ ...ball, order: 1, labelCost: 0.6 }, loss] as const),
      ...(["square", "absolute"] as const).map((loss) => [{ ...ball, order: 2, labelCost: null }, loss] as const),
      ...LOSSES.map((loss) => [{ ...ball, order: "infinity", labelCost: null }, loss] as const),
    ];
  });
  return [...reweighting, ...powers, ...balls, ...smooth(), ...moving()].map(([set, loss], k) =>
    instance(set, loss, k),
  );
}

type Case = readonly [SetSpec, Instance["loss"]];

/** Reweightings whose worst weights have a structure: Cressie–Read's other losses, marginal CVaR and Sinkhorn. */
function smooth(): Case[] {
  const sets: SetSpec[] = [
    { kind: "cressie_read", power: 1.5, radius: 0.2 },
    { kind: "cressie_read", power: 3, radius: 0.6 },
    { kind: "marginal_cvar", tail: 0.3, lipschitz: 0.5, order: 2 },
    { kind: "marginal_cvar", tail: 0.5, lipschitz: 2, order: 1.5 },
    { kind: "sinkhorn", radius: 0.02, regularisation: 0.1, draws: 4 },
    { kind: "sinkhorn", radius: 0.1, regularisation: 0.2, draws: 6 },
  ];
  return sets.flatMap((set) => LOSSES.map((loss) => [set, loss] as const));
}

/** Sets that move rows or know no rows. */
function moving(): Case[] {
  const holistic = { kind: "holistic", radius: 0.1, corruption: 0.05, noise: 0.1, support: 0.4, norm: "l2" } as const;
  const robust = { kind: "outlier_robust", radius: 0.1, outliers: 0.1, spread: 2, centre: [0, 0, 0] } as const;
  return [
    ...LOSSES.flatMap((loss): Case[] => [
      [holistic, loss],
      [{ ...holistic, radius: 0.5, corruption: 0.2, norm: "l1" }, loss],
    ]),
    // The forms that the dro package has too.
    ...(["absolute", "hinge"] as const).map((loss): Case => [{ ...holistic, radius: 0.3, noise: 0.2 }, loss]),
    ...(["square", "absolute", "hinge"] as const).flatMap((loss): Case[] => [
      [{ kind: "moments", mean: 0, covariance: 1 }, loss],
      [{ kind: "moments", mean: 0.1, covariance: 1.3 }, loss],
      [{ kind: "moments", mean: 0.8, covariance: 1 }, loss],
    ]),
    ...(["absolute", "hinge"] as const).flatMap((loss) =>
      (["l1", "l2", "linf"] as const).map((norm): Case => [{ ...robust, norm }, loss]),
    ),
    [{ ...robust, outliers: 0.3, radius: 0.4, centre: [0.2, -0.1, 0.1], norm: "l2" }, "absolute"],
  ];
}

const ROWS = 24;

/** Three laws on the rows, with few digits. */
function nominalLaws(): number[][] {
  return bayesianBootstrap(ROWS, 3, randomStream(2026, "dro/posterior")).map((law) => {
    const rounded = Array.from(law, (p) => Math.max(1e-3, Number(p.toFixed(3))));
    const total = rounded.reduce((sum, p) => sum + p, 0);
    return rounded.map((p) => p / total);
  });
}

function instance(set: SetSpec, loss: Instance["loss"], k: number): Instance {
  const rows = ROWS;
  const stream = randomStream(2026, `dro/${k}`);
  const normals = (name: string, count: number): number[] => {
    const out = new Float64Array(count);
    stream.child(name).normal(out);
    // Few digits: what both sides read is then the same number.
    return Array.from(out, (value) => Number(value.toFixed(4)));
  };
  const x = normals("x", 3 * rows);
  const inputs = Array.from({ length: rows }, (_, i) => x.slice(3 * i, 3 * i + 3));
  const noise = normals("noise", rows);
  const scores = inputs.map(([a = 0, b = 0], i) => a - 0.5 * b + 0.2 + 0.8 * noise[i]!);
  const classes = loss === "hinge" || loss === "logistic";
  const targets = scores.map((s) => (classes ? (s > 0 ? 1 : -1) : Number(s.toFixed(4))));
  const table = { rows, inputs: Float64Array.from(x), targets: Float64Array.from(targets) };
  const points = set.kind === "sinkhorn" ? sinkhornReference(table, set, stream.child("reference")) : null;
  return {
    set,
    loss,
    inputs,
    reference:
      points === null
        ? null
        : Array.from({ length: points.rows }, (_, i) =>
            Array.from(points.inputs.subarray(3 * i, 3 * i + 3), (value) => Number(value.toFixed(4))),
          ),
    targets,
    groups: inputs.map((_, i) => (i % 7 < 3 ? 0 : i % 7 < 5 ? 1 : 2)),
    losses: normals("losses", points?.rows ?? rows).map((value, i) => Number((value ** 2 + i * 1e-3).toFixed(4))),
  };
}
