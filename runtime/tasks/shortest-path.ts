import { coins, polynomialCosts } from "./polynomial-costs.ts";
import { generateRows, rowOptions } from "./task.ts";
import type { TaskDefinition, TaskOption, TaskOptions, TaskSizes } from "./task.ts";

const integer = (name: string, value: number, minimum: number, maximum: number, doc: string): TaskOption => ({
  name,
  kind: "integer",
  default: value,
  minimum,
  maximum,
  doc,
});

/** Options of the tasks whose outcomes are a polynomial of the context with a random factor. */
export const POLYNOMIAL_OPTIONS: readonly TaskOption[] = [
  integer("features", 5, 1, 1000, "features p of the context"),
  integer("degree", 6, 1, 16, "degree of the polynomial of the context"),
  {
    name: "noise",
    kind: "real",
    default: 0.5,
    minimum: 0,
    maximum: 0.999,
    doc: "half width of the factor of each cost, which is uniform around 1",
  },
];

/** Rows and columns of a grid of nodes. */
export const GRID_OPTIONS: readonly TaskOption[] = [
  integer("rows", 5, 2, 100, "nodes from top to bottom of the grid"),
  integer("columns", 5, 2, 100, "nodes from left to right of the grid"),
];

/** Edges right and down of a grid. */
export function gridEdgeCount({ rows, columns }: TaskOptions): number {
  return rows! * (columns! - 1) + columns! * (rows! - 1);
}

/** p, d and rows of a task with `features`. */
export function polynomialSizes(options: TaskOptions, outcome: number): TaskSizes {
  return {
    context: options["features"]!,
    outcome,
    train: options["train"]!,
    validation: options["validation"]!,
    test: options["test"]!,
  };
}

/** `(u + 3)^degree / 3.5^degree + 1`: 004 B.3. PyEPO's generators add the 1 before they scale. */
export function scaledPolynomial(degree: number): (u: number) => number {
  return (u) => ((u + 3) / 3.5) ** degree + 1;
}

/** A task whose `outcome(options)` costs follow the law of 004 B.3. */
function polynomialTask(
  name: string,
  doc: string,
  own: readonly TaskOption[],
  outcome: (options: TaskOptions) => number,
): TaskDefinition {
  const sizes = (options: TaskOptions): TaskSizes => polynomialSizes(options, outcome(options));
  return {
    name,
    doc,
    options: [...own, ...POLYNOMIAL_OPTIONS, ...rowOptions(320, 80, 1000)],
    sizes,
    generate(options, stream, replicate) {
      const d = outcome(options);
      const p = options["features"]!;
      return generateRows(
        {
          sizes: sizes(options),
          drawContexts: (out, contexts) => contexts.normal(out),
          law: (_training, law) =>
            polynomialCosts({
              features: p,
              outcomes: d,
              mixing: coins(d * p, law.child("mixing")),
              shape: scaledPolynomial(options["degree"]!),
              noise: options["noise"]!,
            }),
        },
        stream,
        replicate,
      );
    },
  };
}

/**
 * Costs of the edges of a grid, 004 B.3: `c = [((Bx)/√p + 3)^deg / 3.5^deg + 1] · ε`, `B ~ Bernoulli(½)`,
 * `ε ~ U[1 − noise, 1 + noise]`, `x ~ N(0, I_p)`. 320 training rows and noise 0.5 are the paper's.
 */
export const shortestPath: TaskDefinition = polynomialTask(
  "shortest_path",
  "Costs of the edges of a grid, a polynomial of the context with uniform factors (004 B.3).",
  GRID_OPTIONS,
  gridEdgeCount,
);

/** Costs of the edges of any graph; the law of 004 B.3. */
export const edgeCosts: TaskDefinition = polynomialTask(
  "edge_costs",
  "Costs of the edges of a graph, a polynomial of the context with uniform factors.",
  [integer("edges", 40, 1, 5_000, "edges d of the graph")],
  (options) => options["edges"]!,
);

/** Scores of items of which the best few are taken; the law of 004 B.3. */
export const topK: TaskDefinition = polynomialTask(
  "top_k",
  "Scores of items, a polynomial of the context with uniform factors.",
  [integer("items", 20, 1, 10_000, "items d to choose among")],
  (options) => options["items"]!,
);

/** Costs of pairs of two sides of a matching, row-major; the law of 004 B.3. */
export const matching: TaskDefinition = polynomialTask(
  "matching",
  "Costs of the pairs of a matching, a polynomial of the context with uniform factors.",
  [integer("size", 5, 1, 100, "members of each side; there are size² pairs")],
  (options) => options["size"]! ** 2,
);
