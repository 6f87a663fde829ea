import type { Origin } from "../../runtime/ir/expr.ts";
import type { ForecastModelIR, OptionsIR } from "../../runtime/ir/model.ts";
import { exactLosses, type SetSpec } from "../../runtime/robust/sets/spec.ts";
import { knownLoss, type KnownLoss } from "./linear-loss.ts";

/** What keeps a model from being trained against a set, for the message `method-needs`. */
export interface SetProblem {
  readonly code: "method-needs";
  readonly args: { readonly name: string; readonly needs: string; readonly reason: string; readonly advice: string };
  readonly at: Origin;
}

/** The set of laws that a `dro` method is against: its own, or the model's. */
export function setOf(method: OptionsIR, { ambiguity }: ForecastModelIR): OptionsIR {
  const own = method.options["set"]?.value;
  if (typeof own === "object" && "options" in own) return own;
  if (ambiguity === undefined) throw new Error("dro has no set of laws");
  return ambiguity.set;
}

/** The loss of the exact fit of a `dro` method, or `null` where it is trained by steps. */
export function exactFit(method: OptionsIR, ir: ForecastModelIR): KnownLoss | null {
  const known = knownLoss(ir);
  if (known === null || method.options["fit"]?.value === "steps") return null;
  return exactHere(setOf(method, ir)).includes(known.loss) ? known : null;
}

/** Methods against sets that the model's predictor, loss and risk have no solution for. */
export function predictorSetProblems(ir: ForecastModelIR): readonly SetProblem[] {
  return [ir.train, ...ir.compare]
    .filter(({ name }) => name === "dro")
    .flatMap((method) => {
      const set = setOf(method, ir);
      const at = (method === ir.train ? (ir.ambiguity?.set.at ?? ir.ambiguity?.at) : undefined) ?? set.at ?? method.at;
      const lack = lackOf(method, set, ir);
      if (lack === null) return [];
      if (at === undefined) throw new Error("a method without a place");
      return [{ code: "method-needs" as const, args: lack, at }];
    });
}

const MOVING: readonly string[] = ["wasserstein", "moments", "outlier_robust", "holistic"];

function lackOf(method: OptionsIR, set: OptionsIR, ir: ForecastModelIR): SetProblem["args"] | null {
  const { risk } = ir;
  const { name } = set;
  if (risk.cvar.length > 0 || risk.deterministic !== undefined || !(risk.mean > 0)) {
    return {
      name,
      needs: `the risk mean(${ir.loss.name})`,
      reason: "the worst law of a set is that of the expected loss",
      advice: `write \`risk mean(${ir.loss.name})\`; the set \`cvar\` weighs the largest losses`,
    };
  }
  const inside = insideOut(set);
  if (inside !== null) return { name, ...inside };
  const fit = method.options["fit"]?.value;
  const losses = exactHere(set);
  const known = knownLoss(ir);
  const exact = known !== null && losses.includes(known.loss);
  if (MOVING.includes(name) && fit === "steps") {
    return {
      name,
      needs: "`fit: exact`",
      reason: "its worst law moves the rows, and steps follow weights of the rows alone",
      advice: "remove `fit`, or write `compare w_dro`, which moves the rows by steps",
    };
  }
  if (exact || (fit !== "exact" && !MOVING.includes(name))) return null;
  const forms = losses.map((loss) => LOSSES[loss]);
  return {
    name,
    needs: `a linear predictor of one value and the loss ${[forms.slice(0, -1).join(", "), forms.at(-1)].join(" or ")}`,
    reason:
      known === null
        ? "its worst case has an exact form for those alone"
        : `the worst case of the ${known.loss} loss has no exact form under this set`,
    advice: MOVING.includes(name)
      ? "change the loss or the predictor, take a set that weighs rows such as `chi2`, or compare with `w_dro`, which moves rows by steps"
      : "remove `fit: exact`, or change the loss or the predictor",
  };
}

const LOSSES = {
  square: "`square(f(x) - y)`",
  absolute: "`abs(f(x) - y)`",
  hinge: "`max(0, 1 - y * f(x))`",
  logistic: "`log(1 + exp(-y * f(x)))`",
} as const;

/** Options that contradict each other. */
function insideOut({ name, options }: OptionsIR): Omit<SetProblem["args"], "name"> | null {
  const number = (key: string): number => {
    const value = options[key]?.value;
    return typeof value === "number" ? value : 0;
  };
  if (name === "holistic" && number("support") < number("noise")) {
    return {
      needs: "a support that reaches as far as the noise",
      reason: "a row that is off by `noise` would lie outside of where laws may have mass",
      advice: `write \`support: ${number("noise")}\` or more`,
    };
  }
  if (name !== "moments") return null;
  const value = options["covariance"]?.value;
  const candidates = typeof value === "object" && "oneOf" in value ? value.oneOf : [value];
  if (candidates.every((one) => typeof one === "number" && one >= number("mean"))) return null;
  return {
    needs: "a bound of the covariance that is at least the mean's",
    reason: "a mean that is off moves the second moment as well",
    advice: `write \`covariance: ${Math.max(1, number("mean"))}\` or more`,
  };
}

function exactHere({ name, options }: OptionsIR): ReturnType<typeof exactLosses> {
  const kind = KINDS.find((one) => one === name);
  if (kind === undefined) throw new Error(`no set of laws around rows is called ${name}`);
  const order = options["order"]?.value;
  return exactLosses(kind, order === 1 || order === 2 || order === "infinity" ? order : undefined);
}

const KINDS: readonly SetSpec["kind"][] = [
  "chi2",
  "kl",
  "total_variation",
  "cressie_read",
  "cvar",
  "group_cvar",
  "marginal_cvar",
  "mmd",
  "sinkhorn",
  "bayesian",
  "wasserstein",
  "moments",
  "outlier_robust",
  "holistic",
];
