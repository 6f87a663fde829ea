import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createCombinatorialOracle } from "../../../runtime/dfl/index.ts";
import type { DecisionOracle, DflLossSpec, OracleAnswer } from "../../../runtime/dfl/index.ts";
import { createDecisionPool } from "../../../runtime/dfl/decision-pool.ts";
import { createLoss } from "../../../runtime/dfl/losses/create-loss.ts";
import type { LossRow } from "../../../runtime/dfl/losses/row.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const PYTHON = fileURLToPath(new URL("../../../bench/peers/.venv/bin/python", import.meta.url));

/** Relative to the largest number of an answer. */
const TOLERANCE = 1e-5;

interface Answer {
  readonly spec: DflLossSpec;
  readonly losses: readonly number[];
  /** rows × d, of the sum of the losses. */
  readonly gradient: readonly number[];
  /** rows × samples × d, where the method draws some. */
  readonly noise?: readonly number[];
  /** α and the moving average of AI-MLE after the step. */
  readonly state?: readonly number[];
  readonly branch?: "projected" | "blended";
}

interface Case {
  readonly name: string;
  readonly sense: "minimize" | "maximize";
  readonly set:
    | { readonly arcs: readonly (readonly [number, number])[]; readonly nodes: number }
    | { readonly weights: readonly (readonly number[])[]; readonly capacities: readonly number[] };
  readonly rows: number;
  readonly costs: readonly number[];
  readonly predicted: readonly number[];
  readonly solutions: readonly number[];
  readonly objectives: readonly number[];
  readonly pool: readonly number[];
  readonly answers: readonly Answer[];
}

interface Recorded {
  readonly pyepo: string;
  readonly losses: readonly Case[];
}

/** What PyEPO answered. With `DROC_RECORD_PYEPO=1` it is asked again, as `bench/peers/install` installed it. */
function recordedAnswers(): Recorded {
  if (process.env["DROC_RECORD_PYEPO"] !== undefined) {
    if (!existsSync(PYTHON)) throw new Error("run bench/peers/install first");
    const run = spawnSync(PYTHON, [here("record.py")], {
      encoding: "utf8",
      env: { ...process.env, OMP_NUM_THREADS: "1" },
      maxBuffer: 1 << 28,
    });
    if (run.status !== 0) throw new Error(run.stderr);
    writeFileSync(here("recorded.json"), `${run.stdout}\n`);
  }
  return JSON.parse(readFileSync(here("recorded.json"), "utf8"));
}

const { losses: cases } = recordedAnswers();
const noContext = new Float64Array(0);

function oracleOf({ set, sense }: Case): Promise<DecisionOracle> {
  return createCombinatorialOracle(
    "arcs" in set
      ? {
          kind: "path",
          nodes: set.nodes,
          arcs: set.arcs.map(([from, to]) => ({ from, to })),
          source: 0,
          target: set.nodes - 1,
        }
      : { kind: "knapsack", ...set },
    sense,
  );
}

const part = (values: readonly number[], row: number, size: number): Float64Array =>
  Float64Array.from(values.slice(row * size, (row + 1) * size));

/** The rows of a case, with PyEPO's noise. */
function rowsOf(given: Case, oracle: DecisionOracle, { noise = [], branch }: Answer): LossRow[] {
  const d = oracle.outcome;
  const solve = (s: Float64Array): OracleAnswer => oracle.solve(s, noContext);
  return Array.from({ length: given.rows }, (_, row) => {
    const cost = part(given.costs, row, d);
    const own = (count: number): Float64Array => {
      expect(noise).toHaveLength(given.rows * count);
      return part(noise, row, count);
    };
    return {
      predicted: part(given.predicted, row, d),
      cost,
      context: noContext,
      best: solve(cost),
      exact: branch !== "blended",
      solve,
      normal: own,
      sumOfGamma: own,
      gradient: new Float64Array(d),
      loss: 0,
      failure: null,
    };
  });
}

describe.each(cases)("losses beside PyEPO's: $name", (given) => {
  it("are of the same decisions", async () => {
    const oracle = await oracleOf(given);
    const n = oracle.decision;
    for (let row = 0; row < given.rows; row++) {
      const answer = oracle.solve(part(given.costs, row, n), noContext);
      compare([...answer.z], [...part(given.solutions, row, n)]);
      const objective = given.sense === "minimize" ? answer.objective : -answer.objective;
      expect(Math.abs(objective - given.objectives[row]!)).toBeLessThan(1e-6 * Math.abs(objective));
    }
  });

  it.each(given.answers)("$spec $branch", async (answer) => {
    const oracle = await oracleOf(given);
    const n = oracle.decision;
    const pool = createDecisionPool(oracle);
    for (let k = 0; k < given.pool.length / n; k++) {
      const z = part(given.pool, k, n);
      const zero = new Float64Array(n);
      const slope = new Float64Array(n);
      oracle.slope(z, zero, noContext, slope);
      pool.add({ status: "optimal", z, objective: 0, slope }, zero);
    }
    const loss = createLoss(answer.spec, { oracle, pool, count: () => undefined });
    const rows = rowsOf(given, oracle, answer);
    loss.evaluate(rows);
    expect(rows.map(({ failure }) => failure)).toEqual(rows.map(() => null));
    compare(
      rows.map((row) => row.loss),
      answer.losses,
    );
    compare(
      rows.flatMap(({ gradient }) => [...gradient]),
      answer.gradient,
    );
    if (answer.state !== undefined) compare([...(loss.state ?? [])], answer.state);
  });
});

function compare(ours: readonly number[], theirs: readonly number[]): void {
  expect(ours).toHaveLength(theirs.length);
  const size = Math.max(1e-300, ...theirs.map(Math.abs));
  const apart = Math.max(...ours.map((value, i) => Math.abs(value - theirs[i]!)));
  expect(apart / size).toBeLessThan(TOLERANCE);
}
