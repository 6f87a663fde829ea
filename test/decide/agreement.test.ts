import { describe, expect, it } from "vitest";
import { createDecider } from "../../runtime/decide/index.ts";
import { noContext } from "./problems.ts";
import { drawInstance, FORMS } from "./random-problems.ts";

const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);

/** Largest difference from the other solvers, relative to the objective without its constant. */
const AGREEMENT = 1e-6;

describe("the structured solver agrees with highs and glpk", () => {
  it.each(FORMS)("$name", async (form) => {
    let bounded = 0;
    for (const seed of SEEDS) {
      const { name, problem, scenarios } = drawInstance(form, seed);
      const others =
        problem.risk.quadratic === null
          ? (["structured", "highs", "glpk"] as const)
          : (["structured", "highs"] as const);
      const answers = [];
      for (const solver of others) {
        const decider = await createDecider(problem, { solver });
        answers.push(decider.decide(scenarios, noContext));
      }
      const [structured, ...rest] = answers;
      if (structured === undefined) throw new Error("no answer");
      if (structured.status === "unbounded") {
        for (const other of rest) expect(other.status, name).toBe("unbounded");
        continue;
      }
      bounded++;
      const scale = Math.abs(structured.objective - problem.risk.constant);
      expect(structured.status, name).toBe("optimal");
      expect(structured.solver, `${name} fell back`).toBe("structured");
      expect(structured.primalResidual, name).toBeLessThan(1e-12);
      expect(structured.dualResidual, name).toBeLessThan(1e-6);
      for (const other of rest) {
        expect(Math.abs(other.objective - structured.objective), name).toBeLessThan(AGREEMENT * scale);
        // Each objective is attained, so none may lie under the other's proven lower bound.
        expect(other.objective, name).toBeGreaterThan(structured.objective - structured.gap - 1e-12 * scale);
      }
    }
    expect(bounded).toBeGreaterThan(0);
  });
});
