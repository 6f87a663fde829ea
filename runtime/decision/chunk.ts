import type { DecisionAnswer } from "../decide/types.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import { carryError, type CarriedError } from "../pool/carried-error.ts";
import type { MethodDecider } from "./method-decider.ts";

/** Raw contexts that one thread decides at: rows × p. */
export interface ContextChunk {
  readonly rows: number;
  readonly contexts: Float64Array;
}

/** What became of a context: an answer, or the located error that it ended in. */
export type Decided = { readonly answer: DecisionAnswer } | { readonly error: CarriedError };

/**
 * Decides at every context of a chunk, one after the other. A context that ends in an error of its own (scenarios that
 * are not finite, a solver without an answer) does not stop the others.
 * @throws what is no `RuntimeError`, and the signal's reason
 */
export async function decideChunk(
  decider: MethodDecider,
  { rows, contexts }: ContextChunk,
  signal?: AbortSignal,
): Promise<Decided[]> {
  const p = rows === 0 ? 0 : contexts.length / rows;
  const decided: Decided[] = [];
  for (let row = 0; row < rows; row++) {
    signal?.throwIfAborted();
    try {
      decided.push({ answer: own(await decider.decide(contexts.slice(row * p, (row + 1) * p))) });
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      decided.push({ error: carryError(error) });
    }
  }
  return decided;
}

/** The answer in arrays of its own, which can be sent to another thread; multipliers stay where they are. */
function own(answer: DecisionAnswer): DecisionAnswer {
  const { z, t, objective, status, primalResidual, dualResidual, gap, milliseconds, solver, blame, missing } = answer;
  const numbers = { objective, status, primalResidual, dualResidual, gap, milliseconds };
  return { z: z.slice(), t: t.slice(), ...numbers, solver, blame, ...(missing === undefined ? {} : { missing }) };
}
