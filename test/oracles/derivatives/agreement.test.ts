import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { coneSize } from "../../../runtime/decide/cone/check-cone.ts";
import { solveCone, type ConeProblem } from "../../../runtime/decide/cone/index.ts";
import { coneSensitivity, polishConeSolution } from "../../../runtime/decide/derivative/index.ts";
import { entriesOf, type SparseMatrix } from "../../../runtime/decide/sparse/matrix.ts";
import { createRandom, solvableProblem, type Shape } from "../../decide/cone/instances.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Forms that diffcp has too, its cones in the order that it asks for. */
const FORMS: readonly { readonly name: string; readonly shape: Shape }[] = [
  {
    name: "QP",
    shape: {
      n: 5,
      rank: 5,
      cones: [
        { kind: "zero", size: 1 },
        { kind: "nonnegative", size: 6 },
      ],
    },
  },
  {
    name: "SOCP",
    shape: {
      n: 6,
      cones: [
        { kind: "zero", size: 1 },
        { kind: "nonnegative", size: 5 },
        { kind: "second-order", size: 4 },
        { kind: "second-order", size: 3 },
      ],
    },
  },
  {
    name: "SOCP with a quadratic",
    shape: {
      n: 5,
      rank: 3,
      cones: [
        { kind: "nonnegative", size: 4 },
        { kind: "second-order", size: 5 },
      ],
    },
  },
  {
    name: "exponential cones",
    shape: { n: 5, cones: [{ kind: "nonnegative", size: 5 }, { kind: "exponential" }, { kind: "exponential" }] },
  },
];
const EACH = 10;
/** Relative to the largest number of an instance's derivative. */
const TOLERANCE = 1e-6;

interface Question {
  readonly name: string;
  readonly problem: ConeProblem;
  readonly xBar: Float64Array;
  readonly direction: Float64Array;
}

/** Instances whose solution is differentiable; where it is not, both sides choose, and differently. */
function questions(): readonly Question[] {
  return FORMS.flatMap(({ name, shape }) => {
    const found: Question[] = [];
    for (let seed = 1; found.length < EACH; seed++) {
      const random = createRandom(seed * 17);
      const { problem } = solvableProblem(shape, random);
      const answer = solveCone(problem, { tolerance: 1e-12 });
      const normal = (size: number): Float64Array => Float64Array.from({ length: size }, () => random.normal());
      if (answer.status !== "optimal" || coneSensitivity(problem, answer).differentiability !== "exact") continue;
      const [xBar, direction] = [normal(shape.n), normal(problem.a.values.length)];
      found.push({ name: `${name} ${seed}`, problem, xBar, direction });
    }
    return found;
  });
}

type Recorded = readonly [string, readonly number[], readonly number[], readonly number[], number];

/** What diffcp answered. With `DROC_RECORD_DERIVATIVES=1` it is asked again, as `./install` installed it. */
function recordedAnswers(asked: readonly Question[]): { readonly answers: readonly Recorded[] } {
  if (process.env["DROC_RECORD_DERIVATIVES"] !== undefined) record(asked);
  return JSON.parse(readFileSync(here("recorded.json"), "utf8"));
}

function triples(matrix: SparseMatrix | null): number[][] {
  return matrix === null ? [] : [...entriesOf(matrix)].map(({ row, column, value }) => [row, column, value]);
}

function record(asked: readonly Question[]): void {
  const python = here(".venv/bin/python");
  if (!existsSync(python)) throw new Error("run test/oracles/derivatives/install first");
  const instances = asked.map(({ problem: { p, q, a, b, cones }, xBar, direction }) => ({
    n: q.length,
    p: triples(p),
    q: [...q],
    a: triples(a),
    b: [...b],
    cones: cones.map((cone) => [cone.kind, coneSize(cone)]),
    x: [...xBar],
    da: [...direction],
  }));
  const run = spawnSync(python, [here("solve.py")], {
    input: JSON.stringify({ instances }),
    encoding: "utf8",
    env: { ...process.env, OMP_NUM_THREADS: "1" },
    maxBuffer: 1 << 28,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  const { versions, answers } = JSON.parse(run.stdout);
  const lines = asked.map(({ name }, k) => `    ${JSON.stringify([name, ...answers[k]])}`);
  writeFileSync(
    here("recorded.json"),
    `{\n  "versions": ${JSON.stringify(versions)},\n  "answers": [\n${lines.join(",\n")}\n  ]\n}\n`,
  );
}

const asked = questions();
const { answers } = recordedAnswers(asked);

describe("derivatives beside diffcp's", () => {
  it("are of the same instances", () => {
    expect(answers.map(([name]) => name)).toEqual(asked.map(({ name }) => name));
  });

  it.each(FORMS)("agree: $name", ({ name }) => {
    const wrong: string[] = [];
    asked.forEach(({ name: own, problem, xBar, direction }, k) => {
      if (own.replace(/ \d+$/, "") !== name) return;
      const [, solution, q, b, along] = answers[k]!;
      const answer = solveCone(problem, { tolerance: 1e-12 });
      const { x } = polishConeSolution(problem, answer);
      const gradient = coneSensitivity(problem, answer).pull({ x: xBar });
      const ours = [...gradient.q, ...gradient.b, gradient.a.reduce((sum, value, i) => sum + value * direction[i]!, 0)];
      const theirs = [...q, ...b, along];
      const size = Math.max(...theirs.map(Math.abs));
      const error = Math.max(...ours.map((value, i) => Math.abs(value - theirs[i]!))) / size;
      const off = Math.max(...solution.map((value, i) => Math.abs(value - x[i]!)));
      if (!(error <= TOLERANCE) || !(off <= 1e-6))
        wrong.push(`${own}: ${error.toExponential(1)}, x ${off.toExponential(1)}`);
    });
    expect(wrong).toEqual([]);
  });
});
