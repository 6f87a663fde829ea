import { describe, expect, it } from "vitest";
import type { AdamSpec } from "../../runtime/spec.ts";
import { fillStepScalars, STEP_SCALARS } from "../../runtime/tensor/optimizers.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { initialMlp, layoutOf, mlpLayout } from "../../runtime/tensor/parameters.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { runTraining, trainingProgram, type TrainingPlan } from "../../runtime/tensor/training.ts";
import { EXECUTORS, named } from "./lanes.ts";

const optimizer: AdamSpec = { kind: "adam", rate: 0.05, weightDecay: 0.1 };
const target = [1, -2, 0.5];

/** Minimises scale · (Σ (θ − target)² + Σ θ⁴), whose gradient is known. */
function quarticPlan(steps: number, ema: number, scale = 1): TrainingPlan {
  return {
    model: "quartic",
    layout: layoutOf([{ name: "theta", shape: [3] }]),
    steps,
    optimizer,
    ema,
    initial: () => Float32Array.of(2, 2, 2),
    declare: (graph) => {
      const at = graph.constant(target, [3]);
      return ([theta]) => {
        const bowl = ops.add(ops.square(ops.sub(theta!, at)), ops.square(ops.square(theta!)));
        return ops.mul(ops.sum(bowl), scale);
      };
    },
    fill: () => undefined,
  };
}

async function resumeFrom(step: number, data: Float32Array): Promise<unknown> {
  return runTraining(quarticPlan(5, 0), {
    checkpoint: {
      everySteps: 1,
      load: async () => ({ step, tensors: { parameters: { shape: [data.length], data } } }),
      save: async () => undefined,
    },
  });
}

/** Adam with decoupled decay as its papers write it, in float64. */
function textbookAdam(steps: number, ema: number, scale: number): { parameters: number[]; average: number[] } {
  const parameters = [2, 2, 2];
  const average = [2, 2, 2];
  const m = [0, 0, 0];
  const v = [0, 0, 0];
  for (let t = 1; t <= steps; t++) {
    const decay = Math.min(ema, (1 + t) / (10 + t));
    for (let i = 0; i < 3; i++) {
      const theta = parameters[i]!;
      const gradient = scale * (2 * (theta - target[i]!) + 4 * theta ** 3);
      m[i] = 0.9 * m[i]! + 0.1 * gradient;
      v[i] = 0.999 * v[i]! + 0.001 * gradient ** 2;
      const mHat = m[i]! / (1 - 0.9 ** t);
      const vHat = v[i]! / (1 - 0.999 ** t);
      parameters[i] =
        theta - optimizer.rate * optimizer.weightDecay * theta - (optimizer.rate * mHat) / (Math.sqrt(vHat) + 1e-8);
      average[i] = decay * average[i]! + (1 - decay) * parameters[i]!;
    }
  }
  return { parameters, average };
}

describe("training", () => {
  it.each(named(EXECUTORS))("follows Adam and the moving average of the papers on %s", async (_, kind) => {
    // With gradients near 1e-8 the denominator's ε counts.
    for (const [steps, scale] of [
      [1, 1],
      [2, 1],
      [19, 1],
      [19, 1e-9],
    ] as const) {
      const expected = textbookAdam(steps, 0.9, scale);
      const result = await runTraining(quarticPlan(steps, 0.9, scale), {}, { kind, unroll: 4 });
      for (const name of ["parameters", "average"] as const)
        result[name].forEach((value, i) => expect(value).toBeCloseTo(expected[name][i]!, 5));
    }
  });

  it("returns the parameters as their average where there is none", async () => {
    const { parameters, average } = await runTraining(quarticPlan(5, 0), {}, { kind: "reference" });
    expect(average).toEqual(parameters);
  });

  it("takes the same steps whatever the number of steps a call", async () => {
    const [one, four] = await Promise.all(
      [1, 4].map((unroll) => runTraining(quarticPlan(11, 0.9), {}, { kind: "onnx", unroll })),
    );
    one!.parameters.forEach((value, i) => expect(four!.parameters[i]).toBeCloseTo(value, 5));
  });

  it("reports progress in order and ends at the last step", async () => {
    const seen: number[] = [];
    const losses: number[] = [];
    const onStep = (step: number, total: number, loss: number): void => {
      expect(total).toBe(10);
      seen.push(step);
      losses.push(loss);
    };
    await runTraining(quarticPlan(10, 0), { onStep }, { kind: "reference", unroll: 4 });
    expect(seen).toEqual([4, 8, 9, 10]);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });

  it("stops where the loss is not a number, with the step", async () => {
    const plan: TrainingPlan = {
      ...quarticPlan(20, 0),
      declare: (graph) => {
        graph.input("unused", []);
        return ([theta], k) => ops.sum(k === 2 ? ops.log(ops.sub(theta!, 100)) : ops.square(theta!));
      },
    };
    await expect(runTraining(plan, { place: "m.dro:3:1" }, { unroll: 4 })).rejects.toMatchObject({
      code: "training-diverged",
      place: "m.dro:3:1",
      args: { model: "quartic", step: 3, steps: 20 },
    });
  });

  it("refuses a checkpoint of another training", async () => {
    for (const [step, data] of [
      [2, new Float32Array(4)],
      [2, new Float32Array(3)],
      [9, new Float32Array(3)],
      [-1, new Float32Array(3)],
    ] as const)
      await expect(resumeFrom(step, data)).rejects.toMatchObject({ code: "checkpoint-mismatch" });
  });

  it("builds the forward pass of a step once", () => {
    const program = trainingProgram(quarticPlan(1, 0.9), 3);
    const count = (op: string): number => program.order.filter((id) => program.nodes[id]!.op === op).length;
    expect(count("sqrt")).toBe(3);
    expect(program.states.map((s) => s.name)).toEqual(["parameters", "momentum", "variance", "average"]);
  });
});

describe("step scalars", () => {
  it("let the average follow closely at first and slowly at last", () => {
    const out = new Float64Array(2 * STEP_SCALARS);
    fillStepScalars(out, 0, optimizer, 0.999);
    expect(out[2]).toBeCloseTo(9 / 11, 12);
    fillStepScalars(out, 1_000_000, optimizer, 0.999);
    expect(out[2]).toBeCloseTo(0.001, 12);
  });
});

describe("initialMlp", () => {
  it("draws each layer within one over the root of its inputs", () => {
    const layout = mlpLayout([16, 64, 4]);
    const flat = initialMlp(layout, randomStream(1, "init"));
    for (const [name, bound] of [
      ["layer.0.weight", 1 / 4],
      ["layer.0.bias", 1 / 4],
      ["layer.1.weight", 1 / 8],
      ["layer.1.bias", 1 / 8],
    ] as const) {
      const { offset, shape } = layout.slots.find((slot) => slot.name === name)!;
      const values = flat.slice(offset, offset + shape.reduce((n, m) => n * m, 1)).map(Math.abs);
      const largest = Math.max(...values);
      expect(largest).toBeLessThanOrEqual(bound);
      expect(largest).toBeGreaterThan(0.5 * bound);
    }
  });
});
