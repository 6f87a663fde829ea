import { describe, expect, it } from "vitest";
import { createCombinatorialOracle, createOracle, misfit, trainCostPredictor } from "../../runtime/dfl/index.ts";
import type { DecisionOracle, OracleAnswer, PredictorTrainingOptions } from "../../runtime/dfl/index.ts";
import { RuntimeError } from "../../runtime/errors/runtime-error.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { normals, pathOracle, polynomialRows, quadraticProblem } from "./support.ts";

const D = 12;
const data = polynomialRows("train", 24, D);

function options(oracle: DecisionOracle): PredictorTrainingOptions {
  return {
    loss: { loss: "spo_plus" },
    predictor: { kind: "linear" },
    data,
    oracle,
    length: { steps: 12 },
    batch: 8,
    optimizer: { kind: "sgd", rate: 0.01 },
    standardize: false,
    stream: randomStream(2, "dfl"),
  };
}

/** An oracle whose solves fail where told to. */
function failing(
  oracle: DecisionOracle,
  fails: (s: Float64Array, call: number) => Pick<OracleAnswer, "status" | "detail"> | null,
): DecisionOracle {
  let call = 0;
  return {
    ...oracle,
    solve(s, x) {
      const answer = oracle.solve(s, x);
      const failure = fails(s, call++);
      if (failure === null) return answer;
      const nothing = new Float64Array(D).fill(NaN);
      return { ...answer, ...failure, z: nothing, slope: nothing, objective: NaN };
    },
  };
}

async function codeOf(work: Promise<unknown>): Promise<RuntimeError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RuntimeError)) throw new Error(`no error of the catalogue: ${String(error)}`);
  return error;
}

/** The first weights, which a training without steps ends with. */
async function biasesBefore(oracle: DecisionOracle): Promise<Float64Array> {
  const { tensors } = await trainCostPredictor({ ...options(oracle), length: { steps: 0 } });
  return Float64Array.from(tensors["layer.0.bias"]!.data);
}

describe("solves that fail", () => {
  it("cost their own row alone, and are listed with it", async () => {
    const oracle = await pathOracle();
    const row = 7;
    const cost = data.costs.subarray(row * D, (row + 1) * D);
    // The row whose true cost cannot be solved takes no part; what is left is as if it had never been there.
    const without = await trainCostPredictor(
      options(failing(oracle, (s) => (s.every((value, i) => value === cost[i]) ? { status: "infeasible" } : null))),
    );
    expect(without.history.failures).toEqual([
      { row, step: -1, status: "infeasible", detail: "the problem is infeasible" },
    ]);
    const rest = [...Array(24).keys()].filter((other) => other !== row);
    const pick = (values: Float64Array, width: number): Float64Array =>
      Float64Array.from(rest.flatMap((other) => [...values.subarray(other * width, (other + 1) * width)]));
    const fewer = await trainCostPredictor({
      ...options(oracle),
      data: { rows: 23, contexts: pick(data.contexts, 3), costs: pick(data.costs, D) },
    });
    expect(without.tensors).toEqual(fewer.tensors);
  });

  it("give their row no gradient in the step that they fail in", async () => {
    const oracle = await pathOracle();
    const biases = async (failedCall: number | null): Promise<Float64Array> => {
      const fails = failing(oracle, (_s, call) =>
        call === failedCall ? { status: "unbounded", detail: "why" } : null,
      );
      const { tensors, history } = await trainCostPredictor({ ...options(fails), length: { steps: 1 } });
      const found = history.failures.map(({ step: at, status, detail }) => ({ at, status, detail }));
      expect(found).toEqual(failedCall === null ? [] : [{ at: 0, status: "unbounded", detail: "why" }]);
      expect(history.failed).toBe(found.length);
      return Float64Array.from(tensors["layer.0.bias"]!.data);
    };
    const whole = await biases(null);
    let total = new Float64Array(D);
    // After 24 solves of the true costs come those of the first batch, one a row.
    for (let call = 24; call < 32; call++) {
      const part = await biases(call);
      // SPO+ moves the biases by the mean of ±2 or 0 a row, at the rate 0.01.
      const moved = whole.map((value, i) => (value - part[i]!) / ((2 * 0.01) / 8));
      for (const value of moved) expect(Math.abs(value - Math.round(value))).toBeLessThan(1e-3);
      total = total.map((value, i) => value + moved[i]!);
    }
    // What the rows lack one by one is the whole step.
    const first = await biasesBefore(oracle);
    const step = whole.map((value, i) => (value - first[i]!) / ((2 * 0.01) / 8));
    expect(step.some((value) => Math.abs(value) > 0.5)).toBe(true);
    step.forEach((value, i) => expect(Math.abs(value - total[i]!)).toBeLessThan(1e-2));
  });

  it("by the time limit are used where there is a decision, and counted", async () => {
    const oracle = await pathOracle();
    const stopped: DecisionOracle = {
      ...oracle,
      solve: (s, x) => ({ ...oracle.solve(s, x), status: "stopped" }),
    };
    const { history, tensors } = await trainCostPredictor(options(stopped));
    expect(history.failed).toBe(0);
    expect(history.stopped).toBe(history.solves);
    expect(tensors).toEqual((await trainCostPredictor(options(oracle))).tensors);
  });

  it("end at the time limit of the solver", async () => {
    const n = 60;
    const draw = (name: string): number[] => [...normals(name, n)].map((value) => 10 + 3 * Math.abs(value));
    const weights = Array.from({ length: 8 }, (_, r) => draw(`w${r}`));
    const capacities = weights.map((row) => 0.4 * row.reduce((a, b) => a + b, 0));
    const values = Float64Array.from(draw("values"));
    const set = { kind: "knapsack", weights, capacities } as const;
    const oracle = await createCombinatorialOracle(set, "maximize", { timeLimit: 1e-3 });
    const answer = oracle.solve(values, new Float64Array(0));
    // Either the best decision so far, or none: never a wait for the proof.
    expect(["stopped", "failed"]).toContain(answer.status);
    if (answer.status === "stopped") expect(answer.z.every((value) => value === 0 || value === 1)).toBe(true);
    else expect(answer.detail).toContain("solver-failed");
  });

  it("of every row end the training with what the first says", async () => {
    const oracle = await pathOracle();
    const error = await codeOf(
      trainCostPredictor({
        ...options(failing(oracle, () => ({ status: "infeasible", detail: "because of p.dro:4:1" }))),
        hooks: { place: "p.dro:9:1" },
      }),
    );
    expect(error.code).toBe("no-training-decisions");
    expect(error.place).toBe("p.dro:9:1");
    expect(error.message).toContain("because of p.dro:4:1");
  });

  it("name the rows to blame where no decision is feasible", async () => {
    const problem = quadraticProblem(3);
    const rows = [{ coefficients: [-1, -1, -1], bound: -2, at: "p.dro:5:1" }];
    const oracle = await createOracle({
      ...problem,
      feasible: { ...problem.feasible, inequalities: [...problem.feasible.inequalities, ...rows] },
    });
    const answer = oracle.solve(Float64Array.of(1, 2, 3), new Float64Array(1));
    expect(answer.status).toBe("infeasible");
    expect(answer.detail).toBe("because of p.dro:4:1, p.dro:5:1");
  });
});

describe("a training", () => {
  it("that is cancelled keeps the best weights so far", async () => {
    const oracle = await pathOracle();
    const controller = new AbortController();
    const regrets: number[] = [];
    const trained = await trainCostPredictor({
      ...options(oracle),
      validation: polynomialRows("validation", 20, D),
      length: { steps: 1000 },
      evaluateEvery: 3,
      onProgress: ({ regret }) => {
        regrets.push(regret!);
        if (regrets.length === 6) controller.abort();
      },
      hooks: { signal: controller.signal },
    });
    expect(trained.status).toBe("cancelled");
    expect(regrets).toHaveLength(6);
    expect(trained.step).toBe(3 * regrets.indexOf(Math.min(...regrets)));
    await trained.dispose();
  });

  it("that is cancelled before it has a model ends with the reason", async () => {
    const reason = new Error("enough");
    const hooks = { signal: AbortSignal.abort(reason) };
    await expect(trainCostPredictor({ ...options(await pathOracle()), hooks })).rejects.toBe(reason);
  });

  it("that runs away says at which row", async () => {
    const error = await codeOf(
      trainCostPredictor({
        ...options(await pathOracle()),
        loss: { loss: "mse" },
        optimizer: { kind: "sgd", rate: 1e30 },
        hooks: { place: "p.dro:9:1" },
      }),
    );
    expect(["prediction-not-finite", "loss-not-finite", "training-diverged"]).toContain(error.code);
    expect(error.place).toBe("p.dro:9:1");
  });

  it("refuses data that are no numbers, with the place", async () => {
    const costs = data.costs.slice();
    costs[5 * D + 3] = NaN;
    const error = await codeOf(trainCostPredictor({ ...options(await pathOracle()), data: { ...data, costs } }));
    expect(error.code).toBe("training-not-finite");
    expect(error.message).toContain("row 6, column 4");
  });

  it("refuses a loss that cannot learn from the problem, and names those that can", async () => {
    const error = await codeOf(trainCostPredictor({ ...options(await pathOracle()), loss: { loss: "task" } }));
    expect(error.code).toBe("loss-does-not-fit");
    expect(error.help).toContain("spo_plus");
    expect(error.help).not.toContain("task");
    const quadratic = await createOracle(quadraticProblem());
    expect(misfit("task", quadratic)).toBeNull();
    expect(misfit("cave", quadratic)).toContain("without a term");
  });
});
