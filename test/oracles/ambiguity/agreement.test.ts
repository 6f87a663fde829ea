import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createDecider } from "../../../runtime/decide/index.ts";
import { problemOf, randomInstances, scenariosOf } from "../../decide/ambiguity/instances.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const instances = randomInstances(2026, 160);

interface Recording {
  readonly versions: Readonly<Record<string, string>>;
  /** sha256 of the instances, so that answers are never read against others. */
  readonly instances: string;
  readonly answers: readonly (readonly [status: string, objective: number | null])[];
}

const identity = createHash("sha256").update(JSON.stringify(instances)).digest("hex");

function record(): Recording {
  const python = here(".venv/bin/python");
  const { stdout, stderr, status } = spawnSync(python, [here("solve.py")], {
    input: JSON.stringify({ instances }),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`solve.py failed: ${stderr}`);
  const { versions, answers }: Recording = JSON.parse(stdout);
  const lines = answers.map((answer) => `    ${JSON.stringify(answer)}`).join(",\n");
  const text = `{\n  "versions": ${JSON.stringify(versions)},\n  "instances": "${identity}",\n  "answers": [\n${lines}\n  ]\n}\n`;
  writeFileSync(here("recorded.json"), text);
  return JSON.parse(text);
}

const recorded: Recording =
  process.env["DROC_RECORD_AMBIGUITY"] === "1" ? record() : JSON.parse(readFileSync(here("recorded.json"), "utf8"));

describe("worst-case decisions beside CVXPY's", () => {
  it("are of the instances that were recorded", () => {
    expect(recorded.instances).toBe(identity);
    expect(recorded.answers.length).toBe(instances.length);
    expect(recorded.answers.every(([status]) => status === "optimal")).toBe(true);
  });

  it("have the same worst-case risk within 1e-6", async () => {
    const off: string[] = [];
    for (const [k, instance] of instances.entries()) {
      const [, objective] = recorded.answers[k]!;
      const answer = (await createDecider(problemOf(instance))).decide(scenariosOf(instance), new Float64Array(0));
      const error = Math.abs(answer.objective - objective!) / Math.max(1e-2, Math.abs(objective!));
      if (answer.status !== "optimal" || error > 1e-6) {
        off.push(
          `${instance.name} ${JSON.stringify(instance.ambiguity)}: ${answer.objective} (${answer.status}), CVXPY ${objective}`,
        );
      }
    }
    expect(off).toEqual([]);
  });
});
