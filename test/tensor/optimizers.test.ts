import { describe, expect, it } from "vitest";
import type { Tensor } from "../../runtime/tensor/graph.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import type { OptimizerSpec } from "../../runtime/tensor/optimizers.ts";
import { layoutOf } from "../../runtime/tensor/parameters.ts";
import { rateShare, type Schedule } from "../../runtime/tensor/schedules.ts";
import { runTraining, type TrainingPlan } from "../../runtime/tensor/training.ts";

const TARGET = [1, -2, 0.5];
const START = [2, 2, 2];
const STEPS = 13;

/** Minimises scale · Σ (θ − target)² + θ⁴. */
function planOf(optimizer: OptimizerSpec, scale = 1): TrainingPlan {
  return {
    model: "quartic",
    layout: layoutOf([{ name: "theta", shape: [3] }]),
    steps: STEPS,
    optimizer,
    ema: 0,
    initial: () => Float32Array.from(START),
    declare: (graph, unroll) => {
      const factor = graph.input("scale", [unroll]);
      const at = graph.constant(TARGET, [3]);
      return ([theta], k) => ops.mul(bowl(theta!, at), ops.slice(factor, 0, k, k + 1));
    },
    fill: (executor) => void executor.input("scale").fill(scale),
  };
}

function bowl(theta: Tensor, at: Tensor): Tensor {
  return ops.sum(ops.add(ops.square(ops.sub(theta, at)), ops.square(ops.square(theta))));
}

/** The optimisers as their papers write them, in float64. */
function textbook(optimizer: OptimizerSpec, scale = 1): number[] {
  const { weightDecay: decay = 0, clip = Infinity } = optimizer;
  const decoupled = (optimizer.decay ?? (optimizer.kind === "adam" ? "decoupled" : "coupled")) === "decoupled";
  const theta = [...START];
  const m = [0, 0, 0];
  const v = [0, 0, 0];
  for (let t = 1; t <= STEPS; t++) {
    const rate = optimizer.rate * rateShare(optimizer.schedule, t - 1, STEPS);
    const raw = theta.map((x, i) => scale * (2 * (x - TARGET[i]!) + 4 * x ** 3));
    const shorter = Math.min(1, clip / Math.hypot(...raw));
    for (let i = 0; i < 3; i++) {
      const g = raw[i]! * shorter + (decoupled ? 0 : decay * theta[i]!);
      const kept = theta[i]! * (decoupled ? 1 - rate * decay : 1);
      if (optimizer.kind === "sgd") theta[i] = kept - rate * g;
      if (optimizer.kind === "momentum") {
        m[i] = optimizer.momentum * m[i]! + g;
        theta[i] = kept - rate * (optimizer.nesterov === true ? g + optimizer.momentum * m[i]! : m[i]!);
      }
      if (optimizer.kind === "adam") {
        const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = optimizer;
        m[i] = beta1 * m[i]! + (1 - beta1) * g;
        v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
        theta[i] = kept - (rate * (m[i]! / (1 - beta1 ** t))) / (Math.sqrt(v[i]! / (1 - beta2 ** t)) + epsilon);
      }
    }
  }
  return theta;
}

const OPTIMIZERS: readonly (readonly [string, OptimizerSpec])[] = [
  ["sgd", { kind: "sgd", rate: 0.01 }],
  ["sgd with decay", { kind: "sgd", rate: 0.01, weightDecay: 0.3 }],
  ["sgd with decoupled decay", { kind: "sgd", rate: 0.01, weightDecay: 0.3, decay: "decoupled" }],
  ["momentum", { kind: "momentum", rate: 0.005, momentum: 0.8, weightDecay: 0.1 }],
  ["Nesterov's momentum", { kind: "momentum", rate: 0.005, momentum: 0.8, nesterov: true }],
  ["AdamW", { kind: "adam", rate: 0.1, weightDecay: 0.1 }],
  ["Adam", { kind: "adam", rate: 0.1, weightDecay: 0.1, decay: "coupled", beta1: 0.8, beta2: 0.9, epsilon: 1e-3 }],
  ["sgd on shortened gradients", { kind: "sgd", rate: 0.1, clip: 2 }],
  ["sgd on a schedule", { kind: "sgd", rate: 0.02, schedule: { shape: "cosine", warmUp: 4 } }],
  ["AdamW on a schedule", { kind: "adam", rate: 0.1, weightDecay: 0.3, schedule: { shape: "linear", floor: 0.1 } }],
];

describe("an optimiser in the program", () => {
  it.each(OPTIMIZERS)("%s follows its paper", async (_, optimizer) => {
    const expected = textbook(optimizer);
    expect(Math.hypot(...expected.map((x, i) => x - START[i]!))).toBeGreaterThan(0.1);
    for (const kind of ["reference", "onnx"] as const) {
      const { parameters } = await runTraining(planOf(optimizer), {}, { kind, unroll: 4 });
      parameters.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
    }
  });

  it.each(OPTIMIZERS)("%s trains several members as it does each alone", async (_, optimizer) => {
    const scales = [1, 0.1, 0.5];
    const alone = planOf(optimizer);
    const plan: TrainingPlan = {
      ...alone,
      members: { count: 3, shared: [] },
      initial: () => Float32Array.from(scales.flatMap(() => START)),
      fill: (executor, _first, count) =>
        void executor.input("scale").set(scales.flatMap((scale) => Array.from({ length: count }, () => scale))),
    };
    const { parameters } = await runTraining(plan, {}, { kind: "onnx", unroll: 4 });
    const expected = scales.flatMap((scale) => textbook(optimizer, scale));
    parameters.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
  });
});

const shares = (schedule: Schedule): number[] => [0, 1, 2, 3, 6, 10, 99].map((step) => rateShare(schedule, step, 10));

describe("a schedule", () => {
  it.each([
    ["constant", { shape: "constant" }, [1, 1, 1, 1, 1, 1, 1]],
    ["a warm-up", { shape: "constant", warmUp: 4 }, [0.25, 0.5, 0.75, 1, 1, 1, 1]],
    ["linear", { shape: "linear" }, [1, 0.9, 0.8, 0.7, 0.4, 0, 0]],
    [
      "cosine to a floor after a warm-up",
      { shape: "cosine", warmUp: 2, floor: 0.2 },
      [0.5, 1, 1, 0.2 + 0.4 * (1 + Math.cos(Math.PI / 8)), 0.6, 0.2, 0.2],
    ],
  ] as const)("%s", (_, schedule, expected) => {
    shares(schedule).forEach((share, i) => expect(share).toBeCloseTo(expected[i]!, 12));
  });

  it("without an end does not fall", () => {
    expect(rateShare({ shape: "cosine" }, 1e6, Infinity)).toBe(1);
    expect(rateShare(undefined, 5, 10)).toBe(1);
  });
});
