import { createNet } from "../../runtime/predict/nets/index.ts";
import type { PredictorSpec } from "../../runtime/predict/nets/spec.ts";
import { fitScaling } from "../../runtime/predict/train.ts";
import type { PredictorData, RowLoss } from "../../runtime/predict/types.ts";
import { pretrainGenerator, type PretrainedGenerator } from "../../runtime/robust/index.ts";
import type { RobustProblem } from "../../runtime/robust/types.ts";
import type { DdpmSpec, VaeSpec } from "../../runtime/spec.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

/**
 * A target with a cause (`y = a + ½ b`) and a consequence of it, `y + level · c`: the consequence predicts better where
 * its level is that of the training rows, and misleads where it is higher. One group a level.
 */
export function consequence(rows: number, levels: readonly number[], seed: number): PredictorData {
  const n = rows * levels.length;
  const [a, b, c] = ["a", "b", "c"].map((name) => {
    const values = new Float64Array(n);
    randomStream(seed, `consequence/${name}`).normal(values);
    return values;
  });
  const inputs = new Float64Array(2 * n);
  const targets = new Float64Array(n);
  const groups = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    groups[i] = Math.floor(i / rows);
    targets[i] = a![i]! + 0.5 * b![i]!;
    inputs[2 * i] = a![i]!;
    inputs[2 * i + 1] = targets[i]! + levels[groups[i]!]! * c![i]!;
  }
  return { rows: n, inputs, targets, groups, groupNames: levels.map(String) };
}

export const squareLoss: RowLoss = ({ predictions, targets }) =>
  ops.mean(ops.square(ops.sub(predictions, targets)), { axes: [1], keep: true });

const SHAPE = { inputs: [{ name: "x", shape: [2] }], outputs: 1 };
export const LEVELS = [0.3, 0.6, 1, 1.5];

/** Trained at the first level, validated at all. */
export function consequenceProblem(
  seed: number,
  spec: PredictorSpec = { kind: "mlp", hidden: [24], activation: "tanh" },
): RobustProblem {
  const train = consequence(300, LEVELS.slice(0, 1), seed);
  return {
    net: createNet(spec, SHAPE, fitScaling(train, SHAPE), randomStream(seed, "net")),
    loss: squareLoss,
    train,
    validation: consequence(150, LEVELS, seed + 1000),
    training: { steps: 700, batch: 64, optimizer: { kind: "adam", rate: 5e-3 } },
    place: "model.dro:9:1",
  };
}

export const DIFFUSION: DdpmSpec = {
  kind: "ddpm",
  net: { kind: "mlp", hidden: [48, 48] },
  steps: 30,
  schedule: "linear",
  sampler: "ancestral",
  samplingSteps: 30,
  ema: 0.99,
  scenarios: 64,
};
export const AUTOENCODER: VaeSpec = { kind: "vae", latent: 2, hidden: [48, 48], ema: 0.99, scenarios: 64 };

export function pretrained<Spec extends DdpmSpec | VaeSpec>(
  spec: Spec,
  problem: RobustProblem,
  steps = 1500,
): Promise<PretrainedGenerator<Spec>> {
  const optimizer = { kind: "adam", rate: 3e-3, weightDecay: 0 } as const;
  const training = { steps, batch: 128, optimizer };
  return pretrainGenerator({ spec, training, roles: "joint" }, problem.train, randomStream(1, spec.kind));
}
