import * as highsModule from "highs";
import type { Highs, ModelData } from "highs";
import type { LinearModel } from "./linear-model.ts";
import type { LinearSolution } from "./linear-solution.ts";

let loading: Promise<Highs> | undefined;

/** HiGHS as WebAssembly, loaded once a process. */
export function getHighs(): Promise<Highs> {
  loading ??= loadHighs();
  return loading;
}

async function loadHighs(): Promise<Highs> {
  // The package's types describe its CommonJS build, where the loader is `module.exports.default`; its ES module, which
  // Node loads here, exports the loader itself.
  const loader: unknown = highsModule.default;
  if (!isLoader(loader)) throw new TypeError("the package highs does not export its loader");
  return loader();
}

function isLoader(value: unknown): value is () => Promise<Highs> {
  return typeof value === "function";
}

/** Tighter than the defaults of 1e-7, because answers are compared at 1e-8. */
export const HIGHS_OPTIONS = {
  output_flag: false,
  primal_feasibility_tolerance: 1e-9,
  dual_feasibility_tolerance: 1e-9,
  small_matrix_value: 1e-12,
  mip_rel_gap: 1e-9,
  mip_abs_gap: 1e-9,
  random_seed: 0,
};

/**
 * The active-set method for quadratic programs can cycle at degenerate vertices. It takes another path when the cost is
 * multiplied, which changes neither the solution nor, once divided out, the multipliers.
 */
const COST_FACTORS = [1, 100, 0.01, 10];

/** What a search over whole columns may be told. */
export interface HighsSearch {
  /** Gap, relative to the objective, at which it ends; 1e-9. */
  readonly gap?: number;
  /** A feasible point. */
  readonly start?: Float64Array;
}

interface Attempt extends HighsSearch {
  readonly presolve: "choose" | "off";
  readonly factor: number;
  readonly seconds: number;
}

/**
 * Solves any model but a mixed-integer quadratic one.
 *
 * Quadratic models only where nothing else can: the package's active-set method ends elsewhere than at the minimum on
 * one in five random ones (test/oracles/decide/README.md), so its answers need a certificate.
 *
 * @param seconds after which the best point found is returned, `stopped`
 */
export function solveWithHighs(
  highs: Highs,
  model: LinearModel,
  seconds = Infinity,
  search: HighsSearch = {},
): LinearSolution {
  const until = performance.now() + 1000 * seconds;
  const left = (): number => (until - performance.now()) / 1000;
  let last = runHighs(highs, model, { presolve: "choose", factor: 1, seconds: left(), ...search });
  if (model.hessian !== null) {
    for (const factor of COST_FACTORS.slice(1)) {
      if ((last.status !== "stopped" && last.status !== "failed") || left() <= 0) break;
      const next = runHighs(highs, model, { presolve: "choose", factor, seconds: left(), ...search });
      if (next.status !== "failed") last = next;
    }
  }
  // Presolve may find that the model is infeasible or unbounded without finding which; it may also stumble on bad scaling.
  const unsure = last.status === "infeasible-or-unbounded" || last.status === "failed";
  return unsure && left() > 0
    ? runHighs(highs, model, { presolve: "off", factor: 1, seconds: left(), ...search })
    : last;
}

/** One run; what HiGHS refuses outright (numbers that overflow, entries past its limits) is a failure like any other. */
function runHighs(highs: Highs, model: LinearModel, how: Attempt): LinearSolution {
  try {
    return attempt(highs, model, how);
  } catch (error) {
    if (!(error instanceof Error && error.name.startsWith("Highs"))) throw error;
    return {
      status: "failed",
      detail: error.message,
      x: new Float64Array(0),
      duals: null,
      objective: NaN,
      bound: -Infinity,
    };
  }
}

function attempt(highs: Highs, model: LinearModel, how: Attempt): LinearSolution {
  const { presolve, factor, seconds, gap, start } = how;
  const { modelStatus, solutionStatus } = highs.constants;
  return highs.withModel(toModelData(highs, model, factor), (instance): LinearSolution => {
    instance.options.set({ ...HIGHS_OPTIONS, presolve, qp_iteration_limit: 1000 + 3 * (model.columns + model.rows) });
    if (seconds < Infinity) instance.options.set({ time_limit: Math.max(seconds, 0) });
    if (gap !== undefined) instance.options.set({ mip_rel_gap: Math.max(gap, HIGHS_OPTIONS.mip_rel_gap) });
    if (start !== undefined) instance.setSolution({ colValue: start });
    instance.run();
    const code = instance.getModelStatus();
    const optimal = code === modelStatus.optimal || code === modelStatus.empty;
    const stopped =
      (code === modelStatus.iterationLimit || code === modelStatus.timeLimit) &&
      instance.info.get("primal_solution_status") === solutionStatus.feasible;
    const status: LinearSolution["status"] = optimal
      ? "optimal"
      : stopped
        ? "stopped"
        : code === modelStatus.infeasible
          ? "infeasible"
          : code === modelStatus.unbounded
            ? "unbounded"
            : code === modelStatus.unboundedOrInfeasible
              ? "infeasible-or-unbounded"
              : "failed";
    const name = Object.entries(modelStatus).find(([, value]) => value === code)?.[0] ?? String(code);
    const mixed = model.integer.length > 0;
    const solution = optimal || stopped ? instance.getSolution() : null;
    return {
      status,
      detail: name,
      x: solution === null ? new Float64Array(0) : solution.colValue,
      duals: solution === null || mixed ? null : solution.rowDual.map((dual) => dual / factor),
      objective: optimal ? instance.getObjectiveValue() / factor : NaN,
      bound: mixed && (optimal || stopped) ? Number(instance.info.get("mip_dual_bound")) : -Infinity,
    };
  });
}

/** @param factor that the costs are multiplied by */
export function toModelData(highs: Highs, model: LinearModel, factor: number): ModelData {
  const { variableType } = highs.constants;
  const integrality = new Int32Array(model.columns);
  for (const column of model.integer) integrality[column] = variableType.integer;
  return {
    numCols: model.columns,
    numRows: model.rows,
    colCost: model.cost.map((cost) => cost * factor),
    colLower: model.columnLower,
    colUpper: model.columnUpper,
    rowLower: model.rowLower,
    rowUpper: model.rowUpper,
    matrix: {
      format: "csr",
      numRows: model.rows,
      numCols: model.columns,
      starts: model.starts,
      indices: model.indices,
      values: model.values,
    },
    ...(model.integer.length > 0 ? { integrality } : {}),
    ...(model.hessian === null ? {} : { hessian: lowerTriangle(model.hessian, model.columns, factor) }),
  };
}

function lowerTriangle(
  hessian: NonNullable<LinearModel["hessian"]>,
  columns: number,
  factor: number,
): NonNullable<ModelData["hessian"]> {
  const starts: number[] = [];
  const indices: number[] = [];
  const values: number[] = [];
  for (let column = 0; column < columns; column++) {
    starts.push(indices.length);
    for (let row = column; row < hessian.size; row++) {
      const value = hessian.values[row * hessian.size + column]!;
      if (value === 0) continue;
      indices.push(row);
      values.push(value * factor);
    }
  }
  starts.push(indices.length);
  return { format: "triangular", dimension: columns, starts, indices, values };
}
