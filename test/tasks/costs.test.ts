import { describe, expect, it } from "vitest";
import { completeOptions, drawAt, findTask, numpyRandomState, portfolioCovariance } from "../../runtime/tasks/index.ts";
import type { TaskData } from "../../runtime/tasks/index.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

const generate = (name: string, given: Record<string, number>, replicate = 0): TaskData => {
  const task = findTask(name, "m.dro:1:1");
  return task.generate(completeOptions(task, given, "m.dro:1:1"), randomStream(7, `task/${name}`), replicate);
};
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const sd = (values: ArrayLike<number>): number => {
  const m = mean(values);
  return Math.sqrt(mean(Array.from(values, (value) => (value - m) ** 2)));
};

const many = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw);

describe("NumPy's legacy stream", () => {
  // np.random.RandomState(135): choice(range(300, 800), 6), binomial(1, .5, 7), normal(size=3), uniform(.5, 1.5, 2), randn(2)
  it("is drawn number for number", () => {
    const random = numpyRandomState(135);
    expect(many(6, () => random.integer(300, 800))).toEqual([459, 487, 519, 759, 680, 497]);
    expect(many(7, random.coin)).toEqual([1, 1, 0, 1, 1, 0, 1]);
    expect(many(3, random.normal)).toEqual([-0.9276609375560827, -0.3156187289955639, -1.1223734312436755]);
    expect(many(2, () => random.uniform(0.5, 1.5))).toEqual([0.5330929821764594, 1.1202892251072538]);
    expect(many(2, random.normal)).toEqual([-0.42659442634246647, -0.7262184577610507]);
  });

  it("starts anew after 624 words", () => {
    // np.random.RandomState(0).random_sample(1000)[-1]
    const random = numpyRandomState(0);
    for (let k = 0; k < 999; k++) random.double();
    expect(random.double()).toBe(0.6771411441114241);
  });
});

describe("PyEPO's generators, 1,000 rows of seed 135", () => {
  const pyepo = { random_state: 135, features: 5, degree: 4, train: 998, validation: 1, test: 1 };

  it("give the golden shortest path", () => {
    const { outcomes } = generate("pyepo_shortest_path", { ...pyepo, noise: 0.5 });
    expect(mean(outcomes)).toBeCloseTo(0.7334, 4);
    expect(sd(outcomes)).toBeCloseTo(0.7727, 4);
    expect(Array.from(outcomes.subarray(0, 3), (value) => value.toFixed(5))).toEqual(["0.67205", "1.70192", "0.62291"]);
  });

  it("give the golden knapsack of two dimensions", () => {
    const { outcomes } = generate("pyepo_knapsack", { ...pyepo, noise: 0.5, items: 32, dimensions: 2 });
    expect(mean(outcomes)).toBeCloseTo(4.1822, 4);
    expect(sd(outcomes)).toBeCloseTo(3.8547, 4);
  });

  it("give the portfolio and the travelling salesman that NumPy gives", () => {
    const { outcomes: returns } = generate("pyepo_portfolio", { ...pyepo, noise: 2, assets: 10 });
    expect([mean(returns), sd(returns)]).toEqual([
      expect.closeTo(0.10248968617576279, 12),
      expect.closeTo(0.03429949453588334, 12),
    ]);
    const { outcomes: tours } = generate("pyepo_travelling_salesman", { ...pyepo, noise: 0.5, nodes: 7 });
    expect(Array.from(tours.subarray(0, 3))).toEqual([2.8391, 3.4512, 3.6966]);
    expect([mean(tours), sd(tours)]).toEqual([
      expect.closeTo(6.428824114285715, 9),
      expect.closeTo(7.1114393407806205, 9),
    ]);
  });

  it("keep their law and their held-out rows in every replicate", () => {
    const given = { ...pyepo, noise: 0.5, train: 30, validation: 10, test: 20 };
    const [a, b] = [generate("pyepo_shortest_path", given, 0), generate("pyepo_shortest_path", given, 1)];
    expect(a.contexts.slice(30 * 5)).toEqual(b.contexts.slice(30 * 5));
    expect(a.contexts.slice(0, 30 * 5)).not.toEqual(b.contexts.slice(0, 30 * 5));
    expect(a.outcomes.slice(40 * 40)).toEqual(b.outcomes.slice(40 * 40));
    expect(a.outcomes.slice(30 * 40, 40 * 40)).not.toEqual(b.outcomes.slice(30 * 40, 40 * 40));
    const x = a.contexts.slice(0, 5);
    expect(drawAt(a.law, x, 3, randomStream(1, "s"))).toEqual(drawAt(b.law, x, 3, randomStream(1, "s")));
  });
});

describe("the tasks of 004", () => {
  it("draw edges with the paper's mean and a factor within the noise", () => {
    const { law } = generate("shortest_path", { degree: 3, noise: 0.25 });
    const x = new Float64Array(5);
    // At x = 0 every cost is (3/3.5)³ + 1 but for its factor.
    const base = (3 / 3.5) ** 3 + 1;
    const drawn = drawAt(law, x, 2000, randomStream(3, "draws"));
    expect(Math.min(...drawn.subarray(0, 4000))).toBeGreaterThanOrEqual(0.75 * base);
    expect(Math.max(...drawn.subarray(0, 4000))).toBeLessThanOrEqual(1.25 * base);
    expect(mean(drawn)).toBeCloseTo(base, 2);
  });

  it("have the covariance that the portfolio's objective takes", () => {
    const options = completeOptions(findTask("factor_portfolio", ""), { assets: 4, degree: 2, noise: 20 }, "");
    const sigma = portfolioCovariance(options, randomStream(7, "task/factor_portfolio"));
    const { law, contexts } = generate("factor_portfolio", { assets: 4, degree: 2, noise: 20 });
    const n = 40_000;
    const drawn = drawAt(law, contexts.slice(0, 5), n, randomStream(5, "draws"));
    const centre = [0, 1, 2, 3].map((i) => mean(Array.from({ length: n }, (_, k) => drawn[4 * k + i]!)));
    for (const [i, j] of [
      [0, 0],
      [1, 1],
      [0, 1],
      [2, 3],
    ] as const) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += (drawn[4 * k + i]! - centre[i]!) * (drawn[4 * k + j]! - centre[j]!);
      expect(sum / n).toBeCloseTo(sigma[4 * i + j]!, 2.6);
    }
    // Loadings of ± 0.05 and residuals of 0.2.
    expect(sigma[0]).toBeGreaterThan(0.04);
    expect(sigma[0]).toBeLessThan(0.04 + 5 * 0.05 ** 2);
  });
});

function draw(name: string, given: Record<string, number>): TaskData {
  const task = findTask(name, "m.dro:1:1");
  return task.generate(completeOptions(task, given, "m.dro:1:1"), randomStream(3, "costs"), 0);
}

describe("edge_costs", () => {
  it("are those of a grid with as many edges", () => {
    const rows = { degree: 4, train: 5, validation: 1, test: 1 };
    const own = draw("edge_costs", { ...rows, edges: 17 });
    const grid = draw("shortest_path", { ...rows, rows: 3, columns: 4 });
    expect(own.outcomes).toHaveLength(17 * 7);
    expect([own.contexts, own.outcomes]).toEqual([grid.contexts, grid.outcomes]);
  });
});
