import { beforeAll, describe, expect, it } from "vitest";
import { RuntimeError } from "../../runtime/errors/runtime-error.ts";
import { createReconstructionLoss } from "../../runtime/robust/generator/reconstruction.ts";
import { createRoller, spreadOf } from "../../runtime/robust/generator/rollout.ts";
import { pretrainGenerator, trainGasDro, trainMl, type PretrainedGenerator } from "../../runtime/robust/index.ts";
import { createRowLosses, meanOfGroups } from "../../runtime/robust/row-losses.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { AUTOENCODER, consequenceProblem, DIFFUSION, pretrained } from "./tasks.ts";

const problem = consequenceProblem(1);
const few = { inner: 8, outer: 8, rollout: 256, samples: 512 } as const;
const stream = randomStream(3, "gas");

async function shiftedLoss(parameters: Float32Array): Promise<number> {
  const program = await createRowLosses(problem.net, problem.loss);
  const losses = await program.losses(parameters, problem.validation);
  await program.dispose();
  return meanOfGroups(losses, problem.validation);
}

let diffusion: PretrainedGenerator;
let autoencoder: PretrainedGenerator;
beforeAll(async () => {
  diffusion = await pretrained(DIFFUSION, problem);
  autoencoder = await pretrained(AUTOENCODER, problem);
});

describe("GAS-DRO", () => {
  it.each([
    ["a diffusion by PPO", () => diffusion, "ppo", 1.3],
    ["a diffusion by the policy gradient", () => diffusion, "policy_gradient", 1.3],
    ["an autoencoder by PPO", () => autoencoder, "ppo", 2],
  ] as const)("uses up its budget with %s, and the multiplier settles", async (_, generator, kind, multiple) => {
    const estimator =
      kind === "ppo" ? ({ kind, clip: 0.2, lastSteps: 5, reference: "current" } as const) : { kind, lastSteps: 5 };
    const budget = { kind: "multiples", values: [multiple] } as const;
    const { diagnostics, trace, radius } = await trainGasDro(
      problem,
      { generator: generator(), budget, estimator, ...few },
      stream,
    );
    expect(diagnostics.budget).toBeCloseTo(multiple * diagnostics.pretraining, 10);
    expect(radius).toBe(diagnostics.budget);
    expect(diagnostics.binds).toBe(true);
    expect(Math.abs(diagnostics.reconstruction / diagnostics.budget - 1)).toBeLessThan(0.05);
    expect(diagnostics.multiplierSwing).toBeLessThan(1);
    expect(diagnostics.innerGap).toBeGreaterThanOrEqual(0);
    expect(trace).toHaveLength(few.outer * (few.inner + 1));
    // The worst law is worse than the nominal one that the first epoch drew from.
    expect(trace.at(few.inner)!.expected!).toBeGreaterThan(1.5 * trace[0]!.expected!);
    expect(trace.every(({ multiplier }) => multiplier >= 0)).toBe(true);
  });

  it("has its best budget between the smallest and the largest, better than without an adversary", async () => {
    const values = [1.01, 1.2, 4];
    const result = await trainGasDro(
      problem,
      { generator: diffusion, budget: { kind: "multiples", values }, ...few },
      stream,
    );
    expect(result.candidates).toHaveLength(values.length);
    const [small, middle, large] = result.candidates.map(({ loss }) => loss);
    expect(middle!).toBeLessThan(small!);
    expect(middle!).toBeLessThan(large!);
    expect(result.radius).toBe(result.candidates[1]!.radius);
    const plain = await trainMl(problem, {}, stream);
    expect(await shiftedLoss(result.parameters)).toBeCloseTo(middle!, 5);
    expect(middle!).toBeLessThan(0.9 * (await shiftedLoss(plain.parameters)));
  });

  it("keeps the adversary near the pre-trained law where rows come from it alone", async () => {
    const estimator = { kind: "ppo", clip: 0.2, lastSteps: 5, reference: "pretrained" } as const;
    const budget = { kind: "multiples", values: [3] } as const;
    const { diagnostics, trace } = await trainGasDro(
      problem,
      { generator: diffusion, budget, estimator, ...few, outer: 2 },
      stream,
    );
    expect(diagnostics.binds).toBe(false);
    expect(diagnostics.reconstruction).toBeLessThan(diagnostics.budget);
    expect(diagnostics.innerGap).toBeNull();
    expect(trace.filter(({ expected }) => expected !== null).map(({ epoch }) => epoch)).toEqual([few.inner, few.inner]);
  });

  it("is a function of the stream", async () => {
    const options = {
      generator: diffusion,
      budget: { kind: "multiples", values: [1.3] } as const,
      ...few,
      inner: 2,
      outer: 2,
    };
    const [first, again, other] = [
      await trainGasDro(problem, options, stream),
      await trainGasDro(problem, options, stream),
      await trainGasDro(problem, options, randomStream(4, "gas")),
    ];
    expect(again.parameters).toEqual(first.parameters);
    expect(again.trace).toEqual(first.trace);
    expect(other.parameters).not.toEqual(first.parameters);
  });

  it("refuses a budget that the pre-trained generator exceeds", async () => {
    const measure = await createReconstructionLoss(diffusion, stream.child("reconstruction"));
    const loss = await measure.measure(diffusion.parameters);
    await measure.dispose();
    const budget = { kind: "absolute", values: [0.5 * loss] } as const;
    const error = await trainGasDro(problem, { generator: diffusion, budget }, stream).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error).toMatchObject({ code: "budget-below-reconstruction", about: "ambiguity" });
    expect(String(error)).toContain(Number(loss.toPrecision(3)).toString());
  });

  it("says when the generator makes one row again and again", async () => {
    // An untrained decoder whose rows hardly depend on the latent.
    const parameters = autoencoder.parameters.map((value) => value * 1e-3);
    const { family, ...rest } = await pretrained(AUTOENCODER, problem, 1);
    const flat = {
      ...family,
      transition: (...args: Parameters<typeof family.transition>) => {
        const { mean } = family.transition(...args);
        return { mean, deviation: mean.graph.constant(1e-3, [1, 1]) };
      },
    };
    const error = await trainGasDro(
      problem,
      { generator: { ...rest, parameters, family: flat }, budget: { kind: "multiples", values: [1.1] } },
      stream,
    ).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "generator-collapsed", place: "model.dro:9:1" });
    expect(String(error)).toContain("before the adversary began");
  });
});

describe("the generator of rows", () => {
  it("draws rows like those that it was trained on, inputs and targets together", async () => {
    for (const generator of [diffusion, autoencoder]) {
      const roller = await createRoller(generator);
      const { data, outcomes, steps, rows } = await roller.roll(generator.parameters, 3000, 4, stream);
      await roller.dispose();
      expect(steps).toHaveLength(generator === diffusion ? 4 : 1);
      expect(spreadOf(outcomes, rows)).toBeGreaterThan(0.7);
      expect(spreadOf(outcomes, rows)).toBeLessThan(1.3);
      let products = 0;
      let squares = 0;
      for (let i = 0; i < rows; i++) {
        products += data.inputs[2 * i + 1]! * data.targets[i]!;
        squares += data.targets[i]! ** 2;
      }
      expect(products / squares).toBeGreaterThan(0.8);
      expect(products / squares).toBeLessThan(1.2);
    }
  });

  it("takes the targets of training rows where they are given", async () => {
    const training = { steps: 300, batch: 128, optimizer: { kind: "adam", rate: 3e-3, weightDecay: 0 } } as const;
    const conditional = await pretrainGenerator(
      { spec: DIFFUSION, training, roles: "inputs_given_targets" },
      problem.train,
      stream,
    );
    const roller = await createRoller(conditional);
    const { data } = await roller.roll(conditional.parameters, 64, 0, stream);
    await roller.dispose();
    const known = new Set(problem.train.targets);
    expect(data.inputs).toHaveLength(2 * 64);
    expect(data.targets.every((target) => known.has(target))).toBe(true);
  });

  it("measures the reconstruction loss that training minimised", async () => {
    const measure = await createReconstructionLoss(diffusion, stream);
    const fitted = await measure.measure(diffusion.parameters);
    const untrained = await measure.measure(new Float32Array(diffusion.parameters.length));
    expect(await measure.measure(diffusion.parameters)).toBe(fitted);
    await measure.dispose();
    // Predicting no noise at all leaves the noise's variance.
    expect(untrained).toBeGreaterThan(0.95);
    expect(untrained).toBeLessThan(1.05);
    expect(fitted).toBeLessThan(0.5);
  });
});
