import { describe, it, expect } from "vitest";
import { RuntimeError } from "../../runtime/errors/runtime-error.ts";
import { completeOptions, drawAt, findTask, TASKS } from "../../runtime/tasks/index.ts";
import type { TaskData, TaskOptions } from "../../runtime/tasks/index.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

const SEED = 11;
const generate = (
  name: string,
  given: Record<string, number>,
  replicate = 0,
): { data: TaskData; options: TaskOptions } => {
  const task = findTask(name, "m.dro:1:1");
  const options = completeOptions(task, given, "m.dro:1:1");
  return { data: task.generate(options, randomStream(SEED, "task"), replicate), options };
};
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const sd = (values: ArrayLike<number>): number => {
  const m = mean(values);
  return Math.sqrt(mean(Array.from(values, (v) => (v - m) ** 2)));
};
const column = (values: Float64Array, width: number, index: number): Float64Array =>
  Float64Array.from({ length: values.length / width }, (_, i) => values[i * width + index]!);

/** Largest distance between the empirical distribution functions of two samples. */
function kolmogorovSmirnov(a: Float64Array, b: Float64Array): number {
  const [x, y] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  let worst = 0;
  for (let i = 0, j = 0; i < x.length && j < y.length;) {
    const at = Math.min(x[i]!, y[j]!);
    while (i < x.length && x[i]! <= at) i++;
    while (j < y.length && y[j]! <= at) j++;
    worst = Math.max(worst, Math.abs(i / x.length - j / y.length));
  }
  return worst;
}

const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof RuntimeError) return `${error.code} ${error.message} ${error.place}`;
    throw error;
  }
  return "";
};

/** Labels that are all but a function of their inputs unless classes overlap; those of the circles always are one. */
const OVERLAPPING: Readonly<Record<string, Record<string, number>>> = { dro_classification_basic: { radius: 1 } };
const FUNCTIONS: readonly string[] = ["dro_classification_snvd20"];

describe("every task", () => {
  it.each([...TASKS.keys()])("%s draws the same rows for the same seed and replicate", (name) => {
    const rows = { train: 40, validation: 20, test: 30 };
    const { data: a } = generate(name, rows, 3);
    const { data: b } = generate(name, rows, 3);
    expect(a.contexts).toEqual(b.contexts);
    expect(a.outcomes).toEqual(b.outcomes);
  });

  it.each([...TASKS.keys()])("%s redraws training rows and validation outcomes, and nothing else", (name) => {
    const rows = { train: 40, validation: 20, test: 30, ...OVERLAPPING[name] };
    const { data: a } = generate(name, rows, 0);
    const { data: b } = generate(name, rows, 1);
    const { context: p, outcome: d } = a.law;
    const contexts = (data: TaskData, from: number, to: number) => data.contexts.subarray(from * p, to * p);
    const outcomes = (data: TaskData, from: number, to: number) => data.outcomes.subarray(from * d, to * d);
    expect(contexts(a, 0, 40)).not.toEqual(contexts(b, 0, 40));
    expect(outcomes(a, 0, 40)).not.toEqual(outcomes(b, 0, 40));
    expect(contexts(a, 40, 90)).toEqual(contexts(b, 40, 90));
    if (!FUNCTIONS.includes(name)) expect(outcomes(a, 40, 60)).not.toEqual(outcomes(b, 40, 60));
    expect(outcomes(a, 60, 90)).toEqual(outcomes(b, 60, 90));
    const x = a.contexts.slice(0, p);
    expect(drawAt(a.law, x, 5, randomStream(1, "s"))).toEqual(drawAt(b.law, x, 5, randomStream(1, "s")));
  });

  it.each([...TASKS.keys()])("%s changes with the seed", (name) => {
    const task = findTask(name, "m.dro:1:1");
    const options = completeOptions(task, { train: 10, test: 10 }, "m.dro:1:1");
    const a = task.generate(options, randomStream(1, "task"), 0);
    const b = task.generate(options, randomStream(2, "task"), 0);
    expect(a.outcomes).not.toEqual(b.outcomes);
  });

  // With p = 0 information in x (a constant map) rows and scenarios are two samples of one law.
  it.each([
    ["portfolio", { signal: 0, assets: 2 }],
    ["crash_portfolio", { signal: 0, assets: 2, crash: 0.3, crash_assets: 2 }],
    ["newsvendor_mixture", { slope: 0, curvature: 0 }],
  ])("%s: rows follow the law that `drawAt` samples", (name, constants) => {
    const { data } = generate(name, { ...constants, train: 6000, validation: 0, test: 1 });
    const { context: p, outcome: d } = data.law;
    const scenarios = drawAt(data.law, data.contexts.slice(0, p), 6000, randomStream(5, "scenarios"));
    for (let i = 0; i < d; i++) {
      const rows = column(data.outcomes.subarray(0, 6000 * d), d, i);
      // 1.95 · sqrt(2 / n) is the two-sample critical value at 0.1 %.
      expect(kolmogorovSmirnov(rows, column(scenarios, d, i))).toBeLessThan(1.95 * Math.sqrt(2 / 6000));
    }
  });
});

describe("portfolio", () => {
  it.each([2, 4, 6, 8])("scales f to the stated standard deviation at degree %i", (degree) => {
    const { data } = generate("portfolio", { degree, noise: 0, stress_lower: 0, stress_upper: 0, train: 800 });
    for (let i = 0; i < 10; i++) expect(sd(column(data.outcomes.subarray(0, 8000), 10, i))).toBeCloseTo(0.02, 12);
  });

  it("is a polynomial of the stated degree in each covariate", () => {
    const { data } = generate("portfolio", { degree: 6, noise: 0, stress_lower: 0, stress_upper: 0, covariates: 3 });
    const at = (x: number[]) => drawAt(data.law, Float64Array.from(x), 1, randomStream(1, "s"))[0]!;
    expect(at([0, 0, 0])).toBe(0);
    expect(at([2, 0, 0]) / at([1, 0, 0])).toBeCloseTo(64, 9);
    expect(at([1, 1.5, 0])).toBeCloseTo(at([1, 0, 0]) + at([0, 1.5, 0]), 12);
  });

  it("has the conditional mean (1 − E λ) f(x) and the variance of its mixture", () => {
    const { data } = generate("portfolio", { assets: 3 });
    const calm = generate("portfolio", { assets: 3, noise: 0, stress_lower: 0, stress_upper: 0 }).data;
    const x = data.contexts.slice(0, 5);
    const count = 400_000;
    const draws = drawAt(data.law, x, count, randomStream(3, "s"));
    const f = drawAt(calm.law, x, 1, randomStream(3, "s"));
    // λ ~ U[.05, .35]: E λ = .2, E λ² = .04 + .3²/12; Var t₃ = 3.
    const square = 0.04 + 0.3 ** 2 / 12;
    for (let i = 0; i < 3; i++) {
      const values = column(draws, 3, i);
      const variance = (1 - 2 * 0.2 + square) * 0.01 ** 2 + (0.3 ** 2 / 12) * f[i]! ** 2 + square * 0.02 ** 2 * 3;
      expect(Math.abs(mean(values) - 0.8 * f[i]!)).toBeLessThan(5 * Math.sqrt(variance / count));
      // The fourth moment of t₃ is infinite, so that the variance converges slowly.
      expect(sd(values) / Math.sqrt(variance)).toBeCloseTo(1, 1);
    }
  });

  it("has tails of Student's t with 3 degrees of freedom", () => {
    const { data } = generate("portfolio", { assets: 1, signal: 0, noise: 0, stress_lower: 1, stress_upper: 1 });
    const draws = drawAt(data.law, data.contexts.slice(0, 5), 200_000, randomStream(3, "s")).sort();
    // t₃ quantiles: 2.353363 at 95 %, 4.540703 at 99 %.
    expect(draws[190_000]! / 0.02).toBeCloseTo(2.353, 1);
    expect(Math.abs(draws[198_000]! / 0.02 - 4.541)).toBeLessThan(0.15);
  });
});

describe("crash_portfolio", () => {
  it("drops `crash_assets` assets together, in 6 % of the rows, and which ones depends on x", () => {
    const { data } = generate("crash_portfolio", { crash_depth: 10, train: 4000 });
    const hit = new Set<string>();
    let crashes = 0;
    for (let row = 0; row < 4000; row++) {
      const fallen = [...data.outcomes.subarray(row * 10, row * 10 + 10)].flatMap((v, i) => (v < -3 ? [i] : []));
      if (fallen.length === 0) continue;
      expect(fallen).toHaveLength(3);
      crashes++;
      hit.add(fallen.join());
    }
    expect(Math.abs(crashes / 4000 - 0.06)).toBeLessThan(4 * Math.sqrt((0.06 * 0.94) / 4000));
    expect(hit.size).toBeGreaterThan(5);
    const x = data.contexts.slice(0, 5);
    const draws = drawAt(data.law, x, 2000, randomStream(3, "s"));
    const exposed = Array.from({ length: 10 }, (_, i) => column(draws, 10, i).some((v) => v < -3));
    expect(exposed.filter(Boolean)).toHaveLength(3);
  });

  it("is the portfolio where there is no crash", () => {
    const { data: crash } = generate("crash_portfolio", { crash: 0, train: 50 });
    const { data: calm } = generate("portfolio", { train: 50 });
    const x = crash.contexts.slice(0, 5);
    expect(calm.contexts.slice(0, 5)).toEqual(x);
    const law = (data: TaskData) => column(drawAt(data.law, x, 20_000, randomStream(3, "s")), 10, 0);
    expect(kolmogorovSmirnov(law(crash), law(calm))).toBeLessThan(1.95 * Math.sqrt(2 / 20_000));
  });
});

describe("newsvendor_mixture", () => {
  it("is an equal mix of the linear and the quadratic law, each with uniform noise", () => {
    const { data } = generate("newsvendor_mixture", { covariates: 5, train: 10, test: 10 });
    for (const value of data.contexts) expect(value >= 0 && value < 2).toBe(true);
    const draws = drawAt(data.law, Float64Array.of(2, 2, 2, 1, 0), 20_000, randomStream(3, "s"));
    const linear = draws.filter((v) => Math.abs(v - (20 + 5 * 7)) <= 2);
    const quadratic = draws.filter((v) => Math.abs(v - (20 + 5 * 13)) <= 2);
    expect(linear.length + quadratic.length).toBe(20_000);
    expect(Math.abs(linear.length / 20_000 - 0.5)).toBeLessThan(0.02);
    expect(mean(linear)).toBeCloseTo(55, 1);
    expect(sd(quadratic)).toBeCloseTo(2 / Math.sqrt(3), 1);
  });
});

describe("options", () => {
  it("names what is unknown and what is near", () => {
    expect(code(() => findTask("portfolo", "m.dro:4:2"))).toBe(
      'task-unknown There is no synthetic task `portfolo`. Did you mean "portfolio"? m.dro:4:2',
    );
    expect(code(() => generate("portfolio", { degre: 4 }))).toContain("task-option-unknown");
    expect(code(() => generate("portfolio", { degre: 4 }))).toContain('Did you mean "degree"?');
  });
  it.each([{ degree: 2.5 }, { train: 0 }, { noise: -1 }, { signal: Number.NaN }, { stress_lower: 0.5 }])(
    "refuses %o",
    (given) => {
      expect(code(() => generate("portfolio", given))).toContain("task-option-invalid");
    },
  );
});
