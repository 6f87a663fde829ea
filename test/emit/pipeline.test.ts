import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildModel } from "../../compiler/build.ts";
import { compile } from "../../compiler/compile.ts";
import { emitPipeline } from "../../compiler/emit/pipeline.ts";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import { industryPortfolio, integerNewsvendor, newsvendor, type Sample } from "../support/models.ts";
import { typeCheck } from "../support/type-check.ts";

const emit = ({ ir, sources }: Sample): Promise<string> =>
  emitPipeline(ir, { sources, root: "../", drocVersion: "1.2.3" });

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The text of one function or constant. */
function part(text: string, start: string): string {
  const from = text.indexOf(start);
  if (from < 0) throw new Error(`no ${start}`);
  return text.slice(from, text.indexOf("\n\n", from));
}

/** A package `droc` whose `main` evaluates the emitted functions at points given on the command line. */
const stubRuntime = `
export const definePipeline = (pipeline) => pipeline;
export const createDecision = async (pipeline) => async (context) => ({ z: context.slice(0, pipeline.problem.sizes.decision) });
export async function main(pipeline) {
  const { problem } = pipeline;
  const { z, s, x, t } = JSON.parse(process.argv[2]);
  const [zs, ss, xs, ts] = [z, s, x, t].map((v) => Float64Array.from(v));
  const n = problem.sizes.decision;
  const gradient = (f, size) => { const out = new Float64Array(size); f(out); return [...out]; };
  const slopes = new Float64Array(problem.pieces.count * n);
  const offsets = new Float64Array(problem.pieces.count);
  problem.pieces.fill(ss, xs, slopes, offsets);
  const values = [...offsets].map((offset, j) => offset + zs.reduce((sum, v, i) => sum + v * slopes[j * n + i], 0));
  const largest = values.map((value) => (value === Math.max(...values) ? 1 : 0));
  console.log(JSON.stringify({
    root: pipeline.root.href,
    loss: problem.loss(zs, ss, xs),
    gradientZ: gradient((out) => problem.lossGradientZ(zs, ss, xs, out), n),
    gradientS: gradient((out) => problem.lossGradientS(zs, ss, xs, out), problem.sizes.outcome),
    extended: gradient((out) => problem.extendedGradientS(zs, ts, ss, xs, out), problem.sizes.outcome),
    pieces: Math.max(...offsets.map((offset, j) => offset + zs.reduce((sum, v, i) => sum + v * slopes[j * n + i], 0))),
    pulled: gradient((out) => problem.pieces.pull(ss, xs, largest.flatMap((w) => [...zs].map((v) => w * v)), largest, out), problem.sizes.outcome),
  }));
}
`;

interface Answers {
  readonly root: string;
  readonly loss: number;
  readonly gradientZ: readonly number[];
  readonly gradientS: readonly number[];
  readonly extended: readonly number[];
  readonly pieces: number;
  /** The pull-back of z and 1 at the largest piece: the gradient of the loss in s. */
  readonly pulled: readonly number[];
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "droc-emit-"));
  const stub = join(folder, "node_modules", "droc");
  mkdirSync(stub, { recursive: true });
  const manifest = { name: "droc", type: "module", exports: { "./runtime": "./runtime.js" } };
  writeFileSync(join(stub, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(stub, "runtime.js"), stubRuntime);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Point {
  readonly z: readonly number[];
  readonly s: readonly number[];
  readonly x: readonly number[];
  readonly t: readonly number[];
}

/** Builds a sample into a run folder and runs `node pipeline.js` there. */
async function run({ ir, sources }: Sample, point: Point): Promise<Answers> {
  const specFolder = join(folder, "a spec");
  const outFolder = join(folder, "runs", ir.name);
  mkdirSync(specFolder, { recursive: true });
  ir.files.forEach((file, i) => writeFileSync(join(specFolder, file), sources[i]!));
  const paths = await buildModel(ir, { specFolder, outFolder });
  return JSON.parse(execFileSync(process.execPath, [paths.js, JSON.stringify(point)], { encoding: "utf8" }));
}

describe("the emitted pipeline", () => {
  it("passes strict type checking against the runtime's own types, which sees a wrong type", async () => {
    const samples = [industryPortfolio(), newsvendor(), integerNewsvendor()];
    const texts = await Promise.all(samples.map(emit));
    const named = Object.fromEntries(samples.map((sample, i) => [sample.ir.name, texts[i]!]));
    for (const example of ["wind-commitment", "synthetic-portfolio"]) {
      const { models } = compile({ file: `${root}examples/${example}/model.dro`, allow: [root] });
      expect(models).toHaveLength(1);
      named[example] = await emit({ ir: models[0]!, sources: [] });
    }
    const wrong = texts[1]!.replace("count: 2", 'count: "2"');
    expect(typeCheck({ ...named, wrong })).toEqual([
      expect.stringMatching(/^wrong\.ts:\d+: Type 'string' is not assignable to type 'number'/),
    ]);
  });

  it("has the loss and its derivatives as code that a person reads", async () => {
    const text = await emit(newsvendor());
    expect(part(text, "/** ℓ(z, s)")).toBe(`/** ℓ(z, s) at context x: loss cost (newsvendor.dro:15) */
function loss(z: Float64Array, s: Float64Array, _x: Float64Array): number {
  const q = z[0];
  const d = s[0];
  return holding * Math.max(q - d, 0) + stockout * Math.max(d - q, 0);
}`);
    expect(part(text, "function lossGradientZ")).toContain(
      "out[0] = (q - d > 0 ? holding : 0) - (d - q > 0 ? stockout : 0);",
    );
    expect(part(text, "const pieces")).toContain(`pull(_s, _x, _slopes, offsets, out) {
    out[0] = offsets[1] * stockout - offsets[0] * holding;`);
    expect(part(text, "/** usd/item; newsvendor.dro:6 */")).toContain("export const holding = 1;");
    const portfolio = await emit(industryPortfolio());
    expect(part(portfolio, "function lossGradientZ")).toContain(
      "for (let i = 0; i < 10; i++) out[i] = -s[i]; // Industry",
    );
  });

  it("marks what droc chose and nothing else", async () => {
    const text = await emit(industryPortfolio());
    expect(part(text, "const generator")).toBe(`const generator: GeneratorSpec = {
  kind: "flow_matching",
  hidden: [64, 64],
  activation: "relu", // default
  solver: "midpoint", // default
  odeSteps: 8, // default
  ema: 0.999, // default
  scenarios: 512, // default
};`);
    expect(part(text, "const training")).toContain("  steps: 2000,\n  batch: 256, // default\n");
  });

  it("is the same text each time", async () => {
    expect(await emit(industryPortfolio())).toBe(await emit(industryPortfolio()));
  });

  it("runs with node, and its functions are the model's", async () => {
    const sample = newsvendor();
    const point = { z: [3], s: [5], x: [0, 0, 0, 0, 0], t: [] };
    const answers = await run(sample, point);
    expect(answers).toMatchObject({
      loss: 18,
      gradientZ: [-9],
      gradientS: [9],
      extended: [9],
      pieces: 18,
      pulled: [9],
    });
    expect(decodeURIComponent(answers.root)).toMatch(/a spec\/$/);
    expect(readFileSync(join(folder, "runs", "Newsvendor", "pipeline.ts"), "utf8")).toContain("newsvendor.dro:15");
  });

  it("weighs the tail in the extended gradient", async () => {
    const s = Array.from({ length: 10 }, (_, i) => i / 10);
    const z = Array.from({ length: 10 }, () => 0.1);
    const x = Array.from({ length: 99 }, () => 0);
    const sample = industryPortfolio();
    const inTail = await run(sample, { z, s, x, t: [-1] });
    const loss = evaluateGraph(sample.ir.loss.graph, { z, s })[0]!;
    expect(inTail.loss).toBeCloseTo(loss, 14);
    expect(inTail.pieces).toBeCloseTo(loss, 14);
    expect(inTail.gradientZ.map((v) => 0 - v)).toEqual(s);
    expect(inTail.pulled).toEqual(inTail.gradientS);
    inTail.extended.forEach((v) => expect(v).toBeCloseTo(-0.1 * (1 + 2 / (1 - 0.9)), 12));
    const outside = await run(sample, { z, s, x, t: [0] });
    outside.extended.forEach((v) => expect(v).toBeCloseTo(-0.1, 14));
  });

  it("keeps blocks of the decision in their places", async () => {
    const sample = integerNewsvendor();
    const answers = await run(sample, { z: [1, 2, 1], s: [5, 1], x: [0, 0, 0, 0, 0], t: [] });
    expect(answers).toMatchObject({
      loss: 18.5,
      gradientZ: [-3, 1, -0.5],
      gradientS: [4, 0],
      pieces: 18.5,
      pulled: [4, 0],
    });
  });
});
