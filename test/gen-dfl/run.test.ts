import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDecision, runPipeline } from "../../runtime/pipeline.ts";
import type { RunResult } from "../../runtime/report/results.ts";
import type { GenDflSpec, MethodSpec, Pipeline, VaeSpec } from "../../runtime/spec.ts";
import { smallPortfolio } from "../runs/pipelines.ts";

const vae: VaeSpec = { kind: "vae", latent: 1, hidden: [8], ema: 0, scenarios: 24 };
const optimizer = { kind: "adam", rate: 5e-3, weightDecay: 0 } as const;
const focus: GenDflSpec = {
  method: "gen_dfl",
  beta: [50],
  gamma: 1,
  samples: 12,
  ramp: 0.5,
  contexts: 4,
  proxy: vae,
  warmup: [40],
  surrogate: { kind: "implicit" },
  steps: 12,
  batch: 16,
  optimizer,
};
const predictor = (name: string, loss: Extract<MethodSpec, { method: "dfl" }>["loss"]): MethodSpec => ({
  method: "dfl",
  name,
  loss,
  predictor: { kind: "linear" },
  steps: 10,
  batch: 8,
  optimizer,
  solve: 1,
});

/** The small portfolio under the mean alone, with a ridge: every rival fits it. */
function meanPortfolio(train: GenDflSpec, compare: readonly MethodSpec[]): Pipeline {
  const pipeline = smallPortfolio({
    compare,
    evaluate: {
      metrics: [
        { metric: "relative_regret" },
        { metric: "relative_regret", tail: 1 },
        { metric: "relative_regret", tail: 0.2 },
        { metric: "hindsight_regret", unambiguous: false },
        { metric: "mse" },
      ],
      evaluator: { kind: "truth", scenarios: 64 },
    },
  });
  const risk = { ...pipeline.problem.risk, cvar: [], quadratic: [0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5] };
  return { ...pipeline, generator: vae, train, problem: { ...pipeline.problem, risk } };
}

const pipeline = meanPortfolio(focus, [
  predictor("spo_plus", { loss: "spo_plus" }),
  predictor("listwise", { loss: "listwise", temperature: 1 }),
  predictor("task_e2e", { loss: "task" }),
  { method: "diff_dro", strengths: [0.01, 0.1], predictor: { kind: "linear" }, steps: 10, batch: 8, optimizer },
  ...(
    [
      ["lro", { kind: "promise", tail: 0.1, penalty: 1 }],
      ["e2e_cro", { kind: "conditional", coverage: 0.8, weight: 0.5 }],
      ["e2e_conformal", { kind: "conformal", coverage: 0.8, calibration: 0.25 }],
    ] as const
  ).map(([name, objective]): MethodSpec => {
    const training = { predictor: { kind: "linear" }, warmup: 20, steps: 6, batch: 16, optimizer } as const;
    return { method: "uncertainty_set", name, objective, ...training };
  }),
  { ...focus, tail: 0.5, surrogate: { kind: "contrastive", pool: "cache", solve: 0.5, hinge: true }, beta: [1, 50] },
]);

const folders: string[] = [];
async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "droc-gen-dfl-"));
  folders.push(path);
  return path;
}
afterAll(async () => {
  for (const path of folders) await rm(path, { recursive: true, force: true });
});

const valueOf = (of: RunResult, id: string, metric: string): number =>
  of.methods.find((method) => method.id === id)!.values.find((value) => value.metric === metric)!.mean!;

const order = (result: RunResult, metric: string): string[] =>
  result.methods.map(({ id }) => id).toSorted((a, b) => valueOf(result, a, metric) - valueOf(result, b, metric));

describe("a run that trains for decisions", () => {
  let first = "";
  let result: RunResult;
  beforeAll(async () => {
    first = await folder();
    result = await runPipeline(pipeline, { runFolder: first, jobs: 1 });
  }, 120_000);

  it("puts the trained generator first, beside itself without the decisions and the rivals", () => {
    expect(result.methods.map(({ id, role }) => `${role} ${id}`)).toEqual([
      "trained gen_dfl",
      "control vae",
      "baseline spo_plus",
      "baseline listwise",
      "baseline task_e2e",
      "baseline diff_dro",
      "baseline lro",
      "baseline e2e_cro",
      "baseline e2e_conformal",
      "baseline gen_dfl_tail_50",
    ]);
  });

  it("measures regret over tails: at 100% that of the mean, and more in the worst part", () => {
    for (const { id } of result.methods) {
      // The mean's own relative regret leaves the ridge out of what it is relative to.
      expect(valueOf(result, id, "relative_regret_tail_100")).toBeGreaterThan(-1e-9);
      expect(valueOf(result, id, "relative_regret_tail_20")).toBeGreaterThan(
        valueOf(result, id, "relative_regret_tail_100"),
      );
      expect(valueOf(result, id, "hindsight_regret")).toBeGreaterThan(0);
      expect(valueOf(result, id, "mse")).toBeGreaterThan(0);
    }
    // The same decisions have the same order under both.
    expect(order(result, "relative_regret_tail_100")).toEqual(order(result, "relative_regret"));
  });

  it("compares the best baseline with the others where the trained generator is not the best", () => {
    const { id: metric } = result.metrics[0]!;
    const ranked = result.methods
      .filter(({ role }) => role !== "control")
      .toSorted((a, b) => valueOf(result, a.id, metric) - valueOf(result, b.id, metric));
    expect(ranked[0]!.role).toBe("baseline");
    const others = result.methods.filter(({ id, role }) => role === "baseline" && id !== ranked[0]!.id);
    const pairs = result.comparisons.filter((one) => one.metric === metric && one.method === ranked[0]!.id);
    expect(pairs.map(({ baseline }) => baseline).toSorted()).toEqual(others.map(({ id }) => id).toSorted());
    expect(pairs.every(({ difference }) => difference <= 0)).toBe(true);
  });

  it("keeps a learning curve of regret, and weights that decide again", async () => {
    const events = (await readFile(join(first, "metrics.jsonl"), "utf8")).trim().split("\n");
    const curve = events
      .map((line): { kind: string; unit?: string; regret?: number } => JSON.parse(line))
      .filter(({ kind }) => kind === "regret");
    for (const unit of ["train gen_dfl", "train spo_plus", "train diff_dro", "train lro", "train e2e_conformal"]) {
      const entries = curve.filter((entry) => entry.unit === unit);
      expect(entries.length).toBeGreaterThan(0);
      expect(entries.every(({ regret }) => Number.isFinite(regret) && regret! > -1e-9)).toBe(true);
    }
    const kinds = new Map(result.curves!.map((one) => [one.method, one.of]));
    expect([kinds.get("gen_dfl"), kinds.get("spo_plus"), kinds.get("diff_dro")]).toEqual([
      "proxy",
      "validation",
      "validation",
    ]);
    // At each seed of every method but the control; the last point is that of the last step.
    expect(result.curves).toHaveLength(result.seeds * (result.methods.length - 1));
    expect(result.curves!.find(({ method }) => method === "spo_plus")!.points.at(-1)!.step).toBe(10);
    expect(await readFile(join(first, "report.html"), "utf8")).toContain("<h2>Learning curves</h2>");
    const sets = ["lro", "e2e_cro", "e2e_conformal"];
    for (const method of ["gen_dfl", "spo_plus", "diff_dro", ...sets, "gen_dfl_tail_50"]) {
      const decide = await createDecision(pipeline, first, { method });
      const { z, status } = await decide(Float64Array.of(0.3, -0.2));
      expect(status).toBe("optimal");
      expect(z.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
      await decide.dispose();
    }
  });

  it("gives the same numbers again, in another folder", async () => {
    const again = await runPipeline(pipeline, { runFolder: await folder(), jobs: 1 });
    expect(again.methods.map(({ regrets }) => regrets)).toEqual(result.methods.map(({ regrets }) => regrets));
  }, 120_000);
});

describe("a run that cannot train for its decisions", () => {
  it("says that a vertex does not move with the scenarios", async () => {
    const linear = meanPortfolio(focus, []);
    const flat = { ...linear, problem: { ...linear.problem, risk: { ...linear.problem.risk, quadratic: null } } };
    await expect(runPipeline(flat, { runFolder: await folder(), jobs: 1 })).rejects.toMatchObject({
      code: "surrogate-does-not-fit",
    });
  });
});

describe("a run with an uncertainty set", () => {
  it("says that a loss that reads the context has no worst outcome that it knows", async () => {
    const set: MethodSpec = {
      method: "uncertainty_set",
      name: "e2e_cro",
      objective: { kind: "conditional", coverage: 0.8, weight: 0.5 },
      predictor: { kind: "linear" },
      warmup: 1,
      steps: 1,
      batch: 4,
      optimizer,
    };
    const linear = meanPortfolio(focus, [set]);
    const { loss } = linear.problem;
    const toll = (z: Float64Array, s: Float64Array, x: Float64Array): number => loss(z, s, x) + x[0]! * z[0]!;
    const contextual = { ...linear, problem: { ...linear.problem, loss: toll } };
    await expect(runPipeline(contextual, { runFolder: await folder(), jobs: 1 })).rejects.toMatchObject({
      code: "layer-needs-linear",
    });
  });
});
