import type { ContextBlock, ContextReader } from "../data/contexts.ts";
import type { DecisionAnswer } from "../decide/types.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import { CHUNK_CONTEXTS, type ChunkDecider } from "../decision.ts";
import { requireDecision } from "../methods/solve.ts";
import { reviveError } from "../pool/carried-error.ts";
import type { ContextChunk, Decided } from "./chunk.ts";

/** A row of contexts with what became of it. */
export interface DecidedRow {
  /** Number of the row of data, from 1. */
  readonly row: number;
  /** The index as it stands in the contexts; `null` where they have none. */
  readonly index: string | null;
  /** An answer that is no decision (`unbounded`) has an error beside it. */
  readonly answer: DecisionAnswer | null;
  readonly error: RuntimeError | null;
}

/**
 * Decides at all rows of a reader, in their order. Memory does not grow with their number: rows are read as there is room
 * for them among those being decided.
 * @param model named in errors
 * @param onError `stop`: throws the error of the first row that has one, after the rows before it; `skip`: gives the row
 *   with its error and goes on
 */
export async function* decideRows(
  decider: ChunkDecider,
  reader: ContextReader,
  { model, onError }: { readonly model: string; readonly onError: "stop" | "skip" },
): AsyncGenerator<readonly DecidedRow[], void, undefined> {
  const waiting: Part[] = [];
  const chunks = async function* (): AsyncGenerator<ContextChunk> {
    for await (const block of reader.blocks()) {
      for (const part of partsOf(block)) {
        waiting.push(part);
        yield goodRows(part);
      }
    }
  };
  for await (const decided of decider.chunks(chunks())) {
    const { block, from, to } = waiting.shift()!;
    const rows: DecidedRow[] = [];
    let next = 0;
    for (let k = from; k < to; k++) {
      const place = { row: block.first + k, index: block.index?.[k] ?? null };
      const wrong = block.errors.get(k);
      const row =
        wrong === undefined ? rowOf(place, decided[next++]!, model) : { ...place, answer: null, error: wrong };
      if (row.error !== null && onError === "stop") {
        if (rows.length > 0) yield rows;
        throw row.error;
      }
      rows.push(row);
    }
    yield rows;
  }
}

/** Consecutive rows of a block, decided in one chunk. */
interface Part {
  readonly block: ContextBlock;
  readonly from: number;
  readonly to: number;
}

function* partsOf(block: ContextBlock): Generator<Part> {
  for (let from = 0; from < block.rows; from += CHUNK_CONTEXTS)
    yield { block, from, to: Math.min(from + CHUNK_CONTEXTS, block.rows) };
}

function goodRows({ block, from, to }: Part): ContextChunk {
  const p = block.values.length / block.rows;
  const good = Array.from({ length: to - from }, (_, k) => from + k).filter((k) => !block.errors.has(k));
  const contexts = new Float64Array(good.length * p);
  good.forEach((k, i) => contexts.set(block.values.subarray(k * p, (k + 1) * p), i * p));
  return { rows: good.length, contexts };
}

function rowOf(place: Pick<DecidedRow, "row" | "index">, decided: Decided, model: string): DecidedRow {
  if ("error" in decided) {
    const error = reviveError(decided.error);
    if (!(error instanceof RuntimeError)) throw error;
    return { ...place, answer: null, error };
  }
  const { answer } = decided;
  try {
    return { ...place, answer: requireDecision(answer, `${model} at row ${place.row}`), error: null };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return { ...place, answer, error };
  }
}
