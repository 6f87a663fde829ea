import { describe, expect, it } from "vitest";
import {
  createCombinatorialOracle,
  createOracle,
  hindsight,
  openCostPredictor,
  regretOf,
  trainCostPredictor,
} from "../../runtime/dfl/index.ts";
import type { DecisionOracle, DflLossSpec, PredictorTrainingOptions } from "../../runtime/dfl/index.ts";
import { simplex } from "../../runtime/decide/index.ts";
import type { Checkpoint, CheckpointSlot } from "../../runtime/models/sampler.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { LINEAR_LOSS, LOSSES, pathOracle, polynomialRows, quadraticProblem } from "./support.ts";

const ROWS = 120;
const D = 12;
const data = polynomialRows("train", ROWS, D);
const validation = polynomialRows("validation", 60, D);

/** The costs of the row that a value stands in. */
const rowAt = (i: number): Float64Array => data.costs.subarray(i - (i % D), i - (i % D) + D);

/** Steps end inside an epoch, whose last batch has fewer rows. */
function options(loss: DflLossSpec, oracle: DecisionOracle): PredictorTrainingOptions {
  return {
    loss,
    predictor: { kind: "linear" },
    data,
    validation,
    oracle,
    length: { steps: 90 },
    batch: 16,
    optimizer: { kind: "adam", rate: 0.03 },
    stream: randomStream(5, "dfl"),
  };
}

const named = LOSSES.map((loss) => ({ name: Object.values(loss).join(" "), loss }));

describe("training for decisions", () => {
  it.each(named)("lowers the regret: $name", async ({ loss }) => {
    const trained = await trainCostPredictor(options(loss, await pathOracle()));
    const { entries, failed } = trained.history;
    const start = entries[0]!.regret!;
    const best = Math.min(...entries.map(({ regret }) => regret!));
    expect(trained.status).toBe("finished");
    expect(failed).toBe(0);
    expect(entries.map(({ step }) => step)).toEqual([0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 90]);
    expect(best).toBeLessThan(0.7 * start);
    expect(entries.find(({ step }) => step === trained.step)!.regret).toBe(best);
    await trained.dispose();
  });

  it("returns the weights of least validation regret, and they can be opened again", async () => {
    const oracle = await pathOracle();
    const trained = await trainCostPredictor(options({ loss: "spo_plus" }, oracle));
    const opened = openCostPredictor({ kind: "linear" }, { context: 3, outcome: D }, trained.tensors);
    const predictions = await opened.predict(validation.contexts, 60);
    const solve = (s: Float64Array, x: Float64Array): ReturnType<DecisionOracle["solve"]> => oracle.solve(s, x);
    const best = await hindsight(validation, solve);
    const { mean } = await regretOf(predictions, validation, best, oracle, solve);
    const known = trained.history.entries.find(({ step }) => step === trained.step)!.regret!;
    expect(Math.abs(mean - known)).toBeLessThan(1e-9);
    await opened.dispose();
    await trained.dispose();
  });

  it("trains a network through decisions that move, from where another training ended", async () => {
    const oracle = await createOracle(quadraticProblem(D, 3));
    const common = { ...options({ loss: "mse" }, oracle), length: { steps: 40 } };
    const network = { kind: "mlp", hidden: [8], activation: "tanh" } as const;
    const first = await trainCostPredictor({ ...common, predictor: network });
    const second = await trainCostPredictor({
      ...common,
      loss: { loss: "task" },
      predictor: network,
      initial: first.tensors,
      length: { steps: 16 },
    });
    const { entries, differentiability } = second.history;
    expect(entries[0]!.regret).toBeCloseTo(Math.min(...first.history.entries.map((entry) => entry.regret!)), 9);
    expect(Math.min(...entries.map((entry) => entry.regret!))).toBeLessThan(entries[0]!.regret!);
    expect(differentiability.exact).toBeGreaterThan(200);
    await first.dispose();
    await second.dispose();
  });

  it("answers from the cache where rows are not solved", async () => {
    const oracle = await pathOracle();
    const { history } = await trainCostPredictor({
      ...options({ loss: "spo_plus" }, oracle),
      solveProbability: 0.25,
    });
    const share = history.cached / (90 * 15);
    expect(share).toBeGreaterThan(0.65);
    expect(share).toBeLessThan(0.85);
    expect(history.pool).toBeGreaterThan(1);
    expect(history.pool).toBeLessThanOrEqual(6);
    expect(Math.min(...history.entries.map((entry) => entry.regret!))).toBeLessThan(0.5 * history.entries[0]!.regret!);
  });

  const resumed: readonly { readonly loss: DflLossSpec; readonly solveProbability: number }[] = [
    { loss: { loss: "map" }, solveProbability: 0.5 },
    {
      loss: { loss: "aimle", samples: 2, sigma: 0.5, kappa: 5, sides: "one", outer: "regret" },
      solveProbability: 0.7,
    },
  ];
  it.each(resumed)("gives the same numbers after a break: $loss", async ({ loss, solveProbability }) => {
    const oracle = await pathOracle();
    const common = { ...options(loss, oracle), solveProbability };
    const whole = await trainCostPredictor(common);
    const kept: { value: Checkpoint | null } = { value: null };
    const slot: CheckpointSlot = {
      everySteps: 10,
      load: () => Promise.resolve(kept.value),
      save(checkpoint) {
        kept.value = checkpoint;
        return Promise.resolve();
      },
    };
    const broken = new AbortController();
    const part = await trainCostPredictor({
      ...common,
      hooks: {
        checkpoint: slot,
        signal: broken.signal,
        onStep: (step) => {
          if (step === 37) broken.abort(new Error("stop"));
        },
      },
    });
    expect(part.status).toBe("cancelled");
    expect(kept.value?.step).toBe(37);
    const rest = await trainCostPredictor({ ...common, hooks: { checkpoint: slot } });
    expect(rest.tensors).toEqual(whole.tensors);
    const plain = ({ step, loss: value, regret }: (typeof rest.history.entries)[number]): unknown => ({
      step,
      value,
      regret,
    });
    expect(rest.history.entries.map(plain)).toEqual(whole.history.entries.map(plain));
    expect(rest.history.pool).toBe(whole.history.pool);
  });

  it("keeps the best weights where decisions in hindsight cost nothing", async () => {
    const costs = data.costs.map((value, i) => (value <= Math.min(...rowAt(i)) ? 0 : value));
    const free = { ...data, costs };
    const { risk, ...problem } = quadraticProblem(D, 3);
    const feasible = simplex(D, "p.dro:3:1");
    const oracle = await createOracle({ ...problem, ...LINEAR_LOSS, feasible, risk: { ...risk, quadratic: null } });
    expect(oracle.solve(costs.slice(0, D), data.contexts.slice(0, 3)).objective).toBe(0);
    const trained = await trainCostPredictor({
      ...options({ loss: "spo_plus" }, oracle),
      data: free,
      validation: free,
    });
    const regrets = trained.history.entries.map(({ regret }) => regret!);
    expect(trained.step).toBe(trained.history.entries[regrets.indexOf(Math.min(...regrets))]!.step);
    expect(trained.step).toBeGreaterThan(0);
    expect(trained.tensors["layer.0.weight"]!.data.some((value) => value !== 0)).toBe(true);
    await trained.dispose();
  });

  it("takes a knapsack's values as rewards", async () => {
    const oracle = await createCombinatorialOracle(
      { kind: "knapsack", weights: [[3, 4, 5, 3, 6, 2, 4, 5, 3, 2, 4, 6]], capacities: [15] },
      "maximize",
    );
    const { history } = await trainCostPredictor(options({ loss: "spo_plus" }, oracle));
    expect(history.entries.at(-1)!.regret!).toBeLessThan(0.5 * history.entries[0]!.regret!);
  });
});
