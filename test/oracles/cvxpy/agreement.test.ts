import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { analyseExpression, type Curvature } from "../../../compiler/analyse/curvature/index.ts";
import { numbers } from "../../analyse/curvature/contradict.ts";
import { graphOf, randomTree, ranges, showTree, variables, type Tree } from "./trees.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

interface Recorded {
  readonly cvxpy: string;
  readonly answers: readonly { readonly tree: Tree; readonly curvature: Curvature; readonly sign: string }[];
}

/** `DROC_RECORD_CVXPY=1` draws the expressions again and asks CVXPY, installed by `./install`. */
if (process.env["DROC_RECORD_CVXPY"] !== undefined) record();

function record(): void {
  const python = here(".venv/bin/python");
  if (!existsSync(python)) throw new Error("run test/oracles/cvxpy/install first");
  const random = numbers(7);
  const trees = new Map<string, Tree>();
  while (trees.size < 400) {
    const tree = randomTree(random, 1 + Math.floor(random() * 4), random() < 0.3);
    if (graphOf(tree).nodes.some((node) => node.op === "input")) trees.set(showTree(tree), tree);
  }
  const expressions = [...trees.values()];
  const run = spawnSync(python, [here("verdicts.py")], {
    input: JSON.stringify({ expressions }),
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  const { cvxpy, verdicts } = JSON.parse(run.stdout);
  const lines = expressions.map(
    (tree, i) => `    ${JSON.stringify({ tree, curvature: verdicts[i][0], sign: verdicts[i][1] })}`,
  );
  writeFileSync(here("recorded.json"), `{\n  "cvxpy": "${cvxpy}",\n  "answers": [\n${lines.join(",\n")}\n  ]\n}\n`);
}

const recorded: Recorded = JSON.parse(readFileSync(here("recorded.json"), "utf8"));

/** What each curvature claims. */
const claims: Readonly<Record<Curvature, readonly string[]>> = {
  constant: ["convex", "concave", "constant"],
  affine: ["convex", "concave"],
  convex: ["convex"],
  concave: ["concave"],
  unknown: [],
};

const compared = recorded.answers.map(({ tree, curvature: theirs }) => {
  const { curvature: ours } = analyseExpression(graphOf(tree), { variables, ranges });
  const [more, less] = [
    claims[ours].filter((claim) => !claims[theirs].includes(claim)),
    claims[theirs].filter((claim) => !claims[ours].includes(claim)),
  ];
  return { text: showTree(tree), ours, theirs, stronger: more.length > 0, weaker: less.length > 0 };
});

/** `| expression | droc | CVXPY | why |` below a heading of README.md. */
function listed(heading: string): readonly string[] {
  const section = readFileSync(here("README.md"), "utf8").split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `([^`]+)` +\| (\w+) +\| (\w+) +\|/gm)]
    .map(([, text, ours, theirs]) => `${text}: ${ours}, ${theirs}`)
    .sort();
}

const show = (rows: readonly (typeof compared)[number][]): readonly string[] =>
  rows.map(({ text, ours, theirs }) => `${text}: ${ours}, ${theirs}`).sort();

describe("curvature beside CVXPY's", () => {
  it("is compared on many expressions of every verdict", () => {
    expect(recorded.answers.length).toBeGreaterThanOrEqual(300);
    for (const curvature of ["affine", "convex", "concave", "unknown"]) {
      expect(recorded.answers.filter((answer) => answer.curvature === curvature).length).toBeGreaterThan(20);
    }
  });

  it("never says convex where CVXPY says concave", () => {
    expect(show(compared.filter(({ stronger, weaker }) => stronger && weaker))).toEqual([]);
  });

  it("is stronger exactly where README.md says why", () => {
    expect(show(compared.filter(({ stronger }) => stronger))).toEqual(listed("Stronger than CVXPY"));
  });

  it("is weaker exactly where README.md lists it", () => {
    expect(show(compared.filter(({ weaker }) => weaker))).toEqual(listed("Weaker than CVXPY"));
  });

  it("gives signs that CVXPY's do not contradict", () => {
    const opposite = recorded.answers.flatMap(({ tree, sign: theirs }) => {
      const { sign: ours } = analyseExpression(graphOf(tree), { variables, ranges });
      const pair = [ours, theirs].sort().join();
      return pair === "non-negative,non-positive" ? [`${showTree(tree)}: ${ours}, ${theirs}`] : [];
    });
    expect(opposite).toEqual([]);
  });
});
