import type { TrainHooks } from "../../models/sampler.ts";
import type { Standardizer } from "../../models/standardizer.ts";
import type { Attack } from "../../predict/types.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { chooseByValidation } from "../select.ts";
import type { RobustPredictor, RobustProblem } from "../types.ts";
import { frankWolfe, penalisedAscent, standardised } from "./ascent.ts";
import { trainOnRows } from "./ml.ts";

export interface WassersteinDroOptions {
  /**
   * `adversarial`: rows moved by Frank–Wolfe within a 2-Wasserstein ball of this radius (Staib & Jegelka 2017).
   * `penalty`: rows moved against `γ/2 ‖·‖²`, the radii being the γ (Sinha, Namkoong & Duchi 2018): larger is closer.
   */
  readonly form: "adversarial" | "penalty";
  /** In standard deviations of the inputs; several are chosen among on the validation rows. */
  readonly radii: readonly number[];
  /** Steps of the inner maximisation. */
  readonly steps: number;
  /** Whether the adversary moves the targets too, in standard deviations of theirs. */
  readonly targets: boolean;
}

export const WASSERSTEIN_DRO_DEFAULTS: Omit<WassersteinDroOptions, "radii"> = {
  form: "adversarial",
  steps: 5,
  targets: false,
};

/** Radii relative to standardised inputs of p values, and penalties relative to the loss, unless they are given. */
export const WASSERSTEIN_RADII: Readonly<Record<WassersteinDroOptions["form"], readonly number[]>> = {
  adversarial: [0.05, 0.1, 0.2, 0.5, 1],
  penalty: [0.3, 1, 3, 10, 30],
};

/**
 * W-DRO of 001 §7: each batch is moved to where the loss is worse, within a Wasserstein ball of standardised rows.
 * @throws RuntimeError training-diverged
 */
export function trainWassersteinDro(
  problem: RobustProblem,
  options: Partial<WassersteinDroOptions>,
  stream: RandomStream,
  hooks: TrainHooks = {},
): Promise<RobustPredictor> {
  const full = { ...WASSERSTEIN_DRO_DEFAULTS, ...options };
  return chooseByValidation(problem, full.radii ?? WASSERSTEIN_RADII[full.form], (radius) =>
    trainOnRows(problem, "w_dro", radius, { attack: wassersteinAttack(problem, full, radius) }, stream, hooks),
  );
}

/** The inner maximisation over rows as part of a training program. */
export function wassersteinAttack(
  { net }: Pick<RobustProblem, "net">,
  { form, steps, targets: both }: Pick<WassersteinDroOptions, "form" | "steps" | "targets">,
  radius: number,
): Attack {
  return ({ inputs, targets, loss }) => {
    const p = inputs.shape[1]!;
    // Points are in standard deviations; what does not vary stays as it is.
    const origin = both
      ? ops.concat([standardised(inputs, net.scaling.inputs), standardised(targets, net.scaling.targets)], 1)
      : standardised(inputs, net.scaling.inputs);
    const rowsAt = (points: Tensor): { readonly inputs: Tensor; readonly targets: Tensor } => {
      const moves = ops.sub(points, origin);
      return {
        inputs: moved(inputs, ops.slice(moves, 1, 0, p), net.scaling.inputs),
        targets: both ? moved(targets, ops.slice(moves, 1, p, moves.shape[1]!), net.scaling.targets) : targets,
      };
    };
    const value = (points: Tensor): Tensor => {
      const at = rowsAt(points);
      return loss(at.inputs, at.targets);
    };
    const ascend = form === "adversarial" ? frankWolfe : penalisedAscent;
    return rowsAt(ascend(origin, value, radius, steps));
  };
}

function moved(x: Tensor, moves: Tensor, { scale }: Standardizer): Tensor {
  return ops.add(x, ops.mul(moves, x.graph.constant(scale, [1, scale.length])));
}
