import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { solveCone, solveMixedCone } from "../../../runtime/decide/cone/index.ts";
import { getGlpk, solveWithGlpk } from "../../../runtime/decide/glpk.ts";
import { getHighs, solveWithHighs } from "../../../runtime/decide/highs.ts";
import type { LinearSolution } from "../../../runtime/decide/linear-solution.ts";
import { oracleInstances } from "./instances.ts";
import type { Form, OracleInstance } from "./instances.ts";
import { linearModelOf } from "./linear-form.ts";
import { recordedAnswers } from "./recording.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const instances = oracleInstances();

const recorded = recordedAnswers("recorded.json", instances);

const TOLERANCE = 1e-6;

interface Outcome {
  readonly status: string;
  readonly objective: number;
}

/** What is known of each instance. */
const expected = new Map<string, Outcome>();
/** Instances of which CVXPY is unsure, or wrong about a minimum that is known from how the instance was made. */
const overruled: string[] = [];
recorded.answers.forEach(([name, status, objective], k) => {
  const { minimum } = instances[k]!;
  const sure = ["optimal", "infeasible", "unbounded"].includes(status);
  const wrong = minimum !== undefined && objective !== null && relativeError(objective, minimum) > TOLERANCE;
  if (sure && !wrong) {
    expected.set(name, { status, objective: objective ?? NaN });
    return;
  }
  overruled.push(name);
  const known = name.includes("infeasible") ? { status: "infeasible", objective: NaN } : undefined;
  expected.set(name, minimum === undefined ? known! : { status: "optimal", objective: minimum });
});

function relativeError(value: number, truth: number): number {
  return Math.abs(value - truth) / Math.abs(truth);
}

/** What differs from the expected answer, in words; `null` where nothing does. */
function difference({ name }: OracleInstance, ours: Outcome): string | null {
  const { status, objective } = expected.get(name)!;
  if (status !== ours.status) return `${name}: ${ours.status}, expected ${status}`;
  if (status !== "optimal") return null;
  const error = relativeError(ours.objective, objective);
  return error <= TOLERANCE ? null : `${name}: ${ours.objective}, expected ${objective} (${error.toExponential(1)})`;
}

function compare(forms: readonly Form[], solve: (instance: OracleInstance) => Outcome): string[] {
  return instances
    .filter(({ form }) => forms.includes(form))
    .flatMap((instance) => {
      const found = difference(instance, solve(instance));
      return found === null ? [] : [found];
    });
}

function ofLibrary({ status, objective }: LinearSolution): Outcome {
  return { status, objective };
}

describe("decisions beside CVXPY's", () => {
  it("are compared on more than 500 instances of every form and status", () => {
    expect(recorded.answers.map(([name]) => name)).toEqual(instances.map(({ name }) => name));
    expect(recorded.answers.length).toBeGreaterThanOrEqual(500);
    for (const status of ["optimal", "infeasible", "unbounded"]) {
      expect(recorded.answers.filter((answer) => answer[1] === status).length).toBeGreaterThan(50);
    }
  });

  it("are overruled only where README.md says so", () => {
    const readme = readFileSync(here("README.md"), "utf8");
    expect(overruled).toEqual([...readme.matchAll(/^\| ([^|]+ \d+) +\| /gm)].map(([, name]) => name!.trim()));
  });

  for (const form of ["LP", "QP", "SOCP", "EXP", "CVaR", "CVaR-QP"] as const) {
    it(`agree with the cone solver: ${form}`, () => {
      expect(compare([form], ({ problem }) => solveCone(problem))).toEqual([]);
    });
  }

  for (const form of ["MIP", "MIQP", "MISOCP"] as const) {
    it(`agree with branch and bound: ${form}`, () => {
      expect(compare([form], ({ problem, integer }) => solveMixedCone(problem, integer))).toEqual([]);
    });
  }

  it("agree with highs", async () => {
    const highs = await getHighs();
    const forms: Form[] = ["LP", "MIP", "CVaR", "CVaR-QP"];
    const found = compare(forms, (instance) => ofLibrary(solveWithHighs(highs, linearModelOf(instance))));
    expect(found).toEqual(["LP badly scaled 2: infeasible, expected optimal"]);
  });

  it("agree with glpk", async () => {
    const glpk = await getGlpk();
    const forms: Form[] = ["LP", "MIP", "CVaR"];
    expect(compare(forms, (instance) => ofLibrary(solveWithGlpk(glpk, linearModelOf(instance))))).toEqual([]);
  });
});
