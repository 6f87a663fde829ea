import type { CompiledSpec } from "../compile-spec.ts";
import { EXIT } from "../exit-codes.ts";
import { runtimeProblem } from "../runtime-problem.ts";
import type { Outcome, Session } from "../session.ts";

/** An error of data or of a run, said at its place in the spec. Throws what is none. */
export function reportRuntime(session: Session, error: unknown, spec: CompiledSpec): Outcome {
  const { compilation, sources, diagnostics } = spec;
  const problem = runtimeProblem(error, compilation.sources, sources, { color: session.err.color });
  if (problem === null) throw error;
  if (!session.json) session.note(problem.text);
  return { exit: EXIT.wrong, diagnostics: [...diagnostics, problem.json] };
}
