import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, describe, expect, it } from "vitest";
import { emitForecast } from "../../compiler/emit/forecast.ts";
import { rowLossText, type RowInput } from "../../compiler/emit/row-loss.ts";
import { Names } from "../../compiler/emit/names.ts";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import { createPredictor, runPipeline } from "../../runtime/pipeline.ts";
import type { ForecastPipeline } from "../../runtime/predict/spec.ts";
import type { RowLoss } from "../../runtime/predict/types.ts";
import { createExecutor } from "../../runtime/tensor/executor.ts";
import { Graph } from "../../runtime/tensor/graph.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";
import { compileText } from "../support/tester.ts";
import { typeCheck } from "../support/type-check.ts";
import { forecastModel as modelOf, forecastPipeline } from "./pipelines.ts";
import { rowsOf, squared } from "./support.ts";

const root = mkdtempSync(join(tmpdir(), "droc-forecast-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Three towns whose series differ in level and noise. */
function towns(): string {
  const { targets } = rowsOf(120, 1, (_, noise) => [noise], 5);
  const lines = ["north", "east", "south"].flatMap((town, k) =>
    Array.from({ length: 40 }, (_, t) => `${t + 1},${town},${Math.sin(t / 3) + k + 0.1 * targets[40 * k + t]!}`),
  );
  return `hour,town,y\n${lines.join("\n")}\n`;
}

function specOf({ loss = "square(f(y) - next)", network = "mlp { hidden: [8] }", more = "" } = {}): string {
  return `model Load

param weight = 3.0

data load = csv("load.csv") {
  index hour: int
  window y: real[4] -> next: real
  split by town { train: ["north"], test: each }
}

decision f: predictor(y -> next) = ${network}

loss error(f; y, next) = ${loss}

risk mean(error)

train ml { steps: 60, batch: 16 }

compare ml { steps: 5 }
${more}
evaluate on test { mse, worst, wasserstein_to_train, seeds: 2 }
`;
}

const pipelineOf = (text: string, loss: RowLoss = squared): ForecastPipeline => forecastPipeline(text, root, loss);

describe("the loss of a row", () => {
  const inputs: readonly RowInput[] = [
    { name: "f", tensor: "predictions", from: 0, size: 1, width: 1 },
    { name: "next", tensor: "targets", from: 0, size: 1, width: 1 },
    { name: "y", tensor: "inputs", from: 0, size: 4, width: 4 },
  ];

  it.each([
    "square(f(y) - next)",
    "abs(f(y) - next)",
    "max(0.9 * (next - f(y)), (0.9 - 1) * (next - f(y)))",
    "if abs(f(y) - next) <= 0.5 then 0.5 * square(f(y) - next) else 0.5 * (abs(f(y) - next) - 0.25)",
    "log1p(exp(-next * f(y)))",
    "softplus(-next * f(y)) + weight * square(f(y))",
    "weight * square(f(y) - next) / (1 + norm2(y))",
    "log_sum_exp(y) - mean(y) * f(y) + max(y) - min(y)",
    "sum(square(y - f(y))) + sum_squares(y) * next",
    "dot(y, y) + sum(softmax(y) * y) - f(y) * next + y[2] - y[0]",
    "sqrt(square(f(y) - next) + 1) + norm1(y) + norm_inf(y)",
    "(if y[1] > f(y) then weight else 1.0) * square(f(y) - next)",
  ])("%s as a tensor program is the loss as it is written", async (loss) => {
    const { graph: written } = modelOf(specOf({ loss })).loss;
    const text = rowLossText(written, inputs, new Names([]), new Map([["weight", "weight"]]));
    // The text of the compiler's own making, run as its emitted module would be.
    const body = `const weight = 3.0; return ({ ${text.reads.join(", ")} }) => { ${text.lines.join("\n").replaceAll("!", "")} };`;
    const emitted: RowLoss = new Function("ops", body)(ops);
    const rows = 3;
    const { inputs: y } = rowsOf(rows, 4, () => [0], 9);
    const { inputs: f } = rowsOf(rows, 1, () => [0], 10);
    const { inputs: next } = rowsOf(rows, 1, () => [0], 11);
    const graph = new Graph();
    const tensors = {
      predictions: graph.input("predictions", [rows, 1]),
      targets: graph.input("targets", [rows, 1]),
      inputs: graph.input("inputs", [rows, 4]),
    };
    const value = emitted(tensors);
    expect(value.shape).toEqual([rows, 1]);
    const executor = await createExecutor(defineProgram(graph, { outputs: { value } }), "reference");
    executor.input("predictions").set(f);
    executor.input("targets").set(next);
    executor.input("inputs").set(y);
    await executor.run();
    for (let i = 0; i < rows; i++) {
      const given = { f: [f[i]!], next: [next[i]!], y: Array.from(y.subarray(4 * i, 4 * i + 4)) };
      const [expected] = evaluateGraph(written, given);
      expect(executor.output("value")[i]).toBeCloseTo(expected!, 10);
    }
  });

  it("must not read what the predictor neither reads nor predicts", () => {
    const text = specOf({ loss: "square(f(y) - next) + hour" });
    expect(compileText(text).diagnostics.map(({ code }) => code)).not.toEqual([]);
  });
});

describe("a run of a predictor", () => {
  writeFileSync(join(root, "load.csv"), towns());
  const text = specOf({ more: "\nstress test with gaussian { sd: 0.5 }, cutout { ratio: 50% }\n" });

  it("emits a module without type errors", async () => {
    const options = { sources: [text], root: "./", drocVersion: "0" };
    expect(typeCheck({ "pipeline.ts": await emitForecast(modelOf(text), options) })).toEqual([]);
  });

  it("has every zone as it is and corrupted, the same bytes again, and finished work kept", async () => {
    const pipeline = pipelineOf(text);
    const folder = join(root, "one");
    const result = await runPipeline(pipeline, { runFolder: folder });
    expect(result.sets.map(({ label }) => label)).toEqual([
      "east",
      "south",
      "east, gaussian 0.5",
      "south, gaussian 0.5",
      "east, cutout 50%",
      "south, cutout 50%",
    ]);
    const [trained, short] = result.methods;
    const value = (metric: string) => trained!.values.find((one) => one.metric === metric)!.perSeed[0]!;
    const ofSet = (set: string) => trained!.sets.find((one) => one.set === set && one.metric === "mse")!.perSeed[0]!;
    expect(value("mse")).toBeCloseTo((ofSet("east") + ofSet("south")) / 2, 12);
    expect(value("worst")).toBeCloseTo(Math.max(...result.sets.map(({ id }) => ofSet(id))), 12);
    expect(result.comparisons[0]).toMatchObject({ method: "ml", baseline: "ml_2", metric: "mse" });
    expect(short!.id).toBe("ml_2");
    // South is further away than east.
    const distance = (set: string) => result.sets.find(({ id }) => id === set)!.wassersteinToTrain!;
    expect(distance("south")).toBeGreaterThan(distance("east"));

    const written = readFileSync(join(folder, "results.json"), "utf8");
    await runPipeline(pipeline, { runFolder: join(root, "two") });
    expect(readFileSync(join(root, "two", "results.json"), "utf8")).toBe(written);
    const cached: boolean[] = [];
    await runPipeline(pipeline, {
      runFolder: folder,
      onEvent: (event) => event.kind === "unit" && cached.push(event.cached),
    });
    expect(cached).toEqual([true, true, true, true]);
  });

  it("leaves a predictor in the data's units, the same in ONNX", async () => {
    const pipeline = pipelineOf(text.replace("-> next: real", '-> next: real = column("y") |> minmax'));
    const folder = join(root, "scaled");
    await runPipeline(pipeline, { runFolder: folder });
    const inputs = Float64Array.of(1, 1.2, 1.3, 1.1);
    const [prediction] = await (await createPredictor(pipeline, folder)).predict(inputs);
    expect(Math.abs(prediction! - 1)).toBeLessThan(1.5);
    const session = await InferenceSession.create(readFileSync(join(folder, "predictor.onnx")));
    const exported = await session.run({ inputs: new Tensor("float32", Float32Array.from(inputs), [1, 4]) });
    expect(exported["prediction"]!.data[0]).toBeCloseTo(prediction!, 4);
    await expect((await createPredictor(pipeline, folder)).predict(Float64Array.of(1))).rejects.toMatchObject({
      code: "inputs-size",
    });
    await expect(createPredictor(pipeline, join(root, "nowhere"))).rejects.toMatchObject({ code: "no-finished-run" });
  });

  it.each([
    "lstm { layers: [4] }",
    "cnn { channels: [2], hidden: [4] }",
    "kernel { features: 8 }",
    "linear",
    "logistic",
  ])("runs with %s, and exports it", async (network) => {
    const folder = join(root, network.slice(0, 4));
    const result = await runPipeline(pipelineOf(specOf({ network })), { runFolder: folder, quick: true });
    expect(result.quick).toBe(true);
    expect(readFileSync(join(folder, "predictor.onnx")).length).toBeGreaterThan(100);
    const inputs = Float64Array.of(1, 1, 1, 1);
    const predictor = await createPredictor(pipelineOf(specOf({ network })), folder);
    expect((await predictor.predict(inputs)).every(Number.isFinite)).toBe(true);
  });
});
