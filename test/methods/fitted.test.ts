import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pipelineData } from "../../compiler/emit/lower-spec.ts";
import { createDecision, runPipeline } from "../../runtime/index.ts";
import { chooseRadius } from "../../runtime/methods/choose-radius.ts";
import { planMethods } from "../../runtime/methods/plan.ts";
import { createDecider } from "../../runtime/decide/index.ts";
import type { GeneratorSpec } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { temporaryFolder } from "../runs/temporary-folder.ts";
import { compileText, spec } from "../support/tester.ts";
import { WORKER_ARGUMENTS } from "../support/worker-arguments.ts";
import { FITTED, pipeline } from "./fitted-pipeline.ts";

const folder = temporaryFolder();
const results = (name: string): string => readFileSync(join(folder, name, "results.json"), "utf8");

describe("fitted methods in a run", () => {
  const names = ["gmm", ...FITTED.map(({ method }) => method), "saa"];

  it("decide feasibly, the same with two processes, and again from the run's folder", async () => {
    const result = await runPipeline(pipeline, { runFolder: join(folder, "one") });
    expect(result.methods.map(({ id }) => id)).toEqual(names);
    for (const { regrets } of result.methods) expect(regrets.flat().every((regret) => regret > -1e-6)).toBe(true);
    const workers = { module: new URL("./fitted-pipeline.ts", import.meta.url), execArgv: WORKER_ARGUMENTS };
    await runPipeline(pipeline, { runFolder: join(folder, "two"), jobs: 2, workers });
    expect(results("two")).toBe(results("one"));
    for (const method of names) {
      const decide = await createDecision(pipeline, join(folder, "one"), { method });
      const { z, status } = await decide(Float64Array.of(0.2, -0.4));
      expect([method, status]).toEqual([method, "optimal"]);
      expect(z.reduce((sum, v) => sum + v, 0)).toBeCloseTo(1, 5);
      await decide.dispose();
    }
  }, 120_000);

  const trained: readonly GeneratorSpec[] = [
    { kind: "gaussian", floor: 1e-6, scenarios: 16 },
    { kind: "kernel", bandwidths: [0.5], criterion: "holdout", scenarios: 16 },
    { kind: "knn", neighbours: 15, scenarios: 16 },
    { kind: "empirical", scenarios: 16 },
  ];
  it.each(trained.map((generator) => [generator.kind, generator] as const))(
    "are trained ones: %s",
    async (kind, generator) => {
      const own = { ...pipeline, generator, compare: [] };
      const [first] = planMethods(own).methods;
      expect([first!.id, first!.role]).toEqual([kind, "trained"]);
      const runFolder = join(folder, kind);
      const { methods } = await runPipeline(own, { runFolder });
      expect(methods[0]!.regrets.flat().every(Number.isFinite)).toBe(true);
      const decide = await createDecision(own, runFolder);
      expect((await decide(Float64Array.of(1, 1))).status).toBe("optimal");
      await decide.dispose();
    },
  );
});

const unfitted = (): Promise<never> => Promise.reject(new Error("not to be fitted"));

describe("the radius of a baseline's ball", () => {
  const { problem } = pipeline;
  const rows = 40;
  const outcomes = Float64Array.from({ length: rows * 3 }, (_, k) => [-1, 0.5, 0.5 + 0.01 * (k % 7)][k % 3]!);
  const train = { rows, contexts: new Float64Array(rows * 2), outcomes };
  const task = {
    problem,
    train,
    stream: randomStream(1, "radius"),
    decider: (radius: number) =>
      createDecider({ ...problem, ambiguity: { kind: "wasserstein", order: 2, norm: "l2", radius } }),
  };

  it.each(["holdout", "cross_validation"] as const)(
    "is the one whose decisions lose least on rows left out: %s",
    async (select) => {
      // The centre says that the first asset gains, which loses in every row left out.
      const wrong = { count: 1, outcomes: Float64Array.of(5, 0, 0) };
      const asked: number[] = [];
      const center = async (kept: { readonly rows: number }) => {
        asked.push(kept.rows);
        return { fixed: true, at: () => wrong };
      };
      const radius = await chooseRadius({ ...task, radii: [100, 0], select, center });
      expect(radius).toBe(100);
      expect(asked).toEqual(select === "holdout" ? [36] : [32, 32, 32, 32, 32]);
    },
  );

  it("is not asked for where there is one, and the least where rows are few", async () => {
    expect(await chooseRadius({ ...task, radii: [0.3], select: "holdout", center: unfitted })).toBe(0.3);
    const few = { rows: 6, contexts: new Float64Array(12), outcomes: outcomes.slice(0, 18) };
    expect(await chooseRadius({ ...task, train: few, radii: [1, 0.1], select: "holdout", center: unfitted })).toBe(0.1);
  });
});

describe("fitted methods in a spec", () => {
  it.each([
    ["gmm_nf { components: 5 }", { kind: "gmm_nf", components: [5], criterion: "aic", bins: 8, hidden: [64] }],
    [
      "gmm { covariance: tied, components: 1..3 by bic }",
      { kind: "gmm", components: [1, 2, 3], criterion: "bic", covariance: "tied" },
    ],
    ["gaussian", { kind: "gaussian", floor: 1e-6 }],
    ["kernel { bandwidth: one_of(0.5, 1) by holdout }", { kind: "kernel", bandwidths: [0.5, 1], criterion: "holdout" }],
    ["knn { neighbours: 7 }", { kind: "knn", neighbours: 7 }],
    ["empirical", { kind: "empirical", scenarios: 512 }],
  ])("are generators without a train: %s", (text, generator) => {
    const source = spec({ uncertainty: `uncertainty s | x ~ ${text}`, train: null, compare: "compare saa" });
    const { diagnostics, notRunnable, models } = compileText(source);
    expect(diagnostics).toEqual([]);
    expect(notRunnable).toEqual([]);
    const data = pipelineData(models[0]!);
    expect(data.generator).toMatchObject(generator);
    expect(data.train).toEqual({ method: "fit" });
  });

  it("are baselines", () => {
    const text =
      "gmm_nf, gaussian, kernel_saa, rnw { bandwidth: 0.4 }, observational_saa, residual_dro { radius: 0.1 }, dr_saa, dr_knn_saa, ot_conditional, forest_saa { trees: 30 }";
    const { diagnostics, notRunnable, models } = compileText(spec({ compare: `compare ${text}` }));
    expect(diagnostics).toEqual([]);
    expect(notRunnable).toEqual([]);
    const { compare } = pipelineData(models[0]!);
    expect(compare.map(({ method }) => method)).toEqual(FITTED.map(({ method }) => method));
    expect(compare[3]).toEqual({
      method: "rnw",
      bandwidths: [0.4],
      criterion: "cross_validation",
      regularization: 0.1,
    });
    expect(compare[9]).toEqual({ method: "forest_saa", trees: 30, leaf: 5 });
    expect(compare[5]).toEqual({ method: "residual_dro", radii: [0.1], select: "holdout" });
  });
});
