import { normalisedWeights, columnScales, standardised } from "../../../runtime/models/mixture/standardise.ts";
import type { CovarianceRule, JointRows } from "../../../runtime/models/mixture/em.ts";
import { randomStream } from "../../../runtime/tensor/random.ts";

/** Rows, a start and the steps of EM after which log-likelihoods are compared. */
export interface Instance {
  readonly name: string;
  readonly data: JointRows;
  readonly means: readonly Float64Array[];
  readonly rule: CovarianceRule;
  readonly steps: readonly number[];
}

const STEPS = [1, 10, 100];

/** Standardised rows of `modes` Gaussians around random centres, each with a covariance of its own. */
function rowsOf(
  name: string,
  rows: number,
  width: number,
  modes: number,
  spoil: (row: Float64Array) => void,
): JointRows {
  const stream = randomStream(11, name);
  const centres = new Float64Array(modes * width);
  const maps = new Float64Array(modes * width * width);
  const noise = new Float64Array(rows * width);
  const choices = new Float64Array(rows);
  stream.child("centres").normal(centres);
  stream.child("maps").normal(maps);
  stream.child("noise").normal(noise);
  stream.child("choices").uniform(choices);
  const values = new Float64Array(rows * width);
  for (let i = 0; i < rows; i++) {
    const mode = Math.floor(modes * choices[i]!);
    for (let a = 0; a < width; a++) {
      let value = 3 * centres[mode * width + a]!;
      for (let b = 0; b < width; b++) value += (maps[(mode * width + a) * width + b]! * noise[i * width + b]!) / 2;
      values[i * width + a] = value;
    }
    spoil(values.subarray(i * width, (i + 1) * width));
  }
  const weights = normalisedWeights(undefined, rows);
  return { rows, width, weights, values: standardised(values, width, columnScales(values, rows, width, weights)) };
}

const whole = (): void => {};
const CASES = [
  { name: "2-d", rows: 300, width: 2, modes: 2, components: 2, floor: 1e-6, spoil: whole },
  { name: "4-d, more components than modes", rows: 400, width: 4, modes: 3, components: 5, floor: 1e-6, spoil: whole },
  { name: "10-d", rows: 600, width: 10, modes: 3, components: 3, floor: 1e-6, spoil: whole },
  {
    name: "a constant column",
    rows: 200,
    width: 3,
    modes: 2,
    components: 2,
    floor: 1e-4,
    spoil: (row: Float64Array) => row.fill(7, 1, 2),
  },
  {
    name: "a repeated column",
    rows: 200,
    width: 3,
    modes: 2,
    components: 2,
    floor: 1e-4,
    spoil: (row: Float64Array) => row.copyWithin(2, 0, 1),
  },
  { name: "fewer rows than columns", rows: 12, width: 15, modes: 1, components: 2, floor: 1e-2, spoil: whole },
] as const;

/** Every case with every shape of covariance, started at evenly spaced rows. */
export const instances: readonly Instance[] = CASES.flatMap(
  ({ name, rows, width, modes, components, floor, spoil }) => {
    const data = rowsOf(name, rows, width, modes, spoil);
    const means = Array.from({ length: components }, (_, k) => {
      const row = Math.floor((k * rows) / components);
      return data.values.slice(row * width, (row + 1) * width);
    });
    return (["full", "diagonal", "tied"] as const).map((kind) => ({
      name: `${name}, ${kind}`,
      data,
      means,
      rule: { kind, floor },
      steps: STEPS,
    }));
  },
);
