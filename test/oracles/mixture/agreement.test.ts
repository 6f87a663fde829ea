import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { emSteps, parameterCount, type Mixture } from "../../../runtime/models/mixture/em.ts";
import { instances, type Instance } from "./instances.ts";

/** What scikit-learn answered; `DROC_RECORD_MIXTURE=1` asks it again (README.md). */
interface Answer {
  readonly logLikelihoods: readonly number[];
  readonly aic: number;
  readonly bic: number;
  readonly means: readonly number[];
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

if (process.env["DROC_RECORD_MIXTURE"] === "1") record();
const recorded = new Map(
  Object.entries(JSON.parse(readFileSync(here("recorded.json"), "utf8")) as Record<string, Answer>),
);

function record(): void {
  const asked = instances.map(({ data, means, rule, steps }) => ({
    rows: Array.from(data.values),
    width: data.width,
    means: means.flatMap((mean) => Array.from(mean)),
    ...rule,
    steps,
  }));
  const python = here(".venv/bin/python");
  if (!existsSync(python)) throw new Error("Run test/oracles/mixture/install first.");
  const said = execFileSync(python, [here("fit.py")], { input: JSON.stringify(asked), maxBuffer: 2 ** 26 });
  const answers = JSON.parse(said.toString()) as readonly Answer[];
  const lines = instances.map(({ name }, k) => `${JSON.stringify(name)}: ${JSON.stringify(answers[k])}`);
  writeFileSync(here("recorded.json"), `{\n${lines.join(",\n")}\n}\n`);
}

/** EM from the instance's start: log-likelihoods after its steps, and the last mixture. */
function climb({ data, means, rule, steps }: Instance): { mixture: Mixture; logLikelihoods: number[] } {
  const unit = new Float64Array(data.width ** 2);
  for (let j = 0; j < data.width; j++) unit[j * data.width + j] = 1;
  let mixture: Mixture = {
    width: data.width,
    logWeights: new Float64Array(means.length).fill(-Math.log(means.length)),
    means,
    factors: means.map(() => unit),
    masses: new Float64Array(means.length),
  };
  const { expectation, maximisation } = emSteps(data, means.length, rule);
  const logLikelihoods: number[] = [];
  expectation(mixture);
  for (let step = 1; step <= steps.at(-1)!; step++) {
    mixture = maximisation();
    const logLikelihood = expectation(mixture);
    if (steps.includes(step)) logLikelihoods.push(logLikelihood);
  }
  return { mixture, logLikelihoods };
}

describe("EM beside scikit-learn's from the same starts", () => {
  it.each(instances)("$name", (instance) => {
    const answer = recorded.get(instance.name)!;
    const { mixture, logLikelihoods } = climb(instance);
    for (const [k, value] of answer.logLikelihoods.entries())
      expect(Math.abs(logLikelihoods[k]! - value)).toBeLessThan(1e-6);
    const means = mixture.means.flatMap((mean) => Array.from(mean));
    expect(Math.max(...means.map((value, at) => Math.abs(value - answer.means[at]!)))).toBeLessThan(1e-5);
    const { rows, width } = instance.data;
    const parameters = parameterCount(instance.means.length, width, instance.rule.kind);
    const loss = -2 * rows * logLikelihoods.at(-1)!;
    // scikit-learn's own criteria, which count the same parameters.
    expect(Math.abs(loss + 2 * parameters - answer.aic)).toBeLessThan(2e-6 * rows);
    expect(Math.abs(loss + Math.log(rows) * parameters - answer.bic)).toBeLessThan(2e-6 * rows);
  });
});
