import type { Tensor } from "../../tensor/graph.ts";
import type { ParameterLayout } from "../../tensor/parameters.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { PredictorNet } from "../types.ts";

/** A network in standardised space: what `createNet` puts between the scalers. */
export interface NetBody {
  readonly layout: ParameterLayout;
  readonly fixed?: PredictorNet["fixed"];
  /** Initial parameters; those of `initialNetwork` where it is left out. */
  initial?(stream: RandomStream): Float32Array;
  /** Standardised `inputs` [rows, p] to [rows, d]. */
  forward(parameters: readonly Tensor[], inputs: Tensor): Tensor;
  /** The last operation, where it yields values that no scaling applies to. */
  readonly link?: (scores: Tensor) => Tensor;
}
