import type { TunedCandidate } from "../spec.ts";

/** `neighbours 10, radius 0.1` */
export function chosenText(chosen: TunedCandidate["chosen"]): string {
  return Object.entries(chosen)
    .map(([name, value]) => `${name} ${typeof value === "number" ? value : `[${value.join(", ")}]`}`)
    .join(", ");
}
