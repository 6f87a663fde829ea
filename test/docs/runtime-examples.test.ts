import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { caseOf, runtimeExamples } from "../../compiler/reference/runtime-examples/index.ts";
import { cliCatalogue } from "../../compiler/cli/catalogue.ts";
import { DATA_MESSAGES } from "../../runtime/data/messages.ts";
import { decideCatalogue } from "../../runtime/decide/catalogue.ts";
import { dflCatalogue } from "../../runtime/dfl/catalogue.ts";
import { riskCatalogue } from "../../runtime/risk/catalogue.ts";
import { robustCatalogue } from "../../runtime/robust/messages.ts";
import { RUN_MESSAGES } from "../../runtime/runs/messages.ts";
import { TASK_MESSAGES } from "../../runtime/tasks/messages.ts";
import { tensorCatalogue } from "../../runtime/tensor/catalogue.ts";

interface Answer {
  readonly exit: number | null;
  readonly said: readonly { readonly code: string; readonly says: string }[];
  /** A command before the last one ended badly. */
  readonly early?: true;
  readonly thrown?: string;
}

/** Codes that no folder and command can be written for, and why; other tests raise them. */
const WITHOUT: Readonly<Record<string, string>> = {
  "data-changed": "the file would have to change within one run",
  "generator-collapsed": "it needs a generator whose training failed; test/robust raises it",
  "executor-fallback": "what is said depends on the graphics card of the machine; test/tensor raises it",
  "failed-training-solves": "a solver would have to fail on single rows; test/gen-dfl/train.test.ts makes it",
  "layer-needs-linear": "test/gen-dfl/parts.test.ts raises it",
  "prediction-overflow": "it needs inputs beyond single precision; test/predict/new-rows.test.ts has them",
  "series-row-wrong": "it stands in a row of the output; test/predict/new-rows.test.ts reads it there",
  "set-of-too-many-pairs": "it needs more than 400 training rows; test/robust/train-dro.test.ts has them",
  "surrogate-does-not-fit": "test/gen-dfl/run.test.ts raises it",
  "set-not-fitted": "it is a cone solver's failure, which better solvers take away",
  "no-worst-law": "an application asks for it; test/predict/jobs.test.ts does",
  "radius-at-edge": "test/decide/ambiguity/run.test.ts raises it",
  "scenarios-out-of-range": "test/runs/outcome-range.test.ts raises it",
  "tilt-exceeds-fit": "a training that shows it takes a minute; test/evaluate/generator/gather.test.ts raises it",
  "worker-ended": "a thread of the run would have to be killed",
  "worker-pipeline": "the runner's own process holds the threads",
  "unsolved-decisions": "it is a solver's failure to converge, which better solvers take away",
};

const catalogues = [
  DATA_MESSAGES,
  TASK_MESSAGES,
  riskCatalogue,
  decideCatalogue,
  tensorCatalogue,
  dflCatalogue,
  robustCatalogue,
  RUN_MESSAGES,
  cliCatalogue,
];
const codes = catalogues.flatMap((catalogue) => Object.keys(catalogue));
const entries = Object.entries(runtimeExamples);
const folder = mkdtempSync(join(tmpdir(), "droc-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Answers by the case's text: many right forms are one and the same. */
const answers = new Map<string, Answer>();
const textOf = (code: string, form: "wrong" | "right"): string => JSON.stringify(caseOf(runtimeExamples[code]!, form));

/** All in one process, started once: a process for each would take minutes. */
beforeAll(async () => {
  const texts = [...new Set(entries.flatMap(([code]) => [textOf(code, "wrong"), textOf(code, "right")]))];
  const [cases, out] = [join(folder, "cases.json"), join(folder, "answers.json")];
  writeFileSync(cases, `[${texts.join(",\n")}]`);
  const runner = fileURLToPath(new URL("./run-examples.mjs", import.meta.url));
  await promisify(execFile)(process.execPath, [runner, cases, out]);
  const found: readonly Answer[] = JSON.parse(readFileSync(out, "utf8"));
  texts.forEach((text, i) => answers.set(text, found[i]!));
}, 600_000);

describe("examples of a run and of the command line", () => {
  it("exist for every code", () => {
    const known = [...Object.keys(runtimeExamples), ...Object.keys(WITHOUT)];
    expect(codes.filter((code) => !known.includes(code))).toEqual([]);
    expect(known.filter((code) => !codes.includes(code))).toEqual([]);
  });

  it.each(entries)("%s", (code, { says }) => {
    const wrong = answers.get(textOf(code, "wrong"))!;
    expect(wrong.thrown).toBeUndefined();
    expect(wrong.early).toBeUndefined();
    expect(wrong.said).toContainEqual({ code, says });

    const right = answers.get(textOf(code, "right"))!;
    expect(right.thrown).toBeUndefined();
    expect({ exit: right.exit, early: right.early }).toEqual({ exit: 0, early: undefined });
    expect(right.said.map((one) => one.code)).not.toContain(code);
  });
});
