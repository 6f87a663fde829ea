import { describe, expect, it } from "vitest";
import type { Checkpoint, TrainHooks } from "../../runtime/models/sampler.ts";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { Graph, type Tensor } from "../../runtime/tensor/graph.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { layoutOf } from "../../runtime/tensor/parameters.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";
import { TracingExecutor } from "../../runtime/tensor/trace.ts";
import { runTraining, type TrainingPlan } from "../../runtime/tensor/training.ts";

const label = { text: "the log-likelihood", place: "m.dro:7:3" };

/** Minimises a loss of two parameters that start at 1, by steps of 0.25 times the gradient. */
function planOf(loss: (theta: Tensor, data: Tensor) => Tensor, steps = 40, data = 0): TrainingPlan {
  return {
    model: "test",
    layout: layoutOf([{ name: "theta", shape: [2] }]),
    steps,
    optimizer: { kind: "sgd", rate: 0.25 },
    ema: 0,
    initial: () => Float32Array.of(1, 1),
    declare: (graph, unroll) => {
      const input = graph.input("data", [unroll]);
      return ([theta], k) => loss(theta!, ops.slice(input, 0, k, k + 1));
    },
    fill: (executor) => void executor.input("data").fill(data),
  };
}

/** Falls by 0.25 a step from 1: at zero in step 5, below in step 6. */
function falling(theta: Tensor): Tensor {
  const { graph } = theta;
  const probe = graph.labelled(label, () => ops.log(ops.stopGradient(theta)));
  return ops.sum(ops.add(theta, ops.mul(ops.stopGradient(probe), 0)));
}

function recorder(everySteps: number): { readonly saved: Checkpoint[]; readonly hooks: TrainHooks } {
  const saved: Checkpoint[] = [];
  const checkpoint = { everySteps, load: async () => null, save: async (c: Checkpoint) => void saved.push(c) };
  return { saved, hooks: { checkpoint, place: "m.dro:1:1" } };
}

describe.each(["onnx", "reference"] as const)("a training that diverges on %s", (kind) => {
  it("names the step, the operation and the place, and keeps the states before", async () => {
    const { saved, hooks } = recorder(1000);
    await expect(runTraining(planOf(falling), hooks, { kind, unroll: 4 })).rejects.toMatchObject({
      code: "training-diverged",
      place: "m.dro:7:3",
      args: {
        step: 5,
        steps: 40,
        cause: "The first value that is not finite is -Infinity, made by log of shape [2] in the log-likelihood",
      },
    });
    expect(saved.map(({ step, tensors }) => [step, [...tensors["parameters"]!.data]])).toEqual([[4, [0, 0]]]);
  });

  it("finds a derivative that spoils the parameters a step before the loss shows it", async () => {
    // d √(θ − 1)² / dθ at θ = 1 is 0 · ∞.
    const plan = planOf((theta) => ops.sum(ops.sqrt(ops.square(ops.sub(theta, 1)))));
    const { saved, hooks } = recorder(1000);
    const failure = runTraining(plan, hooks, { kind, unroll: 1 });
    await expect(failure).rejects.toMatchObject({ place: "m.dro:1:1", args: { step: 1, loss: "NaN" } });
    await expect(failure).rejects.toMatchObject({
      args: { cause: expect.stringContaining("made by div of shape [2]") },
    });
    expect(saved).toHaveLength(1);
    expect(saved[0]!.step).toBe(0);
    expect([...saved[0]!.tensors["parameters"]!.data]).toEqual([1, 1]);
  });

  it("notices it in the last step and before a checkpoint", async () => {
    const plan = planOf((theta) => ops.sum(ops.sqrt(ops.square(ops.sub(theta, 1)))), 1);
    await expect(runTraining(plan, {}, { kind })).rejects.toMatchObject({
      code: "training-diverged",
      args: { step: 1 },
    });
    const { saved, hooks } = recorder(1);
    await expect(runTraining({ ...plan, steps: 9 }, hooks, { kind, unroll: 1 })).rejects.toMatchObject({
      args: { step: 1 },
    });
    expect(saved.map((c) => c.step)).toEqual([0]);
  });

  it("names an input that is not finite", async () => {
    const plan = planOf((theta, data) => ops.sum(ops.mul(ops.square(theta), data)), 8, Infinity);
    await expect(runTraining(plan, {}, { kind, unroll: 2 })).rejects.toMatchObject({
      args: { step: 1, cause: "The first value that is not finite is Infinity, made by the input data" },
    });
  });
});

describe("a training that diverges late", () => {
  it("is found long after the last copy of its states", async () => {
    // Grows by a quarter a step, to where float32 ends after some 398 steps.
    const plan = planOf((theta) => ops.neg(ops.mul(ops.sum(ops.square(theta)), 0.5)), 4000);
    const { saved, hooks } = recorder(100_000);
    await expect(runTraining(plan, hooks, { kind: "onnx", unroll: 1 })).rejects.toMatchObject({
      args: { cause: expect.stringContaining("made by sum of shape []") },
    });
    const [last] = saved;
    expect(last!.step).toBeGreaterThan(150);
    expect(last!.tensors["parameters"]!.data.every(Number.isFinite)).toBe(true);
  });
});

describe("the tracing executor", () => {
  it("sees what overflows in float32 alone, first", async () => {
    const graph = new Graph();
    const x = graph.input("x", [2]);
    const y = graph.labelled({ text: "the exponent" }, () => ops.exp(x));
    const program = defineProgram(graph, { outputs: { z: ops.log(ops.neg(ops.sub(y, y))) } });
    const executor = new TracingExecutor(program);
    executor.input("x").set([1, 100]);
    await executor.run();
    expect(executor.found).toMatchObject({ text: "exp of shape [2] in the exponent", value: Infinity });
  });

  it("finds nothing where all is finite, infinite constants aside", async () => {
    const graph = new Graph();
    const x = graph.input("x", [2]);
    const program = defineProgram(graph, { outputs: { y: ops.min(x, graph.constant(Infinity)) } });
    const executor = new TracingExecutor(program);
    await executor.run();
    expect(executor.found).toBeNull();
  });

  it("calls a derivative by what it is of", async () => {
    const graph = new Graph();
    const x = graph.input("x", []);
    const y = graph.labelled({ text: "the loss", place: "m.dro:2:2" }, () => ops.sqrt(x));
    const program = defineProgram(graph, { outputs: { d: gradients(y, [x])[0]! } });
    const executor = new TracingExecutor(program);
    await executor.run();
    expect(executor.found?.label).toEqual({ text: "the derivative of the loss", place: "m.dro:2:2" });
  });
});
