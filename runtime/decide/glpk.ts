import type { GLPK, LP } from "glpk.js/node";
import type { LinearModel } from "./linear-model.ts";
import type { LinearSolution } from "./linear-solution.ts";

let loading: Promise<GLPK> | undefined;

/** GLPK as WebAssembly. Its licence is GPL-3, so it is imported only when a caller asks for it by name. */
export function getGlpk(): Promise<GLPK> {
  loading ??= import("glpk.js/node").then((module) => module.default());
  return loading;
}

/** Solves a linear or mixed-integer model; `model.hessian` must be `null`. */
/** @param seconds after which the best point found is returned, `stopped`; GLPK counts in whole seconds */
export function solveWithGlpk(glpk: GLPK, model: LinearModel, seconds = Infinity): LinearSolution {
  const until = performance.now() + 1000 * seconds;
  const first = runGlpk(glpk, model, true, seconds);
  const left = (until - performance.now()) / 1000;
  if (first.status === "optimal" || first.status === "stopped" || left <= 0) return first;
  // The presolver calls a model infeasible or unbounded without saying which. Without it, branch and bound over a feasible
  // relaxation ends undefined where no integer point exists; then the presolver's word is all there is.
  const second = runGlpk(glpk, model, false, left);
  return second.status === "failed" ? first : second;
}

function runGlpk(glpk: GLPK, model: LinearModel, presol: boolean, seconds: number): LinearSolution {
  const mixed = model.integer.length > 0;
  const solved = attempt(glpk, toLp(glpk, model), presol, seconds);
  if ("aborted" in solved) {
    const nothing = { x: new Float64Array(0), duals: null, objective: NaN, bound: -Infinity };
    return { status: "failed", detail: `GLPK ended: ${solved.aborted}`, ...nothing };
  }
  const { result } = solved;
  const status: LinearSolution["status"] =
    result.status === glpk.GLP_OPT
      ? "optimal"
      : result.status === glpk.GLP_FEAS
        ? "stopped"
        : result.status === glpk.GLP_NOFEAS || result.status === glpk.GLP_INFEAS
          ? "infeasible"
          : result.status === glpk.GLP_UNBND
            ? "unbounded"
            : presol
              ? "infeasible-or-unbounded"
              : "failed";
  const optimal = status === "optimal";
  const x = new Float64Array(optimal || status === "stopped" ? model.columns : 0);
  for (let column = 0; column < x.length; column++) x[column] = result.vars[columnName(column)]!;
  let duals: Float64Array | null = null;
  if (optimal && !mixed && result.dual !== undefined) {
    duals = new Float64Array(model.rows);
    for (let row = 0; row < model.rows; row++) duals[row] = result.dual[rowName(row)] ?? 0;
  }
  return {
    status,
    detail: `GLPK status ${result.status}`,
    x,
    duals,
    objective: x.length > 0 ? result.z : NaN,
    // With `mipgap: 0` an optimal status means that branch and bound left nothing open below the incumbent.
    bound: optimal && mixed ? result.z : -Infinity,
  };
}

/** GLPK ends its WebAssembly instance where an assertion of its own does not hold, as badly scaled numbers make happen. */
function attempt(
  glpk: GLPK,
  lp: LP,
  presol: boolean,
  seconds: number,
): ReturnType<GLPK["solve"]> | { readonly aborted: string } {
  const limit = seconds < Infinity ? { tmlim: Math.max(1, Math.ceil(seconds)) } : {};
  try {
    return glpk.solve(lp, { msglev: glpk.GLP_MSG_OFF, presol, mipgap: 0, ...limit });
  } catch (error) {
    if (!(error instanceof Error && error.name === "RuntimeError")) throw error;
    // What is left of the instance is not to be used again.
    loading = undefined;
    return { aborted: error.message };
  }
}

const columnName = (column: number): string => `x${column}`;
const rowName = (row: number): string => `r${row}`;

function toLp(glpk: GLPK, model: LinearModel): LP {
  const bounds = (lower: number, upper: number): { type: number; lb: number; ub: number } => {
    const type =
      lower === upper
        ? glpk.GLP_FX
        : lower > -Infinity && upper < Infinity
          ? glpk.GLP_DB
          : lower > -Infinity
            ? glpk.GLP_LO
            : upper < Infinity
              ? glpk.GLP_UP
              : glpk.GLP_FR;
    return { type, lb: lower > -Infinity ? lower : 0, ub: upper < Infinity ? upper : 0 };
  };
  const names = Array.from({ length: model.columns }, (_, column) => columnName(column));
  return {
    name: "decision",
    objective: {
      direction: glpk.GLP_MIN,
      name: "risk",
      vars: names.map((name, column) => ({ name, coef: model.cost[column]! })),
    },
    subjectTo: Array.from({ length: model.rows }, (_, row) => ({
      name: rowName(row),
      vars: Array.from({ length: model.starts[row + 1]! - model.starts[row]! }, (_entry, offset) => {
        const position = model.starts[row]! + offset;
        return { name: names[model.indices[position]!]!, coef: model.values[position]! };
      }),
      bnds: bounds(model.rowLower[row]!, model.rowUpper[row]!),
    })),
    bounds: names.map((name, column) => ({ name, ...bounds(model.columnLower[column]!, model.columnUpper[column]!) })),
    generals: model.integer.map((column) => names[column]!),
  };
}
