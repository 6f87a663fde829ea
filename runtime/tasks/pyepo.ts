import type { RandomStream } from "../tensor/random.ts";
import { numpyRandomState, type NumpyRandomState } from "./numpy-random-state.ts";
import { coins, factorReturns, polynomialCosts } from "./polynomial-costs.ts";
import { GRID_OPTIONS, gridEdgeCount, POLYNOMIAL_OPTIONS, polynomialSizes } from "./shortest-path.ts";
import { generateRows, rowOptions } from "./task.ts";
import type { TaskData, TaskDefinition, TaskOption, TaskOptions } from "./task.ts";
import { drawRows, type NoiseMap } from "./true-law.ts";

/**
 * The data generators of PyEPO (Tang & Khalil 2024). With `random_state` of 0 or more the law and the rows of replicate 0
 * are those that `genData(train + validation + test, …, seed = random_state)` returns, drawn from NumPy's legacy stream
 * in PyEPO's order; further replicates keep the law and the test rows and draw the rest from droc's streams, as every
 * task does. With −1 everything comes from droc's streams.
 */
interface PyepoTask {
  readonly name: string;
  readonly doc: string;
  readonly options: readonly TaskOption[];
  outcome(options: TaskOptions): number;
  /** The law's own constants, in the order in which PyEPO draws them, before the contexts. */
  law(options: TaskOptions, draw: Draws): NoiseMap;
  /** One row's outcome in PyEPO's order of draws, written to `out` from `to` on. */
  row(
    options: TaskOptions,
    map: NoiseMap,
    random: NumpyRandomState,
    contexts: Float64Array,
    from: number,
  ): { readonly uniforms: Float64Array; readonly normals: Float64Array };
}

/** Constants of a law, from either stream. */
interface Draws {
  coins(count: number, name: string): Float64Array;
  uniform(count: number, low: number, high: number, name: string): Float64Array;
  normal(count: number, name: string): Float64Array;
  /** Draws that PyEPO makes and that are no part of the law. */
  skipIntegers(count: number, low: number, high: number): void;
}

const RANDOM_STATE: TaskOption = {
  name: "random_state",
  kind: "integer",
  default: -1,
  minimum: -1,
  maximum: 2 ** 32 - 1,
  doc: "seed of NumPy's RandomState that PyEPO's own rows come from, 135 there by default; −1 draws from the spec's seed",
};

const scale = (degree: number, factor: number): ((u: number) => number) => {
  const divisor = 3.5 ** degree;
  return (u) => (((u + 3) ** degree + 1) / divisor) * factor;
};

/** Uniforms of the factors of one row, as `rnd.uniform(1 − w, 1 + w, d)` consumes them. */
const factors: PyepoTask["row"] = (_options, map, random) => ({
  uniforms: Float64Array.from({ length: map.outcome }, () => random.double()),
  normals: new Float64Array(0),
});

const shortestPath: PyepoTask = {
  name: "pyepo_shortest_path",
  doc: "Costs of the edges of a grid as PyEPO generates them: the 1 is added before the polynomial is scaled.",
  options: [...GRID_OPTIONS, ...POLYNOMIAL_OPTIONS],
  outcome: gridEdgeCount,
  law(options, draw) {
    const d = gridEdgeCount(options);
    const p = options["features"]!;
    return polynomialCosts({
      features: p,
      outcomes: d,
      mixing: draw.coins(d * p, "mixing"),
      shape: scale(options["degree"]!, 1),
      noise: options["noise"]!,
    });
  },
  row: factors,
};

const knapsack: PyepoTask = {
  name: "pyepo_knapsack",
  doc: "Values of items as PyEPO generates them, whole numbers; the items' weights are the spec's.",
  options: [
    { name: "items", kind: "integer", default: 32, minimum: 1, maximum: 10_000, doc: "items d" },
    {
      name: "dimensions",
      kind: "integer",
      default: 1,
      minimum: 1,
      maximum: 1000,
      doc: "capacities, for the weights that PyEPO draws before the values",
    },
    ...POLYNOMIAL_OPTIONS,
  ],
  outcome: (options) => options["items"]!,
  law(options, draw) {
    const d = options["items"]!;
    const p = options["features"]!;
    draw.skipIntegers(options["dimensions"]! * d, 300, 800);
    return polynomialCosts({
      features: p,
      outcomes: d,
      mixing: draw.coins(d * p, "mixing"),
      shape: scale(options["degree"]!, 5),
      noise: options["noise"]!,
      finish: Math.ceil,
    });
  },
  row: factors,
};

const portfolio: PyepoTask = {
  name: "pyepo_portfolio",
  doc: "Returns as PyEPO generates them: 0.1^(1/degree) is added before the power; as many factors as features.",
  options: [
    { name: "assets", kind: "integer", default: 50, minimum: 1, maximum: 1000, doc: "d, outcomes of a row" },
    ...POLYNOMIAL_OPTIONS.slice(0, 2),
    {
      name: "noise",
      kind: "real",
      default: 1,
      minimum: 0,
      maximum: 1e4,
      doc: "τ, which scales loadings and residuals",
    },
  ],
  outcome: (options) => options["assets"]!,
  law(options, draw) {
    const d = options["assets"]!;
    const p = options["features"]!;
    const degree = options["degree"]!;
    const bound = 0.0025 * options["noise"]!;
    const mixing = draw.coins(d * p, "mixing");
    const loadings = draw.uniform(d * p, -bound, bound, "loadings");
    return factorReturns({
      features: p,
      outcomes: d,
      factors: p,
      mixing,
      loadings,
      shape: (u) => (0.05 * u + 0.1 ** (1 / degree)) ** degree,
      residual: 0.01 * options["noise"]!,
    });
  },
  row: (_options, map, random) => ({
    uniforms: new Float64Array(0),
    normals: Float64Array.from({ length: map.normals }, () => random.normal()),
  }),
};

const travellingSalesman: PyepoTask = {
  name: "pyepo_travelling_salesman",
  doc: "Lengths of the edges between nodes in the plane plus a polynomial of the context, as PyEPO generates them.",
  options: [
    { name: "nodes", kind: "integer", default: 6, minimum: 3, maximum: 100, doc: "nodes of the complete graph" },
    ...POLYNOMIAL_OPTIONS,
  ],
  outcome: ({ nodes }) => (nodes! * (nodes! - 1)) / 2,
  law(options, draw) {
    const nodes = options["nodes"]!;
    const half = Math.floor(nodes / 2);
    const p = options["features"]!;
    const degree = options["degree"]!;
    const at = [...draw.uniform(2 * half, -2, 2, "places"), ...draw.normal(2 * (nodes - half), "further places")];
    const lengths: number[] = [];
    for (let i = 0; i < nodes; i++) {
      for (let j = i + 1; j < nodes; j++)
        lengths.push(Math.hypot(at[2 * i]! - at[2 * j]!, at[2 * i + 1]! - at[2 * j + 1]!));
    }
    const taken = draw.coins(lengths.length * p, "mixing");
    const size = draw.uniform(lengths.length * p, -2, 2, "sizes");
    return polynomialCosts({
      features: p,
      outcomes: lengths.length,
      mixing: taken.map((value, k) => value * size[k]!),
      shape: (u) => (u + 3) ** degree / 3 ** (degree - 1),
      noise: options["noise"]!,
      finish: (cost, i) => Math.round((lengths[i]! + cost) * 1e4) / 1e4,
    });
  },
  row: factors,
};

function ownDraws(law: RandomStream): Draws {
  const filled = (count: number, name: string, how: "uniform" | "normal"): Float64Array => {
    const out = new Float64Array(count);
    law.child(name)[how](out);
    return out;
  };
  return {
    coins: (count, name) => coins(count, law.child(name)),
    uniform: (count, low, high, name) => filled(count, name, "uniform").map((value) => low + (high - low) * value),
    normal: (count, name) => filled(count, name, "normal"),
    skipIntegers: () => undefined,
  };
}

const many = (count: number, draw: () => number): Float64Array => Float64Array.from({ length: count }, draw);

function numpyDraws(random: NumpyRandomState): Draws {
  return {
    coins: (count) => many(count, random.coin),
    uniform: (count, low, high) => many(count, () => random.uniform(low, high)),
    normal: (count) => many(count, random.normal),
    skipIntegers: (count, low, high) => void many(count, () => random.integer(low, high)),
  };
}

const drawContexts = (out: Float64Array, contexts: RandomStream): void => contexts.normal(out);

function define(task: PyepoTask): TaskDefinition {
  const sizes: TaskDefinition["sizes"] = (options) => polynomialSizes(options, task.outcome(options));
  return {
    name: task.name,
    doc: task.doc,
    options: [...task.options, RANDOM_STATE, ...rowOptions(1000, 200, 1000)],
    sizes,
    generate(options, stream, replicate) {
      const seed = options["random_state"]!;
      if (seed < 0) {
        const law = (_training: Float64Array, own: RandomStream): NoiseMap => task.law(options, ownDraws(own));
        return generateRows({ sizes: sizes(options), drawContexts, law }, stream, replicate);
      }
      const first = numpyRows(task, options, seed);
      if (replicate === 0) return first;
      const world = { sizes: sizes(options), drawContexts, law: () => first.law };
      return keepHeldOut(generateRows(world, stream, replicate), first, options, stream, replicate);
    },
  };
}

/** Everything as PyEPO's `genData` draws it. */
function numpyRows(task: PyepoTask, options: TaskOptions, seed: number): TaskData {
  const random = numpyRandomState(seed);
  const law = task.law(options, numpyDraws(random));
  const { context: p, outcome: d } = law;
  const { train, validation, test } = polynomialSizes(options, d);
  const rows = train + validation + test;
  const contexts = Float64Array.from({ length: rows * p }, random.normal);
  const outcomes = new Float64Array(rows * d);
  for (let row = 0; row < rows; row++) {
    const { uniforms, normals } = task.row(options, law, random, contexts, row * p);
    law.at(contexts, row * p)(uniforms, normals, 0, outcomes, row * d);
  }
  return { contexts, outcomes, law };
}

/** Validation contexts and test rows of replicate 0; validation outcomes drawn anew at them. */
function keepHeldOut(
  own: TaskData,
  first: TaskData,
  options: TaskOptions,
  stream: RandomStream,
  replicate: number,
): TaskData {
  const { law } = first;
  const { context: p, outcome: d } = law;
  const { train, validation } = polynomialSizes(options, d);
  own.contexts.set(first.contexts.subarray(train * p), train * p);
  const held = first.contexts.subarray(train * p, (train + validation) * p);
  const drawn = drawRows(law, held, validation, stream.child(`validation/${replicate}/outcomes`));
  own.outcomes.set(drawn, train * d);
  own.outcomes.set(first.outcomes.subarray((train + validation) * d), (train + validation) * d);
  return { ...own, law };
}

export const pyepoShortestPath = define(shortestPath);
export const pyepoKnapsack = define(knapsack);
export const pyepoPortfolio = define(portfolio);
export const pyepoTravellingSalesman = define(travellingSalesman);
