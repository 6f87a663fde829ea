/** What one change does. A direction is claimed only where it is proved; what is not proved is `INCOMPARABLE`. */
export type Verdict =
  | "MORE CONSERVATIVE"
  | "LESS CONSERVATIVE"
  | "FEASIBLE SET GROWS"
  | "FEASIBLE SET SHRINKS"
  | "OBJECTIVE CHANGES"
  | "DATA CHANGES"
  | "TRAINING ONLY"
  | "EVALUATION ONLY"
  | "GUARANTEE CHANGES"
  | "INCOMPARABLE"
  | "NO CHANGE OF MEANING";

/** Every verdict with what it claims, what a reviewer must look at first standing first. */
export const VERDICTS: Readonly<Record<Verdict, string>> = {
  INCOMPARABLE: "the problem is another one, and no order between the two is proved",
  "LESS CONSERVATIVE":
    "for every decision and every law of the outcome, the risk that a unit of loss is charged is at most what it was",
  "MORE CONSERVATIVE":
    "for every decision and every law of the outcome, the risk that a unit of loss is charged is at least what it was",
  "FEASIBLE SET GROWS": "every decision that was allowed still is, and further ones may be",
  "FEASIBLE SET SHRINKS": "every decision that is allowed was allowed before, and some may have gone",
  "OBJECTIVE CHANGES": "what is minimised is another function, or is weighed otherwise",
  "DATA CHANGES": "other rows, columns or transforms are read, or other rows train, validate and test",
  "GUARANTEE CHANGES":
    "an assumption is set aside, or no longer is: the numbers stay, what is promised of them does not",
  "TRAINING ONLY": "the law is learnt, sampled or solved for otherwise; the problem that is decided is the same",
  "EVALUATION ONLY": "other things are reported; what is trained and decided is the same",
  "NO CHANGE OF MEANING": "the two say the same",
};

/** The verdicts, most important first. */
export const VERDICT_ORDER: readonly Verdict[] = [
  "INCOMPARABLE",
  "LESS CONSERVATIVE",
  "MORE CONSERVATIVE",
  "FEASIBLE SET GROWS",
  "FEASIBLE SET SHRINKS",
  "OBJECTIVE CHANGES",
  "DATA CHANGES",
  "GUARANTEE CHANGES",
  "TRAINING ONLY",
  "EVALUATION ONLY",
  "NO CHANGE OF MEANING",
];

/** The verdict of the change read backwards. */
export function mirror(verdict: Verdict): Verdict {
  switch (verdict) {
    case "MORE CONSERVATIVE":
      return "LESS CONSERVATIVE";
    case "LESS CONSERVATIVE":
      return "MORE CONSERVATIVE";
    case "FEASIBLE SET GROWS":
      return "FEASIBLE SET SHRINKS";
    case "FEASIBLE SET SHRINKS":
      return "FEASIBLE SET GROWS";
    default:
      return verdict;
  }
}

/** Different verdicts, each once, most important first; the one of no change only where there is no other. */
export function distinctVerdicts(verdicts: readonly Verdict[]): readonly Verdict[] {
  const found = VERDICT_ORDER.filter((verdict) => verdicts.includes(verdict));
  const real = found.filter((verdict) => verdict !== "NO CHANGE OF MEANING");
  return real.length > 0 ? real : ["NO CHANGE OF MEANING"];
}

/** `LESS CONSERVATIVE` as options of the command line name it: `less-conservative`. */
export function verdictKey(verdict: Verdict): string {
  return verdict.toLowerCase().replaceAll(" ", "-");
}
