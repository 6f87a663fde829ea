import { describe, expect, it } from "vitest";
import { createDecider, cappedSimplex } from "../../runtime/decide/index.ts";
import { createDecisionLayer, createRiskGradient } from "../../runtime/decide/layer/index.ts";
import type { DecisionLayer } from "../../runtime/decide/layer/index.ts";
import type { DecisionProblem } from "../../runtime/spec.ts";
import { createOuterStepper, runOuterTraining, type OuterPlan } from "../../runtime/tensor/outer-training.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { initialMlp, mlp, mlpLayout } from "../../runtime/tensor/parameters.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { noContext, risk, ridge } from "./problems.ts";

const ASSETS = 4;
const FEATURES = 3;
const BATCH = 8;
const SCENARIOS = 12;
const ROWS = 64;

/** `E[−s·z] + CVaR_0.75[−s·z] + 0.3‖z‖²` over a capped simplex. */
const portfolio: DecisionProblem = {
  sizes: { context: 0, outcome: ASSETS, decision: ASSETS },
  loss: (z, s) => -z.reduce((sum, share, i) => sum + share * s[i]!, 0),
  lossGradientZ: (_z, s, _x, out) => out.set(s.map((value) => -value)),
  lossGradientS: (z, _s, _x, out) => out.set(z.map((value) => -value)),
  extendedGradientS: () => undefined,
  pieces: {
    count: 1,
    fill: (s, _x, slopes, offsets) => {
      for (let i = 0; i < ASSETS; i++) slopes[i] = -s[i]!;
      offsets[0] = 0;
    },
  },
  feasible: cappedSimplex(ASSETS, 0.6, "p.dro:5:1"),
  risk: risk(ASSETS, { cvar: [{ weight: 1, level: 0.75 }], quadratic: ridge(ASSETS, 0.3) }),
};

/** Contexts, and returns that depend on them in a way that no line fits. */
function draw(rows: number, name: string): { readonly x: Float64Array; readonly s: Float64Array } {
  const x = new Float64Array(rows * FEATURES);
  randomStream(3, name).child("x").normal(x);
  const s = new Float64Array(rows * ASSETS);
  randomStream(3, name).child("s").normal(s);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < ASSETS; i++) {
      const own = x[row * FEATURES + (i % FEATURES)]!;
      s[row * ASSETS + i] = 0.2 * s[row * ASSETS + i]! + (i < 2 ? own : 0.3 * own ** 2) * (i % 2 === 0 ? 1 : -1);
    }
  }
  return { x, s };
}

const train = draw(ROWS, "train");
/** Fixed residuals around the prediction: the scenario cloud. */
const cloud = new Float64Array(SCENARIOS * ASSETS);
randomStream(3, "cloud").normal(cloud);

const layout = mlpLayout([FEATURES, 8, ASSETS]);
const rowsOf = (step: number): number[] => Array.from({ length: BATCH }, (_, i) => (step * BATCH + i) % ROWS);

/** Prediction plus cloud → decision → what the decision costs at the outcome that came. */
function planOf(layer: DecisionLayer, optimizer: OuterPlan["optimizer"], steps: number, own: boolean): OuterPlan {
  const cost = createRiskGradient(portfolio);
  return {
    model: "predictor",
    layout,
    steps,
    optimizer,
    ema: 0,
    initial: () => initialMlp(layout, randomStream(3, "initial")),
    declare(graph) {
      const x = graph.input("x", [BATCH, FEATURES]);
      return (parameters) => {
        const prediction = ops.reshape(mlp(x, parameters, "tanh"), [BATCH, 1, ASSETS]);
        const outcomes = ops.add(
          prediction,
          graph.constant(
            cloud.map((value) => 0.2 * value),
            [1, SCENARIOS, ASSETS],
          ),
        );
        return { outputs: { outcomes }, ...(own ? { loss: ops.mul(ops.sum(ops.square(prediction)), 0.05) } : {}) };
      };
    },
    fill(executor, step) {
      const x = executor.input("x");
      rowsOf(step).forEach((row, i) => x.set(train.x.subarray(row * FEATURES, (row + 1) * FEATURES), i * FEATURES));
    },
    host(outputs, step) {
      const keys = rowsOf(step);
      const batch = { contexts: BATCH, scenarios: SCENARIOS, outcomes: outputs.get("outcomes")!, keys };
      const { decisions, backward } = layer.forward(batch);
      const decisionBar = new Float64Array(BATCH * ASSETS);
      let loss = 0;
      keys.forEach((row, i) => {
        const happened = { count: 1, outcomes: train.s.slice(row * ASSETS, (row + 1) * ASSETS) };
        const z = decisions.slice(i * ASSETS, (i + 1) * ASSETS);
        loss += cost.at(z, happened, noContext, decisionBar.subarray(i * ASSETS, (i + 1) * ASSETS)) / BATCH;
      });
      return { loss, gradients: { outcomes: backward(decisionBar.map((value) => value / BATCH)).outcomes } };
    },
  };
}

describe("a decision layer", () => {
  it("gives the gradient of the whole: decisions, their cost and a loss of the program's own", async () => {
    const layer = await createDecisionLayer(portfolio);
    // A step of plain descent at rate 1 moves the parameters by minus their gradient.
    const stepper = await createOuterStepper(planOf(layer, { kind: "sgd", rate: 1 }, 10, true), "reference");
    const initial = Float64Array.from(initialMlp(layout, randomStream(3, "initial")));
    const lossAt = async (parameters: Float64Array): Promise<number> => {
      stepper.state("parameters").set(parameters);
      return stepper.step(0);
    };
    await lossAt(initial);
    const gradient = Float64Array.from(stepper.state("parameters"), (value, i) => initial[i]! - value);
    for (const part of ["a", "b", "c", "d"]) {
      const direction = new Float64Array(layout.size);
      randomStream(4, part).normal(direction);
      const along = async (h: number): Promise<number> =>
        ((await lossAt(initial.map((value, i) => value + h * direction[i]!))) -
          (await lossAt(initial.map((value, i) => value - h * direction[i]!)))) /
        (2 * h);
      const expected = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0);
      expect(Math.abs((await along(5e-5)) - expected)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(expected)));
    }
    await stepper.dispose();
  });

  it("trains a predictor to smaller regret, with the same numbers after a break", async () => {
    const layer = await createDecisionLayer(portfolio);
    const plan = planOf(layer, { kind: "adam", rate: 0.02 }, 120, false);
    const test = draw(64, "test");
    const before = await regretOf(plan.initial(), layer, test);
    const trained = await runOuterTraining(plan, {});
    const after = await regretOf(trained.parameters, layer, test);
    expect(after).toBeLessThan(0.6 * before);

    const kept: { value: Parameters<NonNullable<CheckpointSlot>["save"]>[0] | null } = { value: null };
    const checkpoint: CheckpointSlot = {
      everySteps: 50,
      load: () => Promise.resolve(kept.value),
      save: (saved) => {
        kept.value = saved;
        return Promise.resolve();
      },
    };
    const controller = new AbortController();
    const onStep = (step: number): void => {
      if (step === 70) controller.abort(new Error("stop"));
    };
    const cold = await createDecisionLayer(portfolio);
    const broken = planOf(cold, { kind: "adam", rate: 0.02 }, 120, false);
    await expect(runOuterTraining(broken, { checkpoint, onStep, signal: controller.signal })).rejects.toThrow("stop");
    expect(kept.value?.step).toBe(70);
    const resumed = await runOuterTraining(broken, { checkpoint });
    resumed.parameters.forEach((value, i) => expect(value).toBeCloseTo(trained.parameters[i]!, 3));
  });

  it("says where a training diverges", async () => {
    const layer = await createDecisionLayer(portfolio);
    const plan = planOf(layer, { kind: "sgd", rate: 0.1 }, 5, false);
    const host: OuterPlan["host"] = async (outputs, step) => {
      const answer = await plan.host(outputs, step);
      return step < 2 ? answer : { ...answer, loss: NaN };
    };
    await expect(runOuterTraining({ ...plan, host }, {}, { kind: "reference" })).rejects.toThrow(
      expect.objectContaining({ code: "training-diverged", args: expect.objectContaining({ step: 3 }) }),
    );
  });

  it("reports how many decisions were differentiable, and refuses rows without a decision", async () => {
    const layer = await createDecisionLayer(portfolio);
    const outcomes = new Float64Array(2 * 3 * ASSETS);
    randomStream(1, "rows").normal(outcomes);
    const { decisions, answers, backward } = layer.forward({ contexts: 2, scenarios: 3, outcomes });
    expect(answers.map(({ status }) => status)).toEqual(["optimal", "optimal"]);
    expect(decisions).toHaveLength(2 * ASSETS);
    const back = backward(Float64Array.from(decisions, (_, i) => (i < ASSETS ? 1 + i : 0)));
    // The second row has no gradient to draw back.
    expect(Object.values(back.counts).reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(back.outcomes.subarray(3 * ASSETS).every((value) => value === 0)).toBe(true);
    const empty = { ...portfolio, feasible: cappedSimplex(ASSETS, 0.1, "p.dro:5:1") };
    const never = await createDecisionLayer(empty);
    expect(() => never.forward({ contexts: 1, scenarios: 3, outcomes: outcomes.subarray(0, 3 * ASSETS) })).toThrow(
      expect.objectContaining({ code: "no-derivative", place: "p.dro:5:1" }),
    );
  });

  it("has the risk's gradient in the decision: central differences", () => {
    const cost = createRiskGradient(portfolio);
    const outcomes = new Float64Array(9 * ASSETS);
    randomStream(2, "cost").normal(outcomes);
    const scenarios = { count: 9, outcomes, weights: Float64Array.from({ length: 9 }, (_, k) => 1 + (k % 3)) };
    const z = Float64Array.of(0.1, 0.2, 0.3, 0.4);
    const slope = new Float64Array(ASSETS);
    const unused = new Float64Array(ASSETS);
    cost.at(z, scenarios, noContext, slope);
    slope.forEach((value, i) => {
      const at = (h: number): number =>
        cost.at(
          z.map((share, j) => share + (i === j ? h : 0)),
          scenarios,
          noContext,
          unused,
        );
      expect((at(1e-6) - at(-1e-6)) / 2e-6).toBeCloseTo(value, 7);
    });
  });
});

type CheckpointSlot = NonNullable<NonNullable<Parameters<typeof runOuterTraining>[1]>["checkpoint"]>;

/** Mean cost of the predictor's decisions above the cost of the best decision for the outcome that came. */
async function regretOf(
  parameters: Float32Array,
  layer: DecisionLayer,
  { x, s }: ReturnType<typeof draw>,
): Promise<number> {
  const cost = createRiskGradient(portfolio);
  const decider = await createDecider(portfolio);
  const unused = new Float64Array(ASSETS);
  const rows = x.length / FEATURES;
  let regret = 0;
  for (let row = 0; row < rows; row++) {
    const prediction = predict(parameters, x.subarray(row * FEATURES, (row + 1) * FEATURES));
    const outcomes = cloud.map((value, i) => 0.2 * value + prediction[i % ASSETS]!);
    const { decisions } = layer.forward({ contexts: 1, scenarios: SCENARIOS, outcomes });
    const happened = { count: 1, outcomes: s.slice(row * ASSETS, (row + 1) * ASSETS) };
    regret += cost.at(decisions, happened, noContext, unused) - decider.decide(happened, noContext).objective;
  }
  return regret / rows;
}

/** The network in plain loops. */
function predict(parameters: Float32Array, x: Float64Array): number[] {
  let h = [...x];
  for (let layerAt = 0; layerAt < 2; layerAt++) {
    const [weight, bias] = [layout.slots[2 * layerAt]!, layout.slots[2 * layerAt + 1]!];
    const width = bias.shape[0]!;
    const before = h;
    h = Array.from({ length: width }, (_, j) => {
      const value = before.reduce(
        (sum, v, i) => sum + v * parameters[weight.offset + i * width + j]!,
        parameters[bias.offset + j]!,
      );
      return layerAt === 0 ? Math.tanh(value) : value;
    });
  }
  return h;
}
