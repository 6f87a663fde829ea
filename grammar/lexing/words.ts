/**
 * Every word that the grammar knows. No word is taken away from the user except the reserved ones: a word is special
 * only where the grammar expects it, so `price`, `level`, `index`, `state` or `loss` may name things.
 */

/** What a word does, and so how an editor colours it. */
export type WordRole = "declaration" | "clause" | "operator" | "constant" | "source";

/**
 * When a word that begins a line continues the line above: followed by a word, a string, anything at all, or one given
 * word. (A word followed by `:` always names a field, option or label and begins an item.)
 */
export type Continuation = "always" | "before-word" | "before-string" | "before-value" | { readonly before: string };

export interface WordSpec {
  readonly word: string;
  readonly role: WordRole;
  /** Reserved words never name anything. */
  readonly reserved?: true;
  readonly continues?: Continuation;
  readonly doc: string;
}

export const WORDS = [
  { word: "import", role: "declaration", doc: "brings names in from another file or the standard library" },
  { word: "model", role: "declaration", doc: "begins a model: all declarations up to the next `model`" },
  { word: "dim", role: "declaration", doc: "a named size, with labels where the elements have names" },
  { word: "unit", role: "declaration", doc: "a unit of measure" },
  { word: "param", role: "declaration", doc: "a named constant, replaceable with `--set`" },
  { word: "seed", role: "declaration", doc: "the seed of every random draw" },
  { word: "fn", role: "declaration", doc: "a function, inlined where it is used" },
  { word: "set", role: "declaration", doc: "a named feasible set" },
  { word: "preset", role: "declaration", doc: "options under a name" },
  { word: "task", role: "declaration", doc: "a synthetic data generator of the runtime" },
  { word: "graph", role: "declaration", doc: "a graph, for decisions on its edges or nodes" },
  { word: "data", role: "declaration", doc: "a data set: its source, fields and split" },
  { word: "stages", role: "declaration", doc: "the stages of a multistage model" },
  { word: "state", role: "declaration", doc: "a quantity carried from stage to stage" },
  { word: "stage", role: "declaration", doc: "what is decided and paid at each stage" },
  { word: "decision", role: "declaration", doc: "what is chosen, and the set it is chosen from" },
  { word: "subject", role: "declaration", doc: "`subject to { … }`: the constraints" },
  { word: "next", role: "declaration", doc: "the state at the next stage" },
  { word: "loss", role: "declaration", doc: "what a decision costs for one outcome" },
  { word: "risk", role: "declaration", doc: "the functional of the loss that is minimised" },
  { word: "uncertainty", role: "declaration", doc: "the model of the outcome's conditional law" },
  { word: "ambiguity", role: "declaration", doc: "the laws that the decision must be robust against" },
  { word: "observe", role: "declaration", doc: "the law of an observation, for posterior sampling" },
  { word: "infer", role: "declaration", doc: "a posterior and how to sample it" },
  { word: "train", role: "declaration", doc: "how the uncertainty model is trained" },
  { word: "solve", role: "declaration", doc: "how the decision problem is solved" },
  { word: "compare", role: "declaration", doc: "methods to set beside this one" },
  { word: "stress", role: "declaration", doc: "corruptions to test under" },
  { word: "evaluate", role: "declaration", doc: "what is measured, and on which part of the data" },
  { word: "waive", role: "declaration", doc: "accepts an assumption that the checker cannot prove" },

  { word: "extends", role: "clause", continues: "before-word", doc: "takes the declarations of another model" },
  { word: "from", role: "clause", continues: "before-string", doc: "where an import comes from" },
  { word: "as", role: "clause", continues: "before-word", doc: "renames an import" },
  { word: "synthetic", role: "source", doc: "data drawn from a task instead of a file" },
  { word: "split", role: "clause", doc: "how rows are divided into training, validation and test" },
  { word: "per", role: "clause", continues: "before-word", doc: "one value for each stage" },
  { word: "in", role: "clause", reserved: true, continues: "always", doc: "membership of a set or a range" },
  { word: "initially", role: "clause", continues: "before-value", doc: "the state before the first stage" },
  { word: "observing", role: "clause", continues: "before-word", doc: "what is known when a stage decides" },
  { word: "to", role: "clause", continues: { before: "{" }, doc: "part of `subject to`" },
  { word: "each", role: "clause", continues: { before: "stage" }, doc: "`each stage`" },
  { word: "via", role: "clause", continues: "before-word", doc: "how worst cases are generated" },
  { word: "lift", role: "clause", continues: "before-word", doc: "the model that worst cases are lifted to" },
  { word: "with", role: "clause", continues: "before-word", doc: "the corruptions of a stress test" },
  { word: "because", role: "clause", continues: "before-string", doc: "why an assumption is waived" },

  { word: "by", role: "operator", continues: "before-word", doc: "the criterion that chooses a value" },
  { word: "on", role: "operator", continues: "before-word", doc: "the part of the data a criterion is taken on" },
  { word: "over", role: "operator", continues: "before-word", doc: "the dim that a reduction runs over" },
  {
    word: "where",
    role: "operator",
    continues: "before-value",
    doc: "the rows of a data set that satisfy a condition",
  },
  { word: "and", role: "operator", reserved: true, continues: "always", doc: "both" },
  { word: "or", role: "operator", reserved: true, continues: "always", doc: "either" },
  { word: "not", role: "operator", reserved: true, doc: "the contrary" },
  { word: "if", role: "operator", reserved: true, doc: "`if c then a else b`" },
  { word: "then", role: "operator", reserved: true, continues: "always", doc: "part of `if`" },
  { word: "else", role: "operator", reserved: true, continues: "always", doc: "part of `if`" },

  { word: "true", role: "constant", reserved: true, doc: "the logical constant" },
  { word: "false", role: "constant", reserved: true, doc: "the logical constant" },
] as const satisfies readonly WordSpec[];

export type Word = (typeof WORDS)[number]["word"];

/** The specification of a word, or `undefined` for an ordinary name. */
export const wordSpecs: ReadonlyMap<string, WordSpec> = new Map(WORDS.map((spec) => [spec.word, spec]));

/** Names of the types, for editors and docs; the grammar takes any name as a type and the checker knows these. */
export const TYPE_NAMES = ["real", "int", "bool", "date", "datetime", "text", "predictor"] as const;
