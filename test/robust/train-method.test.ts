import { describe, expect, it } from "vitest";
import { trainRobustMethod } from "../../runtime/robust/train-method.ts";
import type { RobustMethodSpec } from "../../runtime/robust/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { AUTOENCODER, consequenceProblem, DIFFUSION } from "./tasks.ts";

const problem = consequenceProblem(1);
const optimizer = { kind: "adam", rate: 5e-3, weightDecay: 0 } as const;
const common = { steps: 60, batch: 32, optimizer, pretraining: 100 } as const;
const specs: readonly RobustMethodSpec[] = [
  { ...common, method: "dml", shares: [1] },
  { ...common, method: "w_dro", form: "penalty", radii: [3], inner: 2, targets: true },
  { ...common, method: "kl_dro", radii: [0.1, 0.5] },
  { ...common, method: "dragen", radii: [0.2], inner: 2, latent: 1 },
  { ...common, method: "p_dro", temperatures: [1], inner: 1, outer: 2 },
  { ...common, method: "gas_dro", inner: 1, outer: 2 },
];

/** How far the adversary goes: the change of the generator's loss, as a share. */
async function moved(generatorRate: number): Promise<number> {
  const how = { ...common, method: "gas_dro", inner: 2, outer: 1, generatorRate } as const;
  const given = { generator: DIFFUSION, budgets: [5] };
  const { diagnosis } = await trainRobustMethod(how, problem, given, randomStream(1, "method"), {});
  const { pretraining, reconstruction } = diagnosis.gasDro!.diagnostics;
  return Math.abs(reconstruction / pretraining - 1);
}

describe("robust methods of a pipeline", () => {
  it.each(specs.map((how) => [how.method, how] as const))("trains %s as spelled out", async (method, how) => {
    let last = 0;
    const hooks = { onStep: (step: number): void => void (last = step) };
    const { predictor, diagnosis } = await trainRobustMethod(
      how,
      problem,
      { generator: DIFFUSION, budgets: [5] },
      randomStream(1, "method"),
      hooks,
    );
    expect(predictor.method).toBe(method);
    expect(predictor.parameters.every(Number.isFinite)).toBe(true);
    expect(last).toBe(common.steps);
    const again: unknown = JSON.parse(JSON.stringify(diagnosis));
    expect(again).toEqual(diagnosis);
    expect(diagnosis.candidates).toHaveLength(method === "kl_dro" ? 2 : 0);
    if (method === "gas_dro") {
      expect(diagnosis.radius).toBe(5);
      expect(diagnosis.gasDro!.trace).toHaveLength(4);
    }
  });

  it("moves the adversary as fast as it is told, and measures it on the draws of the budget", async () => {
    const still = await moved(1e-9);
    expect(still).toBeLessThan(1e-6);
    expect(await moved(1e-2)).toBeGreaterThan(1e3 * still);
  });

  it("takes the declared autoencoder, and says of what a budget is too small", async () => {
    const how = { ...common, method: "gas_dro", inner: 1, outer: 1 } as const;
    const surroundings = { generator: AUTOENCODER, budgets: [1e-6] };
    const stream = randomStream(1, "method");
    await expect(trainRobustMethod(how, problem, surroundings, stream, {})).rejects.toMatchObject({
      code: "budget-below-reconstruction",
      about: "ambiguity",
      args: { model: "vae", budget: "0.000001" },
    });
  });
});
