import { describe, expect, it } from "vitest";
import { completeOptions, findTask } from "../../runtime/tasks/index.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

function rowsOf(name: string, given: Readonly<Record<string, number>>) {
  const task = findTask(name, "m.dro:1:1");
  const options = completeOptions(task, given, "m.dro:1:1");
  const { context: p } = task.sizes(options);
  const data = task.generate(options, randomStream(7, `task/${name}`), 0);
  return { ...data, p, rows: data.outcomes.length, at: (i: number) => data.contexts.subarray(i * p, (i + 1) * p) };
}

const SIZES = { train: 6000, validation: 1, test: 6000 };
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("the generators of the dro package", () => {
  it("dn20_1 is linear with a unit direction but for the rare rows, which the first input is added to", () => {
    const { at, outcomes, rows } = rowsOf("dro_regression_dn20_1", { ...SIZES, covariates: 2, noise: 0 });
    // Two rows give the direction.
    const [u, v] = indices(rows).filter((i) => at(i)[0]! <= 1.645);
    const [a, b, c, d] = [...at(u!), ...at(v!)] as [number, number, number, number];
    const [y, z] = [outcomes[u!]!, outcomes[v!]!];
    const theta = [(y * d - b * z) / (a * d - b * c), (a * z - c * y) / (a * d - b * c)];
    expect(Math.hypot(theta[0]!, theta[1]!)).toBeCloseTo(1, 8);
    const rare = indices(rows).filter((i) => at(i)[0]! > 1.645);
    expect(rare.length / rows).toBeGreaterThan(0.04);
    expect(rare.length / rows).toBeLessThan(0.06);
    for (const i of rare.slice(0, 20)) {
      const [x0, x1] = at(i) as unknown as [number, number];
      expect(outcomes[i]).toBeCloseTo(theta[0]! * x0 + theta[1]! * x1 + x0, 8);
    }
  });

  it("dn20_2 has a minority with another coefficient, of another share among the test rows", () => {
    const { at, outcomes } = rowsOf("dro_regression_dn20_2", { ...SIZES, share: 0.2, test_share: 0.7, noise: 0 });
    const minority = (from: number, to: number): number =>
      mean(
        indices(to - from).map((k) => {
          const [a, b] = at(from + k);
          const y = outcomes[from + k]!;
          const few = Math.abs(y - a! - 0.1 * b!) < 1e-9;
          expect(few || Math.abs(y - a! - b!) < 1e-9).toBe(true);
          return few ? 1 : 0;
        }),
      );
    expect(minority(0, 6000)).toBeCloseTo(0.2, 1);
    expect(minority(6001, 12_001)).toBeCloseTo(0.7, 1);
  });

  it("basic regression has the coefficients that scikit-learn draws from, ten at most", () => {
    const { at, outcomes } = rowsOf("dro_regression_basic", { ...SIZES, covariates: 12, noise: 0 });
    const slopes = indices(12).map((j) => mean(indices(6000).map((i) => at(i)[j]! * outcomes[i]!)));
    for (const slope of slopes.slice(0, 10)) expect(slope).toBeGreaterThan(-10);
    expect(Math.max(...slopes)).toBeGreaterThan(40);
    for (const slope of slopes.slice(10)) expect(Math.abs(slope)).toBeLessThan(10);
  });

  it("basic classification has its classes around centres at the radius", () => {
    const { at, outcomes, rows } = rowsOf("dro_classification_basic", { ...SIZES, covariates: 3, radius: 2 });
    for (const label of [-1, 1]) {
      const own = indices(rows).filter((i) => outcomes[i] === label);
      expect(own.length / rows).toBeCloseTo(0.5, 1);
      const centre = indices(3).map((j) => mean(own.map((i) => at(i)[j]!)));
      expect(Math.hypot(...centre)).toBeCloseTo(2, 1);
    }
  });

  it("dn21 turns over the share of labels that it is told", () => {
    const { at, outcomes, rows, p } = rowsOf("dro_classification_dn21", { ...SIZES, flip: 0.3 });
    // The mean of y x points along the direction.
    const along = indices(p).map((j) => mean(indices(rows).map((i) => at(i)[j]! * outcomes[i]!)));
    const agree = indices(rows).map((i) => {
      const score = along.reduce((sum, slope, j) => sum + slope * at(i)[j]!, 0);
      return Math.sign(score) === outcomes[i] ? 1 : 0;
    });
    expect(Math.abs(mean(agree) - 0.7)).toBeLessThan(0.02);
  });

  it("snvd20 leaves out what lies between its circles", () => {
    const { at, outcomes, rows } = rowsOf("dro_classification_snvd20", SIZES);
    const inside = Math.SQRT2 / 1.3;
    const outside = 1.3 * Math.SQRT2;
    let near = 0;
    for (let i = 0; i < rows; i++) {
      const radius = Math.hypot(at(i)[0]!, at(i)[1]!);
      expect(radius <= inside || radius >= outside).toBe(true);
      expect(outcomes[i]).toBe(radius <= inside ? -1 : 1);
      if (radius <= inside) near++;
    }
    const [below, above] = [1 - Math.exp(-(inside ** 2) / 2), Math.exp(-(outside ** 2) / 2)];
    expect(near / rows).toBeCloseTo(below / (below + above), 1);
  });

  it("lwlc has inputs that follow the label, and inputs that follow it by the bias", () => {
    const { at, outcomes, rows } = rowsOf("dro_classification_lwlc", { ...SIZES, covariates: 2, bias: 0.8 });
    const product = (j: number): number => mean(indices(rows).map((i) => at(i)[j]! * outcomes[i]!));
    expect(product(0)).toBeCloseTo(1, 0);
    expect(product(1)).toBeCloseTo(1, 0);
    expect(product(2)).toBeCloseTo(2 * 0.8 - 1, 1);
    expect(product(3)).toBeCloseTo(2 * 0.8 - 1, 1);
  });
});
