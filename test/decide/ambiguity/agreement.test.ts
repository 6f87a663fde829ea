import { describe, expect, it } from "vitest";
import { canonicalise, type ConvexProblem } from "../../../compiler/canonical/index.ts";
import { createDecider } from "../../../runtime/decide/index.ts";
import { coneProblemOf } from "../../../runtime/decide/cone-form.ts";
import { solveCone } from "../../../runtime/decide/cone/index.ts";
import { GraphBuilder } from "../../../runtime/ir/builder.ts";
import { instantiate } from "../../../runtime/ir/instantiate.ts";
import { createNumbers } from "../problems.ts";
import { problemOf, randomInstances, scenariosOf, type RobustInstance } from "./instances.ts";

const none = new Float64Array(0);
const relative = (a: number, b: number): number => Math.abs(a - b) / Math.max(1e-3, Math.abs(a), Math.abs(b));

/** The problem as the compiler sees it, for its own cone form: a cone for each piece of each scenario (002 §3). */
function convexOf(instance: RobustInstance): ConvexProblem {
  const { n, d, pieces, mean, cvar, ambiguity, set } = instance;
  if (ambiguity.kind === "kl" || ambiguity.order === "infinity") throw new Error("the compiler has no form of it");
  const b = new GraphBuilder();
  const [z, s] = [b.input("z", [n]), b.input("s", [d])];
  const vector = (values: readonly number[]): number =>
    b.concat(
      values.map((value) => b.const(value)),
      [values.length],
    );
  const values = pieces.map(({ a, e, c, b: constant }) => {
    const rows = Array.from({ length: d }, (_, i) => b.dot(vector(a.slice(i * n, (i + 1) * n)), z));
    const slope = b.binary("add", b.concat(rows, [d]), vector(e));
    return b.binary("add", b.dot(slope, s), b.binary("add", b.dot(vector(c), z), b.const(constant)));
  });
  const loss = b.finish(values.reduce((p, q) => b.binary("max", p, q)));
  const sum = new GraphBuilder();
  const total = sum.finish(sum.binary("sub", sum.reduce("sum", sum.input("z", [n])), sum.const(1)));
  const square = new GraphBuilder();
  const own = square.input("z", [n]);
  const objective = square.finish(square.binary("mul", square.const(instance.ridge), square.dot(own, own)));
  const ends = (low: number, high: number) => ({
    lower: Array.from({ length: n }, () => low),
    upper: Array.from({ length: n }, () => high),
  });
  const { order, radius, norm } = ambiguity;
  return {
    variables: [{ name: "z", shape: [n], type: "real", ...(set === "simplex" ? ends(0, 0.6) : ends(-1, 1)) }],
    data: [{ name: "s", shape: [d], repeat: "scenario" }],
    ...(instance.ridge > 0 ? { objective } : {}),
    risk: { loss, mean, cvar, ambiguity: { order, radius, norm } },
    constraints: set === "simplex" ? [{ relation: "==", graph: total, label: "Σz = 1" }] : [],
  };
}

describe("the solver of worst cases", () => {
  it("agrees with the cone form of 002, one cone a piece and scenario", () => {
    const instances = randomInstances(5, 90).filter(
      ({ ambiguity }) =>
        ambiguity.kind === "wasserstein" &&
        ambiguity.order !== "infinity" &&
        (ambiguity.order === 1 || ambiguity.norm === "l2"),
    );
    expect(instances.length).toBeGreaterThan(30);
    return Promise.all(
      instances.map(async (instance) => {
        const form = canonicalise(convexOf(instance));
        const numeric = instantiate(form, {
          scenarios: instance.scenarios.length,
          values: { s: instance.scenarios.flat() },
          ...(instance.weights === null ? {} : { weights: instance.weights }),
        });
        const generic = solveCone(coneProblemOf(numeric));
        expect(generic.status).toBe("optimal");
        const decider = await createDecider(problemOf(instance));
        const answer = decider.decide(scenariosOf(instance), none);
        expect(answer.status).toBe("optimal");
        expect(relative(answer.objective, generic.objective + numeric.offset)).toBeLessThan(1e-6);
      }),
    );
  });

  it("gives one answer by the structured solver and by cones where the loss has one piece", async () => {
    const single = randomInstances(6, 160, 12)
      .filter(({ ambiguity }) => ambiguity.kind === "wasserstein" && ambiguity.norm === "l2")
      .map((instance) => ({ ...instance, pieces: instance.pieces.slice(0, 1) }));
    expect(single.length).toBeGreaterThan(40);
    for (const instance of single) {
      const problem = problemOf(instance);
      const structured = (await createDecider(problem, { solver: "structured" })).decide(scenariosOf(instance), none);
      const cone = (await createDecider(problem, { solver: "cone" })).decide(scenariosOf(instance), none);
      expect([structured.status, cone.status]).toEqual(["optimal", "optimal"]);
      expect(relative(structured.objective, cone.objective)).toBeLessThan(1e-6);
    }
  });

  it("answers in the same way at a second context of the same pattern, which is not analysed again", async () => {
    const { normal } = createNumbers(8);
    const [base] = randomInstances(9, 4).slice(3);
    const decider = await createDecider(problemOf(base!), { solver: "cone" });
    for (let context = 0; context < 3; context++) {
      const scenarios = { count: 12, outcomes: Float64Array.from({ length: 12 * base!.d }, normal) };
      const fresh = (await createDecider(problemOf(base!), { solver: "cone" })).decide(scenarios, none);
      const again = decider.decide(scenarios, none);
      expect(Array.from(again.z)).toEqual(Array.from(fresh.z));
    }
  });
});
