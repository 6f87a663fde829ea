import { describe, expect, it } from "vitest";
import { knownLoss } from "../../compiler/analyse/linear-loss.ts";
import { lowerForecast } from "../../compiler/emit/lower-forecast.ts";
import { Places } from "../../compiler/emit/places.ts";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import type { ForecastModelIR } from "../../runtime/ir/model.ts";
import { linearLoss } from "../../runtime/robust/sets/linear-loss.ts";
import { compileText, diagnose } from "../support/tester.ts";

function spec({
  loss = "square(f(x) - y)",
  network = "linear",
  risk = "mean(error)",
  more = "train ml",
}: { readonly loss?: string; readonly network?: string; readonly risk?: string; readonly more?: string } = {}): string {
  return `model Robust

param scale = 3.0

data rows = synthetic dro_classification_dn21 {} {
  context x: real[5]
  outcome y: real
}

decision f: predictor(x -> y) = ${network}

loss error(f; x, y) = ${loss}

risk ${risk}

${more}
`;
}

function modelOf(text: string): ForecastModelIR {
  const { diagnostics, allModels } = compileText(text);
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  const [model] = allModels;
  if (model?.kind !== "forecast") throw new Error("no forecast");
  return model;
}

describe("a loss with an exact form", () => {
  it.each<readonly [string, string, number]>([
    ["square(f(x) - y)", "square", 1],
    ["square(y - f(x)) / 2", "square", 0.5],
    ["(f(x) - y) * (f(x) - y) * scale", "square", 3],
    ["(y - f(x)) ^ 2", "square", 1],
    ["f(x) * f(x) - 2 * f(x) * y + y * y", "square", 1],
    ["abs(2 * y - 2 * f(x))", "absolute", 2],
    ["max(f(x) - y, y - f(x))", "absolute", 1],
    ["max(0, 1 - y * f(x))", "hinge", 1],
    ["2 * max(1 - f(x) * y, 0)", "hinge", 2],
    ["log(1 + exp(-y * f(x)))", "logistic", 1],
    ["softplus(-(f(x) * y)) * scale", "logistic", 3],
  ])("is found in %s", (text, loss, scale) => {
    const model = modelOf(spec({ loss: text }));
    const known = knownLoss(model);
    expect(known).toEqual({ loss, scale });
    for (const [f, y] of [
      [0.3, 1],
      [-2.5, -1],
      [1.7, 0.4],
    ] as const) {
      const values = { f: [f], y: [y], x: new Float64Array(5) };
      const found = evaluateGraph(model.loss.graph, values)[0]!;
      expect(found).toBeCloseTo(known!.scale * linearLoss(known!.loss, f, y), 10);
    }
  });

  it.each([
    "square(f(x) - y) + square(f(x))",
    "square(f(x) - 2 * y)",
    "abs(f(x) - y) + 1",
    "max(0.9 * (y - f(x)), 0.1 * (f(x) - y))",
    "max(0, 1 - 2 * y * f(x))",
    "log(2 + exp(-y * f(x)))",
    "square(f(x) - y) * x[1]",
  ])("is not taken for another: %s", (text) => {
    expect(knownLoss(modelOf(spec({ loss: text })))).toBeNull();
  });

  it("is one of a linear predictor alone", () => {
    expect(knownLoss(modelOf(spec({ network: "mlp" })))).toBeNull();
  });
});

describe("training against a set", () => {
  it("takes the model's set, and those of comparisons, exactly where there is a form", () => {
    const model = modelOf(
      spec({
        more: `ambiguity chi2 { radius: one_of(0, 0.5) by holdout }
train dro
compare dro { set: wasserstein { order: 2, radius: 0.1 } }, dro { set: cvar { tail: 5% }, fit: steps }`,
      }),
    );
    const { data } = lowerForecast(model, new Places(["model.dro"], [""]));
    expect(data.train).toMatchObject({
      method: "dro",
      set: { kind: "chi2", radii: [0, 0.5] },
      exact: { loss: "square", scale: 1 },
    });
    expect(data.compare[0]).toMatchObject({
      set: { kind: "wasserstein", order: 2, norm: "l2", radii: [0.1] },
      exact: { loss: "square", scale: 1 },
    });
    expect(data.compare[1]).toMatchObject({ set: { kind: "cvar", tails: [0.05] } });
    expect(data.compare[1]).not.toHaveProperty("exact");
  });

  it.each<readonly [string, Parameters<typeof spec>[0], string]>([
    ["without a set", { more: "train ~~~dro~~~" }, "an ambiguity set around the training rows"],
    [
      "of a generator",
      { more: "uncertainty (x, y) ~ ddpm\nambiguity generative { budget: 1 }\ntrain ~~~dro~~~" },
      "an ambiguity set around the training rows",
    ],
    [
      "of rows, for GAS-DRO",
      { more: "uncertainty (x, y) ~ ddpm\nambiguity chi2 { radius: 1 }\ntrain ~~~gas_dro~~~" },
      "the ambiguity set generative",
    ],
    [
      "that moves the rows of a network",
      { network: "mlp", more: "train ml\ncompare dro { set: ~~~moments { covariance: 1.2 }~~~ }" },
      "a linear predictor of one value and the loss `square(f(x) - y)`, `abs(f(x) - y)` or `max(0, 1 - y * f(x))`",
    ],
    [
      "in which the loss has no form",
      { more: "ambiguity ~~~wasserstein { order: 1, radius: 0.1 }~~~\ntrain dro" },
      "a linear predictor of one value and the loss `abs(f(x) - y)`, `max(0, 1 - y * f(x))` or `log(1 + exp(-y * f(x)))`",
    ],
    [
      "that moves rows, by steps",
      { more: "train ml\ncompare dro { set: ~~~holistic { radius: 0.1 }~~~, fit: steps }" },
      "`fit: exact`",
    ],
    [
      "exactly, of a loss without a form",
      { loss: "square(f(x) - y) + 1", more: "train ml\ncompare dro { set: ~~~kl { radius: 0.1 }~~~, fit: exact }" },
      "a linear predictor of one value and the loss `square(f(x) - y)`, `abs(f(x) - y)`, `max(0, 1 - y * f(x))` or `log(1 + exp(-y * f(x)))`",
    ],
    [
      "under another risk",
      { risk: "cvar(error, level = 90%)", more: "train ml\ncompare dro { set: ~~~kl { radius: 0.1 }~~~ }" },
      "the risk mean(error)",
    ],
    [
      "of moments that contradict each other",
      { more: "train ml\ncompare dro { set: ~~~moments { mean: 2, covariance: one_of(1, 3) }~~~ }" },
      "a bound of the covariance that is at least the mean's",
    ],
    [
      "whose support is narrower than its noise",
      { more: "train ml\ncompare dro { set: ~~~holistic { radius: 0.1, noise: 1, support: 0.5 }~~~ }" },
      "a support that reaches as far as the noise",
    ],
  ])("%s is refused at its place", (_name, parts, needs) => {
    const { diagnostics } = diagnose(spec(parts), ["method-needs"]);
    expect(diagnostics[0]!.message).toContain(needs);
  });
});
