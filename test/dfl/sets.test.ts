import { describe, expect, it } from "vitest";
import { box, subjectTo } from "../../runtime/decide/index.ts";
import {
  createEllipsoidLayer,
  createOracle,
  openSetModel,
  trainCostPredictor,
  trainUncertaintySet,
} from "../../runtime/dfl/index.ts";
import type { DflRows, Ellipsoid, SetObjective } from "../../runtime/dfl/index.ts";
import { conformalIndex, scoreOf } from "../../runtime/dfl/sets/coverage.ts";
import {
  conditionalLoss,
  conformalLoss,
  promiseLoss,
  type SetRow,
  type SetSetting,
} from "../../runtime/dfl/sets/objectives.ts";
import { factorAt } from "../../runtime/dfl/sets/set-model.ts";
import type { DecisionProblem } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { flowProblem, normals, quadraticProblem } from "./support.ts";

const N = 4;
const X = new Float64Array(1);

/** A lower triangular factor with a positive diagonal. */
function factorOf(name: string, size = 0.3): Float64Array {
  const drawn = normals(`factor/${name}`, N * N);
  return drawn.map((value, k) => {
    const [row, column] = [Math.floor(k / N), k % N];
    if (column > row) return 0;
    return size * (row === column ? 1 + 0.2 * Math.abs(value) : 0.3 * value);
  });
}

const setOf = (name: string): Ellipsoid => ({
  centre: normals(`centre/${name}`, N).map((value) => 1 + 0.4 * value),
  factor: factorOf(name),
});

/** The same problem without its quadratic term. */
function linearProblem(): DecisionProblem {
  const problem = quadraticProblem(N);
  return { ...problem, risk: { ...problem.risk, quadratic: null } };
}

const problems = [
  { name: "with a quadratic term", problem: quadraticProblem(N) },
  { name: "without one", problem: linearProblem() },
];

describe.each(problems)("a decision against an ellipsoid, $name", ({ problem }) => {
  const names = ["a", "b", "c", "d", "e"];

  it("costs no more than any other at its worst outcome, and what it promises", async () => {
    const layer = await createEllipsoidLayer(problem);
    for (const name of names) {
      const { centre, factor } = setOf(name);
      const worst = (z: Float64Array): number => {
        const y = new Float64Array(N);
        let value = problem.loss(z, centre, X);
        for (let j = 0; j < N; j++) for (let c = 0; c <= j; c++) y[c]! += factor[j * N + c]! * z[j]!;
        value += Math.hypot(...y);
        const q = problem.risk.quadratic;
        if (q !== null) for (let i = 0; i < N; i++) for (let j = 0; j < N; j++) value += q[i * N + j]! * z[i]! * z[j]!;
        return value;
      };
      const answer = layer.solve({ centre, factor }, X)!;
      expect(answer.value).toBeCloseTo(worst(answer.z), 6);
      for (let k = 0; k < 200; k++) {
        const drawn = normals(`z/${name}/${k}`, N).map((value) => Math.abs(value));
        const sum = drawn.reduce((a, b) => a + b, 0);
        const other = drawn.map((value) => value / Math.max(1, sum));
        const near = answer.z.map((value, i) => 0.95 * value + 0.05 * other[i]!);
        expect(worst(other)).toBeGreaterThan(answer.value - 1e-6);
        expect(worst(near)).toBeGreaterThan(answer.value - 1e-6);
      }
    }
  });

  it("has the derivatives that differences show", async () => {
    const layer = await createEllipsoidLayer(problem);
    const zBar = normals("zBar", N);
    let moved = 0;
    for (const name of names) {
      const set = setOf(name);
      const answer = layer.solve(set, X)!;
      const ofDecision = { centre: new Float64Array(N), factor: new Float64Array(N * N) };
      const ofValue = { centre: new Float64Array(N), factor: new Float64Array(N * N) };
      answer.pull(zBar, ofDecision);
      answer.addValueGradient(1, ofValue);
      const h = 1e-5;
      const differences = (change: (set: Ellipsoid, by: number) => Ellipsoid): [number, number] => {
        const [up, down] = [layer.solve(change(set, h), X)!, layer.solve(change(set, -h), X)!];
        const along = up.z.reduce((sum, value, i) => sum + zBar[i]! * (value - down.z[i]!), 0);
        return [along / (2 * h), (up.value - down.value) / (2 * h)];
      };
      for (let j = 0; j < N; j++) {
        const [decision, value] = differences(({ centre, factor }, by) => ({
          centre: centre.map((own, i) => own + (i === j ? by : 0)),
          factor,
        }));
        expect(Math.abs(ofDecision.centre[j]! - decision)).toBeLessThan(1e-4 * (1 + Math.abs(decision)));
        expect(Math.abs(ofValue.centre[j]! - value)).toBeLessThan(1e-5);
        moved += Math.abs(decision);
        for (let c = 0; c <= j; c++) {
          const [turned, promised] = differences(({ centre, factor }, by) => ({
            centre,
            factor: factor.map((own, k) => own + (k === j * N + c ? by : 0)),
          }));
          expect(Math.abs(ofDecision.factor[j * N + c]! - turned)).toBeLessThan(1e-4 * (1 + Math.abs(turned)));
          expect(Math.abs(ofValue.factor[j * N + c]! - promised)).toBeLessThan(1e-5);
        }
      }
    }
    expect(moved).toBeGreaterThan(0.1);
  });
});

/** Many more constraints meet at a path than there are dimensions. */
describe("flows against an ellipsoid", () => {
  it("are found wherever they are, and have the derivatives that differences show", async () => {
    const problem = flowProblem(5, 0);
    const d = problem.sizes.outcome;
    const layer = await createEllipsoidLayer({ ...problem, risk: { ...problem.risk, quadratic: null } });
    const zBar = normals("flows/zBar", d);
    const drawn = normals("flows/factor", d * d);
    const kinds: string[] = [];
    for (const [k, width] of [0.01, 0.1, 0.3, 1, 3, 10].entries()) {
      const centre = normals(`flows/${k}`, d).map((value) => -5 - 2 * value);
      const factor = drawn.map((value, at) => {
        const [row, column] = [Math.floor(at / d), at % d];
        return column > row ? 0 : width * (row === column ? 1 + Math.abs(value) : 0.2 * value);
      });
      const answer = layer.solve({ centre, factor }, X)!;
      const slope = { centre: new Float64Array(d), factor: new Float64Array(d * d) };
      kinds.push(answer.pull(zBar, slope));
      const value = { centre: new Float64Array(d), factor: new Float64Array(d * d) };
      answer.addValueGradient(1, value);
      const h = 1e-5;
      for (let j = 0; j < d; j += 7) {
        const [up, down] = [h, -h].map((by) => layer.solve({ centre: centre.with(j, centre[j]! + by), factor }, X, k)!);
        const along = up!.z.reduce((sum, one, i) => sum + (zBar[i]! * (one - down!.z[i]!)) / (2 * h), 0);
        expect(Math.abs(slope.centre[j]! - along)).toBeLessThan(1e-4 * (1 + Math.abs(along)));
        expect(Math.abs(value.centre[j]! - (up!.value - down!.value) / (2 * h))).toBeLessThan(1e-5);
      }
    }
    expect(new Set(kinds)).toEqual(new Set(["zero almost everywhere", "exact"]));
  });
});

const ROWS = 12;
/** Centre and log widths of every row. */
type Parameters = readonly { readonly centre: Float64Array; readonly widths: Float64Array }[];

function parametersOf(): Parameters {
  return Array.from({ length: ROWS }, (_, k) => ({
    centre: normals(`objective/centre/${k}`, N).map((value) => 1 + 0.4 * value),
    widths: normals(`objective/widths/${k}`, N).map((value) => 0.2 * value),
  }));
}

const scale = factorOf("scale");
const outcomes = Array.from({ length: ROWS }, (_, k) => normals(`objective/s/${k}`, N).map((value) => 1 + 0.6 * value));

function rowsOf(parameters: Parameters, factor?: Float64Array): SetRow[] {
  return parameters.map(({ centre, widths }, row) => ({
    row,
    context: X,
    outcome: outcomes[row]!,
    set: { centre, factor: factor ?? factorAt(scale, widths, N) },
    centreBar: new Float64Array(N),
    widthBar: new Float64Array(N),
  }));
}

function fail(): never {
  throw new Error("a row failed");
}

async function setting(): Promise<SetSetting> {
  const problem = quadraticProblem(N);
  const oracle = await createOracle(problem);
  const { gradientZ } = oracle;
  if (gradientZ === undefined) throw new Error("the oracle has no derivative");
  const layer = await createEllipsoidLayer(problem);
  return { layer, oracle: { ...oracle, gradientZ }, unit: 0.7, count: () => undefined, fail };
}

describe("an objective of an uncertainty set", () => {
  const features = outcomes.map((_, k) => Float64Array.of(1, normals("feature", ROWS)[k]!));
  const objectives: readonly { readonly name: string; readonly of: (own: SetSetting, rows: SetRow[]) => number }[] = [
    { name: "conformal", of: (own, rows) => conformalLoss(own, rows, 0.7) },
    {
      name: "conditional",
      of: (own, rows) => conditionalLoss(own, rows, features, { coverage: 0.7, weight: 0.4 }),
    },
  ];

  it.each(objectives)("has the gradient that differences show: $name", async ({ of }) => {
    const own = await setting();
    const parameters = parametersOf();
    const rows = rowsOf(parameters);
    of(own, rows);
    const h = 1e-5;
    for (const part of ["centre", "widths"] as const) {
      for (let k = 0; k < ROWS; k++) {
        const gradient = part === "centre" ? rows[k]!.centreBar : rows[k]!.widthBar;
        for (let j = 0; j < N; j++) {
          const at = (by: number): number => {
            const moved = parametersOf();
            moved[k]![part][j]! += by;
            return of(own, rowsOf(moved));
          };
          const slope = (at(h) - at(-h)) / (2 * h);
          expect(Math.abs(gradient[j]! - slope)).toBeLessThan(1e-5 * (1 + Math.abs(slope)));
        }
      }
    }
    expect(rows.some(({ widthBar }) => widthBar.some((value) => Math.abs(value) > 1e-3))).toBe(true);
  });

  it("has the gradient that differences show: promise", async () => {
    const own = await setting();
    const state = { multiplier: 0.8, penalty: 3 };
    const of = (rows: SetRow[], bar = new Float64Array(N * N)): number =>
      promiseLoss(own, rows, { tail: 0.3 }, state, bar).loss;
    const rows = rowsOf(parametersOf(), scale);
    const factorBar = new Float64Array(N * N);
    of(rows, factorBar);
    const h = 1e-6;
    for (let j = 0; j < N; j++) {
      for (let c = 0; c <= j; c++) {
        const at = (by: number): number =>
          of(
            rowsOf(
              parametersOf(),
              scale.map((value, k) => value + (k === j * N + c ? by : 0)),
            ),
          );
        const slope = (at(h) - at(-h)) / (2 * h);
        expect(Math.abs(factorBar[j * N + c]! - slope)).toBeLessThan(1e-5 * (1 + Math.abs(slope)));
      }
      const moved = (by: number): number => {
        const parameters = parametersOf();
        parameters[2]!.centre[j]! += by;
        return of(rowsOf(parameters, scale));
      };
      const slope = (moved(h) - moved(-h)) / (2 * h);
      expect(Math.abs(rows[2]!.centreBar[j]! - slope)).toBeLessThan(1e-5 * (1 + Math.abs(slope)));
    }
  });
});

describe("a calibration", () => {
  it("scores an outcome by its distance in units of the factor", () => {
    const set = setOf("score");
    const u = Float64Array.of(0.6, 0, -0.8, 0);
    const s = set.centre.map(
      (value, j) => value + [...u].reduce((sum, part, c) => sum + set.factor[j * N + c]! * part, 0),
    );
    expect(scoreOf(set, s).value).toBeCloseTo(1, 12);
  });

  it("takes the (n + 1) coverage-th smallest score, and the largest where there are too few", () => {
    const scores = [5, 1, 4, 2, 3, 9, 7, 8, 6];
    expect(scores[conformalIndex(scores, 0.8)]).toBe(8);
    expect(scores[conformalIndex(scores, 0.5)]).toBe(5);
    expect(scores[conformalIndex(scores, 0.99)]).toBe(9);
  });
});

/**
 * Returns of four assets whose mean moves with the context, and whose spread is the larger the more an asset earns: a set of
 * fixed widths keeps decisions away from all that is worth having. All is invested.
 */
function heteroscedasticRows(name: string, rows: number): DflRows {
  const contexts = normals(`${name}/x`, rows * 2);
  const noise = normals(`${name}/noise`, rows * N);
  const costs = new Float64Array(rows * N);
  for (let row = 0; row < rows; row++) {
    const [a, b] = [contexts[2 * row]!, contexts[2 * row + 1]!];
    const means = [1 + 0.5 * a, 0.8 + 0.5 * b, 0.6 - 0.3 * a, 0.1];
    const spreads = [0.5 * Math.exp(0.4 * b), 0.4 * Math.exp(-0.4 * a), 0.3, 0.05];
    for (let j = 0; j < N; j++) costs[row * N + j] = means[j]! + spreads[j]! * noise[row * N + j]!;
  }
  return { rows, contexts, costs };
}

function investedProblem(): DecisionProblem {
  const problem = quadraticProblem(N, 2);
  const all = (value: number): number[] => Array.from({ length: N }, () => value);
  const budget = { equalities: [{ coefficients: all(1), bound: 1, at: "p.dro:4:1" }] };
  const quadratic = Array.from({ length: N * N }, (_, i) => (i % (N + 1) === 0 ? 0.05 : 0));
  return {
    ...problem,
    feasible: subjectTo(box(all(0), all(1), "p.dro:3:1"), budget),
    risk: { ...problem.risk, quadratic },
  };
}

function rowOf(values: Float64Array, row: number, width: number): Float64Array {
  return values.slice(row * width, (row + 1) * width);
}

describe("a trained uncertainty set", () => {
  const problem = investedProblem();
  const train = heteroscedasticRows("train", 400);
  const validation = heteroscedasticRows("validation", 150);
  const test = heteroscedasticRows("test", 1_500);
  interface Judged {
    readonly cost: number;
    readonly promised: number;
    readonly broken: number;
    readonly covered: number;
  }

  async function judge(objective: SetObjective): Promise<Judged> {
    const { tensors, failed } = await trainUncertaintySet({
      problem,
      objective,
      predictor: { kind: "linear" },
      data: train,
      validation,
      warmup: 300,
      steps: 150,
      batch: 64,
      optimizer: { kind: "adam", rate: 0.01 },
      stream: randomStream(3, "sets"),
    });
    expect(failed).toBe(0);
    const model = openSetModel({ kind: "linear" }, { context: 2, outcome: N }, tensors);
    const layer = await createEllipsoidLayer(problem);
    let [cost, promised, broken, covered] = [0, 0, 0, 0];
    for (let row = 0; row < test.rows; row++) {
      const [x, s] = [rowOf(test.contexts, row, 2), rowOf(test.costs, row, N)];
      const set = model.at(x);
      const answer = layer.solve(set, x)!;
      const own = problem.loss(answer.z, s, x) + 0.05 * answer.z.reduce((sum, z) => sum + z * z, 0);
      cost += own / test.rows;
      promised += answer.value / test.rows;
      broken += (own > answer.value ? 1 : 0) / test.rows;
      covered += (scoreOf(set, s).value <= 1 ? 1 : 0) / test.rows;
    }
    return { cost, promised, broken, covered };
  }

  /** Least squares, and the half-widths that hold 90 % of all outcomes together: the same box everywhere. */
  async function judgeBox(): Promise<Judged> {
    const oracle = await createOracle(problem);
    const fitted = await trainCostPredictor({
      loss: { loss: "mse" },
      predictor: { kind: "linear" },
      data: train,
      oracle,
      length: { steps: 300 },
      batch: 64,
      optimizer: { kind: "adam", rate: 0.01 },
      stream: randomStream(3, "box"),
    });
    const residuals = (await fitted.predict(train.contexts, train.rows)).map((m, k) => train.costs[k]! - m);
    const spreads = Array.from({ length: N }, (_, j) => Math.hypot(...residuals.filter((__, k) => k % N === j)) / 20);
    const scores = Float64Array.from({ length: train.rows }, (_, row) =>
      Math.max(...spreads.map((spread, j) => Math.abs(residuals[row * N + j]!) / spread)),
    );
    const radius = scores[conformalIndex(scores, 0.9)]!;
    const centres = await fitted.predict(test.contexts, test.rows);
    await fitted.dispose();
    let [cost, promised, broken, covered] = [0, 0, 0, 0];
    for (let row = 0; row < test.rows; row++) {
      const [x, s] = [rowOf(test.contexts, row, 2), rowOf(test.costs, row, N)];
      const centre = rowOf(centres, row, N);
      // Nothing is sold short: the worst of the box is its lower corner.
      const { z, objective } = oracle.solve(
        centre.map((value, j) => value - radius * spreads[j]!),
        x,
      );
      const own = problem.loss(z, s, x) + 0.05 * z.reduce((sum, share) => sum + share * share, 0);
      cost += own / test.rows;
      promised += objective / test.rows;
      broken += (own > objective ? 1 : 0) / test.rows;
      covered += (s.every((value, j) => Math.abs(value - centre[j]!) <= radius * spreads[j]!) ? 1 : 0) / test.rows;
    }
    return { cost, promised, broken, covered };
  }

  it("holds what it is to hold, and decides or promises better than a box of fixed widths", async () => {
    const fixed = await judgeBox();
    const conformal = await judge({ kind: "conformal", coverage: 0.9, calibration: 0.25 });
    const conditional = await judge({ kind: "conditional", coverage: 0.9, weight: 0.5 });
    const promise = await judge({ kind: "promise", tail: 0.1, penalty: 1 });
    // 100 calibration rows: the coverage of the quantile that they give has a standard deviation of 3 %.
    expect(Math.abs(conformal.covered - 0.9)).toBeLessThan(0.06);
    expect(Math.abs(conditional.covered - 0.9)).toBeLessThan(0.05);
    expect(promise.broken).toBeLessThan(0.1);
    expect(conformal.cost).toBeLessThan(fixed.cost);
    expect(conditional.cost).toBeLessThan(fixed.cost);
    expect(promise.promised).toBeLessThan(fixed.promised);
  }, 60_000);
});
