/**
 * The syntax tree of a `.dro` file. Every node is a readonly interface with a literal `kind` and a half-open `span`
 * of UTF-16 offsets into its source; unions are closed, so a `switch` over `kind` is checked for exhaustiveness.
 * Nothing here knows names, types or meaning: that is the compiler's.
 */

/** Half-open interval `[start, end)` of UTF-16 offsets into one source text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Base<K extends string> {
  readonly kind: K;
  readonly span: Span;
}

/** A comment, kept so that the printer loses none. `text` includes its `//`. Doc comments (`///`) are on their declaration. */
export interface Comment extends Base<"comment"> {
  readonly text: string;
  /** True where the comment is alone on its line. */
  readonly ownLine: boolean;
}

/** A plain or primed (`w'`) identifier. `name` excludes the prime. */
export interface Ident extends Base<"ident"> {
  readonly name: string;
  readonly primed: boolean;
}

export interface SourceFile extends Base<"file"> {
  readonly imports: readonly ImportDecl[];
  /** Declarations before the first `model`: shared by all models of the file, and what a library module exports. */
  readonly declarations: readonly Decl[];
  readonly models: readonly ModelDecl[];
  readonly comments: readonly Comment[];
}

/** `import { newsvendor, pinball as check } from "std/losses"` */
export interface ImportDecl extends Base<"import"> {
  readonly names: readonly ImportName[];
  readonly from: StringExpr;
}

export interface ImportName {
  readonly name: Ident;
  readonly alias?: Ident;
}

/** `model Name [extends Base]` and all declarations up to the next `model`. */
export interface ModelDecl extends Base<"model"> {
  readonly doc?: string;
  readonly name: Ident;
  readonly extends?: Ident;
  readonly declarations: readonly Decl[];
}

/** `doc` is the text of the `///` lines above, without the slashes. */
interface DeclBase<K extends string> extends Base<K> {
  readonly doc?: string;
}

export type Decl =
  | DimDecl
  | UnitDecl
  | ParamDecl
  | SeedDecl
  | FunctionDecl
  | SetDecl
  | PresetDecl
  | TaskDecl
  | GraphDecl
  | DataDecl
  | StagesDecl
  | StateDecl
  | StageDecl
  | DecisionDecl
  | SubjectToDecl
  | NextDecl
  | LossDecl
  | RiskDecl
  | UncertaintyDecl
  | AmbiguityDecl
  | ObserveDecl
  | InferDecl
  | TrainDecl
  | SolveDecl
  | CompareDecl
  | StressDecl
  | EvaluateDecl
  | WaiveDecl;

/** `dim Industry = 10` or `dim Industry = ["NoDur", "Durbl"]` (labels). */
export interface DimDecl extends DeclBase<"dim"> {
  readonly name: Ident;
  readonly value: Expr;
}
/** `unit item`, or derived: `unit MWh = 1000 * kWh`. */
export interface UnitDecl extends DeclBase<"unit"> {
  readonly name: Ident;
  readonly value?: Expr;
}
/** `param holding: real<usd/item> = 1.0` */
export interface ParamDecl extends DeclBase<"param"> {
  readonly name: Ident;
  readonly type?: TypeExpr;
  readonly value: Expr;
}
/** `seed 7` */
export interface SeedDecl extends DeclBase<"seed"> {
  readonly value: Expr;
}
export interface Parameter extends Base<"parameter"> {
  readonly name: Ident;
  readonly type?: TypeExpr;
  readonly value?: Expr;
}
/** `fn pinball(u: real, tau: real = 0.5): real = max(tau * u, (tau - 1) * u)`: inlined by the compiler. */
export interface FunctionDecl extends DeclBase<"fn"> {
  readonly name: Ident;
  readonly parameters: readonly Parameter[];
  readonly result?: TypeExpr;
  readonly body: Expr;
}
/** `set simplex(z: real[_], cap: real = 1) { sum(z) == 1, z >= 0, z <= cap }` */
export interface SetDecl extends DeclBase<"set"> {
  readonly name: Ident;
  readonly parameters: readonly Parameter[];
  readonly constraints: readonly Constraint[];
}
/** `preset paper = dw_fm { steps: 200_000 }`: usable wherever options of that name are. */
export interface PresetDecl extends DeclBase<"preset"> {
  readonly name: Ident;
  readonly value: Expr;
}
/** `task portfolio(assets: int = 10, degree: int = 4) { context x: real[5], outcome s: real[assets] }`: a generator that the runtime implements. */
export interface TaskDecl extends DeclBase<"task"> {
  readonly name: Ident;
  readonly parameters: readonly Parameter[];
  readonly fields: readonly FieldDecl[];
}
/** `graph G = grid(5, 5)` */
export interface GraphDecl extends DeclBase<"graph"> {
  readonly name: Ident;
  readonly value: Expr;
}

/** `data market = csv("industries.csv") { fields… split… }`, `data d = synthetic task { options } { fields }` */
export interface DataDecl extends DeclBase<"data"> {
  readonly name: Ident;
  /** A call (`csv("f.csv")`), or an options expression with `word: synthetic` before it. */
  readonly source: DataSource;
  readonly fields: readonly FieldDecl[];
  readonly splits: readonly SplitDecl[];
}
export interface DataSource extends Base<"data-source"> {
  /** `synthetic` where that word precedes. */
  readonly synthetic: boolean;
  readonly value: Expr;
}
/**
 * `index date: date`, `context x: real[F] = columns("f_*") |> standardize`, `outcome s: real[I] in -50..50`,
 * `window y: real[24] -> horizon: real`, `trajectory w: real<MWh>[Hour] per day`, `price p: …`.
 * Any identifier may stand as the role; the checker knows which it accepts.
 */
export interface FieldDecl extends DeclBase<"field"> {
  readonly role: Ident;
  readonly name: Ident;
  readonly type: TypeExpr;
  /** `in lo..hi`: the accepted range, checked at load. */
  readonly range?: Expr;
  readonly horizon?: { readonly name: Ident; readonly type: TypeExpr };
  readonly per?: Ident;
  readonly value?: Expr;
}
/** `split chronological { train: 70%, … }`, `split by zone { … }` (then `rule` is `by`, `column` is `zone`) */
export interface SplitDecl extends DeclBase<"split"> {
  readonly rule: Ident;
  readonly column?: Ident;
  readonly parts: Options;
}

/** `stages day = 1..7` */
export interface StagesDecl extends DeclBase<"stages"> {
  readonly name: Ident;
  readonly value: Expr;
}
/** `state level: real<MWh>[Store] in 0..capacity, initially capacity` */
export interface StateDecl extends DeclBase<"state"> {
  readonly name: Ident;
  readonly type: TypeExpr;
  readonly range?: Expr;
  readonly initially?: Expr;
}
/** `stage day observing w { … }` */
export interface StageDecl extends DeclBase<"stage"> {
  readonly name: Ident;
  readonly observing: readonly Ident[];
  readonly declarations: readonly Decl[];
}

/** `decision a: T in set { … }, b, c: T2 >= 0` — one group per type. */
export interface DecisionDecl extends DeclBase<"decision"> {
  readonly groups: readonly DecisionGroup[];
}
export interface DecisionGroup extends Base<"decision-group"> {
  readonly names: readonly Ident[];
  readonly type?: TypeExpr;
  /** `in simplex { cap: 0.3 }`, `in 0..cap`, `in path(G, from = first, to = last)` */
  readonly domain?: Expr;
  /** `>= 0`, `<= cap` */
  readonly bounds: readonly { readonly op: RelationOp; readonly value: Expr; readonly span: Span }[];
  /** `= lstm { … }`, `= softmax(theta: real[Industry])` */
  readonly value?: Expr;
}

/** `subject to { constraints }` */
export interface SubjectToDecl extends DeclBase<"subject-to"> {
  readonly constraints: readonly Constraint[];
}
/** `label: lhs <= rhs`; a chain `0 <= z <= cap` has two relations. */
export interface Constraint extends Base<"constraint"> {
  readonly label?: Ident;
  readonly first: Expr;
  readonly relations: readonly { readonly op: RelationOp; readonly right: Expr }[];
}
export type RelationOp = "<=" | ">=" | "==" | "<" | ">" | "!=";

/** `next level = …` */
export interface NextDecl extends DeclBase<"next"> {
  readonly name: Ident;
  readonly value: Expr;
}
/** `loss L(z, s) = …`, `loss mse(f; y, horizon) = …`, in a stage `loss = …` (no name, no parameters). */
export interface LossDecl extends DeclBase<"loss"> {
  readonly name?: Ident;
  /** Parameters before and after `;`. Without `;` all are in `parameters`. */
  readonly parameters: readonly Ident[];
  readonly dataParameters: readonly Ident[];
  readonly value: Expr;
}
/** `risk mean(L) + gamma * cvar(L, level = 90%)` */
export interface RiskDecl extends DeclBase<"risk"> {
  readonly value: Expr;
}
/** `uncertainty s | x ~ flow_matching { … }`; `uncertainty (y, horizon) ~ ddpm`; `uncertainty w' | w ~ gmm` */
export interface UncertaintyDecl extends DeclBase<"uncertainty"> {
  readonly targets: readonly Ident[];
  readonly given: readonly Ident[];
  readonly generator: Expr;
}
/** `ambiguity wasserstein { … } [each stage] [via particles [lift flow_matching]]` */
export interface AmbiguityDecl extends DeclBase<"ambiguity"> {
  readonly value: Expr;
  readonly eachStage: boolean;
  readonly via?: Expr;
  readonly lift?: Expr;
}
/** `observe y = blur(u) + normal(0, 0.05)` */
export interface ObserveDecl extends DeclBase<"observe"> {
  readonly name: Ident;
  readonly value: Expr;
}
/** `infer u | y by latent_langevin { … }` */
export interface InferDecl extends DeclBase<"infer"> {
  readonly target: Ident;
  readonly given: readonly Ident[];
  readonly by: Expr;
}
export interface TrainDecl extends DeclBase<"train"> {
  readonly value: Expr;
}
export interface SolveDecl extends DeclBase<"solve"> {
  readonly value: Expr;
}
/** `compare uniform_fm, pto, sddp { weights: independent }` */
export interface CompareDecl extends DeclBase<"compare"> {
  readonly methods: readonly Expr[];
}
/** `stress test with gaussian { sd: 0.1 }, cutout { ratio: 30% }` */
export interface StressDecl extends DeclBase<"stress"> {
  readonly target: Ident;
  readonly corruptions: readonly Expr[];
}
/** `evaluate [on test] { regret, regret hardest 25%, tail_w1 { worst: 10% }, percentile [10%, 90%], seeds: 5 }` */
export interface EvaluateDecl extends DeclBase<"evaluate"> {
  readonly on?: Ident;
  readonly items: readonly EvaluateItem[];
}
export type EvaluateItem = MetricItem | Option;
/** `regret`, `regret hardest 25%`, `percentile [10%, 90%]`, `tail_w1 { worst: 10% }` */
export interface MetricItem extends Base<"metric"> {
  readonly name: Ident;
  readonly qualifier?: Ident;
  readonly value?: Expr;
  readonly options?: Options;
}
/** `waive lipschitz_in_outcome because "the support is bounded by construction"` */
export interface WaiveDecl extends DeclBase<"waive"> {
  readonly assumption: Ident;
  readonly because: StringExpr;
}

/** `{ key: value, … }`. The commas are optional at line ends. */
export interface Options extends Base<"options"> {
  readonly entries: readonly Option[];
}
export interface Option extends Base<"option"> {
  readonly key: Ident;
  readonly value: Expr;
}

// ---- types -------------------------------------------------------------------------------------------------------

/** `real<usd/item>[Store, Hour]`, `int`, `bool`, `date`, `datetime`, `text`, `predictor(y -> horizon)`. `_` is any size. */
export type TypeExpr = ScalarType | PredictorType | ErrorType;
/** Stands where recovery found no type; a problem has already been reported. */
export interface ErrorType extends Base<"error-type"> {}
export interface ScalarType extends Base<"scalar-type"> {
  readonly name: Ident;
  /** A unit is an expression over names with `*`, `/`, `^`, and `1`. */
  readonly unit?: Expr;
  readonly dims: readonly Expr[];
}
export interface PredictorType extends Base<"predictor-type"> {
  readonly from: readonly Ident[];
  readonly to: Ident;
}

// ---- expressions -------------------------------------------------------------------------------------------------

export type Expr =
  | NumberExpr
  | StringExpr
  | BoolExpr
  | DateExpr
  | NameExpr
  | MemberExpr
  | IndexExpr
  | ListExpr
  | RangeExpr
  | CallExpr
  | ConfiguredExpr
  | UnaryExpr
  | BinaryExpr
  | CompareExpr
  | IfExpr
  | PipeExpr
  | WhereExpr
  | ByExpr
  | OverExpr
  | CountedExpr
  | ErrorExpr;

/** `200_000`, `1e-3`, `25%` (then `value` is 0.25 and `percent` is true). `text` is as written. */
export interface NumberExpr extends Base<"number"> {
  readonly value: number;
  readonly percent: boolean;
  readonly text: string;
}
/** `value` is unescaped. */
export interface StringExpr extends Base<"string"> {
  readonly value: string;
}
export interface BoolExpr extends Base<"bool"> {
  readonly value: boolean;
}
/** `2020-01-01`, kept as ISO text. */
export interface DateExpr extends Base<"date"> {
  readonly value: string;
}
export interface NameExpr extends Base<"name"> {
  readonly name: string;
  readonly primed: boolean;
}
/** `G.edges` */
export interface MemberExpr extends Base<"member"> {
  readonly object: Expr;
  readonly member: Ident;
}
/** `z[0]`, `z["NoDur"]`, `z[Store, 3]` */
export interface IndexExpr extends Base<"index"> {
  readonly object: Expr;
  readonly indices: readonly Expr[];
}
export interface ListExpr extends Base<"list"> {
  readonly items: readonly Expr[];
}
/** `1..10`, inclusive at both ends */
export interface RangeExpr extends Base<"range"> {
  readonly from: Expr;
  readonly to: Expr;
}
/** `cvar(L, level = 90%)`; `softmax(theta: real[Industry])` has a typed argument. */
export interface CallExpr extends Base<"call"> {
  readonly callee: Ident;
  readonly arguments: readonly Argument[];
}
export interface Argument extends Base<"argument"> {
  readonly name?: Ident;
  readonly type?: TypeExpr;
  /** For a typed argument (`theta: real[Industry]`) a NameExpr of that name. */
  readonly value: Expr;
}
/** `flow_matching { hidden: [64, 64] }`: a name, or a call, with options. */
export interface ConfiguredExpr extends Base<"configured"> {
  readonly callee: Ident;
  readonly arguments: readonly Argument[];
  readonly options: Options;
}
export interface UnaryExpr extends Base<"unary"> {
  readonly op: "-" | "not";
  readonly operand: Expr;
}
export type BinaryOp = "+" | "-" | "*" | "/" | "^" | "and" | "or";
export interface BinaryExpr extends Base<"binary"> {
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
}
export interface CompareExpr extends Base<"compare-expr"> {
  readonly op: RelationOp;
  readonly left: Expr;
  readonly right: Expr;
}
/** `if c then a else b` */
export interface IfExpr extends Base<"if"> {
  readonly condition: Expr;
  readonly then: Expr;
  readonly else: Expr;
}
/** `columns("f_*") |> standardize` */
export interface PipeExpr extends Base<"pipe"> {
  readonly source: Expr;
  /** A name, a call or a configured expression. */
  readonly stage: Expr;
}
/** `market where date < 2020-01-01` */
export interface WhereExpr extends Base<"where"> {
  readonly source: Expr;
  readonly condition: Expr;
}
/** `one_of(0, 0.1) by holdout`, `1..10 by aic`, `regret on validation` (then `word` is `on`) */
export interface ByExpr extends Base<"by"> {
  readonly value: Expr;
  readonly word: "by" | "on";
  readonly criterion: Ident;
}
/** `charge over Store` as an argument of a reduction */
export interface OverExpr extends Base<"over"> {
  readonly value: Expr;
  readonly dim: Ident;
}
/** `first 3`, `gap 1%`: a word and a quantity, as an option's value */
export interface CountedExpr extends Base<"counted"> {
  readonly word: Ident;
  readonly quantity: Expr;
}
/** Stands where recovery found no expression; a diagnostic has already been reported. */
export interface ErrorExpr extends Base<"error"> {}

/** What a problem of the grammar is reported as; the compiler adds file, code frame and help text from its catalogue. */
export interface SyntaxProblem {
  readonly code: string;
  readonly span: Span;
  /** Values for the message's placeholders. */
  readonly args: Readonly<Record<string, string | number>>;
}

export interface ParseResult {
  readonly file: SourceFile;
  readonly problems: readonly SyntaxProblem[];
}
