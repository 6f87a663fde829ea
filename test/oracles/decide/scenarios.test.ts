import { describe, expect, it } from "vitest";
import { createDecider } from "../../../runtime/decide/index.ts";
import type { DecideOptions, DecisionAnswer } from "../../../runtime/decide/index.ts";
import { recordedAnswers } from "./recording.ts";
import { scenarioInstances } from "./scenario-instances.ts";
import type { ScenarioInstance } from "./scenario-instances.ts";

const instances = scenarioInstances();
const recorded = recordedAnswers(
  "recorded-scenarios.json",
  instances.map(({ name, cone }) => ({ name, problem: cone, integer: [] })),
);
const TOLERANCE = 1e-6;

async function decide({ problem, scenarios }: ScenarioInstance, options: DecideOptions): Promise<DecisionAnswer> {
  return (await createDecider(problem, options)).decide(scenarios, new Float64Array(0));
}

/** What differs from CVXPY's answer, in words; and whose the decisions are. */
async function differences(solver: "auto" | "cone"): Promise<{ readonly found: string[]; readonly others: string[] }> {
  const found: string[] = [];
  const others: string[] = [];
  const asked = solver === "auto" ? "structured" : solver;
  for (const [k, instance] of instances.entries()) {
    const [name, status, objective] = recorded.answers[k]!;
    const ours = await decide(instance, { solver });
    if (ours.status === "optimal" && ours.solver !== asked) others.push(`${name}: ${ours.solver}`);
    if (ours.status !== status) {
      found.push(`${name}: ${ours.status}, expected ${status}; gap ${ours.gap} of ${ours.objective}`);
      continue;
    }
    if (status !== "optimal" || objective === null) continue;
    const expected = objective * instance.factor;
    const error = Math.abs(ours.objective - expected) / Math.abs(expected);
    if (!(error <= TOLERANCE)) found.push(`${name}: ${ours.objective}, expected ${expected}`);
  }
  return { found, others };
}

describe("decisions over scenarios beside CVXPY's", () => {
  it("are compared on instances of every form and status, CVXPY being sure of each", () => {
    expect(recorded.answers.map(([name]) => name)).toEqual(instances.map(({ name }) => name));
    const count = (status: string): number => recorded.answers.filter((answer) => answer[1] === status).length;
    expect(count("infeasible")).toBeGreaterThan(5);
    expect(count("unbounded")).toBeGreaterThan(10);
    expect(count("optimal") + count("infeasible") + count("unbounded")).toBe(instances.length);
    expect(instances.length).toBeGreaterThan(250);
  });

  it.each(["auto", "cone"] as const)(
    "agree, and none with an optimum is left to another solver: %s",
    async (solver) => {
      expect(await differences(solver)).toEqual({ found: [], others: [] });
    },
  );
});
