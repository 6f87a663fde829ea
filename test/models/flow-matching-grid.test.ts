import { describe, expect, it } from "vitest";
import { trainFlowMatching, trainFlowMatchingGrid, type FlowModel } from "../../runtime/models/flow-matching/index.ts";
import type { Checkpoint, CheckpointSlot, TrainHooks, TrainingSet } from "../../runtime/models/sampler.ts";
import type { FlowMatchingSpec } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

const spec: FlowMatchingSpec = {
  kind: "flow_matching",
  hidden: [16, 16],
  activation: "silu",
  solver: "midpoint",
  odeSteps: 4,
  ema: 0.99,
  scenarios: 64,
};
const optimizer = { kind: "adam", rate: 2e-3, weightDecay: 1e-4 } as const;
const sizes = { context: 2, outcome: 3 };

function dataOf(rows: number, context: number): TrainingSet {
  const contexts = new Float64Array(rows * context);
  const outcomes = new Float64Array(rows * sizes.outcome);
  randomStream(1, "contexts").normal(contexts);
  randomStream(1, "outcomes").normal(outcomes);
  return { rows, contexts, outcomes };
}

function weightsOf(rows: number, strengths: readonly number[]): Float64Array[] {
  const gradients = new Float64Array(rows);
  randomStream(1, "gradients").normal(gradients);
  return strengths.map((strength) => gradients.map((g) => 1 + strength * g * g));
}

describe("a grid of flows", () => {
  it.each([2, 0])("trains to what separate trainings give, with %d context values", async (context) => {
    const data = dataOf(200, context);
    const training = { steps: 61, batch: 32, optimizer };
    const grid = weightsOf(200, [0, 0.1, 1]);
    const where = { ...sizes, context };
    const models = await trainFlowMatchingGrid(spec, training, data, grid, where, randomStream(2, "train"));
    expect(models).toHaveLength(3);
    for (const [i, weights] of grid.entries()) {
      const alone = await trainFlowMatching(spec, training, { ...data, weights }, where, randomStream(2, "train"));
      for (const [name, { shape, data: expected }] of Object.entries(alone.tensors)) {
        const found = models[i]!.tensors[name]!;
        expect(found.shape).toEqual(shape);
        found.data.forEach((value, k) => expect(Math.abs(value - expected[k]!)).toBeLessThan(2e-4));
      }
      const at = Float64Array.from({ length: context }, () => 0.5);
      const drawn = await models[i]!.sample(at, 1, 5, randomStream(3, "sample"));
      expect(drawn).toHaveLength(15);
      await alone.dispose();
    }
    // The strengths matter: members are not copies of each other.
    const first = models.map((model) => model.tensors["layer.0.weight"]!.data);
    expect(Math.max(...first[0]!.map((value, k) => Math.abs(value - first[2]![k]!)))).toBeGreaterThan(1e-3);
    for (const model of models) await model.dispose();
  });

  it("goes on from a checkpoint to the same numbers", async () => {
    const data = dataOf(50, 2);
    const grid = weightsOf(50, [0, 1]);
    const train = (steps: number, hooks: TrainHooks = {}): Promise<FlowModel[]> =>
      trainFlowMatchingGrid(spec, { steps, batch: 8, optimizer }, data, grid, sizes, randomStream(2, "train"), hooks);
    let saved: Checkpoint | null = null;
    const checkpoint: CheckpointSlot = {
      everySteps: 8,
      load: async () => saved,
      save: async (latest) => {
        saved = latest;
      },
    };
    const whole = await train(16);
    await train(8, { checkpoint });
    expect(saved).toMatchObject({ step: 8 });
    const resumed = await train(16, { checkpoint });
    resumed.forEach((model, i) => expect(model.tensors).toEqual(whole[i]!.tensors));
  });

  it("refuses weights that are none", async () => {
    const data = dataOf(50, 2);
    const grid = [new Float64Array(50).fill(1), new Float64Array(50).fill(-1)];
    const training = { steps: 4, batch: 8, optimizer };
    await expect(
      trainFlowMatchingGrid(spec, training, data, grid, sizes, randomStream(2, "train")),
    ).rejects.toMatchObject({ code: "training-weights" });
    expect(await trainFlowMatchingGrid(spec, training, data, [], sizes, randomStream(2, "train"))).toEqual([]);
  });
});
