import type { DdpmSpec } from "../../spec.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { RowFunction } from "../neural/density.ts";
import type { ModelSizes } from "../neural/definition.ts";
import { noiseNet, noiseNetLayout } from "../neural/noise-net.ts";
import { noiseSchedule } from "./schedule.ts";

/** Rows a call. */
const ROWS = 256;

/**
 * The variational bound on log q(s | x) (Ho et al. 2020, eq. 5) with one draw of the noise at each level, of the
 * transitions that sampling makes, whose predicted data x̂₀ keep within the bound: minus `KL(q(x_T | x_0) ‖ N(0, I))`,
 * minus `½ (SNR_{t−1} − SNR_t) ‖x_0 − x̂₀‖²` for t > 1 with SNR = ᾱ/(1 − ᾱ) and the posterior's variance (Kingma et
 * al. 2021, eq. 13), plus `log N(x_0; x̂₀(x_1), β_1)`.
 * @param bound as of the definition
 */
export function elbo(spec: DdpmSpec, sizes: ModelSizes, bound: number, stream: RandomStream): RowFunction {
  const d = sizes.outcome;
  const layout = noiseNetLayout(spec.net, sizes);
  const { beta, alphaBar } = noiseSchedule(spec.schedule, spec.steps);
  const ratio = (t: number): number => alphaBar[t - 1]! / (1 - alphaBar[t - 1]!);
  return {
    size: ROWS,
    inputs: { noise: { shape: [ROWS, d] }, coefficients: { shape: [1, 8] } },
    build(parameters, outcomes, contexts, input) {
      const noise = input("noise");
      const c = (k: number): Tensor => ops.slice(input("coefficients"), 1, k, k + 1);
      const state = ops.add(ops.mul(outcomes, c(0)), ops.mul(noise, c(1)));
      const predicted = noiseNet(spec.net, layout, parameters, state, c(2), contexts);
      const data = ops.clip(ops.sub(ops.mul(state, c(3)), ops.mul(predicted, c(4))), -bound, bound);
      const transition = ops.mul(squares(ops.sub(outcomes, data)), c(5));
      return ops.add(ops.add(transition, ops.mul(squares(outcomes), c(6))), c(7));
    },
    calls: Array.from(beta, (variance, i) => {
      const t = i + 1;
      const left = alphaBar[i]!;
      const last = t === spec.steps;
      const transition = t === 1 ? 1 / variance : ratio(t - 1) - ratio(t);
      const decoder = t === 1 ? -0.5 * d * Math.log(2 * Math.PI * variance) : 0;
      const prior = last ? 0.5 * d * (left + Math.log1p(-left)) : 0;
      const level = stream.child(`level/${t}`);
      const values = [
        Math.sqrt(left),
        Math.sqrt(1 - left),
        t / spec.steps,
        1 / Math.sqrt(left),
        Math.sqrt((1 - left) / left),
        -0.5 * transition,
        last ? -0.5 * left : 0,
        decoder + prior,
      ];
      return (input, first) => {
        level.normal(input("noise"), first * d);
        input("coefficients").set(values);
      };
    }),
  };
}

/** Sum of squares of each row, `[rows, 1]`. */
function squares(x: Tensor): Tensor {
  return ops.sum(ops.square(x), { axes: [1], keep: true });
}
