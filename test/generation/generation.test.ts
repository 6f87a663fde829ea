import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, double, integer, property } from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { emitGeneration } from "../../compiler/emit/generation.ts";
import { lowerGeneration } from "../../compiler/emit/lower-generation.ts";
import { Places } from "../../compiler/emit/places.ts";
import { generationMethods } from "../../runtime/generation/methods.ts";
import { marginalDistance } from "../../runtime/generation/metrics.ts";
import type { GenerationPipeline } from "../../runtime/generation/spec.ts";
import { runPipeline } from "../../runtime/index.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { compileText } from "../support/tester.ts";
import { typeCheck } from "../support/type-check.ts";

const folder = mkdtempSync(join(tmpdir(), "droc-generation-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = (rest: string, given = " | x"): string => `model Scenarios
data returns = synthetic portfolio { assets: 3, covariates: 2, degree: 2, train: 400, validation: 50, test: 200 } {
  context x: real[2]
  outcome s: real[3]
}
uncertainty s${given} ~ ${rest}
`;

function pipelineOf(source: string): GenerationPipeline {
  const { diagnostics, allModels, notRunnable } = compileText(source);
  expect(diagnostics).toEqual([]);
  expect(notRunnable).toEqual([]);
  const [ir] = allModels;
  if (ir?.kind !== "generation") throw new Error("the model is no generation");
  const { data } = lowerGeneration(ir, new Places(ir.files, [source]));
  return { ...data, root: folder, drocVersion: "test" };
}

describe("a model without a decision", () => {
  it("is lowered with every value, the flow trained without weights where nothing is said", () => {
    const pipeline = pipelineOf(text("flow_matching"));
    expect(pipeline.train).toMatchObject({ steps: 20_000, batch: 256 });
    expect(pipeline.sizes).toEqual({ context: 2, outcome: 3 });
    expect(pipeline.evaluate.metrics).toEqual(["mmd", "marginals", "correlation"]);
    expect(pipelineOf(text("gmm { components: 2 }")).train).toBeNull();
  });

  it("does not read a context that the law is not given", () => {
    const pipeline = pipelineOf(text("gaussian", ""));
    expect(pipeline.sizes).toEqual({ context: 0, outcome: 3 });
    expect(pipeline.data.fields.map(({ name }) => name)).toEqual(["s"]);
  });

  it("compares each generator once, and with the training rows always", () => {
    const source = `${text("gmm { components: 2 }")}compare gmm { components: 2 }, gmm { components: 1 }, gaussian\n`;
    const methods = generationMethods(pipelineOf(source));
    expect(methods.map(({ id, role }) => [id, role])).toEqual([
      ["gmm", "trained"],
      ["gmm_2", "baseline"],
      ["gaussian", "baseline"],
      ["empirical", "floor"],
    ]);
  });

  it("tells a right law from a wrong one, and gives the same numbers again", async () => {
    const source = `${text("gmm { components: 1..3 by bic, restarts: 1 }")}evaluate { marginals, coverage, calibration, correlation, mmd, seeds: 2 }\n`;
    const pipeline = pipelineOf(source);
    const run = (name: string) => runPipeline(pipeline, { runFolder: join(folder, name) });
    const result = await run("a");
    if ("sets" in result) throw new Error("the result is of a forecast");
    const value = (id: string, metric: string): number =>
      result.methods.find((one) => one.id === id)!.values.find((one) => one.metric === metric)!.mean!;
    // The returns depend on the context: a law that knows it is nearer to them than all rows are.
    expect(value("gmm", "mmd")).toBeLessThan(value("empirical", "mmd"));
    expect(Math.abs(value("gmm", "coverage") - 0.9)).toBeLessThan(0.1);
    expect(result.comparisons.every(({ metric, relative }) => metric !== "mmd" || relative === null)).toBe(true);
    expect(result.comparisons.some(({ metric }) => metric === "coverage")).toBe(false);
    const again = await run("b");
    expect(readFileSync(join(folder, "b/results.json"), "utf8")).toBe(
      readFileSync(join(folder, "a/results.json"), "utf8"),
    );
    expect(again).toEqual(result);
    expect(readFileSync(join(folder, "a/report.html"), "utf8")).not.toMatch(/NaN|undefined/);
  }, 60_000);
});

describe("its emitted pipeline", () => {
  it("is strict TypeScript, and names of the spec do not become code", async () => {
    const source = `/// Ends */ early.\n${text("gmm { components: 1..2 by bic }", "")}compare gaussian, gmm_nf { hidden: [8, 8, 8, 8, 8, 8, 8, 8] }\n`;
    const { allModels } = compileText(source);
    const [ir] = allModels;
    if (ir?.kind !== "generation") throw new Error("the model is no generation");
    const emitted = await emitGeneration(ir, { sources: [source], root: "./", drocVersion: "0.0.0" });
    expect(typeCheck({ "emitted-generation": emitted })).toEqual([]);
    expect(emitted).toContain("components: [1, 2],");
    expect(emitted.match(/^import .* from "(.*)";$/gm)).toHaveLength(2);
  }, 60_000);
});

describe("the distance of marginals", () => {
  it("is the shift of a shifted cloud, in training deviations", () => {
    assert(
      property(double({ min: -3, max: 3, noNaN: true }), integer({ min: 1, max: 5 }), (shift, draws) => {
        const [n, d] = [20, 2];
        const outcomes = new Float64Array(n * d);
        randomStream(1, "outcomes").normal(outcomes);
        const scenarios = new Float64Array(n * draws * d);
        for (let i = 0; i < n; i++)
          for (let k = 0; k < draws; k++)
            for (let j = 0; j < d; j++) scenarios[(i * draws + k) * d + j] = outcomes[i * d + j]! + shift;
        expect(marginalDistance(outcomes, scenarios, Float64Array.of(2, 4), n)).toBeCloseTo(
          (Math.abs(shift) / 2 + Math.abs(shift) / 4) / 2,
          10,
        );
      }),
      { numRuns: 25 },
    );
  });

  it("leaves a component that does not vary in its unit", () => {
    expect(marginalDistance(Float64Array.of(1, 1), Float64Array.of(3, 3), Float64Array.of(0), 2)).toBe(2);
  });
});
