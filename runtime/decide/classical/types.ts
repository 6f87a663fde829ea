import type { Place } from "../../spec.ts";

/** A directed arc between nodes 0 … nodes − 1. */
export interface Arc {
  readonly from: number;
  readonly to: number;
}

/**
 * A set of 0/1 (or fractional) decisions that a classical algorithm minimises a linear cost over; one component an arc,
 * edge, pair or item.
 *
 * - `path`: arcs of a path from `source` to `target`; n = arcs.
 * - `spanning-tree`: edges of a tree on all nodes; n = edges.
 * - `assignment`: each of `rows` gets a column of its own (rows ≤ columns); n = rows × columns, row-major.
 * - `tour`: edges of a round trip through `nodes` ≥ 3; n = pairs of nodes, 0-1, 0-2, …, 1-2, ….
 * - `top-k`: `k` of `size` items, or at most `k` with `exactly: false`.
 * - `knapsack`: items whose weights keep every capacity; `fractional` lets parts of items be taken. Costs are minimised:
 *   values are negative costs. Several capacities, or 0/1 items, may fall to a mixed-integer program.
 */
export type CombinatorialSet =
  | {
      readonly kind: "path";
      readonly nodes: number;
      readonly arcs: readonly Arc[];
      readonly source: number;
      readonly target: number;
      readonly at?: Place;
    }
  | { readonly kind: "spanning-tree"; readonly nodes: number; readonly arcs: readonly Arc[]; readonly at?: Place }
  | { readonly kind: "assignment"; readonly rows: number; readonly columns: number; readonly at?: Place }
  | { readonly kind: "tour"; readonly nodes: number; readonly at?: Place }
  | {
      readonly kind: "top-k";
      readonly size: number;
      readonly k: number;
      readonly exactly?: boolean;
      readonly at?: Place;
    }
  | {
      readonly kind: "knapsack";
      /** One row a capacity, as many values as items, at least 0. */
      readonly weights: readonly (readonly number[])[];
      readonly capacities: readonly number[];
      readonly fractional?: boolean;
      readonly at?: Place;
    };

/**
 * What proves an answer. With duals: `objective` equals the dual objective that they give, and they are feasible.
 *
 * - `potentials` (path): `cost_ij ≥ u_j − u_i` on every arc between nodes that some path passes (NaN elsewhere),
 *   `objective = u_target − u_source`.
 * - `assignment`: `cost_ij ≥ u_i + v_j`, `v ≤ 0` and 0 on columns left free, `objective = Σu + Σv`.
 * - `negative-cycle` (path): arcs of a cycle of negative cost on the way. `cut` (path or tree, infeasible): nodes that
 *   no arc leads out of.
 * - `threshold`: the price of one more item (top-k) or of a unit of capacity (knapsack): costs relaxed with it are
 *   minimised item by item at the answer.
 * - `exchange` (tree): every edge left out is a most expensive one of the cycle that it closes.
 * - `bound` (knapsack, tour): a lower bound on the cost, equal to the objective up to the solver's tolerance.
 */
export type Certificate =
  | { readonly kind: "potentials"; readonly nodes: Float64Array }
  | { readonly kind: "assignment"; readonly rows: Float64Array; readonly columns: Float64Array }
  | { readonly kind: "negative-cycle"; readonly arcs: readonly number[] }
  | { readonly kind: "cut"; readonly nodes: readonly number[] }
  | { readonly kind: "threshold"; readonly price: number }
  | { readonly kind: "exchange" }
  | { readonly kind: "bound"; readonly value: number };

export interface CombinatorialAnswer {
  /** n values, NaN where there is no answer. */
  readonly z: Float64Array;
  /** `costs · z`; +Infinity infeasible, −Infinity unbounded. */
  readonly objective: number;
  /**
   * `unbounded`: a negative cycle can be walked on the way from source to target. `stopped`: the best answer found by the
   * time limit, with its bound.
   */
  readonly status: "optimal" | "stopped" | "infeasible" | "unbounded";
  readonly certificate: Certificate;
}
