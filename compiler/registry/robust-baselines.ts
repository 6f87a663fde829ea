import { droBaseline } from "./predictor-sets.ts";
import { int, number, type GroupSchema, type OptionSchema } from "./schema.ts";
import { predictorTraining } from "./training.ts";

/** One value, or candidates of which one is chosen on validation rows. */
const choice = (name: string, doc: string, candidates: readonly number[]): OptionSchema => ({
  name,
  doc: `${doc}; of several the one with the least loss on held-out rows is taken`,
  value: { type: "choice", of: number(0, 1e12), range: false, criteria: ["holdout"], criterion: "holdout" },
  default: { oneOf: candidates, by: "holdout" },
  example: `one_of(${candidates.join(", ")}) by holdout`,
});

/** How a generator is fitted before a method of a predictor begins. */
export const pretraining: readonly OptionSchema[] = [
  {
    name: "pretraining",
    doc: "steps that the generator is fitted with before the method begins",
    value: int(1, 10_000_000),
    default: 3_000,
    example: "3_000",
  },
  {
    name: "rows",
    doc: "what the generator draws: inputs and targets together, or inputs given the target",
    value: { type: "word", words: ["joint", "inputs_given_targets"] },
    default: "joint",
    example: "joint",
  },
];

const inner = (doc: string, steps: number): OptionSchema => ({
  name: "inner",
  doc,
  value: int(1, 100_000),
  default: steps,
  example: String(steps),
  source: "001 App. D",
});

const outer: OptionSchema = {
  name: "outer",
  doc: "alternations",
  value: int(1, 100_000),
  default: 15,
  example: "15",
  source: "001 App. D",
};

const forecast = { problems: ["forecast"], source: "001 §5" } as const;

/** Ways to train a predictor that the robust ones are measured against (001 §5). */
export const robustBaselines: readonly GroupSchema[] = [
  {
    name: "ml",
    doc: "the predictor trained on the risk of the training rows",
    options: predictorTraining,
    ...forecast,
  },
  {
    name: "dml",
    doc: "the predictor trained on data and samples of the diffusion model",
    options: [
      choice("share", "generated rows for each row of the data", [1, 4, 16]),
      ...pretraining,
      ...predictorTraining,
    ],
    ...forecast,
  },
  {
    name: "w_dro",
    doc: "adversarial rows in a Wasserstein ball (Staib and Jegelka), or at a price for the distance (Sinha and others)",
    options: [
      {
        name: "form",
        doc: "a ball, or a penalty on the squared distance",
        value: { type: "word", words: ["adversarial", "penalty"] },
        default: "adversarial",
        example: "adversarial",
      },
      choice(
        "radius",
        "radius of the ball in standard deviations of the inputs, or the penalty",
        [0.05, 0.1, 0.2, 0.5, 1],
      ),
      inner("steps of each ascent", 5),
      {
        name: "targets",
        doc: "move the targets too",
        value: { type: "bool" },
        default: false,
        example: "true",
      },
      ...predictorTraining,
    ],
    ...forecast,
  },
  {
    name: "kl_dro",
    doc: "dual of a Kullback–Leibler ball: λ log E e^{f/λ} + λ ε",
    options: [choice("radius", "radius ε of the ball", [0.1, 0.3, 1, 2, 4]), ...predictorTraining],
    ...forecast,
  },
  droBaseline,
  {
    name: "dragen",
    doc: "Wasserstein ball in the latent space of an autoencoder",
    options: [
      choice("radius", "radius of the ball", [0.3, 1, 2, 4, 8]),
      inner("steps of each ascent", 5),
      { name: "latent", doc: "latent dimensions", value: int(1, 4096), default: 2, example: "2" },
      ...pretraining,
      ...predictorTraining,
    ],
    ...forecast,
  },
  {
    name: "p_dro",
    doc: "parametric adversary in a Kullback–Leibler ball",
    options: [
      choice("temperature", "τ of the adversary's weights in standard deviations of the losses", [0.5, 1, 4, 16, 64]),
      { name: "window", doc: "minibatches of the running normaliser", value: int(1, 1000), default: 5, example: "5" },
      inner("epochs of each step of the adversary", 10),
      outer,
      ...pretraining,
      ...predictorTraining,
    ],
    ...forecast,
  },
];
