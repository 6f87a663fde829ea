import type { GasDroPredictor } from "./gas-dro/index.ts";
import type { RobustPredictor } from "./types.ts";

/** What a method says of itself, as plain JSON. */
export interface RobustDiagnosis {
  readonly radius: number | null;
  readonly candidates: RobustPredictor["candidates"];
  readonly gasDro?: Pick<GasDroPredictor, "diagnostics" | "trace">;
  /** Expected losses under the worst law of a classical set and of the training rows. */
  readonly worst?: { readonly loss: number; readonly nominal: number };
}

/**
 * The diagnosis that a unit of a run folder holds; `null` of a method that says nothing.
 * @throws Error where it is another thing, which the unit's identity rules out
 */
export function parseDiagnosis(text: string | undefined): RobustDiagnosis | null {
  const found: unknown = JSON.parse(text ?? "null");
  if (found === null) return null;
  if (!isDiagnosis(found)) throw new Error("A unit of the run folder lacks the diagnosis of its method.");
  return found;
}

/** A unit's identity fixes its shape: this tells only that it is there. */
function isDiagnosis(value: unknown): value is RobustDiagnosis {
  return typeof value === "object" && value !== null && "radius" in value && "candidates" in value;
}
