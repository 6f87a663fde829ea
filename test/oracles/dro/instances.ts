import { bayesianBootstrap } from "../../../runtime/robust/sets/index.ts";
import { randomStream } from "../../../runtime/tensor/random.ts";

export type SetSpec =
  | { readonly kind: "chi2" | "kl" | "total_variation"; readonly radius: number }
  | { readonly kind: "cressie_read"; readonly power: number; readonly radius: number }
  | { readonly kind: "cvar" | "group_cvar"; readonly tail: number }
  | { readonly kind: "mmd"; readonly radius: number; readonly width: number }
  /** A Kullback–Leibler ball around each of the nominal laws. */
  | { readonly kind: "bayesian"; readonly radius: number; readonly nominal: readonly (readonly number[])[] }
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
  /** At which the worst weights are compared; none of them equal. */
  readonly losses: readonly number[];
}

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
  // Inner maximisation alone: it has no cone program of its own.
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
  return [...reweighting, ...powers, ...balls].map(([set, loss], k) => instance(set, loss, k));
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
  return {
    set,
    loss,
    inputs,
    targets: scores.map((s) => (classes ? (s > 0 ? 1 : -1) : Number(s.toFixed(4)))),
    groups: inputs.map((_, i) => (i % 7 < 3 ? 0 : i % 7 < 5 ? 1 : 2)),
    losses: normals("losses", rows).map((value, i) => Number((value ** 2 + i * 1e-3).toFixed(4))),
  };
}
