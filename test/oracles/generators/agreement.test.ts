import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { trainNeuralGenerator } from "../../../runtime/models/neural-generators.ts";
import { normalizingFlowPlan } from "../../../runtime/models/normalizing-flow/index.ts";
import type { NeuralGeneratorSpec, NormalizingFlowSpec } from "../../../runtime/spec.ts";
import { sizeOf } from "../../../runtime/tensor/node.ts";
import { randomStream } from "../../../runtime/tensor/random.ts";
import { runTraining } from "../../../runtime/tensor/training.ts";

/**
 * PyTorch's mean log-likelihoods by case, one a seed, and under `STEPS` the losses of the spline flow step by step;
 * `DROC_RECORD_GENERATORS=…` asks it again (README.md).
 */
type Recorded = Readonly<Record<string, readonly number[]>>;

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const SIZES = { context: 0, outcome: 2 } as const;
const [ROWS, HELD_OUT] = [4000, 1000];
const TRAINING = { batch: 256, optimizer: { kind: "adam", rate: 2e-3, weightDecay: 0 } } as const;
/** Distance in nats of the mean log-likelihood of the held-out rows. */
const APART = 0.05;
/** Milliseconds that several trainings in one test may take on a machine that does much else. */
const SLOWEST = 600_000;

type Draw = (u: Float64Array, z: Float64Array) => readonly [number, number];
const LAWS: Readonly<Record<string, Draw>> = {
  /** Two half circles that reach into each other, with noise. */
  "two moons"([u0 = 0, u1 = 0], [z0 = 0, z1 = 0]) {
    const [angle, upper] = [Math.PI * u0, u1 < 0.5];
    const x = upper ? Math.cos(angle) : 1 - Math.cos(angle);
    const y = upper ? Math.sin(angle) : 0.5 - Math.sin(angle);
    return [x + 0.1 * z0, y + 0.1 * z1];
  },
  /** Every second field of a board of 4 × 4. */
  checkerboard([u0 = 0, u1 = 0]) {
    const x = 4 * u0;
    const field = 2 * Math.floor(2 * u1) + (Math.floor(x) % 2);
    return [x - 2, field + ((2 * u1) % 1) - 2];
  },
};

/** Standardised rows of a law, the first `ROWS` to train on. */
function rowsOf(law: string): { readonly train: Float64Array; readonly test: Float64Array } {
  const all = ROWS + HELD_OUT;
  const [u, z] = [new Float64Array(2 * all), new Float64Array(2 * all)];
  randomStream(1, `${law}/u`).uniform(u);
  randomStream(1, `${law}/z`).normal(z);
  const values = new Float64Array(2 * all);
  for (let i = 0; i < all; i++) values.set(LAWS[law]!(u.subarray(2 * i), z.subarray(2 * i)), 2 * i);
  for (const j of [0, 1]) {
    const column = values.filter((_, at) => at % 2 === j && at < 2 * ROWS);
    const mean = column.reduce((sum, v) => sum + v, 0) / ROWS;
    const deviation = Math.sqrt(column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / ROWS);
    for (let at = j; at < values.length; at += 2) values[at] = (values[at]! - mean) / deviation;
  }
  return { train: values.slice(0, 2 * ROWS), test: values.slice(2 * ROWS) };
}

const common = { ema: 0.99, scenarios: 1 } as const;
const net = { kind: "mlp", hidden: [64, 64] } as const;
interface Model {
  readonly spec: NeuralGeneratorSpec;
  readonly steps: number;
  /** Trainings on either side, whose likelihoods are averaged; without them one of ours meets the least of three. */
  readonly seeds?: { readonly ours: number; readonly theirs: number };
  /** The sizes of the same in PyTorch. */
  readonly case: object;
}
/** Two layers on one hidden layer each: no network of the flow is like another by its position alone. */
const SPLINE: NormalizingFlowSpec = {
  kind: "normalizing_flow",
  flow: "arqs",
  bins: 8,
  hidden: [32],
  layers: 2,
  ...common,
};
const SPLINE_CASE = { d: 2, p: 0, hidden: [32], layers: 2, bins: 8 };
const MODELS: readonly Model[] = [
  {
    spec: {
      kind: "flow_matching",
      hidden: [64, 64],
      activation: "relu",
      solver: "midpoint",
      odeSteps: 8,
      ...common,
    },
    steps: 4000,
    case: { hidden: [64, 64] },
  },
  {
    spec: { kind: "ddpm", net, steps: 100, schedule: "linear", sampler: "ddim", samplingSteps: 20, ...common },
    steps: 4000,
    case: { hidden: [64, 64], levels: 100 },
  },
  {
    spec: { kind: "score_sde", net, sde: "vp", sampler: "sde", steps: 20, ...common },
    steps: 4000,
    case: { hidden: [64, 64] },
  },
  // Of one seed to another the flow's likelihood differs by up to 0.1 nats.
  { spec: SPLINE, steps: 1500, seeds: { ours: 4, theirs: 12 }, case: SPLINE_CASE },
  { spec: { kind: "vae", latent: 2, hidden: [64, 64], ...common }, steps: 4000, case: { hidden: [64, 64], latent: 2 } },
];
const CASES = Object.keys(LAWS).flatMap((law) =>
  MODELS.map((model) => [`${model.spec.kind}, ${law}`, law, model] as const),
);

/** What `recorded.json` has the spline flow's losses under. */
const STEPS = "normalizing_flow, losses by step";

const recording = process.env["DROC_RECORD_GENERATORS"];
if (recording !== undefined) await record(recording);
const recorded = JSON.parse(readFileSync(here("recorded.json"), "utf8")) as Recorded;

/** A hundred steps of the spline flow on the checkerboard: its start, what it was trained on, and its losses. */
async function splineSteps(): Promise<{
  readonly initial: readonly (readonly number[])[];
  readonly batches: readonly (readonly number[])[];
  readonly losses: readonly number[];
}> {
  const data = { rows: ROWS, contexts: new Float64Array(0), outcomes: rowsOf("checkerboard").train };
  const spec = { ...SPLINE, ema: 0 };
  const plan = normalizingFlowPlan(spec, { ...TRAINING, steps: 100 }, data, SIZES, randomStream(2, "fit"));
  const start = plan.initial();
  const batches: number[][] = [];
  const losses: number[] = [];
  const watched: typeof plan = {
    ...plan,
    fill(executor, first, count) {
      plan.fill(executor, first, count);
      batches.push(Array.from(executor.input("outcomes")));
    },
  };
  await runTraining(watched, { onStep: (_, __, loss) => void losses.push(loss) }, { unroll: 1 });
  const initial = plan.layout.slots.map(({ shape, offset }) => Array.from(start.slice(offset, offset + sizeOf(shape))));
  return { initial, batches, losses };
}

/** Where a case does not say: one training of ours beside the least of three of theirs. */
const ONE = { ours: 1, theirs: 3 } as const;

/** Asks PyTorch for the cases whose name has `part` in it and keeps the others' answers. */
async function record(part: string): Promise<void> {
  const python = here("../../../bench/peers/.venv/bin/python");
  if (!existsSync(python)) throw new Error("Run bench/peers/install first.");
  const cases = CASES.filter(([name]) => name.includes(part));
  const requests = cases.map(([, law, { spec, steps, seeds = ONE, case: sizes }]) => {
    const { train, test } = rowsOf(law);
    const bound = 1.25 * train.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
    return Array.from({ length: seeds.theirs }, (_, seed) => ({
      seed,
      model: spec.kind,
      case: { ...sizes, bound },
      steps,
      batch: TRAINING.batch,
      rate: TRAINING.optimizer.rate,
      ema: spec.ema,
      train: Array.from(train),
      test: Array.from(test),
    }));
  });
  const answers = { ...(JSON.parse(readFileSync(here("recorded.json"), "utf8")) as Recorded) };
  for (const [k, [name]] of cases.entries()) answers[name] = ask<number>(python, requests[k]!);
  if (STEPS.includes(part)) {
    const { initial, batches } = await splineSteps();
    const request = { case: SPLINE_CASE, rate: TRAINING.optimizer.rate, initial, batches };
    answers[STEPS] = ask<readonly number[]>(python, [request])[0]!;
  }
  const lines = Object.entries(answers).map(([name, values]) => `  ${JSON.stringify(name)}: ${JSON.stringify(values)}`);
  writeFileSync(here("recorded.json"), `{\n${lines.join(",\n")}\n}\n`);
}

function ask<Answer>(python: string, requests: readonly object[]): readonly Answer[] {
  const said = execFileSync(python, [here("train.py")], { input: JSON.stringify(requests), maxBuffer: 2 ** 26 });
  return JSON.parse(said.toString()) as readonly Answer[];
}

describe("a generator trained as long as the same one in PyTorch", () => {
  it.each(CASES)(
    "has held-out rows as likely: %s",
    async (name, law, { spec, steps, seeds }) => {
      const { train, test } = rowsOf(law);
      const data = { rows: ROWS, contexts: new Float64Array(0), outcomes: train };
      const ours: number[] = [];
      for (let seed = 0; seed < (seeds ?? ONE).ours; seed++) {
        const model = await trainNeuralGenerator(
          spec,
          { ...TRAINING, steps },
          data,
          SIZES,
          randomStream(2 + seed, "fit"),
        );
        const logs = await model.logLikelihood(new Float64Array(0), test, HELD_OUT, randomStream(3, "bound"));
        await model.dispose();
        ours.push(mean(Array.from(logs)));
      }
      const theirs = recorded[name]!;
      expect(mean(ours)).toBeGreaterThan((seeds === undefined ? Math.min(...theirs) : mean(theirs)) - APART);
    },
    SLOWEST,
  );

  it("loses the same at every step from the same start on the same rows: the spline flow", async () => {
    const { losses } = await splineSteps();
    const theirs = recorded[STEPS]!;
    expect(losses).toHaveLength(theirs.length);
    for (const [step, loss] of losses.entries()) expect(Math.abs(loss - theirs[step]!)).toBeLessThan(1e-4);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
