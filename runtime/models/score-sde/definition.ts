import type { ScoreSdeSpec } from "../../spec.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import { normalInput, type GeneratorDefinition, type ModelSizes, type RowInput } from "../neural/definition.ts";
import { initialNetwork } from "../neural/network.ts";
import { noiseNet, noiseNetLayout } from "../neural/noise-net.ts";
import { FIRST_TIME, noiseProcess, samplingTimes, type NoiseProcess } from "./process.ts";

/**
 * Score-based diffusion in continuous time (Song et al. 2021; 000 §3): the network predicts the noise ε in
 * `s_t = a s_0 + σ ε`, so that the score is −ε̂/σ; the loss of a row is the mean square of its error at a uniform time.
 * @param bound data that the stochastic sampler predicts are kept within ± this many standard deviations
 */
export function defineScoreSde(spec: ScoreSdeSpec, sizes: ModelSizes, bound: number): GeneratorDefinition {
  const layout = noiseNetLayout(spec.net, sizes);
  const process = noiseProcess(spec.sde);
  return {
    model: "score_sde",
    sizes,
    layout,
    ema: spec.ema,
    initial: (stream) => initialNetwork(layout, stream),
    inputs: [normalInput("noise", sizes.outcome), timeInput(process)],
    loss(parameters, { outcomes, contexts, drawn }) {
      const noise = drawn("noise");
      const time = drawn("time");
      const column = (k: number): Tensor => ops.slice(time, 1, k, k + 1);
      const state = ops.add(ops.mul(outcomes, column(2)), ops.mul(noise, column(3)));
      const predicted = predictNoise(spec, sizes)(parameters, state, contexts, column(0), column(1));
      return ops.mean(ops.square(ops.sub(predicted, noise)), { axes: [1], keep: true });
    },
    sampling: {
      start: sizes.outcome,
      noise: spec.sampler === "sde" ? sizes.outcome : 0,
      ...(spec.sampler === "sde"
        ? {
            coefficients: stochasticSteps(process, spec.steps),
            step: stochasticStep(predictNoise(spec, sizes), bound),
          }
        : { coefficients: flowSteps(process, spec.steps), step: flowStep(predictNoise(spec, sizes)) }),
    },
  };
}

type Predict = (
  parameters: readonly Tensor[],
  state: Tensor,
  contexts: Tensor | null,
  time: Tensor,
  scale: Tensor,
) => Tensor;

/** The noise in a state, which is first brought to variance one by `scale` = 1/√(a² + σ²). */
export function predictNoise(spec: ScoreSdeSpec, sizes: ModelSizes): Predict {
  const layout = noiseNetLayout(spec.net, sizes);
  return (parameters, state, contexts, time, scale) =>
    noiseNet(spec.net, layout, parameters, ops.mul(state, scale), time, contexts);
}

/** t, 1/√(a² + σ²), a and σ at a uniform time. */
function timeInput(process: NoiseProcess): RowInput {
  return {
    name: "time",
    columns: 4,
    fill(stream, out, firstRow) {
      const uniform = new Float64Array(out.length / 4);
      stream.uniform(uniform, firstRow);
      uniform.forEach((u, i) => out.set(numbersAt(process, FIRST_TIME + (1 - FIRST_TIME) * u), 4 * i));
    },
  };
}

/** t, 1/√(a² + σ²), a, σ. */
export function numbersAt(process: NoiseProcess, t: number): readonly [number, number, number, number] {
  const [a, sigma] = [process.a(t), process.sigma(t)];
  return [t, 1 / Math.hypot(a, sigma), a, sigma];
}

type Step = GeneratorDefinition["sampling"]["step"];

/**
 * The reverse equation between two times given the predicted data x̂₀: a draw of `q(s_t′ | s_t, x̂₀)`; the last step
 * ends at x̂₀. Coefficients: t, scale, the deviation that the state is multiplied by first, then x̂₀ = c₃ s − c₄ ε̂ and
 * next = c₅ x̂₀ + c₆ s + c₇ z.
 */
function stochasticSteps(process: NoiseProcess, steps: number): readonly (readonly number[])[] {
  const times = samplingTimes(process, steps);
  return times.slice(0, -1).map((t, k) => {
    const [, scale, a, sigma] = numbersAt(process, t);
    const start = k === 0 ? noiseDeviation(process) : 1;
    const data = [1 / a, sigma / a];
    if (k === steps - 1) return [t, scale, start, ...data, 1, 0, 0];
    const [, , a1, sigma1] = numbersAt(process, times[k + 1]!);
    const between = sigma ** 2 - (a / a1) ** 2 * sigma1 ** 2;
    return [
      t,
      scale,
      start,
      ...data,
      (a1 * between) / sigma ** 2,
      ((a / a1) * sigma1 ** 2) / sigma ** 2,
      Math.sqrt(between) * (sigma1 / sigma),
    ];
  });
}

function stochasticStep(predict: Predict, bound: number): Step {
  return (parameters, input, contexts, coefficients, noise) => {
    const c = (k: number): Tensor => ops.slice(coefficients!, 1, k, k + 1);
    const state = ops.mul(input, c(2));
    const predicted = predict(parameters, state, contexts, c(0), c(1));
    const data = ops.clip(ops.sub(ops.mul(state, c(3)), ops.mul(predicted, c(4))), -bound, bound);
    return ops.add(ops.add(ops.mul(data, c(5)), ops.mul(state, c(6))), ops.mul(noise!, c(7)));
  };
}

/**
 * The probability flow between two times by DPM-Solver-2 (Lu et al. 2022, alg. 1): the noise predicted halfway in
 * `log(a/σ)` moves the state. Coefficients: t, scale, start, middle = c₃ s + c₄ ε̂, then t and scale of the middle, and
 * next = c₇ s + c₈ ε̂(middle). The last step ends at the predicted data.
 */
function flowSteps(process: NoiseProcess, steps: number): readonly (readonly number[])[] {
  const times = samplingTimes(process, steps);
  const ratio = (t: number): number => Math.log(process.a(t) / process.sigma(t));
  return times.slice(0, -1).map((t, k) => {
    const end = times[k + 1]!;
    const middle = process.timeOf((ratio(t) + ratio(end)) / 2);
    const [, scale, a, sigma] = numbersAt(process, t);
    const toward = (a1: number, sigma1: number): number[] => [a1 / a, sigma1 - (a1 * sigma) / a];
    const [, middleScale, a1, sigma1] = numbersAt(process, middle);
    const last = k === steps - 1 ? toward(1, 0) : toward(process.a(end), process.sigma(end));
    const start = k === 0 ? noiseDeviation(process) : 1;
    return [t, scale, start, ...toward(a1, sigma1), middle, middleScale, ...last];
  });
}

function flowStep(predict: Predict): Step {
  return (parameters, input, contexts, coefficients) => {
    const c = (k: number): Tensor => ops.slice(coefficients!, 1, k, k + 1);
    const state = ops.mul(input, c(2));
    const predicted = predict(parameters, state, contexts, c(0), c(1));
    const middle = ops.add(ops.mul(state, c(3)), ops.mul(predicted, c(4)));
    const halfway = predict(parameters, middle, contexts, c(5), c(6));
    return ops.add(ops.mul(state, c(7)), ops.mul(halfway, c(8)));
  };
}

/** Deviation of the state at the last time, for data of variance one. */
export function noiseDeviation(process: NoiseProcess): number {
  return Math.hypot(process.a(1), process.sigma(1));
}
