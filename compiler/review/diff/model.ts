import type {
  AnyModelIR,
  EvaluateIR,
  MetricIR,
  ModelIR,
  OptionsIR,
  StressIR,
  UncertaintyIR,
} from "../../../runtime/ir/model.ts";
import { canonicalJson } from "../../ir/canonical-json.ts";
import { hashModel, meaningOf } from "../../ir/hash.ts";
import { diffAmbiguity } from "./ambiguity.ts";
import { explainBaseline } from "./baseline-set.ts";
import { change, type Change, type DiffSide, type ModelDiff } from "./change.ts";
import { diffData } from "./data.ts";
import { diffDecision } from "./decision.ts";
import { relateExpressions } from "./expression.ts";
import { diffFeasible } from "./feasible.ts";
import { diffGraphs, isOfGraph, withGraphs } from "./graphs.ts";
import { diffLoss } from "./loss.ts";
import { diffLists, diffOptions, diffSettings } from "./options.ts";
import { withParams, withTexts } from "./params.ts";
import { alignNames } from "./rename.ts";
import { diffRisk } from "./risk.ts";
import { diffStages } from "./stages.ts";
import { numberText, optionsText, valueText } from "./text.ts";
import { distinctVerdicts } from "./verdict.ts";

/**
 * What the right model says otherwise than the left one. Compares meaning: places, comments, layout, the order of
 * declarations, names of dims and parameters, and whether a default was written do not count, and are listed as
 * changes without meaning. Pure and synchronous; reads no file and no data.
 */
export function diffModels(a: DiffSide, b: DiffSide): ModelDiff {
  const { ir: left, renamings } = alignNames(a.ir, b.ir);
  const renamed = renamings.map(({ of, from, to, at }) =>
    change({ what: of, before: from, after: to, verdict: "NO CHANGE OF MEANING", because: "renamed", at }),
  );
  const parts = withTexts(withParams(diffParts(left, b.ir), { ...a, ir: left }, b), a, b);
  const found = withGraphs(parts, left, b.ir);
  const all = [...renamed, ...found];
  const changes = all.length > 0 || roundedMeaning(left) === roundedMeaning(b.ir) ? all : [unexplained(left, b.ir)];
  return { model: b.ir.name, changes, verdicts: distinctVerdicts(changes.map((one) => one.verdict)) };
}

/** Two models differ and no part says in what: that is said, never passed over. */
function unexplained(a: AnyModelIR, b: AnyModelIR): Change {
  const [before, after] = [hashModel(a).slice(0, 8), hashModel(b).slice(0, 8)];
  const because = "the hashes of the meaning differ, and no part of the comparison knows why";
  return change({ what: "model", before, after, verdict: "INCOMPARABLE", because });
}

/** To twelve digits, so that `tail = 7%` and `level = 93%` are one number. */
function roundedMeaning(ir: AnyModelIR): string {
  return canonicalJson(meaningOf(ir)).replaceAll(/-?\d+\.\d+(e[+-]?\d+)?/g, (text) => Number(text).toPrecision(12));
}

function diffParts(a: AnyModelIR, b: AnyModelIR): readonly Change[] {
  if ((a.kind ?? "single_stage") !== (b.kind ?? "single_stage")) {
    const kinds = { what: "kind of problem", before: a.kind ?? "single_stage", after: b.kind ?? "single_stage" };
    return [change({ ...kinds, verdict: "INCOMPARABLE" })];
  }
  return [
    ...diffDims(a, b),
    ...diffGraphs(a, b),
    ...diffData(a.data, b.data),
    ...diffOwn(a, b),
    ...diffUncertainty(a.uncertainty, b.uncertainty),
    ...diffMethods(a, b),
    ...diffEvaluate(a.evaluate, b.evaluate),
    ...diffSeed(a, b),
    ...diffWaivers(a, b),
  ];
}

/** What only some kinds of problem have: decision, loss, risk, ambiguity, stages, predictor, observation. */
function diffOwn(a: AnyModelIR, b: AnyModelIR): readonly Change[] {
  if (isSingle(a) && isSingle(b)) {
    const vector = diffDecision(a.decision, b.decision);
    const sets = vector.some((one) => one.verdict === "INCOMPARABLE") ? [] : diffFeasible(a, b);
    return [
      ...vector,
      ...sets,
      ...diffLoss(a.loss, b.loss),
      ...diffRisk(a.risk, b.risk),
      ...diffAmbiguity(a.ambiguity, b.ambiguity),
    ];
  }
  if (a.kind === "forecast" && b.kind === "forecast") {
    const { predictor: f } = a;
    const { predictor: g } = b;
    const signature = (one: typeof f): string => `${one.name}: predictor(${one.from.join(", ")} -> ${one.to})`;
    const other =
      signature(f) === signature(g)
        ? diffOptions(
            `decision ${g.name}`,
            f.network,
            g.network,
            f.network.name === g.network.name ? "TRAINING ONLY" : "INCOMPARABLE",
            "the decision is one of another family of functions",
          )
        : [
            change({
              what: "decision",
              before: signature(f),
              after: signature(g),
              verdict: "INCOMPARABLE",
              at: [f.at, g.at],
            }),
          ];
    return [
      ...other,
      ...diffLoss(a.loss, b.loss),
      ...diffRisk(a.risk, b.risk),
      ...diffAmbiguity(a.ambiguity, b.ambiguity),
    ];
  }
  if (a.kind === "multi_stage" && b.kind === "multi_stage") {
    return [...diffStages(a.stages, b.stages), ...diffAmbiguity(a.ambiguity, b.ambiguity)];
  }
  if (a.kind === "posterior" && b.kind === "posterior") {
    const [x, y] = [a.observation, b.observation];
    const noise = ({ mean, sd }: typeof x.noise): string => `normal(${numberText(mean)}, ${numberText(sd)})`;
    const because = "another likelihood has another posterior";
    const changes: Change[] = [];
    const at = [x.at, y.at] as const;
    if (relateExpressions(x.mean, y.mean).kind !== "equal" || x.name !== y.name) {
      changes.push(
        change({ what: "observe: mean", before: x.name, after: y.name, verdict: "INCOMPARABLE", because, at }),
      );
    }
    if (noise(x.noise) !== noise(y.noise)) {
      changes.push(
        change({
          what: "observe: noise",
          before: noise(x.noise),
          after: noise(y.noise),
          verdict: "INCOMPARABLE",
          because,
          at,
        }),
      );
    }
    const target = (one: typeof a): string => `${one.inference.target} | ${one.inference.given.join(", ")}`;
    if (target(a) !== target(b)) {
      changes.push(
        change({
          what: "infer",
          before: target(a),
          after: target(b),
          verdict: "INCOMPARABLE",
          at: [a.inference.at, b.inference.at],
        }),
      );
    }
    return [...changes, ...diffOptions("infer by", a.inference.by, b.inference.by, "TRAINING ONLY")];
  }
  return [];
}

function isSingle(ir: AnyModelIR): ir is ModelIR {
  return ir.kind === undefined || ir.kind === "single_stage";
}

function diffUncertainty(a: UncertaintyIR, b: UncertaintyIR): readonly Change[] {
  const shown = { what: "uncertainty", before: text(a), after: text(b), at: [a.at, b.at] as const };
  const because = "the decision is taken on other information, or about another outcome";
  const other = text(a) === text(b) ? [] : [change({ ...shown, verdict: "INCOMPARABLE", because })];
  return [...other, ...diffOptions("uncertainty", a.generator, b.generator, "TRAINING ONLY")];
}

function diffMethods(a: AnyModelIR, b: AnyModelIR): readonly Change[] {
  const own = (["train", "solve"] as const).flatMap((name) => {
    const [x, y] = [methods(a, name), methods(b, name)];
    if (x !== undefined && y !== undefined) return diffOptions(name, x, y, "TRAINING ONLY");
    if (x === undefined && y === undefined) return [];
    return [change({ what: name, before: shown(x), after: shown(y), verdict: "TRAINING ONLY", at: [x?.at, y?.at] })];
  });
  return [
    ...own,
    ...diffLists("compare", compared(a), compared(b), "EVALUATION ONLY", explainBaseline),
    ...diffLists("stress", stress(a)?.corruptions ?? [], stress(b)?.corruptions ?? [], "EVALUATION ONLY"),
    ...((stress(a)?.on ?? "test") === (stress(b)?.on ?? "test")
      ? []
      : [
          change({
            what: "stress: on",
            before: stress(a)?.on ?? null,
            after: stress(b)?.on ?? null,
            verdict: "EVALUATION ONLY",
          }),
        ]),
  ];
}

function diffEvaluate(a: EvaluateIR, b: EvaluateIR): readonly Change[] {
  const at = [a.at, b.at] as const;
  const changes: Change[] = [];
  if (a.on !== b.on)
    changes.push(change({ what: "evaluate on", before: a.on, after: b.on, verdict: "EVALUATION ONLY", at }));
  const gone = a.metrics.filter((one) => !b.metrics.some((other) => metricText(other) === metricText(one)));
  const added = b.metrics.filter((one) => !a.metrics.some((other) => metricText(other) === metricText(one)));
  for (const metric of gone) {
    const found = added.findIndex(
      (other) => other.name === metric.name && other.qualifier?.word === metric.qualifier?.word,
    );
    const [other] = found < 0 ? [] : added.splice(found, 1);
    const after = other === undefined ? null : metricText(other);
    const base = { what: "evaluate", before: metricText(metric), after, at: [metric.at, other?.at] as const };
    changes.push(change({ ...base, verdict: "EVALUATION ONLY" }));
  }
  for (const metric of added) {
    const base = { what: "evaluate", before: null, after: metricText(metric), at: [undefined, metric.at] as const };
    changes.push(change({ ...base, verdict: "EVALUATION ONLY" }));
  }
  return [...changes, ...diffSettings("evaluate", a.options, b.options, "EVALUATION ONLY", "", at)];
}

function metricText({ name, qualifier, values, options }: MetricIR): string {
  const written = Object.entries(options).map(([key, setting]) => `${key}: ${valueText(setting.value)}`);
  return [
    name,
    ...(qualifier === undefined ? [] : [`${qualifier.word} ${numberText(100 * qualifier.value)}%`]),
    ...(values === undefined ? [] : [`[${values.map(numberText).join(", ")}]`]),
    ...(written.length === 0 ? [] : [`{ ${written.join(", ")} }`]),
  ].join(" ");
}

function diffSeed({ seed: a }: AnyModelIR, { seed: b }: AnyModelIR): readonly Change[] {
  const base = { what: "seed", before: String(a.value), after: String(b.value), at: [a.at, b.at] as const };
  if (a.value !== b.value) return [change({ ...base, verdict: "TRAINING ONLY", because: "other random numbers" })];
  if (a.origin === b.origin) return [];
  const because =
    a.origin === "implicit" ? "the default is written out" : "the default takes the place of the same value";
  return [change({ ...base, verdict: "NO CHANGE OF MEANING", because })];
}

function diffDims(a: AnyModelIR, b: AnyModelIR): readonly Change[] {
  return b.dims.flatMap((dim) => {
    const other = a.dims.find((one) => one.name === dim.name);
    if (other === undefined || isOfGraph(dim.name, a, b)) return [];
    const shown = (one: typeof dim): string =>
      one.labels === undefined ? String(one.size) : `[${one.labels.join(", ")}]`;
    if (shown(other) === shown(dim)) return [];
    const sized = other.size !== dim.size;
    const because = sized ? "every vector over it has another length" : "its elements carry other names";
    const reordered =
      !sized &&
      other.labels !== undefined &&
      dim.labels !== undefined &&
      [...other.labels].toSorted().join() === [...dim.labels].toSorted().join();
    const verdict = sized || reordered ? "INCOMPARABLE" : "EVALUATION ONLY";
    return [
      change({
        what: `dim ${dim.name}`,
        before: shown(other),
        after: shown(dim),
        verdict,
        because: reordered ? "its elements stand in another order" : because,
      }),
    ];
  });
}

function diffWaivers(a: AnyModelIR, b: AnyModelIR): readonly Change[] {
  const [left, right] = [a.waivers ?? [], b.waivers ?? []];
  const missing = (from: typeof left, other: typeof left): typeof left =>
    from.filter((one) => !other.some(({ assumption }) => assumption === one.assumption));
  return [
    ...missing(left, right).map((one) =>
      change({
        what: "waive",
        before: one.assumption,
        after: null,
        verdict: "GUARANTEE CHANGES",
        because: "the assumption is required again",
        at: [one.at, undefined],
      }),
    ),
    ...missing(right, left).map((one) =>
      change({
        what: "waive",
        before: null,
        after: one.assumption,
        verdict: "GUARANTEE CHANGES",
        because: `set aside: "${one.because}"`,
        at: [undefined, one.at],
      }),
    ),
  ];
}

const text = ({ targets, given }: UncertaintyIR): string =>
  `${targets.toSorted().join(", ")}${given.length === 0 ? "" : ` | ${given.toSorted().join(", ")}`}`;

const methods = (ir: AnyModelIR, name: "train" | "solve"): OptionsIR | undefined =>
  name === "train" ? ("train" in ir ? ir.train : undefined) : "solve" in ir ? ir.solve : undefined;

const shown = (one: OptionsIR | undefined): string | null => (one === undefined ? null : optionsText(one));

const compared = (ir: AnyModelIR): readonly OptionsIR[] => ("compare" in ir ? ir.compare : []);

const stress = (ir: AnyModelIR): StressIR | undefined => ("stress" in ir ? ir.stress : undefined);
