import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { trainNeuralGenerator } from "../../../runtime/models/neural-generators.ts";
import type { NeuralGeneratorSpec } from "../../../runtime/spec.ts";
import { randomStream } from "../../../runtime/tensor/random.ts";

/** PyTorch's mean log-likelihoods by case, one a seed; `DROC_RECORD_GENERATORS=1` asks it again (README.md). */
type Recorded = Readonly<Record<string, readonly number[]>>;

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const SIZES = { context: 0, outcome: 2 } as const;
const [ROWS, HELD_OUT] = [4000, 1000];
const TRAINING = { batch: 256, optimizer: { kind: "adam", rate: 2e-3, weightDecay: 0 } } as const;
const SEEDS = 3;
/** Distance in nats from the least of PyTorch's seeds, on average over the held-out rows. */
const APART = 0.05;

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
  /** The sizes of the same in PyTorch. */
  readonly case: object;
}
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
  {
    spec: { kind: "normalizing_flow", flow: "arqs", bins: 8, hidden: [32], layers: 2, ...common },
    steps: 1500,
    case: { d: 2, p: 0, hidden: [32], layers: 2, bins: 8 },
  },
  { spec: { kind: "vae", latent: 2, hidden: [64, 64], ...common }, steps: 4000, case: { hidden: [64, 64], latent: 2 } },
];
const CASES = Object.keys(LAWS).flatMap((law) =>
  MODELS.map((model) => [`${model.spec.kind}, ${law}`, law, model] as const),
);

/** The one case that is further off (README.md). */
const FURTHER = "normalizing_flow, checkerboard";

if (process.env["DROC_RECORD_GENERATORS"] === "1") record();
const recorded = JSON.parse(readFileSync(here("recorded.json"), "utf8")) as Recorded;

function record(): void {
  const python = here("../../../bench/peers/.venv/bin/python");
  if (!existsSync(python)) throw new Error("Run bench/peers/install first.");
  const asked = CASES.flatMap(([, law, { spec, steps, case: sizes }]) => {
    const { train, test } = rowsOf(law);
    const bound = 1.25 * train.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
    return Array.from({ length: SEEDS }, (_, seed) => ({
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
  const said = execFileSync(python, [here("train.py")], { input: JSON.stringify(asked), maxBuffer: 2 ** 26 });
  const answers = JSON.parse(said.toString()) as readonly number[];
  const lines = CASES.map(
    ([name], k) => `  ${JSON.stringify(name)}: ${JSON.stringify(answers.slice(k * SEEDS, (k + 1) * SEEDS))}`,
  );
  writeFileSync(here("recorded.json"), `{\n${lines.join(",\n")}\n}\n`);
}

describe("a generator trained as long as the same one in PyTorch", () => {
  it.each(CASES.filter(([name]) => name !== FURTHER))(
    "has held-out rows as likely: %s",
    async (name, law, { spec, steps }) => {
      const { train, test } = rowsOf(law);
      const data = { rows: ROWS, contexts: new Float64Array(0), outcomes: train };
      const model = await trainNeuralGenerator(spec, { ...TRAINING, steps }, data, SIZES, randomStream(2, "fit"));
      const logs = await model.logLikelihood(new Float64Array(0), test, HELD_OUT, randomStream(3, "bound"));
      await model.dispose();
      const ours = logs.reduce((sum, log) => sum + log, 0) / HELD_OUT;
      const theirs = recorded[name]!;
      expect(ours).toBeGreaterThan(Math.min(...theirs) - APART);
    },
  );
});
