import { RuntimeError } from "../errors/runtime-error.ts";
import type { Place, SplitSpec } from "../spec.ts";
import { randomStream } from "../tensor/random.ts";
import type { Dataset } from "./dataset.ts";
import { DATA_MESSAGES } from "./messages.ts";

const PARTS = ["train", "validation", "test"] as const;

const EMPTY_REASON = {
  train: "There is nothing to learn from.",
  validation: "Nothing can be chosen on it.",
  test: "Nothing can be evaluated on it.",
} as const;

/**
 * Cuts rows 0 … n − 1 into the parts of a file's split: consecutive for `chronological`, by a permutation of the seed
 * (stream `data/split`) for `random`. The cuts fall at the rounded cumulated shares. Each part is increasing.
 * @throws RuntimeError `data-split-fractions`, `data-split-empty`
 */
export function splitRows(split: Exclude<SplitSpec, { kind: "task" }>, rows: number, seed: number): Dataset["split"] {
  const shares = [split.train, split.validation, split.test];
  const total = shares.reduce((a, b) => a + b, 0);
  if (!(Math.abs(total - 1) < 1e-9) || shares.some((share) => share < 0)) {
    const written = `${Number((100 * total).toPrecision(6))}%`;
    throw new RuntimeError(DATA_MESSAGES, "data-split-fractions", { total: written }, { place: split.at });
  }
  const first = Math.round(rows * split.train);
  const second = Math.min(rows, Math.round(rows * (split.train + split.validation)));
  const order =
    split.kind === "random"
      ? randomStream(seed, "data/split").permutation(rows)
      : Int32Array.from({ length: rows }, (_, i) => i);
  const parts = {
    train: order.slice(0, first).sort(),
    validation: order.slice(first, second).sort(),
    test: order.slice(second).sort(),
  };
  for (const [i, part] of PARTS.entries())
    if (parts[part].length === 0 && (part !== "validation" || split.validation > 0))
      throw emptyPart(part, `${Number((100 * shares[i]!).toPrecision(6))}%`, rows, split.at);
  return parts;
}

function emptyPart(part: (typeof PARTS)[number], share: string, rows: number, place: Place): RuntimeError {
  return new RuntimeError(
    DATA_MESSAGES,
    "data-split-empty",
    { part, share, rows, reason: EMPTY_REASON[part] },
    { place },
  );
}
