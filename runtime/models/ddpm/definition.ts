import type { DdpmSpec } from "../../spec.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import { normalInput, type GeneratorDefinition, type ModelSizes, type RowInput } from "../neural/definition.ts";
import { initialNetwork } from "../neural/network.ts";
import { noiseNet, noiseNetLayout } from "../neural/noise-net.ts";
import { noiseSchedule, reverseStep, sampledLevels, type NoiseSchedule } from "./schedule.ts";

/**
 * Denoising diffusion (Ho et al. 2020): the network predicts the noise ε in `x_t = √ᾱ_t x_0 + √(1 − ᾱ_t) ε`; the loss
 * of a row is the mean square of its error at a level drawn uniformly (eq. 14; J of 001 §3).
 * @param bound predicted data are kept within ± this many standard deviations while sampling
 */
export function defineDdpm(spec: DdpmSpec, sizes: ModelSizes, bound: number): GeneratorDefinition {
  const layout = noiseNetLayout(spec.net, sizes);
  const schedule = noiseSchedule(spec.schedule, spec.steps);
  const predict = (parameters: readonly Tensor[], state: Tensor, level: Tensor, contexts: Tensor | null): Tensor =>
    noiseNet(spec.net, layout, parameters, state, level, contexts);
  return {
    model: "ddpm",
    sizes,
    layout,
    ema: spec.ema,
    initial: (stream) => initialNetwork(layout, stream),
    inputs: [normalInput("noise", sizes.outcome), levelInput(schedule)],
    loss(parameters, { outcomes, contexts, drawn }) {
      const noise = drawn("noise");
      const level = drawn("level");
      const column = (k: number): Tensor => ops.slice(level, 1, k, k + 1);
      const state = ops.add(ops.mul(outcomes, column(0)), ops.mul(noise, column(1)));
      const error = ops.square(ops.sub(predict(parameters, state, column(2), contexts), noise));
      return ops.mean(error, { axes: [1], keep: true });
    },
    sampling: {
      start: sizes.outcome,
      coefficients: samplingCoefficients(spec, schedule),
      noise: spec.sampler === "ancestral" ? sizes.outcome : 0,
      step(parameters, state, contexts, coefficients, noise) {
        const c = (k: number): Tensor => ops.slice(coefficients!, 1, k, k + 1);
        const predicted = predict(parameters, state, c(0), contexts);
        const data = ops.clip(ops.sub(ops.mul(state, c(1)), ops.mul(predicted, c(2))), -bound, bound);
        const mean = ops.add(ops.mul(data, c(3)), ops.mul(state, c(4)));
        return noise === null ? mean : ops.add(mean, ops.mul(noise, c(5)));
      },
    },
  };
}

/** √ᾱ_t, √(1 − ᾱ_t) and t / T of a level drawn uniformly. */
function levelInput({ alphaBar }: NoiseSchedule): RowInput {
  const levels = alphaBar.length;
  let drawn = new Int32Array(0);
  return {
    name: "level",
    columns: 3,
    fill(stream, out, firstRow) {
      const rows = out.length / 3;
      if (drawn.length !== rows) drawn = new Int32Array(rows);
      stream.integers(drawn, levels, firstRow);
      for (let i = 0; i < rows; i++) {
        const left = alphaBar[drawn[i]!]!;
        out[3 * i] = Math.sqrt(left);
        out[3 * i + 1] = Math.sqrt(1 - left);
        out[3 * i + 2] = (drawn[i]! + 1) / levels;
      }
    },
  };
}

/** Of each step: t / T, then x̂₀ = c₁ x_t − c₂ ε̂ and next = c₃ x̂₀ + c₄ x_t + c₅ z. */
function samplingCoefficients(spec: DdpmSpec, { alphaBar }: NoiseSchedule): readonly (readonly number[])[] {
  const levels = sampledLevels(spec.steps, spec.samplingSteps);
  return levels.map((t, k) => {
    const left = alphaBar[t - 1]!;
    const next = k + 1 < levels.length ? alphaBar[levels[k + 1]! - 1]! : 1;
    const { data, state, noise } = reverseStep(left, next, spec.sampler === "ancestral" ? 1 : 0);
    return [t / spec.steps, 1 / Math.sqrt(left), Math.sqrt((1 - left) / left), data, state, noise];
  });
}
