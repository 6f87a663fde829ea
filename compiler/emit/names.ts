/**
 * Names of an emitted module. A name of the spec becomes an identifier as it is where that is safe, else a mangled one;
 * no two things share one.
 */
export const reserved: readonly string[] = [
  // words of the language, strict mode and modules
  ..."break case catch class const continue debugger default delete do else enum export extends false finally".split(
    " ",
  ),
  ..."for function if implements import in instanceof interface let new null package private protected".split(" "),
  ..."public return static super switch this throw true try typeof var void while with yield await async of".split(" "),
  ..."abstract any as asserts bigint boolean declare from get infer is keyof module namespace never number".split(" "),
  ..."object out override readonly require satisfies set string symbol type undefined unique unknown using".split(" "),
  ..."arguments eval constructor prototype".split(" "),
  // what emitted code reads
  ..."Array Error Float64Array Infinity Map Math NaN Number Object Promise URL globalThis process console".split(" "),
  // what every emitted module declares or binds
  ..."Context Outcome Decision DataSpec DecisionProblem EvaluationSpec FeasibleSet FitSpec GeneratorSpec".split(" "),
  ..."DwFmSpec FlowMatchingSpec MethodSpec MixtureSpec RiskSpec TrainSpec DecisionAnswer Pipeline".split(" "),
  ..."createDecision definePipeline main data generator training comparison compare evaluation feasible risk".split(
    " ",
  ),
  ..."loss lossGradientZ lossGradientS extendedGradientS pieces problem pipeline decide deciders repeat".split(" "),
  ..."conic curvedRisk ConicForm ArrayLike".split(" "),
  ..."decideMany dispose openDecider values named opened contexts rows ReturnType".split(" "),
  ..."diagonal sizes z s x t out slopes offsets context runFolder answer decider value weight i j k l m n".split(" "),
];

export class Names {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = reserved) {
    this.#taken = new Set([...taken, "__proto__"]);
  }

  /** A scope inside this one: sees what is taken, keeps what it takes to itself. */
  inner(): Names {
    return new Names(this.#taken);
  }

  /** An unused identifier as near to `wanted` as can be. */
  take(wanted: string): string {
    const plain = wanted.replace(/[^A-Za-z0-9_]/g, "_").slice(0, 60);
    const base = /^[A-Za-z_]/.test(plain) ? plain : `v${plain}`;
    let name = base;
    for (let suffix = 2; this.#taken.has(name); suffix++) name = `${base}${/\d$/.test(base) ? "_" : ""}${suffix}`;
    this.#taken.add(name);
    return name;
  }
}
