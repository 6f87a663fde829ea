import { budget } from "./ambiguity.ts";
import { furtherGenerators, likelihoodGenerators } from "./further-generators.ts";
import { pretraining } from "./robust-baselines.ts";
import { fraction, int, number, type GroupSchema, type OptionSchema } from "./schema.ts";
import { predictorTraining, training } from "./training.ts";

const proxies = furtherGenerators.filter((group) => group.name !== "transport");

/** Decision-focused training of a generator. */
export const genDfl: GroupSchema = {
  name: "gen_dfl",
  doc: "minimises β · CVaR regret under a proxy law + γ · the generator's own loss",
  source: "004 §4",
  generators: likelihoodGenerators,
  options: [
    {
      name: "beta",
      doc: "weight β of the regret",
      value: { type: "choice", of: number(0, 1e9), range: false, criteria: ["holdout"], criterion: "holdout" },
      default: 10,
      example: "10",
      source: "004 §5",
    },
    {
      name: "gamma",
      doc: "weight γ of the generator's loss",
      value: number(0, 1e9),
      default: 1,
      example: "1",
      source: "004 §5",
    },
    {
      name: "samples",
      doc: "scenarios K of each decision in training",
      value: int(2, 100_000),
      default: 200,
      example: "200",
      source: "004 App. D",
    },
    {
      name: "ramp",
      doc: "share of the steps over which the scenarios grow from a quarter of `samples` over a half to all of them",
      value: number(0, 1),
      default: 0,
      example: "50%",
      source: "004 Fig. 7",
    },
    {
      name: "contexts",
      doc: "contexts of each step that are decided at",
      value: int(1, 65_536),
      default: 16,
      example: "16",
    },
    {
      name: "tail",
      doc: "tail mass α of the CVaR that decisions and regret are measured under in training; the model's own risk where it is left out",
      value: number(0, 1, "min"),
      example: "50%",
      source: "004 Fig. 6",
    },
    {
      name: "warmup",
      doc: "steps of the proxy's training, and of the generator's own loss alone before decisions count, or candidates of which each takes the one under which validation rows are most likely",
      value: { type: "choice", of: int(1, 10_000_000), range: false, criteria: ["holdout"], criterion: "holdout" },
      default: 2_000,
      example: "one_of(200, 2_000) by holdout",
    },
    {
      name: "proxy",
      doc: "law fitted first and frozen, under which regret is measured",
      value: { type: "group", groups: proxies },
      default: "normalizing_flow",
      example: "normalizing_flow",
      source: "004 §4",
    },
    {
      name: "surrogate",
      doc: "how the gradient passes the decision",
      value: {
        type: "group",
        groups: [
          { name: "implicit", doc: "through the optimality conditions; convex problems only", options: [] },
          {
            name: "contrastive",
            doc: "the best decision against others of a pool; any problem",
            options: [
              {
                name: "pool",
                doc: "decisions that the best one is compared with",
                value: { type: "word", words: ["cache", "neighbours"] },
                default: "cache",
                example: "cache",
              },
              {
                name: "solve",
                doc: "probability that a context of a step is solved and its decision added to the pool",
                value: number(0, 1),
                default: 0.1,
                example: "10%",
              },
              {
                name: "hinge",
                doc: "a decision counts only while the generator thinks it better than the target; without it the surrogate is the paper's, which has no lower bound",
                value: { type: "bool" },
                default: true,
                example: "true",
              },
            ],
            source: "004 §4",
          },
        ],
      },
      default: "contrastive",
      example: "contrastive { pool: cache }",
      source: "004 §4",
    },
    ...training.map((option) => {
      if (option.name === "steps") return { ...option, default: 500, example: "500", source: "004 App. C" };
      return option.name === "batch" ? { ...option, default: 64, example: "64", source: "004 App. C" } : option;
    }),
  ],
};

const lastSteps: OptionSchema = {
  name: "last_steps",
  doc: "reverse steps T′ that count",
  value: int(1, 10_000),
  default: 5,
  example: "5",
  source: "001 eq. 10",
};

/** Generative adversarial distributionally robust training. */
export const gasDro: GroupSchema = {
  name: "gas_dro",
  doc: "a predictor against the worst law of a generator whose reconstruction loss stays within the budget",
  source: "001 §4",
  problems: ["forecast"],
  generators: ["ddpm", "vae"],
  options: [
    {
      name: "estimator",
      doc: "gradient of an expectation under the generator",
      value: {
        type: "group",
        groups: [
          {
            name: "policy_gradient",
            doc: "score of the last reverse steps",
            options: [lastSteps],
            source: "001 eq. 9",
          },
          {
            name: "ppo",
            doc: "clipped ratios of the last reverse steps",
            options: [
              { name: "clip", doc: "largest change κ of a ratio", value: fraction, default: 0.2, example: "0.2" },
              lastSteps,
              {
                name: "reference",
                doc: "law of the ratio's denominator: the one at the start of each inner epoch, or the pre-trained one",
                value: { type: "word", words: ["current", "pretrained"] },
                default: "current",
                example: "current",
              },
            ],
            source: "001 eq. 10",
          },
        ],
      },
      default: "ppo",
      example: "ppo { clip: 0.2, last_steps: 5 }",
    },
    {
      name: "dual_rate",
      doc: "step η of the multiplier for a budget overrun by its own size: μ ← [μ + η (J/ε − 1)]+",
      value: number(0, 1e6, "min"),
      default: 5,
      example: "5",
      source: "001 §4",
    },
    {
      name: "generator_rate",
      doc: "learning rate of the generator in the maximisation; what its last steps add to the loss of their average must fit into the budget",
      value: number(0, 1, "min"),
      default: 1e-3,
      example: "1e-3",
    },
    {
      name: "inner",
      doc: "epochs of each maximisation",
      value: int(1, 100_000),
      default: 10,
      example: "10",
      source: "001 §5",
    },
    { name: "outer", doc: "alternations", value: int(1, 100_000), default: 15, example: "15", source: "001 §5" },
    ...pretraining,
    ...predictorTraining,
  ],
};

const { generators: _, ...besideAnyGenerator } = gasDro;

/** The same beside another training: a model without `ambiguity` has no budget to share, nor need its generator be one. */
export const gasDroBaseline: GroupSchema = {
  ...besideAnyGenerator,
  options: [
    {
      ...budget,
      doc: "largest reconstruction loss ε; that of `ambiguity generative`, else multiples of that of the fitted generator, chosen on held-out rows, where it is left out",
    },
    ...gasDro.options,
  ],
};
