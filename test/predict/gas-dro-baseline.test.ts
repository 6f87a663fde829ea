import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openWorstLaw } from "../../runtime/predict/open-worst-law.ts";
import { runPipeline } from "../../runtime/pipeline.ts";
import { compileText } from "../support/tester.ts";
import { forecastPipeline } from "./pipelines.ts";

const root = mkdtempSync(join(tmpdir(), "droc-gas-dro-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const TRAINING = "inner: 1, outer: 1, steps: 20, pretraining: 40";

/** `gas_dro` beside another training, in a model with or without an ambiguity set. */
function specOf({ budget = "", train = "train ml { steps: 20 }", set = "" } = {}): string {
  return `model Rows

data rows = synthetic dro_regression_dn20_2 { noise: 0.1, train: 60, validation: 20, test: 40 } {
  context x: real[2]
  outcome y: real
}

decision f: predictor(x -> y) = linear

loss error(f; x, y) = square(f(x) - y)

risk mean(error)
${set}
${train}

compare gas_dro { ${budget}${TRAINING} },
  gas_dro { estimator: policy_gradient, ${TRAINING} }

evaluate on test { mse }
`;
}

describe("GAS-DRO beside another training", () => {
  it("has its own budgets, the model's, or multiples of the generator's loss", async () => {
    const own = forecastPipeline(specOf({ budget: "budget: one_of(4, 8) by holdout, " }), root);
    expect(own.compare.map((how) => "budgets" in how && how.budgets)).toEqual([[4, 8], false]);
    const shared = forecastPipeline(
      specOf({
        budget: "budget: 4, ",
        set: "uncertainty (x, y) ~ ddpm { net: mlp { hidden: [16] }, steps: 10 }\nambiguity generative { budget: 6 }",
        train: `train gas_dro { ${TRAINING} }`,
      }),
      root,
    );
    expect(shared).toMatchObject({ budgets: [6], compare: [{ budgets: [4] }, {}] });
    const result = await runPipeline(shared, { runFolder: join(root, "shared") });
    expect(result.methods.map(({ id }) => id)).toEqual(["gas_dro", "gas_dro_2", "gas_dro_3"]);
    expect(result.methods.map(({ diagnoses }) => diagnoses[0])).toMatchObject([
      { radius: 6 },
      { radius: 4 },
      { radius: 6 },
    ]);
    const { fields, count, weights, evaluate } = await openWorstLaw(shared, join(root, "shared"), "gas_dro_2");
    expect(fields.map(({ name, size }) => [name, size])).toEqual([
      ["x", 2],
      ["y", 1],
    ]);
    expect(new Set(weights)).toEqual(new Set([1 / count]));
    const summary = result.worstLaws?.find(({ method }) => method === "gas_dro_2");
    expect(summary).toMatchObject({ points: count, size: 4 });
    // The adversary's draws are rows of the data's own units, and spread as these are.
    expect(evaluate((point) => point[2]! ** 2)).toBeGreaterThan(0.1);
    expect(Number.isFinite(summary!.worst)).toBe(true);
    await expect(openWorstLaw(shared, join(root, "shared"), "ml")).rejects.toMatchObject({
      code: "no-worst-law",
      args: { known: "gas_dro, gas_dro_2, gas_dro_3" },
    });
  });

  it("runs in a model without a generator, and rehearses with multiples", async () => {
    const tight = forecastPipeline(specOf({ budget: "budget: 1e-6, " }), root);
    const result = await runPipeline(tight, { runFolder: join(root, "quick"), quick: true });
    expect(result.methods.map(({ id }) => id)).toEqual(["ml", "gas_dro", "gas_dro_2"]);
  });

  it("says of a budget below the generator's loss which method has it", async () => {
    const text = specOf({ budget: "budget: 1e-6, " }).replace("compare ", "compare ml { steps: 5 },\n  ");
    const line = text.split("\n").findIndex((one) => one.includes("1e-6")) + 1;
    await expect(runPipeline(forecastPipeline(text, root), { runFolder: join(root, "tight") })).rejects.toMatchObject({
      code: "budget-below-reconstruction",
      place: `model.dro:${line}:3`,
    });
  });

  it("chooses budgets on held-out rows alone", () => {
    const { diagnostics } = compileText(specOf({ budget: "budget: one_of(4, 8) by cross_validation, " }));
    expect(diagnostics.map(({ code }) => code)).toEqual(["option-word"]);
  });
});
