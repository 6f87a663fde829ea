import { describe, expect, it } from "vitest";
import { fitMixtureFlow, loadMixtureFlow } from "../../runtime/models/gmm-nf/index.ts";
import type { MixtureFlowSpec } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { DEGENERATE, mean, meanLogDensity, momentError, TWO_MODES, twoModes } from "./generators.ts";

const spec: MixtureFlowSpec = {
  kind: "gmm_nf",
  components: [1, 2, 3, 4],
  criterion: "aic",
  bins: 8,
  hidden: [32],
  holdout: 0.2,
  patience: 5,
  epochs: 25,
  scenarios: 100,
};

describe("the mixture in a flow's latent space", () => {
  it("learns a conditional mixture, and keeps the best epoch", async () => {
    const model = await fitMixtureFlow(spec, twoModes(1500), TWO_MODES, randomStream(4, "fit"));
    expect(await momentError(model, 2000)).toBeLessThan(0.35);
    const { history } = model;
    expect(Math.max(...history)).toBeGreaterThan(history[0]! + 0.05);
    expect(history.length).toBeLessThanOrEqual(25);
    await model.dispose();
  });

  it("has a likelihood that is normalised, and near the law's own", async () => {
    const data = twoModes(1500);
    const model = await fitMixtureFlow(spec, data, TWO_MODES, randomStream(4, "fit"));
    const test = twoModes(1000, 2);
    const logs = await model.logDensity(test.contexts, test.outcomes, test.rows);
    expect(Math.abs(mean(logs) - meanLogDensity(test))).toBeLessThan(0.15);
    // Over a grid of outcomes at one context: 10 ± 30 and −3 ± 1.5 hold all of the mass.
    const [across, down] = [160, 160];
    const outcomes = Float64Array.from({ length: 2 * across * down }, (_, i) => {
      const cell = Math.floor(i / 2);
      return i % 2 === 0 ? -20 + (60 * (cell % across)) / across : -4.5 + (3 * Math.floor(cell / across)) / down;
    });
    const contexts = new Float64Array(across * down).fill(0.5);
    const cells = await model.logDensity(contexts, outcomes, across * down);
    const total = cells.reduce((sum, log) => sum + (Math.exp(log) * 60 * 3) / (across * down), 0);
    expect(Math.abs(total - 1)).toBeLessThan(0.02);
    await model.dispose();
  });

  it("is the same law loaded from its tensors, and nothing else loads", async () => {
    const quick = { ...spec, epochs: 3 };
    const model = await fitMixtureFlow(quick, twoModes(300), TWO_MODES, randomStream(4, "fit"));
    const loaded = await loadMixtureFlow(model.tensors, quick, TWO_MODES);
    const contexts = Float64Array.of(0.3, -1);
    const draw = (law: typeof model) => law.sample(contexts, 2, 20, randomStream(5, "draw"));
    expect(await draw(loaded)).toEqual(await draw(model));
    const pairs = twoModes(5, 3);
    expect(await loaded.logDensity(pairs.contexts, pairs.outcomes, 5)).toEqual(
      await model.logDensity(pairs.contexts, pairs.outcomes, 5),
    );
    await expect(loadMixtureFlow(model.tensors, { ...quick, hidden: [8] }, TWO_MODES)).rejects.toMatchObject({
      code: "weights-mismatch",
    });
    await model.dispose();
    await loaded.dispose();
  });

  it("stops where patience runs out", async () => {
    const model = await fitMixtureFlow(
      { ...spec, epochs: 400, patience: 2 },
      twoModes(40),
      TWO_MODES,
      randomStream(4, "fit"),
    );
    const { history } = model;
    expect(history.length).toBeLessThan(400);
    expect(history.slice(-2).every((value) => value <= Math.max(...history.slice(0, -2)))).toBe(true);
    await model.dispose();
  });

  it("learns the tilted law from weights", async () => {
    const data = twoModes(1200);
    const weights = Float64Array.from({ length: data.rows }, (_, i) => (data.outcomes[2 * i]! > 10 ? 3 : 1));
    const model = await fitMixtureFlow(spec, { ...data, weights }, TWO_MODES, randomStream(4, "fit"));
    const drawn = await model.sample(Float64Array.of(1), 1, 3000, randomStream(3, "s"));
    const share = mean(Float64Array.from({ length: 3000 }, (_, i) => (drawn[2 * i]! > 10 ? 1 : 0)));
    expect(Math.abs(share - 0.75)).toBeLessThan(0.1);
    await model.dispose();
  });

  it.each(Object.entries(DEGENERATE))("stays finite on %s", async (_, data) => {
    const model = await fitMixtureFlow(
      { ...spec, components: [1, 2], epochs: 4 },
      data,
      TWO_MODES,
      randomStream(4, "fit"),
    );
    const drawn = await model.sample(data.contexts.slice(0, 1), 1, 50, randomStream(1, "s"));
    expect(drawn.every(Number.isFinite)).toBe(true);
    await model.dispose();
  });
});
