import { describe, expect, it } from "vitest";
import { analyseModel } from "../../compiler/analyse/index.ts";
import { findPoint, satisfies, type LinearSystem } from "../../compiler/analyse/feasibility/simplex.ts";
import { checkFeasible } from "../../runtime/decide/index.ts";
import type { FeasibleSet } from "../../runtime/spec.ts";
import { createNumbers } from "../decide/problems.ts";
import { compileText, diagnose, lower, spec, type SpecParts } from "../support/tester.ts";

const plenty = (): { left: number } => ({ left: 1e8 });

/** A random system: sparse rows with small whole coefficients, some of them equalities, some bounds missing. */
function randomSystem(seed: number): LinearSystem {
  const numbers = createNumbers(seed);
  const pick = (count: number): number => Math.min(count - 1, Math.floor(count * numbers.uniform()));
  const n = 1 + pick(6);
  const m = pick(9);
  const bound = (): number => (numbers.uniform() < 0.3 ? Infinity : pick(7));
  const lower = Array.from({ length: n }, () => -bound());
  const unit = 10 ** (3 * pick(3) - 3);
  return {
    size: n,
    lower,
    upper: lower.map((low) => (low > -Infinity && numbers.uniform() < 0.2 ? low : bound())),
    rows: Array.from({ length: m }, () => {
      const coefficients = Array.from({ length: n }, () => (numbers.uniform() < 0.4 ? 0 : unit * (pick(9) - 4)));
      const right = unit * (pick(13) - 6);
      return numbers.uniform() < 0.3
        ? { coefficients, lower: right, upper: right }
        : { coefficients, lower: -Infinity, upper: right };
    }),
  };
}

function asSet(system: LinearSystem): FeasibleSet {
  const rows = system.rows.map((row, i) => ({
    ...row,
    coefficients: Array.from(row.coefficients),
    at: `row ${i}`,
  }));
  return {
    size: system.size,
    lower: Array.from(system.lower),
    upper: Array.from(system.upper),
    inequalities: rows.filter((row) => row.lower !== row.upper).map((row) => ({ ...row, bound: row.upper })),
    equalities: rows.filter((row) => row.lower === row.upper).map((row) => ({ ...row, bound: row.upper })),
    integer: [],
    boundsAt: ["bounds"],
  };
}

describe("the simplex of the checker", () => {
  it("agrees with HiGHS on 400 random systems, each answer with its proof", async () => {
    const counts = { feasible: 0, empty: 0 };
    for (let seed = 1; seed <= 400; seed++) {
      const system = randomSystem(seed);
      const answer = findPoint(system, plenty());
      const { feasible } = await checkFeasible(asSet(system));
      expect([seed, answer.status]).toEqual([seed, feasible ? "feasible" : "empty"]);
      if (answer.status === "feasible") expect(satisfies(system, answer.point)).toBe(true);
      counts[feasible ? "feasible" : "empty"]++;
    }
    expect(Math.min(counts.feasible, counts.empty)).toBeGreaterThan(100);
  });

  it("finds the minimum of a linear cost, or that there is none", () => {
    const box: LinearSystem = {
      size: 2,
      lower: [0, 0],
      upper: [4, Infinity],
      rows: [{ coefficients: [1, 1], lower: 2, upper: 5 }],
    };
    const found = findPoint(box, plenty());
    if (found.status !== "feasible") throw new Error("the box is not empty");
    expect(found.simplex.minimise([-1, -2])).toMatchObject({ status: "optimal", value: -10 });
    expect(found.simplex.minimise([1, 2])).toMatchObject({ status: "optimal", value: 2 });
    expect(found.simplex.minimise([0, 0])).toMatchObject({ status: "optimal", value: 0 });
    const open = findPoint({ ...box, rows: [] }, plenty());
    if (open.status !== "feasible") throw new Error("the box is not empty");
    expect(open.simplex.minimise([0, -1])).toEqual({ status: "unbounded" });
  });

  it("gives up where the work runs out, rather than guess", () => {
    expect(findPoint(randomSystem(7), { left: 0 })).toEqual({ status: "undecided" });
  });

  it("ends on systems that cycle under the steepest choice alone", () => {
    // Beale's rows: degenerate at the origin.
    const rows = [
      [0.25, -60, -1 / 25, 9],
      [0.5, -90, -1 / 50, 3],
      [0, 0, 1, 0],
    ].map((coefficients, i) => ({ coefficients, lower: -Infinity, upper: i === 2 ? 1 : 0 }));
    const found = findPoint({ size: 4, lower: [0, 0, 0, 0], upper: [1e9, 1e9, 1e9, 1e9], rows }, plenty());
    if (found.status !== "feasible") throw new Error("the origin is feasible");
    const minimum = found.simplex.minimise([-0.75, 150, -0.02, 6]);
    expect(minimum).toMatchObject({ status: "optimal", value: expect.closeTo(-0.05, 9) });
  });
});

/** The set of some lines of the random specs below. */
function kept(lines: readonly string[]): FeasibleSet {
  const general = lines.filter((line) => !line.startsWith("z "));
  return {
    size: 4,
    lower: Array.from({ length: 4 }, () => (lines.includes("z >= 0") ? 0 : -Infinity)),
    upper: Array.from({ length: 4 }, () => (lines.includes("z <= 3") ? 3 : Infinity)),
    inequalities: general.map((line) => ({
      coefficients: [...line.matchAll(/(-?\d+) \*/g)].map((match) => Number(match[1])),
      bound: Number(line.split("<= ")[1]),
      at: line,
    })),
    equalities: [],
    integer: [],
  };
}

function dataIn(range: string): string {
  return `data market = csv("market.csv") {
  index date: date
  context x: real[Feature] = columns("f_*")
  outcome s: real${range} = column("price")
  split chronological { train: 70%, validation: 10%, test: 20% }
}`;
}

const free = "decision z: real[Asset]";
const subject = (text: string): string => `subject to {\n  ${text}\n}`;
const penalty = "risk mean(L) + sum_squares(z)";
const message = (parts: SpecParts): string[] =>
  compileText(spec(parts).replaceAll("~~~", "")).diagnostics.map((d) => d.message);

describe("an empty feasible set", () => {
  it("is told with the arithmetic of the set", () => {
    const decision = "decision z: real[Asset] in ~~~simplex { cap: 0.1 }~~~";
    diagnose(spec({ decision }), ["feasible-set-empty"]);
    expect(message({ decision })).toEqual([
      "no decision meets all constraints: `simplex: sum(z) == total` needs 1, but `simplex: z <= cap` allows at most 0.4",
    ]);
  });

  it("names an irreducible subset, each member in its place", () => {
    const parts: SpecParts = {
      decision: "decision z: real[Asset] in 0..10",
      constraints: subject("~~~sum(z) >= 3~~~, z[0] + z[1] <= 1, z[1] <= 2, 2 * z[2] + 2 * z[3] <= 3, z[0] <= z[3]"),
    };
    const { diagnostics } = diagnose(spec(parts), ["feasible-set-empty"]);
    expect(diagnostics[0]!.related.map((place) => place.message)).toEqual([
      "`z[0] + z[1] <= 1` takes part in it",
      "`2 * z[2] + 2 * z[3] <= 3` takes part in it",
    ]);
    expect(message(parts)[0]).toBe(
      "no decision meets all constraints: `sum(z) >= 3` needs at least 3, but `z[0] + z[1] <= 1` and `2 * z[2] + 2 * z[3] <= 3` allow at most 2.5",
    );
  });

  it.each([
    ["~~~z[2] >= 2~~~, z[2] <= 1", "`z[2] >= 2` makes `z[2]` at least 2, but `z[2] <= 1` allows at most 1"],
    ["~~~sum(z) - sum(z) + z[0] - z[0] >= 1~~~", "`sum(z) - sum(z) + z[0] - z[0] >= 1` can never hold"],
    ["sum(z) <= 1, ~~~sum(z) == 2~~~", "`sum(z) == 2` needs 2, but `sum(z) <= 1` allows at most 1"],
    ["0.1 * sum(z) == 0.1, ~~~z >= 0.25001~~~", "needs 0.1, but"],
  ])("%s", (constraints, text) => {
    const parts = { decision: free, constraints: subject(constraints), risk: penalty };
    expect(message(parts)[0]).toContain(text);
  });

  it("is not claimed where rounding alone decides", () => {
    for (const cap of ["0.25", "1/4", "0.2 + 0.05", "(0.1 + 0.2) / 1.2"]) {
      expect(compileText(spec({ decision: `decision z: real[Asset] in simplex { cap: ${cap} }` })).diagnostics).toEqual(
        [],
      );
    }
  });

  it("rounds the bounds of integers", () => {
    const parts = {
      decision: "decision n: int ~~~in 0.2..0.8~~~".replace(" ~~~in", " in ~~~"),
      loss: "loss L(n, s) = -n * sum(s)",
    };
    diagnose(spec({ ...parts, decision: "decision n: int in ~~~0.2..0.8~~~" }), ["feasible-set-empty"]);
    expect(message({ ...parts, decision: "decision n: int in 0.2..0.8" })[0]).toBe(
      "no decision meets all constraints: `n in 0.2..0.8` leaves no whole number for `n`",
    );
    diagnose(
      spec({ loss: "loss L(b, s) = -b * sum(s)", decision: "decision b: bool", constraints: subject("~~~b >= 2~~~") }),
      ["feasible-set-empty"],
    );
  });

  it("has blame that is irreducible on random sets, by HiGHS", async () => {
    let empty = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const numbers = createNumbers(1000 + seed);
      const rows = Array.from({ length: 7 }, () => {
        const terms = [0, 1, 2, 3].map((i) => `${Math.round(4 * numbers.normal())} * z[${i}]`);
        return `${terms.join(" + ")} <= ${Math.round(4 * numbers.normal() - 3)}`;
      });
      rows.push("z >= 0", "z <= 3");
      const text = spec({ decision: free, constraints: subject(rows.join("\n  ")) });
      const { diagnostics } = compileText(text);
      const problem = diagnostics.find((d) => d.code === "feasible-set-empty");
      expect([seed, problem === undefined]).toEqual([seed, (await checkFeasible(kept(rows))).feasible]);
      if (problem === undefined) continue;
      empty++;
      const spans = [problem.span, ...problem.related.map((place) => place.span)];
      const blamed = spans.map(({ start, end }) => text.slice(start, end)).filter((line) => rows.includes(line));
      expect((await checkFeasible(kept(blamed))).feasible).toBe(false);
      for (const one of blamed) {
        expect((await checkFeasible(kept(blamed.filter((line) => line !== one)))).feasible).toBe(true);
      }
    }
    expect(empty).toBeGreaterThan(15);
  });

  it("is left to the run where it is too large to examine, and says so", () => {
    const text = spec({
      dims: "dim Asset = 1_100\ndim Feature = 3",
      decision: "decision ~~~z~~~: real[Asset] in 0..1",
      constraints: subject("z + sum(z) <= 5"),
    });
    const { diagnostics } = diagnose(text, ["feasible-set-not-examined"]);
    expect(diagnostics[0]).toMatchObject({ severity: "note" });
    expect(diagnostics[0]!.message).toContain("1100 rows over 1100 components");
  });
});

describe("a decision without end", () => {
  it("is refused where the risk falls whatever the data say", () => {
    const loss = "loss L(q, s) = pos(sum(s) - q) - 2 * q";
    const { diagnostics } = diagnose(spec({ decision: "decision ~~~q~~~: real >= 0", loss }), ["risk-unbounded"]);
    expect(diagnostics[0]!.message).toBe("the risk falls without end as `q` grows, with no upper bound");
    expect(compileText(spec({ decision: "decision q: real in 0..9", loss })).diagnostics).toEqual([]);
  });

  it("names the components of one direction, and no others", () => {
    const { diagnostics } = diagnose(
      spec({
        decision: "decision ~~~z~~~: real[Asset] >= 0",
        constraints: subject("z[0] == z[2], z[1] + z[3] <= 1"),
        loss: "loss L(z, s) = pos(sum(s) - z[0]) - z[2] / 2 + dot(s, s) * 0",
        risk: "risk mean(L) + cvar(L, level = 90%) + z[0] / 2",
      }),
      ["risk-unbounded"],
    );
    expect(diagnostics[0]!.message).toContain("`z[0]` grows, with no upper bound and `z[2]` grows");
  });

  it.each([
    ["decision z: real[Asset] in nonnegative", "risk mean(L)", 1],
    ["decision z: real[Asset]", "risk mean(L)", 1],
    ["decision z: real[Asset]", "risk mean(L) + sum_squares(z)", 0],
    ["decision z: real[Asset] in budget", "risk mean(L)", 0],
    ["decision z: real[Asset] in nonnegative", "risk mean(L) + square(z[0])", 1],
  ])("may exist for some data: %s, %s", (decision, risk, warnings) => {
    const { diagnostics } = compileText(spec({ decision, risk }));
    expect(diagnostics.map((d) => d.code)).toEqual(warnings === 0 ? [] : ["decision-may-be-unbounded"]);
  });

  it("is not suspected where declared ranges exclude it", () => {
    const parts = { decision: "decision q: real >= 0", loss: "loss L(q, s) = s * q" };
    expect(compileText(spec({ ...parts, data: dataIn(" in 0..100") })).diagnostics).toEqual([]);
    expect(compileText(spec({ ...parts, data: dataIn("") })).diagnostics.map((d) => d.code)).toEqual([
      "decision-may-be-unbounded",
    ]);
  });
});

describe("redundant constraints", () => {
  it.each([
    [
      "decision z: real[Asset] in simplex { cap: 0.3 }",
      "~~~z <= 0.4~~~",
      "`simplex: z <= cap` already implies it, with 0.1 to spare",
    ],
    [
      "decision z: real[Asset] in simplex",
      "~~~sum(z) <= 2~~~",
      "`simplex: sum(z) == total` already implies it, with 1 to spare",
    ],
    ["decision z: real[Asset] in 0..1", "~~~z[0] + z[1] <= 2~~~", "`z in 0..1` already implies it"],
    [
      "decision z: real[Asset] in 0..1",
      "z[0] + z[1] <= 1\n  ~~~z[0] <= 1 - z[1]~~~",
      "`z[0] + z[1] <= 1` already implies it",
    ],
  ])("in %s: %s", (decision, constraints, reason) => {
    const { diagnostics } = diagnose(spec({ decision, constraints: subject(constraints) }), ["redundant-constraint"]);
    expect(diagnostics[0]!.message).toContain(`changes nothing: ${reason}`);
  });

  it.each([
    ["decision z: real[Asset] in 0..1", "sum(z) == 1"],
    ["decision z: real[Asset] in simplex", "z >= 0, z[0] <= 0.5"],
    ["decision z: real[Asset] in simplex", "z[0] == z[1]"],
  ])("are not found in %s: %s", (decision, constraints) => {
    expect(compileText(spec({ decision, constraints: subject(constraints) })).diagnostics).toEqual([]);
  });
});

describe("one text after another", () => {
  it.each([
    ["decision z: real[Asset] in 0..1", "z[0] + z[1] <= 2", true],
    ["decision z: real[Asset] in 0..1", "z[0] + z[1] <= 1.9", false],
    ["decision z: real[Asset] in 0..0.9", "z[0] + z[1] <= 1.9", true],
    ["decision z: real[Asset] in 0..0.9", "z[0] + 2 * z[1] <= 1.9", false],
    ["decision z: real[Asset] in 0..1", "z[0] + z[1] <= 2", true],
  ])("%s, %s: what is redundant follows the numbers", (decision, constraint, redundant) => {
    const { diagnostics } = compileText(spec({ decision, constraints: subject(constraint) }));
    expect(diagnostics.map(({ code }) => code)).toEqual(redundant ? ["redundant-constraint"] : []);
  });
});

describe("facts for explain", () => {
  it("tell fixed components and relaxed integers", () => {
    const ir = lower(
      spec({
        decision: "decision z: real[Asset] in 0..1, n: int in 0..2.5",
        constraints: subject("z[1] == 0.5, sum(z) + n <= 3"),
      }),
    );
    const { canonical } = analyseModel(ir);
    expect(canonical!.feasibility).toMatchObject({
      set: "nonempty",
      relaxed: true,
      unbounded: "no",
    });
    expect(canonical!.feasibility.fixed).toEqual([]);
    const fixed = lower(spec({ decision: "decision z: real[Asset] in 0..1", constraints: subject("z[1] >= 1") }));
    expect(analyseModel(fixed).canonical!.feasibility.fixed).toEqual([{ component: 1, value: 1 }]);
  });
});
