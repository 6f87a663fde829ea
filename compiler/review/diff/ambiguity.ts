import type { AmbiguityIR, OptionsIR } from "../../../runtime/ir/model.ts";
import { change, type Change } from "./change.ts";
import { diffOptions } from "./options.ts";
import { mainSize, NOT_BY_SIZE, orderSets, OTHER_KIND, type SetOrder } from "./set-order.ts";
import { optionsText } from "./text.ts";

/**
 * The worst law of a larger set is at least as bad, whatever the decision. Two sets are ordered where they have one
 * kind, order, norm, centre and way, and sizes that compare; balls hold their centre, so that a set around the
 * scenarios themselves is more conservative than none.
 */
export function diffAmbiguity(a: AmbiguityIR | undefined, b: AmbiguityIR | undefined): readonly Change[] {
  if (a === undefined && b === undefined) return [];
  if (a === undefined || b === undefined) return [addedOrRemoved(a, b)];
  const at = [a.set.at ?? a.at, b.set.at ?? b.at] as const;
  const otherWay = (["via", "lift"] as const).flatMap((key) => {
    const [x, y] = [a[key], b[key]];
    if (x === undefined && y === undefined) return [];
    if (x !== undefined && y !== undefined) return diffOptions(`ambiguity.${key}`, x, y, "INCOMPARABLE", OTHER);
    const shown = (value: typeof x): string | null => (value === undefined ? null : optionsText(value));
    return [
      change({
        what: `ambiguity ${key}`,
        before: shown(x),
        after: shown(y),
        verdict: "INCOMPARABLE",
        because: OTHER,
        at,
      }),
    ];
  });
  if (a.eachStage !== b.eachStage) {
    const stage = { what: "ambiguity", before: shown(a), after: shown(b), at };
    otherWay.push(change({ ...stage, verdict: "INCOMPARABLE", because: OTHER }));
  }
  if (a.set.name !== b.set.name) {
    const shown = { what: "ambiguity", before: optionsText(a.set), after: optionsText(b.set), at };
    return [change({ ...shown, verdict: "INCOMPARABLE", because: OTHER_KIND }), ...otherWay];
  }
  const differing = diffOptions("ambiguity", a.set, b.set, "INCOMPARABLE", OTHER);
  const real = differing.filter((one) => one.verdict !== "NO CHANGE OF MEANING");
  if (real.length === 0) return [...differing, ...otherWay];
  const order: SetOrder =
    otherWay.length > 0 ? { verdict: "INCOMPARABLE", because: NOT_BY_SIZE } : orderSets(a.set, b.set, real);
  return [...differing.map((one) => (real.includes(one) ? { ...one, ...order } : one)), ...otherWay];
}

const OTHER = "the sets of laws are not ordered";

function addedOrRemoved(a: AmbiguityIR | undefined, b: AmbiguityIR | undefined): Change {
  const set = b ?? a;
  if (set === undefined) throw new Error("no ambiguity on either side");
  const added = a === undefined;
  const shown = {
    what: "ambiguity",
    before: a === undefined ? null : optionsText(a.set),
    after: b === undefined ? null : optionsText(b.set),
  };
  const at = [a?.set.at ?? a?.at, b?.set.at ?? b?.at] as const;
  const elsewhere = offCentre(set);
  if (elsewhere !== null) return change({ ...shown, verdict: "INCOMPARABLE", because: elsewhere, at });
  const size = mainSize(set.set);
  const rows = AROUND_ROWS[set.set.name] !== undefined && set.set.options["center"] === undefined;
  const law = rows ? "the law of the training rows" : "the law that was decided on without it";
  if (isCentreAlone(set.set, size)) {
    const because =
      size?.name === "radius"
        ? `a radius of 0 leaves the ${rows ? "rows" : "scenarios"} as they are`
        : "a tail of everything is the mean over the rows";
    return change({ ...shown, verdict: "NO CHANGE OF MEANING", because, at });
  }
  const verdict = added ? "MORE CONSERVATIVE" : "LESS CONSERVATIVE";
  const because = `the set holds its centre, ${law}${size === null ? "" : `; ${size.name} ${size.text}`}`;
  return change({ ...shown, verdict, because, at });
}

/** Why a classical set around training rows does not hold their own law; `null` of one that does. */
const AROUND_ROWS: Readonly<Record<string, string | null>> = {
  chi2: null,
  kl: null,
  total_variation: null,
  cressie_read: null,
  cvar: null,
  group_cvar: null,
  marginal_cvar: null,
  mmd: null,
  wasserstein: null,
  moments: null,
  holistic: null,
  sinkhorn: "its laws are spread around the rows, and the law of the rows themselves is none of them",
  outlier_robust: "it is around the rows without outliers, and the law of all of them need not be in it",
  bayesian: "its sets are around draws of the law from a posterior, and need not hold the law of the rows",
};

/** Why a set need not hold the law that is decided on without it; `null` where it does. */
function offCentre({ set, via, lift }: AmbiguityIR): string | null {
  const elsewhere = "the set is not centred on the scenarios that were decided on without it";
  const center = set.options["center"]?.value;
  if (via !== undefined || lift !== undefined) return elsewhere;
  if (center !== undefined) return center === "conditional" ? null : elsewhere;
  const why = AROUND_ROWS[set.name];
  if (why !== null) return why ?? elsewhere;
  const size = mainSize(set);
  return set.name === "moments" && size !== null && size.least < 1
    ? "a covariance below 1 leaves out the law of the rows"
    : null;
}

/** Whether the set is its centre alone. */
function isCentreAlone({ name }: OptionsIR, size: ReturnType<typeof mainSize>): boolean {
  if (size === null) return false;
  // Inputs that are equal may have different targets, whose weights the kernel does not tell apart.
  if (size.name === "radius") return name !== "mmd" && size.greatest === 0;
  return size.name === "tail" && size.least === 1;
}

const shown = (set: AmbiguityIR): string => (set.eachStage ? "each stage" : "all stages together");
