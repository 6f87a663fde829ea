import { renderLatex, renderText } from "../../canonical/index.ts";
import { showText } from "../../diagnostics/show-text.ts";
import type { CanonicalProblem } from "../../analyse/index.ts";

/** The problem that is solved, as mathematics. */
export interface ExplainedReformulation {
  readonly class: string;
  /** What makes it this class. */
  readonly reason: string;
  readonly text: string;
  readonly latex: string;
}

export function explainReformulation(canonical: CanonicalProblem): ExplainedReformulation {
  const form = canonical.reformulation();
  return { class: form.class, reason: form.reason, text: renderText(form), latex: renderLatex(form) };
}

/** Its lines for a terminal. */
export function reformulationLines({ text }: ExplainedReformulation): string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `  ${showText(line)}`);
}
