import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDecision, runPipeline, type Pipeline, type RunEvent } from "../../runtime/index.ts";
import { execute } from "../../runtime/execute.ts";
import { defaultBackend } from "../../runtime/methods/default-backend.ts";
import type { Backend } from "../../runtime/methods/backend.ts";
import type { RunResult } from "../../runtime/report/results.ts";
import type { MethodSpec } from "../../runtime/spec.ts";
import { smallNewsvendor, smallPortfolio } from "./pipelines.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const read = (name: string, file = "results.json"): string => readFileSync(join(folder, name, file), "utf8");

const EVERY_METHOD: readonly MethodSpec[] = [
  { method: "uniform_fm" },
  { method: "dw_fm", detilt: true },
  { method: "pto", hidden: [8], steps: 40 },
  { method: "saa" },
  { method: "knn_saa", neighbours: 15 },
  { method: "equal_weights" },
  { method: "gmm", components: [1, 2], criterion: "aic", covariance: "full", restarts: 1, floor: 1e-6 },
  { method: "oracle_saa" },
];

/** Two seeds, every method, every metric. */
function full(): Pipeline {
  return smallPortfolio({
    compare: EVERY_METHOD,
    evaluate: {
      seeds: 2,
      slices: 2,
      metrics: [
        { metric: "regret" },
        { metric: "regret", hardest: 0.25 },
        { metric: "relative_regret" },
        { metric: "mean_loss" },
        { metric: "cvar_loss", level: 0.9 },
        { metric: "tail_w1", worst: 0.1 },
        { metric: "quantile_gap", level: 0.9 },
        { metric: "cvar_gap", level: 0.9 },
        { metric: "percentile", levels: [0.1, 0.9] },
      ],
    },
  });
}

async function run(pipeline: Pipeline, name: string, onEvent?: (event: RunEvent) => void): Promise<RunResult> {
  return runPipeline(pipeline, { runFolder: join(folder, name), ...(onEvent === undefined ? {} : { onEvent }) });
}

const value = (result: RunResult, method: string, metric: string): number =>
  result.methods.find(({ id }) => id === method)!.values.find((entry) => entry.metric === metric)!.mean!;

describe("a run of every method", () => {
  it("gives the same results.json twice, byte for byte, and all its files", async () => {
    const events: RunEvent[] = [];
    await run(full(), "first", (event) => events.push(event));
    await run(full(), "second");
    expect(read("second")).toBe(read("first"));
    const files = [
      "report.html",
      "report.md",
      "decisions.parquet",
      "weights.safetensors",
      "sampler.onnx",
      "metrics.jsonl",
    ];
    for (const file of files) expect(existsSync(join(folder, "first", file)), file).toBe(true);
    expect(readdirSync(join(folder, "first", "weights"))).toContain("dw_fm-seed-1.safetensors");
    expect(events[0]!.kind).toBe("started");
    expect(events.at(-1)!.kind).toBe("finished");
    const logged = read("first", "metrics.jsonl")
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(logged).toHaveLength(events.filter((event) => event.kind !== "deciding").length);
  });

  it("measures regrets that no method makes negative, smallest for the oracle", async () => {
    const result = await run(full(), "first");
    for (const method of result.methods) {
      expect(method.unsolved, method.id).toBe(0);
      for (const regret of method.regrets.flat()) expect(regret, method.id).toBeGreaterThan(-1e-6);
    }
    const oracle = value(result, "oracle_saa", "regret");
    for (const method of result.methods) {
      if (method.id !== "oracle_saa") expect(value(result, method.id, "regret"), method.id).toBeGreaterThan(oracle);
    }
    // 64 scenarios of the true law against the best decision: small beside a decision without any context.
    expect(oracle).toBeLessThan(0.2 * value(result, "equal_weights", "regret"));
  });

  it("takes everything from the folder the second time", async () => {
    const units: boolean[] = [];
    await run(full(), "first", (event) => {
      if (event.kind === "unit") units.push(event.cached);
    });
    expect(units.length).toBeGreaterThan(20);
    expect(units.every(Boolean)).toBe(true);
  });

  it("goes on from the seeds that are there when more are asked for", async () => {
    const done: { seed: number; cached: boolean }[] = [];
    const pipeline = full();
    await runPipeline(pipeline, {
      runFolder: join(folder, "second"),
      seeds: 3,
      onEvent: (event) => {
        if (event.kind === "unit") done.push({ seed: event.seed, cached: event.cached });
      },
    });
    expect(done.filter(({ seed }) => seed < 2).every(({ cached }) => cached)).toBe(true);
    expect(done.some(({ seed, cached }) => seed === 2 && !cached)).toBe(true);
  });

  it("has no distance between distributions for a method that has none", async () => {
    const result = await run(full(), "first");
    const fixed = result.methods.find(({ id }) => id === "equal_weights")!;
    expect(fixed.values.find(({ metric }) => metric === "tail_w1_0.1")!.mean).toBeNull();
    expect(value(result, "saa", "tail_w1_0.1")).toBeGreaterThan(0);
  });

  it("compares the trained method with every other, with a test over seeds and an interval", async () => {
    const result = await run(full(), "first");
    const against = result.comparisons.filter(({ method, metric }) => method === "dw_fm" && metric === "regret");
    expect(against.map(({ baseline }) => baseline)).toEqual(result.methods.slice(1).map(({ id }) => id));
    for (const comparison of against) {
      const difference = value(result, "dw_fm", "regret") - value(result, comparison.baseline, "regret");
      expect(comparison.difference).toBeCloseTo(difference, 10);
      expect(comparison.bootstrap!.lower).toBeLessThanOrEqual(comparison.difference);
      expect(comparison.bootstrap!.upper).toBeGreaterThanOrEqual(comparison.difference);
    }
  });

  it("opens as a function that decides, alike at every call", async () => {
    const decide = await createDecision(full(), join(folder, "first"));
    const context = Float64Array.of(0.4, -1.1);
    const answer = await decide(context);
    expect(answer.status).toBe("optimal");
    expect(answer.z.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
    await decide(Float64Array.of(2, 2));
    expect((await decide(context)).z).toEqual(answer.z);
    await expect(decide(Float64Array.of(1))).rejects.toMatchObject({ code: "context-size" });
    await expect(createDecision(smallPortfolio(), join(folder, "first"))).rejects.toMatchObject({
      code: "run-of-another-model",
    });
    await expect(createDecision(full(), join(folder, "nowhere"))).rejects.toMatchObject({ code: "no-finished-run" });
  });
});

/** Aborts at the k-th event of a kind, then runs again to the end. */
async function killedAt(name: string, pipeline: Pipeline, kind: RunEvent["kind"], count: number): Promise<string> {
  const controller = new AbortController();
  let seen = 0;
  const finished: string[] = [];
  const runFolder = join(folder, name);
  const first = runPipeline(pipeline, {
    runFolder,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.kind === "unit") finished.push(`${event.seed} ${event.unit}`);
      if (event.kind === kind && ++seen === count) controller.abort();
    },
  });
  await expect(first).rejects.toMatchObject({ name: "AbortError" });
  expect(existsSync(join(runFolder, "results.json"))).toBe(false);
  const again: string[] = [];
  await runPipeline(pipeline, {
    runFolder,
    onEvent: (event) => {
      if (event.kind === "unit" && !event.cached) again.push(`${event.seed} ${event.unit}`);
    },
  });
  expect(again.filter((unit) => finished.includes(unit))).toEqual([]);
  return read(name);
}

describe("an interrupted run", () => {
  it("resumes to the same numbers wherever it was stopped", async () => {
    await run(full(), "whole");
    for (const count of [1, 4, 6, 11, 17, 23, 28]) {
      expect(await killedAt(`killed-${count}`, full(), "unit", count), `after unit ${count}`).toBe(read("whole"));
    }
  });

  it("resumes inside a training from its checkpoint", async () => {
    const pipeline = smallPortfolio({
      train: { strength: { scale: "relative", grid: [0] }, steps: 5000 },
      compare: [],
      evaluate: { contexts: 4 },
    });
    await run(pipeline, "trained-whole");
    expect(await killedAt("trained-killed", pipeline, "training", 2)).toBe(read("trained-whole"));
  });
});

/** The backend with other values in the test rows. */
function withTestRows(change: (value: number) => number): Backend {
  return {
    ...defaultBackend,
    async loadData(spec, sizes, options) {
      const data = await defaultBackend.loadData(spec, sizes, options);
      const contexts = data.contexts.slice();
      const outcomes = data.outcomes.slice();
      for (const row of data.split.test) {
        for (let j = 0; j < sizes.context; j++)
          contexts[row * sizes.context + j] = change(contexts[row * sizes.context + j]!);
        for (let j = 0; j < sizes.outcome; j++)
          outcomes[row * sizes.outcome + j] = change(outcomes[row * sizes.outcome + j]!);
      }
      return { ...data, contexts, outcomes };
    },
  };
}

describe("the choice of the strength", () => {
  it.each(["truth", "residual_bootstrap"] as const)("does not depend on the test rows (evaluator %s)", async (kind) => {
    const pipeline = smallPortfolio({
      train: { strength: { scale: "relative", grid: [0, 0.05, 0.2] } },
      compare: [{ method: "dw_fm", detilt: true }],
      evaluate: { evaluator: { kind, scenarios: 128 } },
    });
    const plain = await execute(pipeline, { runFolder: join(folder, `${kind}-plain`) }, defaultBackend);
    const other = await execute(
      pipeline,
      { runFolder: join(folder, `${kind}-other`) },
      withTestRows((value) => 3 - 7 * value),
    );
    expect(other.selection).toEqual(plain.selection);
    expect(other.weights).toEqual(plain.weights);
    const weights = (name: string): Buffer => readFileSync(join(folder, `${kind}-${name}`, "weights.safetensors"));
    expect(weights("other").equals(weights("plain"))).toBe(true);
    // The comparison itself does read them.
    expect(value(other, "dw_fm", "regret")).not.toBe(value(plain, "dw_fm", "regret"));
  });

  it("takes the smallest validation regret of each setting", async () => {
    const result = await run(full(), "first");
    expect(result.selection).toHaveLength(4);
    for (const choice of result.selection) {
      const regrets = choice.grid.map((entry) => entry.validationRegret!);
      const best = choice.grid[regrets.indexOf(Math.min(...regrets))]!;
      expect(choice.selected).toBe(best.strength);
    }
  });
});

describe("sharing within a seed", () => {
  it("trains each flow once, however many methods use it", async () => {
    let trained = 0;
    const backend: Backend = {
      ...defaultBackend,
      trainFlow: (...args) => {
        trained++;
        return defaultBackend.trainFlow(...args);
      },
      trainFlowGrid: (...args) => {
        trained += args[3].length;
        return defaultBackend.trainFlowGrid(...args);
      },
    };
    const pipeline = smallPortfolio({
      train: { strength: { scale: "relative", grid: [0, 0.1, 0.2] } },
      compare: [{ method: "uniform_fm" }, { method: "dw_fm", detilt: true }],
    });
    const result = await execute(pipeline, { runFolder: join(folder, "shared") }, backend);
    const chosen = result.selection.find(({ method }) => method === "dw_fm")!.selected;
    expect(trained).toBe(3 + (chosen === 0 ? 0 : 1));
  });

  it("gives λ = 0 the regret of uniform training", async () => {
    const pipeline = smallPortfolio({ train: { strength: { scale: "absolute", grid: [0, 1e-9] } } });
    const result = await run(pipeline, "zero");
    expect(value(result, "dw_fm", "regret")).toBeCloseTo(value(result, "uniform_fm", "regret"), 6);
  });
});

describe("other problems", () => {
  it("runs a newsvendor with a loss of two pieces and no CVaR", async () => {
    const result = await run(smallNewsvendor(), "newsvendor");
    expect(value(result, "oracle_saa", "regret")).toBeGreaterThan(-1e-6);
    expect(value(result, "oracle_saa", "regret")).toBeLessThan(value(result, "saa", "regret"));
  });

  it("fits a mixture and decides with it", async () => {
    const gmm = {
      kind: "gmm",
      components: [1, 2],
      criterion: "bic",
      covariance: "full",
      restarts: 1,
      floor: 1e-6,
      scenarios: 64,
    } as const;
    const pipeline: Pipeline = {
      ...smallPortfolio({ compare: [{ method: "saa" }] }),
      generator: gmm,
      train: { method: "fit" },
    };
    const result = await run(pipeline, "mixture");
    expect(result.methods.map(({ id }) => id)).toEqual(["gmm", "saa"]);
    const decide = await createDecision(pipeline, join(folder, "mixture"));
    expect((await decide(Float64Array.of(0, 0))).status).toBe("optimal");
  });

  it("opens a de-tilted run with its weights", async () => {
    const pipeline = smallPortfolio({
      train: { detilt: true, strength: { scale: "relative", grid: [0.2] } },
      compare: [],
    });
    await run(pipeline, "detilted");
    const decide = await createDecision(pipeline, join(folder, "detilted"));
    expect((await decide(Float64Array.of(0.3, 0.3))).status).toBe("optimal");
  });

  it("cuts a rehearsal short and says so", async () => {
    const pipeline = smallPortfolio({ evaluate: { seeds: 5 } });
    const result = await runPipeline(pipeline, { runFolder: join(folder, "quick"), quick: true });
    expect(result.quick).toBe(true);
    expect(result.seeds).toBe(2);
    expect(result.warnings.map(({ code }) => code)).toContain("quick-run");
    expect(read("quick", "report.html")).toContain("quick-run");
  });
});

describe("what ends a run", () => {
  it("names an output folder that cannot be written", async () => {
    const inFile = join(folder, "first", "results.json", "run");
    await expect(runPipeline(smallPortfolio(), { runFolder: inFile })).rejects.toMatchObject({
      code: "output-not-writable",
    });
    await expect(
      runPipeline(smallPortfolio(), { runFolder: join(folder, "first", "results.json") }),
    ).rejects.toMatchObject({ code: "output-not-writable" });
  });

  it("names the line of a set that is empty", async () => {
    const pipeline = smallPortfolio();
    const { problem } = pipeline;
    const feasible = { ...problem.feasible, upper: [0.1, 0.1, 0.1] };
    await expect(
      runPipeline({ ...pipeline, problem: { ...problem, feasible } }, { runFolder: join(folder, "empty") }),
    ).rejects.toMatchObject({ code: "decision-infeasible", place: "model.dro:1:1" });
  });

  it("has no true law for data from a file", async () => {
    const pipeline = smallPortfolio({ compare: [] });
    const source = { kind: "csv", path: "market.csv", at: "model.dro:9:1" } as const;
    await expect(
      runPipeline({ ...pipeline, data: { ...pipeline.data, source } }, { runFolder: join(folder, "truthless") }),
    ).rejects.toMatchObject({ code: "method-needs-truth", place: "model.dro:9:1" });
  });

  it("names a damaged unit instead of computing with it", async () => {
    const pipeline = smallPortfolio({ compare: [] });
    await run(pipeline, "damaged");
    const units = join(folder, "damaged", "units");
    const one = join(units, readdirSync(units)[0]!);
    const file = readdirSync(one).find((name) => name.includes("train-uniform"))!;
    writeFileSync(join(one, file), readFileSync(join(one, file)).subarray(0, 200));
    await expect(run(pipeline, "damaged")).rejects.toMatchObject({ code: "run-folder-damaged" });
  });
});
