import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pipelineData } from "../../compiler/emit/lower-spec.ts";
import { createDecision, runPipeline } from "../../runtime/index.ts";
import { everyMethod } from "../../runtime/methods/planned.ts";
import { planMethods } from "../../runtime/methods/plan.ts";
import type { MethodSpec, Pipeline } from "../../runtime/spec.ts";
import { temporaryFolder } from "../runs/temporary-folder.ts";
import { compileText, spec } from "../support/tester.ts";
import { WORKER_ARGUMENTS } from "../support/worker-arguments.ts";
import { pipeline, TUNED } from "./tuning-pipeline.ts";

const folder = temporaryFolder();
const results = (name: string): string => readFileSync(join(folder, name, "results.json"), "utf8");

describe("options chosen on validation", () => {
  it("are those of the least score, and decide as that setting alone does", async () => {
    const result = await runPipeline(pipeline, { runFolder: join(folder, "one") });
    expect(result.methods.map(({ id }) => id)).toEqual(["gaussian", "knn_saa", "gmm", "pto", "spo_plus", "saa"]);
    const tuning = result.tuning!;
    expect(tuning.map(({ seed, method }) => `${seed} ${method}`)).toEqual(
      Array.from({ length: result.seeds }, (_, seed) =>
        TUNED.map((method) => `${seed} ${"name" in method ? method.name : ""}`),
      ).flat(),
    );
    for (const { grid, selected } of tuning) {
      expect(grid).toHaveLength(2);
      const least = Math.min(...grid.map(({ score }) => score));
      expect(grid.find(({ score }) => score === least)!.chosen).toEqual(selected);
    }
    // Two neighbours are a lottery beside thirty.
    const neighbours = tuning.filter(({ method }) => method === "knn_saa");
    expect(neighbours.every(({ grid }) => grid[0]!.score !== grid[1]!.score)).toBe(true);
    for (const method of TUNED) {
      if (method.method !== "tuned") continue;
      const own = { ...pipeline, compare: method.candidates.map(({ spec: one }) => one) };
      const alone = await runPipeline(own, { runFolder: join(folder, `alone ${method.name}`) });
      for (const [seed, { selected }] of tuning.filter((one) => one.method === method.name).entries()) {
        const at = method.candidates.findIndex(({ chosen }) => chosen === selected || same(chosen, selected));
        // Streams of a trained predictor are its own by name, so that only its setting is compared.
        if (method.name === "spo_plus") continue;
        expect(result.methods.find(({ id }) => id === method.name)!.regrets[seed]).toEqual(
          alone.methods[1 + at]!.regrets[seed],
        );
      }
    }
  }, 120_000);

  it("are the same with two processes and in a run that goes on, and decide again from its folder", async () => {
    const workers = { module: new URL("./tuning-pipeline.ts", import.meta.url), execArgv: WORKER_ARGUMENTS };
    await runPipeline(pipeline, { runFolder: join(folder, "two"), jobs: 2, workers });
    expect(results("two")).toBe(results("one"));
    await runPipeline(pipeline, { runFolder: join(folder, "two") });
    expect(results("two")).toBe(results("one"));
    for (const method of ["knn_saa", "gmm", "pto", "spo_plus"]) {
      const decide = await createDecision(pipeline, join(folder, "two"), { method });
      expect((await decide(Float64Array.of(0.2, -0.4))).status).toBe("optimal");
      await decide.dispose();
    }
  }, 120_000);

  it("are chosen by the losses of training rows left out where there is no validation part", async () => {
    const { source } = pipeline.data;
    if (source.kind !== "synthetic") throw new Error("the task has its own data");
    const own: Pipeline = {
      ...pipeline,
      data: { ...pipeline.data, source: { ...source, options: { ...source.options, validation: 0 } } },
    };
    const { tuning } = await runPipeline(own, { runFolder: join(folder, "none"), seeds: 1 });
    expect(tuning!.map(({ by }) => by)).toEqual(["loss", "loss", "loss", "loss"]);
    expect(tuning!.every(({ grid }) => grid.every(({ score }) => Number.isFinite(score)))).toBe(true);
  }, 60_000);

  it("have a name for each setting in the plan", () => {
    const plan = planMethods(pipeline);
    expect(plan.methods.map(({ id }) => id)).toEqual(["gaussian", "knn_saa", "gmm", "pto", "spo_plus", "saa"]);
    expect(
      everyMethod(plan)
        .map(({ id }) => id)
        .slice(1, 5),
    ).toEqual(["knn_saa@neighbours=2", "knn_saa@neighbours=30", "gmm@components=1", "gmm@components=2"]);
  });
});

function same(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function lowered(compare: string): MethodSpec {
  const { diagnostics, models } = compileText(spec({ compare: `compare ${compare}` }));
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return pipelineData(models[0]!).compare[0]!;
}

describe("one_of for a baseline's options", () => {
  it("gives every combination, of options of options too", () => {
    const method = lowered("spo_plus { steps: one_of(10, 20), optimizer: adam { rate: one_of(1e-3, 1e-2) } }");
    expect(method).toMatchObject({ method: "tuned", name: "spo_plus", by: "regret" });
    if (method.method !== "tuned") return;
    expect(method.candidates.map(({ chosen }) => chosen)).toEqual([
      { steps: 10, "optimizer.rate": 1e-3 },
      { steps: 10, "optimizer.rate": 1e-2 },
      { steps: 20, "optimizer.rate": 1e-3 },
      { steps: 20, "optimizer.rate": 1e-2 },
    ]);
    expect(method.candidates[1]!.spec).toMatchObject({ steps: 10, optimizer: { rate: 1e-2 } });
  });

  it("takes lists, ranges and a criterion", () => {
    expect(lowered("pto { hidden: one_of([8], [8, 8]) }")).toMatchObject({
      candidates: [{ spec: { hidden: [8] } }, { spec: { hidden: [8, 8] } }],
    });
    expect(lowered("gmm { components: 1..3 by loss }")).toMatchObject({
      by: "loss",
      candidates: [1, 2, 3].map((count) => ({ spec: { method: "gmm", components: [count] } })),
    });
    expect(lowered("dr_saa { radius: one_of(0, 0.1) by loss }")).toMatchObject({
      candidates: [{ spec: { radii: [0] } }, { spec: { radii: [0.1] } }],
    });
  });

  it("leaves a method's own criterion to it, and one value no choice", () => {
    expect(lowered("dr_saa { radius: one_of(0, 0.1) by holdout }")).toMatchObject({
      method: "dr_saa",
      radii: [0, 0.1],
    });
    expect(lowered("knn_saa { neighbours: one_of(5) }")).toEqual({ method: "knn_saa", neighbours: 5 });
  });

  it.each([
    ["knn_saa { neighbours: one_of(5, 10) by aic }", "option-word"],
    ["knn_saa { neighbours: one_of() }", "choice-empty"],
    ["knn_saa { neighbours: one_of(5, 0) }", "option-range"],
    ["dr_knn_saa { neighbours: one_of(5, 10), radius: one_of(0, 1) by loss }", "tuning-criteria"],
    ["forest_saa { trees: one_of(1, 2, 3, 4, 5, 6, 7), leaf: one_of(1, 2, 3, 4, 5, 6) }", "tuning-size"],
  ])("is refused where it says nothing that could be chosen: %s", (compare, code) => {
    const { diagnostics } = compileText(spec({ compare: `compare ${compare}` }));
    expect(diagnostics.map((one) => one.code)).toEqual([code]);
  });

  it("is for baselines alone", () => {
    const { diagnostics } = compileText(spec({ train: "train dw_fm { steps: one_of(10, 20) }" }));
    expect(diagnostics.map((one) => one.code)).toEqual(["option-type"]);
  });
});
