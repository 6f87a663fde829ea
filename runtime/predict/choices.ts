import { mean, standardDeviation } from "../evaluate/statistics.ts";
import type { RobustDiagnosis } from "../robust/diagnosis.ts";
import { formatValue, type TextTable } from "../report/table.ts";
import type { Warn } from "../runs/event-log.ts";
import type { ForecastResult, PredictorResult } from "./results.ts";

type Choice = Pick<PredictorResult, "label" | "option" | "diagnoses">;

/** A value of a method's option that was tried at every seed. */
interface Tried {
  readonly value: string;
  /** Its loss on the held-out rows, one a seed. */
  readonly losses: readonly number[];
  /** Seeds that chose it. */
  readonly chosen: number;
}

/** The values that a method tried, in ascending order; empty where it had no choice. */
function triedBy({ diagnoses }: Choice): readonly Tried[] {
  const seeds = diagnoses.filter((one) => one !== null);
  const [first] = seeds;
  if (first === undefined) return [];
  return first.candidates
    .map(({ radius }, k) => ({
      radius,
      value: valueText(seeds, k),
      losses: seeds.map(({ candidates }) => candidates[k]!.loss),
      chosen: seeds.filter((seed) => seed.radius === seed.candidates[k]!.radius).length,
    }))
    .toSorted((a, b) => a.radius - b.radius);
}

/** A budget that is a multiple of the generator's own loss differs from seed to seed: the multiple does not. */
function valueText(seeds: readonly RobustDiagnosis[], k: number): string {
  const radii = seeds.map(({ candidates }) => candidates[k]!.radius);
  if (radii.every((radius) => radius === radii[0])) return shown(radii[0]!);
  const multiples = seeds.map(({ gasDro }, seed) => radii[seed]! / (gasDro?.diagnostics.pretraining ?? Number.NaN));
  const multiple = mean(multiples);
  const agree = multiples.every((one) => Math.abs(one - multiple) <= 1e-6 * multiple);
  return agree ? `${shown(multiple)} × J(θ₀)` : radii.map(shown).join(", ");
}

function shown(value: number): string {
  return Number(value.toPrecision(4)).toString();
}

/** One row a value that was tried: its loss on the held-out rows over the seeds, and how many chose it. */
export function choiceTable({ methods }: Pick<ForecastResult, "methods">): TextTable {
  return {
    columns: ["method", "option", "tried", "loss on held-out rows", "seeds that chose it"],
    rows: methods.flatMap((method) =>
      triedBy(method).map(({ value, losses, chosen }) => [
        method.label,
        method.option ?? "–",
        value,
        formatValue(mean(losses), standardDeviation(losses)),
        chosen === 0 ? "–" : `${chosen} of ${losses.length}`,
      ]),
    ),
  };
}

/** Says which methods chose an end of what was tried, beyond which a better value may lie. */
export function warnOfEdges(warn: Warn, methods: readonly Choice[]): void {
  for (const method of methods) {
    const { option, label, diagnoses } = method;
    const tried = triedBy(method);
    if (option === null || tried.length < 2) continue;
    const total = diagnoses.length;
    const ends = [
      { ...tried[0]!, end: "smallest", direction: "downward" },
      { ...tried.at(-1)!, end: "largest", direction: "upward" },
    ] as const;
    for (const { value, chosen: seeds, end, direction } of ends)
      if (seeds > 0 && !isLast(option, end, value))
        warn("choice-at-edge", { method: label, option, total, end, direction, value, seeds });
  }
}

/** Nothing lies beyond: the rows themselves, all of the mass, a generator that has no room to move. */
function isLast(option: string, end: "smallest" | "largest", value: string): boolean {
  if (end === "largest") return option === "tail" && value === "1";
  return option === "budget" || option === "covariance" || value === "0";
}
