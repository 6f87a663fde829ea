import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { runPipeline } from "../../runtime/pipeline.ts";
import { loadForecast } from "../../runtime/predict/load.ts";
import { meanOfGroups } from "../../runtime/robust/row-losses.ts";
import { compileText } from "../support/tester.ts";
import { forecastModel, forecastPipeline } from "./pipelines.ts";
import { rowsOf } from "./support.ts";

const root = mkdtempSync(join(tmpdir(), "droc-groups-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Two lines through the origin: of nine tenths of the rows with slope 1, of the rest with slope −1. */
const { inputs } = rowsOf(120, 1, () => [0], 2);
const LINES = Array.from(
  inputs,
  (x, i) => `${i},${x},${i % 10 === 0 ? -x : x},${i % 10 === 0 ? "few" : "many"},${i % 2}`,
);
writeFileSync(join(root, "rows.csv"), `row,x,y,kind,half\n${LINES.join("\n")}\n`);

function specOf({ group = "  group kind: text\n", set = "group_cvar { tail: 1% }", more = "", on = "" } = {}): string {
  return `model Lines

data rows = csv("rows.csv") {
  context x: real
  outcome y: real
${group}  split by half { train: ["0"], test: each }
}

decision f: predictor(x -> y) = linear

loss error(f; x, y) = square(f(x) - y)${on}

risk mean(error)

ambiguity ${set}

train dro

compare ml { steps: 300, optimizer: adam { rate: 0.05 } }
${more}
evaluate on test { mse, worst, seeds: 1 }
`;
}

const codesOf = (text: string): readonly string[] => compileText(text).diagnostics.map(({ code }) => code);

describe("groups that a column names", () => {
  const text = specOf({ more: "\nstress test with gaussian { sd: 0.1 }\n" })
    .replace(
      'split by half { train: ["0"], test: each }',
      "split chronological { train: 50%, validation: 20%, test: 30% }",
    )
    .replace("  context x: real\n", "  index row: int\n  context x: real\n");

  it("are weighed by group_cvar, and each test set has its groups beside it, corrupted too", async () => {
    const result = await runPipeline(forecastPipeline(text, root), { runFolder: join(root, "run") });
    expect(result.sets.map(({ label }) => label)).toEqual([
      "test",
      "test, few",
      "test, many",
      "test, gaussian 0.1",
      "test, few, gaussian 0.1",
      "test, many, gaussian 0.1",
    ]);
    const [robust, plain] = result.methods;
    const mse = (method: typeof robust, set: string): number =>
      method!.sets.find((one) => one.set === set && one.metric === "mse")!.mean;
    // The worst group's mean: both groups are equally far from slope 0, and plain training forgets the few.
    expect(mse(robust, "test, few")).toBeLessThan(0.75 * mse(plain, "test, few"));
    expect(robust!.diagnoses).toHaveLength(1);
    const value = (method: typeof robust, metric: string): number =>
      method!.values.find((one) => one.metric === metric)!.mean!;
    // The mean is over whole sets, the worst over the groups as well.
    expect(value(robust, "mse")).toBeCloseTo(mse(robust, "test"), 12);
    expect(value(plain, "worst")).toBeCloseTo(Math.max(...result.sets.map(({ id }) => mse(plain, id))), 12);
    expect(value(plain, "worst")).toBeGreaterThan(2 * value(plain, "mse"));
  }, 60_000);

  it("are of the row itself, beside the zones of the split; of two columns their combinations", async () => {
    const both = specOf({ group: '  group kind: text\n  group part: text = column("half")\n' });
    const { data, predictor } = forecastPipeline(both, root);
    expect(data.groups!.map(({ column }) => column)).toEqual(["kind", "half"]);
    const options = { root: pathToFileURL(`${root}/`).pathname, seed: 1, allow: [], replicate: 0 };
    const { train, test } = await loadForecast(data, predictor, options);
    expect([train.groupNames, test.groupNames]).toEqual([["0"], ["1"]]);
    expect(train.labels!.names).toEqual(["few, 0", "many, 1", "many, 0"]);
    expect(train.labels!.of).toHaveLength(60);
    expect(train.labels!.of.reduce((few, k) => few + (k === 0 ? 1 : 0), 0)).toBe(12);
    expect(new Set(test.labels!.of)).toEqual(new Set([1]));
  });

  it("count the same in each zone where a size is chosen", () => {
    const zones = { groups: Int32Array.of(0, 0, 0, 1), groupNames: ["a", "b"] };
    const labels = { of: Int32Array.of(0, 0, 1, 1), names: ["u", "v"] };
    const data = { rows: 4, inputs: new Float64Array(4), targets: new Float64Array(4), ...zones };
    const losses = Float64Array.of(1, 3, 10, 20);
    expect(meanOfGroups(losses, data)).toBeCloseTo((14 / 3 + 20) / 2, 12);
    expect(meanOfGroups(losses, { ...data, labels })).toBeCloseTo((2 + 10 + 20) / 3, 12);
  });

  it("must not be empty", async () => {
    writeFileSync(join(root, "holes.csv"), `row,x,y,kind,half\n${LINES.with(3, "3,1,1,,1").join("\n")}\n`);
    const pipeline = forecastPipeline(specOf().replace("rows.csv", "holes.csv"), root);
    const options = { root: pathToFileURL(`${root}/`).pathname, seed: 1, allow: [], replicate: 0 };
    await expect(loadForecast(pipeline.data, pipeline.predictor, options)).rejects.toMatchObject({
      code: "data-group-missing",
      data: { file: "holes.csv", line: 5, column: "kind" },
    });
  });

  it("leave a spec without them as it was", () => {
    expect(forecastPipeline(specOf({ group: "" }), root).data.groups).toBeUndefined();
    expect(forecastModel(specOf()).data.fields.map(({ role }) => role)).toEqual(["context", "outcome", "group"]);
  });

  it.each([
    ["of numbers", { group: "  group kind: real\n" }, "field-type"],
    ["of several columns", { group: '  group kind: text[2] = columns("k*")\n' }, "field-form"],
    ["that is computed", { group: '  group kind: text = lag(column("kind"), 1)\n' }, "field-form"],
    ["with a range", { group: "  group kind: text in 0..1\n" }, "field-form"],
    ["that the loss reads", { on: " + kind" }, "not-an-expression"],
  ])("cannot be one %s", (_, change, code) => {
    expect(codesOf(specOf(change))).toContain(code);
  });

  it("belong to predictors, and to data of a file", () => {
    const drawn = specOf()
      .replace('csv("rows.csv")', "synthetic dro_regression_dn20_2 { train: 30 }")
      .replace(/ {2}split .*\n/, "")
      .replace("context x: real\n", "context x: real[2]\n");
    expect(codesOf(drawn)).not.toEqual([]);
  });
});
