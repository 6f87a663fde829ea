import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { trainPredictor, type PredictorTraining } from "../../runtime/models/predictor/index.ts";
import type { Checkpoint, TrainHooks, TrainingSet } from "../../runtime/models/sampler.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

const training: PredictorTraining = {
  hidden: [32],
  activation: "relu",
  steps: 1500,
  batch: 64,
  optimizer: { kind: "adam", rate: 3e-3, weightDecay: 1e-4 },
};

/** s = (|x| · 100, 5) + noise of sd (10, 0): a kink to learn, and a constant. */
function kinked(rows: number): TrainingSet {
  const contexts = new Float64Array(rows);
  const noise = new Float64Array(rows);
  randomStream(1, "x").normal(contexts);
  randomStream(1, "e").normal(noise);
  const outcomes = Float64Array.from({ length: 2 * rows }, (_, i) =>
    i % 2 === 0 ? 100 * Math.abs(contexts[i / 2]!) + 10 * noise[i / 2]! : 5,
  );
  return { rows, contexts, outcomes };
}

const fit = (data: TrainingSet, changes: Partial<PredictorTraining> = {}, hooks: TrainHooks = {}) =>
  trainPredictor(
    { ...training, ...changes },
    data,
    { context: data.contexts.length / data.rows, outcome: data.outcomes.length / data.rows },
    randomStream(3, "pto"),
    hooks,
  );

describe("the predictor", () => {
  it("learns the conditional mean", async () => {
    const model = await fit(kinked(4000));
    const points = [-1.5, -1, -0.5, 0.5, 1, 1.5];
    const predicted = await model.predict(Float64Array.from(points), points.length);
    points.forEach((x, i) => {
      expect(Math.abs(predicted[2 * i]! - 100 * Math.abs(x))).toBeLessThan(6);
      expect(predicted[2 * i + 1]).toBe(5);
    });
    await model.dispose();
  });

  it("predicts many rows as it predicts each", async () => {
    const model = await fit(kinked(500), { steps: 100 });
    const points = Float64Array.from({ length: 600 }, (_, i) => i / 300 - 1);
    const together = await model.predict(points, 600);
    for (const i of [0, 255, 256, 599]) {
      const alone = await model.predict(points.subarray(i, i + 1), 1);
      expect(together[2 * i]).toBeCloseTo(alone[0]!, 4);
    }
  });

  it.each([1, 0])("is the same function as an ONNX model, with %i context values and any number of rows", async (p) => {
    const data = kinked(300);
    const model = await fit(p === 0 ? { ...data, contexts: new Float64Array(0) } : data, { steps: 60 });
    const session = await InferenceSession.create(model.predictorOnnx(), { logSeverityLevel: 3 });
    for (const rows of [1, 5]) {
      const contexts = Float64Array.from({ length: rows }, (_, i) => i - 1.3);
      const context = new Tensor("float32", Float32Array.from(contexts), [rows, 1]);
      const { outcome } = await session.run({ context });
      expect(outcome!.dims).toEqual([rows, 2]);
      const expected = await model.predict(p === 0 ? new Float64Array(0) : contexts, rows);
      expected.forEach((value, i) => expect(Number(outcome!.data[i])).toBeCloseTo(value, 2));
    }
    await session.release();
    await model.dispose();
  });

  it("without context predicts the weighted mean", async () => {
    const outcomes = Float64Array.of(0, 0, 0, 12);
    const data = { rows: 4, contexts: new Float64Array(0), outcomes };
    const [plain] = await (await fit(data)).predict(new Float64Array(0), 1);
    const weights = Float64Array.of(1, 1, 1, 3);
    const [weighted] = await (await fit({ ...data, weights })).predict(new Float64Array(0), 1);
    expect(Math.abs(plain! - 3)).toBeLessThan(0.6);
    expect(Math.abs(weighted! - 6)).toBeLessThan(0.6);
  });

  it("goes on after an interruption to the same numbers", async () => {
    const data = kinked(300);
    const unbroken = await fit(data, { steps: 100 });
    let saved: Checkpoint | null = null;
    const stop = new AbortController();
    const checkpoint = {
      everySteps: 1000,
      load: async () => saved,
      save: async (c: Checkpoint) => {
        saved = c;
      },
    };
    const onStep = (step: number): void => {
      if (step > 40) stop.abort(new Error("stop"));
    };
    await expect(fit(data, { steps: 100 }, { signal: stop.signal, onStep, checkpoint })).rejects.toThrow("stop");
    const resumed = await fit(data, { steps: 100 }, { checkpoint });
    expect(resumed.tensors).toEqual(unbroken.tensors);
  });

  it("refuses outcomes that are not numbers", async () => {
    const data = kinked(10);
    data.outcomes[4] = NaN;
    await expect(fit(data)).rejects.toMatchObject({
      code: "training-not-finite",
      args: { model: "predictor", row: 3, column: 1 },
    });
  });
});
