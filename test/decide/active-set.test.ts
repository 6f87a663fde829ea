import { describe, expect, it } from "vitest";
import { getHighs } from "../../runtime/decide/highs.ts";
import { impliedBounds } from "../../runtime/decide/implied-bounds.ts";
import { createDecider } from "../../runtime/decide/index.ts";
import { createProgramBuilder } from "../../runtime/decide/scenario-program.ts";
import { createActiveSetSolver } from "../../runtime/decide/structured/active-set-solver.ts";
import type { ActiveSetSolver } from "../../runtime/decide/structured/active-set-solver.ts";
import { ABOVE, BELOW, KINK } from "../../runtime/decide/structured/active-set.ts";
import { relativeInterior } from "../../runtime/decide/structured/relative-interior.ts";
import { createNumbers, noContext } from "./problems.ts";
import { drawInstance, FORMS } from "./random-problems.ts";

const forms = FORMS.filter(
  ({ name, pieces, cvar, set }) =>
    pieces === 1 && cvar.length > 0 && set !== "free" && name !== "a set without interior",
);

/** Sets a guess from a decision: what touches there, to a tolerance. */
function guessFrom(
  solver: ActiveSetSolver,
  losses: readonly number[],
  t: Float64Array,
  z: Float64Array,
  set: Box,
): void {
  const { guess } = solver;
  guess.spread = losses.reduce((sum, loss) => sum + Math.abs(loss - t[0]!), 0) / losses.length;
  const near = 1e-8 * guess.spread;
  t.forEach((threshold, c) =>
    losses.forEach((loss, k) => {
      guess.scenarios[c]![k] = loss > threshold + near ? ABOVE : loss < threshold - near ? BELOW : KINK;
    }),
  );
  z.forEach((value, i) => {
    const close = 1e-9 * (1 + Math.abs(value));
    guess.components[i] = value - set.lower[i]! < close ? -1 : set.upper[i]! - value < close ? 1 : 0;
  });
  set.rows.forEach((row, r) => {
    const activity = z.reduce((sum, value, i) => sum + row[i]! * value, 0);
    guess.rows[r] = set.rowBounds[r]! - activity < 1e-9 * (1 + Math.abs(activity)) ? 1 : 0;
  });
}

interface Box {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly rows: readonly Float64Array[];
  readonly rowBounds: Float64Array;
}

describe("the active set method", () => {
  it.each(forms)("ends in the optimum or gives up: $name", async (form) => {
    let completed = 0;
    let fromOptimum = 0;
    let bounded = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const { problem, scenarios } = drawInstance(form, seed);
      const decider = await createDecider(problem, { solver: "highs" });
      const known = decider.decide(scenarios, noContext);
      if (known.status !== "optimal") continue;
      const reach = impliedBounds(problem.feasible);
      const set = relativeInterior(await getHighs(), problem.feasible, reach);
      if (set === null) continue;
      bounded++;
      const builder = createProgramBuilder(problem);
      builder.fill(scenarios, noContext);
      const { program } = builder;
      const solver = createActiveSetSolver(program, set);
      solver.reserve(program.count);
      const exact = await createDecider(problem, { solver: "structured" });
      const answer = exact.decide(scenarios, noContext);
      const losses = Array.from({ length: program.count }, (_, k) =>
        answer.z.reduce((sum, value, i) => sum + program.slopes[k * program.size + i]! * value, program.offsets[k]!),
      );
      const numbers = createNumbers(seed);
      const t = new Float64Array(problem.risk.cvar.length);
      for (let trial = 0; trial < 40; trial++) {
        guessFrom(solver, losses, answer.t, answer.z, set);
        // The first guess is the optimum's own; the others have ever more of it spoilt.
        for (let change = 0; change < trial; change++) {
          const states = solver.guess.scenarios[Math.floor(numbers.uniform() * t.length)]!;
          if (numbers.uniform() < 0.7)
            states[Math.floor(numbers.uniform() * program.count)] = Math.floor(numbers.uniform() * 3);
          else solver.guess.components[Math.floor(numbers.uniform() * program.size)] = 0;
        }
        const result = solver.complete();
        if (result === null) continue;
        completed++;
        if (trial === 0) fromOptimum++;
        const { objective, scale } = builder.evaluate(result.z, t);
        expect(Math.abs(objective - known.objective)).toBeLessThan(2e-6 * scale);
        expect(objective).toBeLessThan(known.objective + 1e-9 * scale);
      }
    }
    // Duplicated scenarios on the kink have no unique multipliers: giving up is right there.
    if (bounded === 0 || form.duplicates === true) return;
    expect(completed).toBeGreaterThan(0);
    expect(fromOptimum).toBeGreaterThan(0);
  });
});
