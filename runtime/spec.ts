/**
 * What an emitted pipeline is made of: the typed values that `droc build` spells out and `runPipeline` runs. The
 * compiler lowers `ModelIR` to these; nothing here refers to the language.
 *
 * Vectors are `Float64Array`s; matrices are row-major with their column count known from the pipeline's sizes.
 */
import type { CanonicalForm } from "./ir/canonical.ts";
import type { ColumnIR } from "./ir/model.ts";
import type { DflLossSpec } from "./dfl/loss-spec.ts";
import type { SetObjective } from "./dfl/sets/objectives.ts";
import type { PredictorSpec } from "./dfl/types.ts";

/** `model.dro:12:3`, for messages. */
export type Place = string;

/** A declaration of the `.dro` that an error of a run can be about. */
export type Construct = "uncertainty" | "ambiguity" | "train" | "loss" | "compare" | "evaluate";

/** p context values, d outcome values, n decision values. */
export interface Sizes {
  readonly context: number;
  readonly outcome: number;
  readonly decision: number;
}

export interface FieldSpec {
  readonly role: "index" | "context" | "outcome";
  readonly name: string;
  readonly type: "real" | "int" | "date" | "datetime" | "text";
  /** Number of values; 1 for a scalar. */
  readonly size: number;
  readonly labels?: readonly string[];
  readonly unit?: string;
  readonly columns: ColumnIR | null;
  readonly transforms: readonly ("standardize" | "minmax")[];
  readonly range?: { readonly lower: number; readonly upper: number };
  readonly at: Place;
}

export type SourceSpec =
  | { readonly kind: "csv" | "parquet" | "json"; readonly path: string; readonly at: Place }
  | {
      readonly kind: "synthetic";
      readonly task: string;
      readonly options: Readonly<Record<string, number | string | boolean | readonly number[]>>;
      readonly at: Place;
    };

/** Fractions of the rows in time order (`chronological`) or shuffled by the seed (`random`); a task has its own sizes. */
export type SplitSpec =
  | {
      readonly kind: "chronological" | "random";
      readonly train: number;
      readonly validation: number;
      readonly test: number;
      readonly at: Place;
    }
  | { readonly kind: "task" };

export interface DataSpec {
  readonly name: string;
  readonly source: SourceSpec;
  readonly fields: readonly FieldSpec[];
  readonly split: SplitSpec;
}

/** `{ z : lower ≤ z ≤ upper, A z ≤ b, E z = f }`, some components integer. Bounds may be ±Infinity. */
export interface FeasibleSet {
  readonly size: number;
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  readonly inequalities: readonly LinearRow[];
  readonly equalities: readonly LinearRow[];
  /** Indices of integer components. */
  readonly integer: readonly number[];
  /** Where the bounds are declared: one place a component, or one for all. */
  readonly boundsAt?: readonly Place[];
}
/** `coefficients · z (≤ or =) bound` */
export interface LinearRow {
  readonly coefficients: readonly number[];
  readonly bound: number;
  readonly at: Place;
}

/** `mean·E[L] + Σ_k weight_k·CVaR_{level_k}[L] + linear·z + zᵀ Q z + constant + curved(z)`. */
export interface RiskSpec {
  readonly mean: number;
  readonly cvar: readonly { readonly weight: number; readonly level: number }[];
  readonly linear: readonly number[];
  /** n × n row-major, symmetric positive semidefinite; `null` where there is no quadratic term. */
  readonly quadratic: readonly number[] | null;
  readonly constant: number;
  /** A convex term that is no quadratic; the decision problem then has a `conic` form. */
  readonly curved?: (z: ArrayLike<number>) => number;
}

/** A named part of a vector. */
export interface VectorPart {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** `value(z) ≤ 0`, convex and not affine. */
export interface CurvedConstraint {
  readonly label: string;
  /** The largest of its elements. */
  readonly value: (z: Float64Array) => number;
  readonly at: Place;
}

/**
 * A decision problem that bends in the decision other than by maxima and a quadratic risk term, as an equal one of linear
 * rows and cones. Its variables begin with the decision's blocks; its objective and rows are graphs over its variables,
 * the outcome's fields (one value a scenario) and the context's.
 */
export interface ConicForm {
  readonly form: CanonicalForm;
  /** Where in the spec each of the form's rows comes from. */
  readonly rowsAt: readonly Place[];
  readonly decision: readonly VectorPart[];
  readonly outcome: readonly VectorPart[];
  readonly context: readonly VectorPart[];
  /** The constraints that the feasible set cannot hold. */
  readonly constraints: readonly CurvedConstraint[];
}

/** Norm between outcomes. */
export type OutcomeNorm = "l1" | "l2" | "linf";

/**
 * Laws around the scenarios among which the worst counts: those within a Wasserstein distance (002 §3; the support is all
 * of R^d) or within a Kullback–Leibler divergence `KL(Q ‖ P)` (the same scenarios with other weights, 001 §5).
 */
export type AmbiguitySet =
  | {
      readonly kind: "wasserstein";
      /** Power of the distance that is averaged. */
      readonly order: 1 | 2 | "infinity";
      readonly norm: OutcomeNorm;
      /** In the unit of the outcome as the scenarios have it; 0 is the nominal problem. */
      readonly radius: number;
      /** Every set of scenarios adds to the radius what it says itself (`ScenarioSet.widening`). */
      readonly widened?: true;
    }
  | { readonly kind: "kl"; readonly radius: number };

/** The ambiguity set of a pipeline: the radius may be chosen among several by hold-out. */
export interface AmbiguitySpec {
  readonly set: Omit<Extract<AmbiguitySet, { kind: "wasserstein" }>, "radius"> | { readonly kind: "kl" };
  /** In ascending order; one value is no choice. */
  readonly radii: readonly number[];
  /** The radius is chosen by cross-validation with so many parts of the training rows, in place of hold-out. */
  readonly folds?: number;
  /**
   * The radius at each context is what holds the true conditional law with this probability, by the bootstrap of the
   * mixture's parameters (002 theorem 3.1); `radii` is then 0 alone.
   */
  readonly coverage?: number;
  /** Sizes of the mixture of which one is the true one: the ball is around the one nearest to all others (002 prop. 3.5). */
  readonly components?: readonly number[];
  /** Around the generator's scenarios at the context, or around the training outcomes whatever the context. */
  readonly center: "conditional" | "empirical";
  readonly at: Place;
}

/**
 * The decision problem at one context: loss with derivatives as straight-line code, its pieces, the set and the risk.
 * `out` arrays are overwritten.
 */
export interface DecisionProblem {
  readonly sizes: Sizes;
  /** `ℓ(z, s)` at context x. */
  readonly loss: (z: Float64Array, s: Float64Array, x: Float64Array) => number;
  readonly lossGradientZ: (z: Float64Array, s: Float64Array, x: Float64Array, out: Float64Array) => void;
  readonly lossGradientS: (z: Float64Array, s: Float64Array, x: Float64Array, out: Float64Array) => void;
  /**
   * `∇_s` of the extended loss in the Rockafellar–Uryasev decision `(z, t)`, one t per CVaR term:
   * `∇_s ℓ · (mean + Σ_k weight_k / (1 − level_k) · 1{ℓ > t_k})` (003 §4.2).
   */
  readonly extendedGradientS: (
    z: Float64Array,
    t: Float64Array,
    s: Float64Array,
    x: Float64Array,
    out: Float64Array,
  ) => void;
  /** `ℓ(z, s) = max_j slope_j(s, x)·z + offset_j(s, x)`. `slopes` is count × n row-major. */
  readonly pieces: {
    readonly count: number;
    readonly fill: (s: Float64Array, x: Float64Array, slopes: Float64Array, offsets: Float64Array) => void;
    /**
     * `∇_s Σ_j slopes_j·slope_j(s, x) + offsets_j offset_j(s, x)`, d values: takes derivatives in the pieces back to the
     * outcome. Derivatives of decisions need it where the loss has several pieces.
     */
    readonly pull?: (
      s: Float64Array,
      x: Float64Array,
      slopes: Float64Array,
      offsets: Float64Array,
      out: Float64Array,
    ) => void;
  };
  readonly feasible: FeasibleSet;
  readonly risk: RiskSpec;
  /** What is solved where loss, risk or constraints are curved; `pieces` then has none. */
  readonly conic?: ConicForm;
  /** The risk is that of the worst law in this set; absent: of the scenarios themselves. */
  readonly ambiguity?: AmbiguitySet;
  /** When the search for whole components ends; absent: at an optimum, or after a minute. */
  readonly search?: IntegerSearchSpec;
}

/** When a search for whole components ends. */
export interface IntegerSearchSpec {
  /** Gap to the best bound, relative to the objective, at which a decision is good enough. */
  readonly gap: number;
  /** Seconds that one decision may take. */
  readonly timeLimit: number;
}

/** Conditional flow matching (003 §4.1): linear path, Gaussian base, MLP velocity on (t, s_t, x). */
export interface FlowMatchingSpec {
  readonly kind: "flow_matching";
  readonly hidden: readonly number[];
  readonly activation: "relu" | "silu" | "tanh" | "gelu";
  /** `dormand_prince` chooses its own steps. */
  readonly solver: "euler" | "midpoint" | "rk4" | "dormand_prince";
  /** Steps of the solver; of `dormand_prince` in an exported sampler, which cannot choose them. */
  readonly odeSteps: number;
  /** Error of a step that `dormand_prince` accepts; 1e-5 unless given. */
  readonly tolerance?: number;
  /** How noise and outcomes are paired in training: at random unless given, or by optimal transport in each batch. */
  readonly coupling?: "independent" | "minibatch_ot";
  /** Decay of the exponential moving average of the weights used to sample; 0 turns it off. */
  readonly ema: number;
  /** Scenarios drawn per context to decide. */
  readonly scenarios: number;
}
/** Gaussian mixture on the joint (x, s), conditioned in closed form (002 §2). */
export interface MixtureSpec {
  readonly kind: "gmm";
  /** Candidates; one value is no choice. */
  readonly components: readonly number[];
  readonly criterion: "aic" | "bic" | "holdout";
  /** `tied`: one full covariance for all components. */
  readonly covariance: "full" | "diagonal" | "tied";
  readonly restarts: number;
  /** Added to the diagonal of every covariance, relative to the data's variance. */
  readonly floor: number;
  readonly scenarios: number;
}
/** A Gaussian mixture in the latent space of a spline flow of (x, s), conditioned there in closed form (002 §4.2). */
export interface MixtureFlowSpec {
  readonly kind: "gmm_nf";
  /** Candidates of the latent mixture; one value is no choice. */
  readonly components: readonly number[];
  readonly criterion: MixtureSpec["criterion"];
  /** Pieces of each spline. */
  readonly bins: number;
  readonly hidden: readonly number[];
  /** Share of the rows that early stopping watches. */
  readonly holdout: number;
  /** Epochs without a better likelihood before training stops. */
  readonly patience: number;
  readonly epochs: number;
  readonly scenarios: number;
}
/** One Gaussian on the joint (x, s): linear regression with Gaussian residuals. */
export interface GaussianSpec {
  readonly kind: "gaussian";
  /** Added to the diagonal of the covariance, relative to the data's variance. */
  readonly floor: number;
  readonly scenarios: number;
}
/** Training outcomes weighted by a Gaussian kernel of the distance between contexts (Nadaraya–Watson). */
export interface KernelSpec {
  readonly kind: "kernel";
  /** Candidates, in standard deviations of each context component; one value is no choice. */
  readonly bandwidths: readonly number[];
  readonly criterion: "holdout" | "cross_validation";
  readonly scenarios: number;
}
/** Outcomes of the nearest training contexts, equally weighted. */
export interface NeighboursSpec {
  readonly kind: "knn";
  readonly neighbours: number;
  readonly scenarios: number;
}
/** All training outcomes, whatever the context. */
export interface EmpiricalSpec {
  readonly kind: "empirical";
  readonly scenarios: number;
}
/** Network that predicts the noise in a noisy outcome: fully connected, or a U-Net along the outcome as a series. */
export type NoiseNetSpec =
  | { readonly kind: "mlp"; readonly hidden: readonly number[] }
  /** Channels of the levels, the finest first. */
  | { readonly kind: "unet1d"; readonly channels: readonly number[] };

/** Denoising diffusion with Gaussian reverse transitions (001 §3). */
export interface DdpmSpec {
  readonly kind: "ddpm";
  readonly net: NoiseNetSpec;
  /** Noise levels T from the data to the Gaussian. */
  readonly steps: number;
  readonly schedule: "linear" | "cosine";
  /** Random reverse transitions, or the deterministic ones of DDIM. */
  readonly sampler: "ancestral" | "ddim";
  /** Levels that sampling passes, evenly spread; at most `steps`. */
  readonly samplingSteps: number;
  readonly ema: number;
  readonly scenarios: number;
}
/** Invertible network with an exact likelihood (002 §4.2; 004 §5). */
export interface NormalizingFlowSpec {
  readonly kind: "normalizing_flow";
  /** Autoregressive rational-quadratic splines, or affine coupling layers. */
  readonly flow: "arqs" | "coupling";
  /** Pieces of each spline. */
  readonly bins: number;
  readonly hidden: readonly number[];
  readonly layers: number;
  readonly ema: number;
  readonly scenarios: number;
}
/** Variational autoencoder with a Gaussian decoder (001 §3; 004 §5). */
export interface VaeSpec {
  readonly kind: "vae";
  /** Latent dimensions. */
  readonly latent: number;
  /** Hidden widths of the encoder; the decoder has them in reverse. */
  readonly hidden: readonly number[];
  readonly ema: number;
  readonly scenarios: number;
}
/** Score-based diffusion in continuous time (000 §3). */
export interface ScoreSdeSpec {
  readonly kind: "score_sde";
  readonly net: NoiseNetSpec;
  /** Forward process: variance preserving or exploding. */
  readonly sde: "vp" | "ve";
  /** The reverse stochastic equation, or the probability flow. */
  readonly sampler: "sde" | "probability_flow";
  /** Steps of the sampler. */
  readonly steps: number;
  readonly ema: number;
  readonly scenarios: number;
}
/** Generators trained by gradient steps on a loss of each row, which can be weighted. */
export type NeuralGeneratorSpec = FlowMatchingSpec | DdpmSpec | ScoreSdeSpec | VaeSpec | NormalizingFlowSpec;
/** Laws with a density that are fitted by their own criterion, and drawn from. */
export type FittedLawSpec = MixtureSpec | MixtureFlowSpec | GaussianSpec;
/** Laws that give the training outcomes weights. */
export type WeightingSpec = KernelSpec | NeighboursSpec | EmpiricalSpec;
export type GeneratorSpec = NeuralGeneratorSpec | FittedLawSpec | WeightingSpec;

export interface AdamSpec {
  readonly kind: "adam";
  readonly rate: number;
  readonly weightDecay: number;
}

/** The fixed decision around which DW-FM measures sensitivity; always cross-fitted over `folds` (003 App. D). */
export type ReferenceSpec =
  | { readonly kind: "saa"; readonly folds: number }
  | { readonly kind: "knn_saa"; readonly folds: number; readonly neighbours: number };

/** Decision-weighted flow matching (003 §4.3); `strength.grid = [0]` is Uniform FM. */
export interface DwFmSpec {
  readonly method: "dw_fm";
  /**
   * `absolute`: λ of the paper, in units of 1/gradient². `relative`: λ̃ = λ · mean‖∇ℓ‖², free of units.
   * More than one value is chosen by `select`.
   */
  readonly strength: { readonly scale: "absolute" | "relative"; readonly grid: readonly number[] };
  readonly reference: ReferenceSpec;
  /** Give each generated scenario the weight 1/ŵ in the decision, so that the population target is right again. */
  readonly detilt: boolean;
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: AdamSpec;
  readonly select: { readonly metric: "regret"; readonly on: "validation" };
  /** Print placebo weights and Uniform FM with ŵ and 1/ŵ at the decision beside every result. */
  readonly controls: boolean;
}
/** Fit the generator by its own criterion (EM for a mixture). */
export interface FitSpec {
  readonly method: "fit";
}
/** Decision-focused training of a generator with a likelihood: Gen-DFL (004 §4). */
export interface GenDflSpec {
  readonly method: "gen_dfl";
  /** Weight β of the regret; several candidates are compared on the validation rows. */
  readonly beta: readonly number[];
  /** Weight γ of the generator's own loss. */
  readonly gamma: number;
  /** Scenarios K of each decision in training. */
  readonly samples: number;
  /** Share of the steps over which the scenarios grow from a quarter of `samples` to all; 0 has all from the start. */
  readonly ramp: number;
  /** Contexts of each step that are decided at. */
  readonly contexts: number;
  /** Tail mass α that decisions and regret are measured under in training; absent: the model's own risk. */
  readonly tail?: number;
  /** Law fitted first and frozen, under which regret is measured; its `scenarios` represent it at each context. */
  readonly proxy: NeuralGeneratorSpec;
  /**
   * Steps of the generator's own loss alone, and of the proxy's training, before decisions count; of several candidates
   * each takes the one under which the validation rows are most likely.
   */
  readonly warmup: readonly number[];
  readonly surrogate:
    | { readonly kind: "implicit" }
    | {
        readonly kind: "contrastive";
        /** Decisions that the best one is compared with. */
        readonly pool: "cache" | "neighbours";
        /** Probability that a context of a step is solved and its decision added to the pool. */
        readonly solve: number;
        /** A decision counts only while it is better than the target under the generator. */
        readonly hinge: boolean;
      };
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: AdamSpec;
}
export type TrainSpec = DwFmSpec | FitSpec | GenDflSpec;

/** A predictor trained by a loss on decisions, or by squared error. */
export interface DflMethodSpec {
  readonly method: "dfl";
  /** Name in the spec. */
  readonly name: string;
  readonly loss: DflLossSpec;
  readonly predictor: PredictorSpec;
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: AdamSpec;
  /** Probability that a row of a batch is solved; else the best decision of the cache answers. */
  readonly solve: number;
  /** Times that the regret on the validation rows is measured; about 40 unless given. */
  readonly evaluations?: number;
  /** Whether the training solves over the relaxation, where whole components may be any number in between. */
  readonly relax?: true;
}

/** A predictor trained through a distributionally robust layer: a penalised Wasserstein ball of order 2. */
export interface DiffDroSpec {
  readonly method: "diff_dro";
  /** Candidates of the weight `κ = 1/4λ` of `‖∇_s ℓ‖²`; several are compared on the validation rows. */
  readonly strengths: readonly number[];
  readonly predictor: PredictorSpec;
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: AdamSpec;
}

/** The neighbourhood of a context that the laws of `ot_conditional` are conditioned on. */
export interface ConditionalTransportSpec {
  /** Share of the training rows that its ball holds; 0 is the context alone. */
  readonly neighbourhood: number;
  /** Its least probability ε under the worst law. */
  readonly probability: number;
  /**
   * What moving a context component by one of its standard deviations costs, beside moving an outcome component by one of
   * its own.
   */
  readonly contextCost: number;
}

/** An ellipsoidal uncertainty set around a prediction, trained for the decisions that are taken against its worst outcome. */
export interface UncertaintySetSpec {
  readonly method: "uncertainty_set";
  /** Name in the spec. */
  readonly name: "lro" | "e2e_cro" | "e2e_conformal";
  readonly objective: SetObjective;
  readonly predictor: PredictorSpec;
  /** Steps of squared error that the centre starts from. */
  readonly warmup: number;
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: AdamSpec;
}

/** Radii of a baseline's ball, of which one is chosen on training rows that its model was not fitted on. */
export interface RadiusChoice {
  readonly radii: readonly number[];
  /** One part of the rows held out, or each of five in turn. */
  readonly select: "holdout" | "cross_validation";
}

/** A baseline or floor; names are those of the spec. */
export type MethodSpec = BaselineSpec | TunedSpec;

/** A baseline that several options were given for, with each that could be meant; the best on validation decides. */
export interface TunedSpec {
  readonly method: "tuned";
  /** Name of the baseline in the spec. */
  readonly name: string;
  /** Mean regret on validation, or the risk of the losses that came there. */
  readonly by: "regret" | "loss";
  /** In the order of the options' values, the last option's first; of equals the first decides. */
  readonly candidates: readonly TunedCandidate[];
}
export interface TunedCandidate {
  /** Values by option, `optimizer.rate` where it is an option of an option. */
  readonly chosen: Readonly<Record<string, number | readonly number[]>>;
  readonly spec: BaselineSpec;
}

/** A baseline whose options each have one value, or are chosen by a criterion of its own. */
export type BaselineSpec =
  | DflMethodSpec
  | DiffDroSpec
  | UncertaintySetSpec
  /** The model's own generator, trained for its decisions. */
  | GenDflSpec
  /** The generator trained without weights. */
  | { readonly method: "uniform_fm" }
  /** DW-FM with the other setting of de-tilting, sharing the training. */
  | { readonly method: "dw_fm"; readonly detilt: boolean }
  /** Mean-squared-error predictor; scenarios are its prediction plus training residuals. */
  | { readonly method: "pto"; readonly hidden: readonly number[]; readonly steps: number }
  /** Sample average over all training outcomes, no context. */
  | { readonly method: "saa" }
  | { readonly method: "knn_saa"; readonly neighbours: number }
  | { readonly method: "equal_weights" }
  | ({ readonly method: "gmm" } & Omit<MixtureSpec, "kind" | "scenarios">)
  | ({ readonly method: "gmm_nf" } & Omit<MixtureFlowSpec, "kind" | "scenarios">)
  | ({ readonly method: "gaussian" } & Omit<GaussianSpec, "kind" | "scenarios">)
  /** Weights of the training outcomes by a kernel (Nadaraya–Watson). */
  | ({ readonly method: "kernel_saa" } & Omit<KernelSpec, "kind" | "scenarios">)
  /** The same, the standard deviation of the cost under these weights counting too (002 §5). */
  | ({ readonly method: "rnw"; readonly regularization: number } & Omit<KernelSpec, "kind" | "scenarios">)
  /** Training outcomes weighted by how often they share a leaf of a random forest with the context. */
  | { readonly method: "forest_saa"; readonly trees: number; readonly leaf: number }
  /** Training outcomes weighted by the ratio of a mixture's conditional and marginal density (002 eq. 11). */
  | ({ readonly method: "observational_saa" } & Omit<MixtureSpec, "kind" | "scenarios">)
  /** A ridge regression's prediction plus its residuals, in a Wasserstein ball of order 2 (002 §5). */
  | ({ readonly method: "residual_dro" } & RadiusChoice)
  /** Sample average over all training outcomes, in a Wasserstein ball of order 2 (002 §5.2: DR mean-CVaR). */
  | ({ readonly method: "dr_saa" } & RadiusChoice)
  /** The same over the nearest training contexts (002 §5.2: DR conditional mean-CVaR). */
  | ({ readonly method: "dr_knn_saa"; readonly neighbours: number } & RadiusChoice)
  /**
   * Against the worst conditional law within an optimal-transport budget of the joint law of the training rows (Nguyen et
   * al. 2024; 002 §5.2: OT conditional mean-CVaR).
   */
  | ({ readonly method: "ot_conditional" } & ConditionalTransportSpec & RadiusChoice)
  /** As many scenarios from the true law as the generator draws; synthetic tasks only. */
  | { readonly method: "oracle_saa" };

/**
 * The law that regret is measured under. `truth`: the synthetic task's own conditional law. `residual_bootstrap`: a
 * location–scale regression fitted on all rows and frozen, whose standardised residual vectors are resampled.
 */
export type EvaluatorSpec =
  | { readonly kind: "truth"; readonly scenarios: number }
  | { readonly kind: "residual_bootstrap"; readonly scenarios: number };

export type MetricSpec =
  | { readonly metric: "regret"; readonly hardest?: number }
  /** With `tail` under CVaR of that tail mass in place of the model's own risk. */
  | { readonly metric: "relative_regret"; readonly tail?: number }
  /** Against the best decision for the outcome that came. */
  | { readonly metric: "hindsight_regret"; readonly unambiguous: boolean }
  /** Squared error of the mean of the scenarios. */
  | { readonly metric: "mse" }
  | { readonly metric: "mean_loss" }
  | { readonly metric: "cvar_loss"; readonly level: number }
  | { readonly metric: "tail_w1"; readonly worst: number }
  | { readonly metric: "quantile_gap"; readonly level: number }
  | { readonly metric: "cvar_gap"; readonly level: number }
  | { readonly metric: "percentile"; readonly levels: readonly number[] };

export interface EvaluationSpec {
  readonly on: "test" | "validation";
  readonly metrics: readonly MetricSpec[];
  readonly evaluator: EvaluatorSpec;
  readonly seeds: number;
  /** Consecutive parts of the test period, each reported. */
  readonly slices: number;
  /** At most so many contexts of each split are decided, evenly spaced; 0 is all. */
  readonly contexts: number;
}

/** A block of the decision, for the names of its components; a scalar has no axes. */
export interface DecisionBlockSpec {
  readonly name: string;
  readonly axes: readonly { readonly size: number; readonly labels?: readonly string[] }[];
}

/** What pipelines of every kind say of themselves. */
export type PipelineHeader = Pick<Pipeline, "name" | "doc" | "irHash" | "drocVersion" | "seed" | "root" | "places">;

export interface Pipeline {
  /** Other kinds of problems are named; see `AnyPipeline`. */
  readonly kind?: undefined;
  readonly name: string;
  readonly doc: string;
  /** Identity of the model's meaning. */
  readonly irHash: string;
  readonly drocVersion: string;
  readonly seed: number;
  /** Folder that data paths are relative to, as a `file:` URL or path. */
  readonly root: string | URL;
  /** Where the declarations stand, for errors that only a run finds. */
  readonly places?: Partial<Readonly<Record<Construct, Place>>>;
  /** Blocks of the decision in the order of their components; components are numbered where it is left out. */
  readonly decision?: readonly DecisionBlockSpec[];
  readonly data: DataSpec;
  readonly problem: DecisionProblem;
  /** Laws among which the worst one counts in the decisions of the trained method; regret is always nominal. */
  readonly ambiguity?: AmbiguitySpec;
  readonly generator: GeneratorSpec;
  readonly train: TrainSpec;
  readonly compare: readonly MethodSpec[];
  readonly evaluate: EvaluationSpec;
}
