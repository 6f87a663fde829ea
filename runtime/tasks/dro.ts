/**
 * Generators of the Python package dro 0.3.3 (`dro.data`), as laws of a target given its inputs. Each of its functions is
 * a task of the same name; what it draws once (directions, centres) is fixed by the seed.
 */
import type { RandomStream } from "../tensor/random.ts";
import { generateRows, rowOptions, type TaskDefinition, type TaskOption, type TaskOptions } from "./task.ts";
import { drawRows, type NoiseMap } from "./true-law.ts";

const real = (name: string, value: number, minimum: number, maximum: number, doc: string): TaskOption => ({
  name,
  kind: "real",
  default: value,
  minimum,
  maximum,
  doc,
});
const covariates = (value: number, doc = "p, values of an input"): TaskOption => ({
  name: "covariates",
  kind: "integer",
  default: value,
  minimum: 1,
  maximum: 1000,
  doc,
});
const noise = (value: number): TaskOption => real("noise", value, 0, 1e6, "standard deviation of the noise");
const rows = rowOptions(200, 100, 1000);

interface World {
  readonly name: string;
  readonly doc: string;
  readonly options: readonly TaskOption[];
  /** p */
  inputs(options: TaskOptions): number;
  /** Standard normal where it is left out. */
  drawInputs?(options: TaskOptions, out: Float64Array, stream: RandomStream, world: RandomStream): void;
  /** One target given p inputs. */
  law(options: TaskOptions, stream: RandomStream): Omit<NoiseMap, "context" | "outcome">;
}

function task({ name, doc, options, inputs, drawInputs, law }: World): TaskDefinition {
  const definition: TaskDefinition = {
    name,
    doc,
    options: [...options, ...rows],
    sizes: (chosen) => ({
      context: inputs(chosen),
      outcome: 1,
      train: chosen["train"]!,
      validation: chosen["validation"]!,
      test: chosen["test"]!,
    }),
    generate(chosen, stream, replicate) {
      const world = stream.child("law");
      const map: NoiseMap = { context: inputs(chosen), outcome: 1, ...law(chosen, world) };
      const sizes = definition.sizes(chosen);
      const data = generateRows(
        {
          sizes,
          drawContexts(out, contexts) {
            if (drawInputs === undefined) contexts.normal(out);
            else drawInputs(chosen, out, contexts, world);
          },
          law: () => map,
        },
        stream,
        replicate,
      );
      const share = chosen["test_share"];
      if (share === undefined || share < 0) return data;
      // The test rows have another share of the minority: everything else of their law is the same.
      const shifted: NoiseMap = { ...map, ...law({ ...chosen, share }, world) };
      const from = sizes.train + sizes.validation;
      const p = sizes.context;
      const test = drawRows(shifted, data.contexts.subarray(from * p), sizes.test, stream.child("test/outcomes"));
      data.outcomes.set(test, from);
      return data;
    },
  };
  return definition;
}

/** `p` numbers of a standard normal, of length one. */
function direction(p: number, stream: RandomStream): Float64Array {
  const values = new Float64Array(p);
  stream.normal(values);
  const length = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
  return values.map((v) => v / length);
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>, from: number, p: number): number => {
  let sum = 0;
  for (let j = 0; j < p; j++) sum += a[j]! * b[from + j]!;
  return sum;
};

/** A target that is −1 or 1, the latter with a probability that depends on the inputs. */
const labels = (
  probability: (inputs: Float64Array, from: number) => number,
): Omit<NoiseMap, "context" | "outcome"> => ({
  uniforms: 1,
  normals: 0,
  at(inputs, from) {
    const positive = probability(inputs, from);
    return (uniforms, _normals, draw, out, to) => {
      out[to] = uniforms[draw]! < positive ? 1 : -1;
    };
  },
});

/** `dro.data.regression_basic`: scikit-learn's `make_regression`. */
export const droRegressionBasic = task({
  name: "dro_regression_basic",
  doc: "dro's basic regression: a linear law whose first ten coefficients are uniform on [0, 100].",
  options: [covariates(5), noise(0.1)],
  inputs: (options) => options["covariates"]!,
  law(options, stream) {
    const p = options["covariates"]!;
    const coefficients = new Float64Array(p);
    const informative = coefficients.subarray(0, Math.min(p, 10));
    stream.uniform(informative);
    for (let j = 0; j < informative.length; j++) informative[j]! *= 100;
    return {
      uniforms: 0,
      normals: 1,
      at(inputs, from) {
        const mean = dot(coefficients, inputs, from, p);
        return (_uniforms, normals, draw, out, to) => {
          out[to] = mean + options["noise"]! * normals[draw]!;
        };
      },
    };
  },
});

/** Above it the first input adds to the target: the 95 % quantile of a standard normal. */
const RARE = 1.645;

/** `dro.data.regression_DN20_1`: Duchi and Namkoong 2021, section 3.1.2. */
export const droRegressionDn201 = task({
  name: "dro_regression_dn20_1",
  doc: "A linear law that the first input is added to where it is above its 95 % quantile (Duchi and Namkoong 2021, §3.1.2).",
  options: [covariates(5), noise(0.01)],
  inputs: (options) => options["covariates"]!,
  law(options, stream) {
    const p = options["covariates"]!;
    const theta = direction(p, stream);
    return {
      uniforms: 0,
      normals: 1,
      at(inputs, from) {
        const first = inputs[from]!;
        const mean = dot(theta, inputs, from, p) + (first > RARE ? first : 0);
        return (_uniforms, normals, draw, out, to) => {
          out[to] = mean + options["noise"]! * normals[draw]!;
        };
      },
    };
  },
});

/** `dro.data.regression_DN20_2`: Duchi and Namkoong 2021, section 3.1.3. */
export const droRegressionDn202 = task({
  name: "dro_regression_dn20_2",
  doc: "Two linear laws of two inputs, `x₁ + x₂` and, of a minority, `x₁ + x₂ / 10` (Duchi and Namkoong 2021, §3.1.3).",
  options: [
    real("share", 0.1, 0, 1, "share of the minority"),
    real("test_share", -1, -1, 1, "its share among the test rows; that of all rows where it is below 0"),
    noise(0.01),
  ],
  inputs: () => 2,
  law: (options) => ({
    uniforms: 1,
    normals: 1,
    at(inputs, from) {
      const [a, b] = [inputs[from]!, inputs[from + 1]!];
      return (uniforms, normals, draw, out, to) => {
        const mean = uniforms[draw]! < options["share"]! ? a + 0.1 * b : a + b;
        out[to] = mean + options["noise"]! * normals[draw]!;
      };
    },
  }),
});

/** `dro.data.classification_basic` of two classes. */
export const droClassificationBasic = task({
  name: "dro_classification_basic",
  doc: "Two classes, -1 and 1, normal around centres that are drawn at a distance `radius` from the origin.",
  options: [covariates(2), real("radius", 5, 0, 1e6, "distance of the centres from the origin")],
  inputs: (options) => options["covariates"]!,
  drawInputs(options, out, stream, world) {
    const p = options["covariates"]!;
    const [one, other] = centres(options, world);
    const which = new Float64Array(out.length / p);
    stream.child("class").uniform(which);
    stream.child("noise").normal(out);
    for (let k = 0; k < out.length; k++) out[k]! += (which[Math.floor(k / p)]! < 0.5 ? one : other)[k % p]!;
  },
  law(options, stream) {
    const p = options["covariates"]!;
    const [one, other] = centres(options, stream);
    // Both lie equally far from the origin, so that the log ratio of the densities is linear.
    const difference = other.map((value, j) => value - one[j]!);
    return labels((inputs, from) => 1 / (1 + Math.exp(-dot(difference, inputs, from, p))));
  },
});

/** Of the classes −1 and 1. */
function centres(options: TaskOptions, stream: RandomStream): readonly [Float64Array, Float64Array] {
  const [p, radius] = [options["covariates"]!, options["radius"]!];
  const at = (name: string): Float64Array => direction(p, stream.child(name)).map((value) => radius * value);
  return [at("centre/-1"), at("centre/1")];
}

/** `dro.data.classification_DN21`: Duchi and Namkoong 2021, section 3.1.1. */
export const droClassificationDn21 = task({
  name: "dro_classification_dn21",
  doc: "The side of a random hyperplane as a label -1 or 1, turned over at random (Duchi and Namkoong 2021, §3.1.1).",
  options: [covariates(5), real("flip", 0.1, 0, 1, "share of the labels that are turned over")],
  inputs: (options) => options["covariates"]!,
  law(options, stream) {
    const [p, flip] = [options["covariates"]!, options["flip"]!];
    const theta = direction(p, stream);
    return labels((inputs, from) => (dot(theta, inputs, from, p) > 0 ? 1 - flip : flip));
  },
});

/** `dro.data.classification_SNVD20`: Sinha, Namkoong and Duchi 2018, section 5.1. */
export const droClassificationSnvd20 = task({
  name: "dro_classification_snvd20",
  doc: "Two normal inputs within √2 / 1.3 of the origin (label -1) or beyond 1.3 √2 (label 1), none between (Sinha, Namkoong and Duchi 2018, §5.1).",
  options: [],
  inputs: () => 2,
  drawInputs(_options, out, stream) {
    // The squared radius of two standard normals is exponential of mean 2; what lies between the circles is left out.
    const near = Math.exp(-((Math.SQRT2 / 1.3) ** 2) / 2);
    const far = Math.exp(-((1.3 * Math.SQRT2) ** 2) / 2);
    const u = new Float64Array(out.length);
    stream.uniform(u);
    for (let k = 0; k < out.length; k += 2) {
      const v = u[k]! * (1 - near + far);
      // Upper tail probabilities: below `far` beyond the outer circle, above `near` within the inner one.
      const tail = v < far ? v : v - far + near;
      const radius = Math.sqrt(-2 * Math.log(Math.max(tail, Number.MIN_VALUE)));
      out[k] = radius * Math.cos(2 * Math.PI * u[k + 1]!);
      out[k + 1] = radius * Math.sin(2 * Math.PI * u[k + 1]!);
    }
  },
  law: () => labels((inputs, from) => (Math.hypot(inputs[from]!, inputs[from + 1]!) > Math.SQRT2 ? 1 : 0)),
});

/** `dro.data.classification_LWLC` without scrambling: Liu and others 2022, section 4.1. */
export const droClassificationLwlc = task({
  name: "dro_classification_lwlc",
  doc: "A label -1 or 1 with wide inputs that follow it, and narrow ones that follow it with probability `bias` and its opposite otherwise (Liu and others 2022, §4.1).",
  options: [
    covariates(5, "inputs of each of the two kinds"),
    real("bias", 0.5, 0, 1, "share of the rows whose narrow inputs follow the label"),
    real("wide", 3, 1e-6, 1e6, "standard deviation of the inputs that follow the label"),
    real("narrow", 0.3, 1e-6, 1e6, "standard deviation of those that may not"),
  ],
  inputs: (options) => 2 * options["covariates"]!,
  drawInputs(options, out, stream) {
    const d = options["covariates"]!;
    const u = new Float64Array(out.length / d);
    stream.child("class").uniform(u);
    stream.child("noise").normal(out);
    for (let k = 0; k < out.length; k++) {
      const row = Math.floor(k / (2 * d));
      const label = u[2 * row]! < 0.5 ? -1 : 1;
      const wide = k % (2 * d) < d;
      const side = wide || u[2 * row + 1]! < options["bias"]! ? label : -label;
      out[k] = out[k]! * (wide ? options["wide"]! : options["narrow"]!) + side;
    }
  },
  law(options) {
    const d = options["covariates"]!;
    const [bias, wide, narrow] = [options["bias"]!, options["wide"]! ** 2, options["narrow"]! ** 2];
    return labels((inputs, from) => {
      let [own, other] = [0, 0];
      for (let j = from; j < from + d; j++) own += inputs[j]!;
      for (let j = from + d; j < from + 2 * d; j++) other += inputs[j]!;
      // log p(x | 1) − log p(x | −1): 2 Σ s / σ² of the wide ones; of the others a mixture of both sides.
      const [up, down] = [other / narrow, -other / narrow];
      const most = Math.max(up, down);
      const mixture = (share: number): number =>
        Math.log(share * Math.exp(up - most) + (1 - share) * Math.exp(down - most));
      return 1 / (1 + Math.exp(-((2 * own) / wide + mixture(bias) - mixture(1 - bias))));
    });
  },
});

export const droTasks: readonly TaskDefinition[] = [
  droRegressionBasic,
  droRegressionDn201,
  droRegressionDn202,
  droClassificationBasic,
  droClassificationDn21,
  droClassificationSnvd20,
  droClassificationLwlc,
];
