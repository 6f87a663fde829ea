/** What one compilation may use. Specs come from strangers; past a limit the answer is a diagnostic, never a hang. */
export const limits = {
  fileBytes: 1_048_576,
  importDepth: 16,
  importedFiles: 64,
  declarations: 5_000,
  extendsDepth: 32,
  dimSize: 1_000_000,
  elements: 10_000_000,
  graphNodes: 5_000,
  /** Depth of nested expressions and of functions calling functions. */
  exprDepth: 400,
  callDepth: 64,
  /** Typed expression nodes of one model, after inlining. */
  exprNodes: 100_000,
  /** Elements computed while folding constants, over the whole model. */
  foldedElements: 20_000_000,
  /** Elements written out in the IR: constants, gathered indices and labels. */
  spelledElements: 2_000_000,
} as const;
