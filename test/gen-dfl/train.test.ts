import { describe, expect, it } from "vitest";
import { createDecider } from "../../runtime/decide/index.ts";
import type { Decider } from "../../runtime/decide/types.ts";
import { defineGenerator, type LikelihoodSpec } from "../../runtime/models/generator-definition.ts";
import { weightTensors } from "../../runtime/models/mlp-weights.ts";
import { prepareRows } from "../../runtime/models/neural/rows.ts";
import type { ConditionalSampler, TrainingSet } from "../../runtime/models/sampler.ts";
import { generatorPlan, SCENARIOS } from "../../runtime/methods/gen-dfl/plan.ts";
import { trainGenDfl, type GenDflTraining } from "../../runtime/methods/gen-dfl/train.ts";
import type { GenDflSpec, VaeSpec } from "../../runtime/spec.ts";
import { sizeOf } from "../../runtime/tensor/node.ts";
import { createOuterStepper } from "../../runtime/tensor/outer-training.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { smallPortfolio } from "../runs/pipelines.ts";

const vae: VaeSpec = { kind: "vae", latent: 1, hidden: [6], ema: 0, scenarios: 16 };
const sizes = { hidden: [6], ema: 0, scenarios: 16 } as const;
const generators: readonly LikelihoodSpec[] = [
  vae,
  { ...sizes, kind: "normalizing_flow", flow: "arqs", bins: 4, layers: 2 },
  { ...sizes, kind: "normalizing_flow", flow: "coupling", bins: 4, layers: 2 },
  {
    ...sizes,
    kind: "ddpm",
    net: { kind: "mlp", hidden: [6] },
    steps: 4,
    schedule: "linear",
    sampler: "ancestral",
    samplingSteps: 4,
  },
  { ...sizes, kind: "score_sde", net: { kind: "mlp", hidden: [6] }, sde: "vp", sampler: "sde", steps: 3 },
];
const { problem: whole } = smallPortfolio();
const problem = { ...whole, risk: { ...whole.risk, cvar: [], quadratic: [0.4, 0, 0, 0, 0.4, 0, 0, 0, 0.4] } };
const stream = randomStream(9, "gen-dfl");
const ROWS = 24;

/** Returns of which the context says which is best. */
function rowsOf(): TrainingSet {
  const contexts = new Float64Array(2 * ROWS);
  const outcomes = new Float64Array(3 * ROWS);
  stream.child("contexts").normal(contexts);
  stream.child("outcomes").normal(outcomes);
  for (let row = 0; row < ROWS; row++) {
    for (let i = 0; i < 3; i++)
      outcomes[3 * row + i] = 0.3 * outcomes[3 * row + i]! + (i < 2 ? contexts[2 * row + i]! : 0);
  }
  return { rows: ROWS, contexts, outcomes };
}

const train = rowsOf();
const prepared = prepareRows("vae", train, problem.sizes);
const { definition } = defineGenerator(vae, prepared);
const initial = weightTensors(definition.layout, {
  parameters: definition.initial(stream.child("initial")),
  context: prepared.context,
  outcome: prepared.outcome,
});

/** The law itself, a little noisy: what a good proxy would be. */
const proxy: ConditionalSampler = {
  async sample(contexts, rows, count, own) {
    const out = new Float64Array(rows * count * 3);
    own.normal(out);
    return out.map((value, k) => {
      const row = Math.floor(k / (3 * count));
      return 0.3 * value + (k % 3 < 2 ? contexts[2 * row + (k % 3)]! : 0);
    });
  },
};

const spec: GenDflSpec = {
  method: "gen_dfl",
  beta: [5],
  gamma: 0.05,
  samples: 8,
  ramp: 0,
  contexts: 6,
  proxy: vae,
  warmup: [1],
  surrogate: { kind: "implicit" },
  steps: 60,
  batch: 12,
  optimizer: { kind: "adam", rate: 0.02, weightDecay: 0 },
};

const training = (more: Partial<GenDflTraining> = {}): GenDflTraining => ({
  problem,
  generator: vae,
  spec,
  beta: 5,
  train,
  initial,
  proxy,
  range: null,
  createDecider: (one) => createDecider(one),
  stream: stream.child("training"),
  ...more,
});

const ends = (curve: readonly { readonly regret: number }[]): readonly [number, number] => {
  const mean = (part: typeof curve): number => part.reduce((sum, { regret }) => sum + regret, 0) / part.length;
  return [mean(curve.slice(0, 4)), mean(curve.slice(-4))];
};

const none = async (one: Parameters<GenDflTraining["createDecider"]>[0]): Promise<Decider> => {
  const decider = await createDecider(one);
  return { decide: (...args) => ({ ...decider.decide(...args), status: "infeasible", blame: ["m.dro:4:1"] }) };
};

describe("training a generator for its decisions", () => {
  it("lowers the regret under the proxy through the optimality conditions", async () => {
    const { curve, failed } = await trainGenDfl(training());
    const [before, after] = ends(curve);
    expect(failed).toBe(0);
    expect(after).toBeLessThan(0.5 * before);
  });

  it("lowers it against a pool of decisions, cached or of neighbours", async () => {
    for (const pool of ["cache", "neighbours"] as const) {
      const surrogate = { kind: "contrastive", pool, solve: 1, hinge: true } as const;
      const { curve } = await trainGenDfl(training({ spec: { ...spec, surrogate } }));
      const [before, after] = ends(curve);
      expect(after).toBeLessThan(0.7 * before);
    }
  });

  it("reports a row that has no decision and trains all others", async () => {
    const [bad] = train.contexts;
    const refusing = async (one: Parameters<GenDflTraining["createDecider"]>[0]): Promise<Decider> => {
      const decider = await createDecider(one);
      return {
        decide(scenarios, context, warm) {
          const answer = decider.decide(scenarios, context, warm);
          return context[0] === bad ? { ...answer, status: "infeasible", blame: ["m.dro:4:1"] } : answer;
        },
      };
    };
    const { curve, failures, failed } = await trainGenDfl(training({ createDecider: refusing }));
    expect(failed).toBeGreaterThan(0);
    expect(new Set(failures.map(({ row }) => row))).toEqual(new Set([0]));
    expect(failures[0]!.detail).toContain("infeasible");
    const [before, after] = ends(curve);
    expect(after).toBeLessThan(0.6 * before);
  });

  it("ends with the problem's own error where no row has a decision", async () => {
    await expect(trainGenDfl(training({ createDecider: none }))).rejects.toMatchObject({
      code: "decision-infeasible",
      place: "m.dro:4:1",
    });
  });

  it.each(generators)("draws the gradient of the samples back to every parameter: %#, $kind", async (generator) => {
    const rows = prepareRows(generator.kind, train, problem.sizes);
    const { definition } = defineGenerator(generator, rows);
    const shape = { batch: 4, contexts: 2, samples: 3, gamma: 0.7, steps: 5 } as const;
    const parameters = definition.initial(stream.child("initial"));
    const target = Float64Array.from({ length: 2 * 3 * 3 }, (_, k) => Math.sin(k));
    const plan = {
      ...generatorPlan(
        definition,
        rows,
        { ...shape, optimizer: { kind: "adam", rate: 1, weightDecay: 0 }, initial: parameters },
        stream,
      ),
      optimizer: { kind: "sgd", rate: 1 } as const,
      // ½‖scenarios − target‖², whose gradient is the difference.
      host(outputs: ReadonlyMap<string, ArrayLike<number>>) {
        const difference = Float64Array.from(outputs.get(SCENARIOS)!, (value, k) => value - target[k]!);
        return {
          loss: difference.reduce((sum, value) => sum + value ** 2 / 2, 0),
          gradients: { [SCENARIOS]: difference },
        };
      },
    };
    const stepper = await createOuterStepper(plan, "reference");
    const at = async (values: Float64Array): Promise<number> => {
      stepper.state("parameters").set(values);
      return stepper.step(0);
    };
    const start = Float64Array.from(parameters);
    await at(start);
    const gradient = Float64Array.from(stepper.state("parameters"), (value, i) => start[i]! - value);
    // A direction within each tensor of its own: small ones would drown in one over all.
    for (const { name, offset, shape: own } of definition.layout.slots) {
      const direction = new Float64Array(start.length);
      stream.child(`direction/${name}`).normal(direction.subarray(offset, offset + sizeOf(own)));
      const h = 1e-6;
      const along =
        ((await at(start.map((v, i) => v + h * direction[i]!))) -
          (await at(start.map((v, i) => v - h * direction[i]!)))) /
        (2 * h);
      const expected = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0);
      expect([name, Math.abs(along - expected) < 1e-5 * (1 + Math.abs(expected))]).toEqual([name, true]);
    }
    await stepper.dispose();
  });
});
