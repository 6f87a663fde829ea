import { RuntimeError } from "../../errors/runtime-error.ts";
import { decideCatalogue } from "../catalogue.ts";
import { checkConeProblem } from "./check-cone.ts";
import { equilibrate } from "./equilibrate.ts";
import type { Numbers, Scaling, Unit } from "./equilibrate.ts";
import { runInteriorPoint } from "./interior-point.ts";
import type { InteriorPointResult } from "./interior-point.ts";
import { createKktSystem } from "./kkt.ts";
import { createStandardForm } from "./standard-form.ts";
import type { StandardForm } from "./standard-form.ts";
import { createJudge } from "./termination.ts";
import type { Judge } from "./termination.ts";
import type { ConeAnswer, ConeData, ConeOptions, ConeProblem, PreparedCone } from "./types.ts";

const TOLERANCE = 1e-8;
const MAX_ITERATIONS = 200;

/**
 * Solves `min ½xᵀPx + qᵀx, Ax + s = b, s ∈ K`, or proves that it is infeasible or unbounded. For many problems of one
 * pattern use `prepareCone`.
 *
 * @throws RuntimeError `problem-malformed`: sizes that disagree, numbers that are not finite
 */
export function solveCone(problem: ConeProblem, options: ConeOptions = {}): ConeAnswer {
  return prepareCone(problem, options).solve();
}

/**
 * Orders and analyses a problem's KKT system once, for solving it with several sets of numbers.
 *
 * @throws RuntimeError `problem-malformed`
 */
export function prepareCone(problem: ConeProblem, options: ConeOptions = {}): PreparedCone {
  checkConeProblem(problem);
  const { tolerance = TOLERANCE, maxIterations = MAX_ITERATIONS } = options;
  const form = createStandardForm(problem);
  const first = form.numbersOf(problem.p?.values ?? null, problem.q, problem.a.values, problem.b);
  // The system reads the numbers of these two matrices; each solve writes its own into them.
  const { p, a } = first;
  const kkt = createKktSystem(p, a, form.blocks);

  function solve(data: ConeData = {}, timeLimit = options.timeLimit ?? Infinity): ConeAnswer {
    const begun = performance.now();
    const until = begun + 1000 * timeLimit;
    const current = { ...problem, ...withData(problem, data) };
    if (Object.keys(data).length > 0) checkConeProblem(current);
    const answer = run(current, until);
    // A direction of endless descent says nothing where there is no feasible point to start from.
    const nowhere = answer.status === "unbounded" ? run(withoutObjective(current), until) : answer;
    const chosen = nowhere.status === "infeasible" ? nowhere : answer;
    return { ...chosen, milliseconds: performance.now() - begun };
  }

  /** Where the typical size of the numbers is a wrong measure and no answer comes of it, their largest is tried. */
  function run(current: ConeProblem, until: number): Omit<ConeAnswer, "milliseconds"> {
    const first = runIn("typical", current, until);
    if (first.status !== "inaccurate" || performance.now() > until) return first;
    const second = runIn("largest", current, until);
    const errorOf = (answer: typeof first): number => Math.max(answer.primalResidual, answer.dualResidual);
    const better = second.status !== "inaccurate" || errorOf(second) < errorOf(first) ? second : first;
    return { ...better, iterations: first.iterations + second.iterations };
  }

  function runIn(unit: Unit, current: ConeProblem, until: number): Omit<ConeAnswer, "milliseconds"> {
    const original = form.numbersOf(current.p?.values ?? null, current.q, current.a.values, current.b);
    if (p !== null) p.values.set(original.p!.values);
    a.values.set(original.a.values);
    const scaled: Numbers = { p, q: original.q, a, b: original.b };
    const scaling = equilibrate(scaled, form.blocks, unit);
    const result = runInteriorPoint(scaled, form.blocks, kkt, { tolerance, maxIterations, until });
    return toAnswer(result, createJudge(scaled), scaling, form, current);
  }

  return { solve };
}

function withData(problem: ConeProblem, data: ConeData): Pick<ConeProblem, "p" | "q" | "a" | "b"> {
  const { p, q, a, b } = problem;
  if (p === null && data.p !== undefined && data.p.length > 0) {
    throw new RuntimeError(decideCatalogue, "problem-malformed", { what: "P was prepared without entries" });
  }
  return {
    p: p === null ? null : { ...p, values: newValues("P", data.p, p.values) },
    q: newValues("q", data.q, q),
    a: { ...a, values: newValues("A", data.a, a.values) },
    b: newValues("b", data.b, b),
  };
}

function newValues(name: string, now: Float64Array | undefined, was: Float64Array): Float64Array {
  if (now === undefined) return was;
  if (now.length === was.length) return now;
  const what = `${name} has ${now.length} values and was prepared with ${was.length}`;
  throw new RuntimeError(decideCatalogue, "problem-malformed", { what });
}

/** The same constraints; every feasible point is optimal. */
function withoutObjective(problem: ConeProblem): ConeProblem {
  const p = problem.p === null ? null : { ...problem.p, values: new Float64Array(problem.p.values.length) };
  return { ...problem, p, q: new Float64Array(problem.q.length) };
}

/** Back into the problem's own units and cones. */
function toAnswer(
  result: InteriorPointResult,
  judge: Judge,
  { rows, columns, primal, dual }: Scaling,
  form: StandardForm,
  { q, b }: ConeProblem,
): Omit<ConeAnswer, "milliseconds"> {
  const { status, iterations } = result;
  const x = result.x.map((value, j) => value * columns[j]! * primal);
  const s = form.slacksOf(result.s.map((value, i) => (value / rows[i]!) * primal));
  const y = form.multipliersOf(result.z.map((value, i) => value * rows[i]! * dual));
  b.forEach((bound, i) => {
    if (bound === Infinity) {
      s[i] = Infinity;
      y[i] = 0;
    }
  });
  if (status === "infeasible" || status === "unbounded") {
    const infeasible = status === "infeasible";
    const residual = infeasible ? judge.infeasibilityOf(result.z, 0) : judge.unboundednessOf(result.x, result.s, 0);
    return {
      status,
      x: x.slice().fill(NaN),
      s: s.slice().fill(NaN),
      y: y.slice().fill(NaN),
      objective: infeasible ? Infinity : -Infinity,
      dualObjective: infeasible ? Infinity : -Infinity,
      primalResidual: infeasible ? NaN : residual,
      dualResidual: infeasible ? residual : NaN,
      gap: NaN,
      certificate: infeasible ? normalised(y, b) : normalised(x, q),
      iterations,
    };
  }
  const accuracy = judge.accuracyOf(result.x, result.s, result.z, 1);
  const unit = primal * dual;
  return {
    status,
    x,
    s,
    y,
    objective: accuracy.objective * unit,
    dualObjective: accuracy.dualObjective * unit,
    primalResidual: accuracy.primal,
    dualResidual: accuracy.dual,
    gap: (accuracy.objective - accuracy.dualObjective) * unit,
    certificate: null,
    iterations,
  };
}

/** `v / −(v·by)`, so that `v·by = −1`. An infinite b stands where v is 0. */
function normalised(v: Float64Array, by: Float64Array): Float64Array {
  let product = 0;
  for (let i = 0; i < v.length; i++) if (v[i] !== 0) product += v[i]! * by[i]!;
  return v.map((value) => value / -product);
}
