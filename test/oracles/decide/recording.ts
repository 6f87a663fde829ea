import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { coneSize } from "../../../runtime/decide/cone/check-cone.ts";
import type { ConeProblem } from "../../../runtime/decide/cone/index.ts";
import { entriesOf } from "../../../runtime/decide/sparse/matrix.ts";
import type { SparseMatrix } from "../../../runtime/decide/sparse/matrix.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface Recorded {
  readonly versions: Readonly<Record<string, string>>;
  /** `[instance, status, objective]` */
  readonly answers: readonly (readonly [string, string, number | null])[];
}

export interface Question {
  readonly name: string;
  readonly problem: ConeProblem;
  readonly integer: readonly number[];
}

/** What CVXPY answered. With `DROC_RECORD_DECIDE=1` the solvers, installed by `./install`, are asked again. */
export function recordedAnswers(file: string, questions: readonly Question[]): Recorded {
  if (process.env["DROC_RECORD_DECIDE"] !== undefined) record(file, questions);
  return JSON.parse(readFileSync(here(file), "utf8"));
}

function record(file: string, questions: readonly Question[]): void {
  const python = here(".venv/bin/python");
  if (!existsSync(python)) throw new Error("run test/oracles/decide/install first");
  const input = questions.map(({ problem: { p, q, a, b, cones }, integer }) => ({
    n: q.length,
    p: triples(p),
    q: [...q],
    a: triples(a),
    b: [...b],
    cones: cones.map((cone) => [cone.kind, coneSize(cone)]),
    integer,
  }));
  const run = spawnSync(python, [here("solve.py")], {
    input: JSON.stringify({ instances: input }),
    encoding: "utf8",
    env: { ...process.env, OMP_NUM_THREADS: "1" },
    maxBuffer: 1 << 28,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  const { versions, answers } = JSON.parse(run.stdout);
  const lines = questions.map(({ name }, k) => `    ${JSON.stringify([name, ...answers[k]])}`);
  writeFileSync(
    here(file),
    `{\n  "versions": ${JSON.stringify(versions)},\n  "answers": [\n${lines.join(",\n")}\n  ]\n}\n`,
  );
}

function triples(matrix: SparseMatrix | null): number[][] {
  return matrix === null ? [] : [...entriesOf(matrix)].map(({ row, column, value }) => [row, column, value]);
}
