import type { ModelDecl } from "../../../grammar/ast.ts";
import type { Program } from "../program.ts";

/** The model that an offset is in; `null` among a file's shared declarations. */
export function modelAt(program: Program, offset: number): ModelDecl | null {
  return program.main?.file.models.findLast((model) => model.span.start <= offset) ?? null;
}
