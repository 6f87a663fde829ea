import type { PaperTable, TableBlock, TableRow } from "../paper-table.ts";

/** The shares of the worst outcomes that figures 3, 6 and 7 evaluate at. */
const TAILS = [100, 50, 20, 10];

/** Relative regret at evaluation tails; the paper draws its figures and prints no number. */
function regretAt(tails: readonly number[]): readonly TableRow[] {
  return tails.map((tail) => ({
    title: `relative regret, worst ${tail} %, %`,
    metric: `relative_regret_tail_${tail}`,
    better: "lower",
    factor: 100,
    figures: [],
    at: `${tail} %`,
  }));
}

interface Point {
  readonly id: string;
  readonly title: string;
  readonly at: string;
  readonly panel?: string;
  readonly model?: string;
  readonly set?: Readonly<Record<string, string>>;
}

function block({ model = "FactorPortfolioSweep", ...point }: Point, tails: readonly number[]): TableBlock {
  const claimed = `gen_dfl_tail_${parseFloat(point.set?.["tail"] ?? "100")}`;
  return { ...point, claimed, model, spec: "stdlib/papers/004-portfolio-sweep.dro", seeds: 3, rows: regretAt(tails) };
}

const DRAWN = "The paper draws curves and prints no number, so that there is nothing to set ours beside.";
const LAW =
  "The portfolios are PyEPO's of degree 4, as in table 1: with the paper's 0.1 under the power instead of its root, the mean return of degree 4 is a thousandth of the noise and nothing can be learnt.";
const SHARED = { claimed: "gen_dfl", baseline: "spo_plus", variants: ["normalizing_flow"] };

const variances: readonly Point[] = [20, 40, 60, 80, 100].map((sigma) => ({
  id: `sigma-${sigma}`,
  title: `σ = ${sigma}`,
  panel: "variance σ",
  at: String(sigma),
  set: { sigma: String(sigma) },
}));

const dimensions: readonly Point[] = [10, 20, 50].map((assets) => ({
  id: `assets-${assets}`,
  title: `${assets} assets`,
  panel: "assets",
  at: String(assets),
  ...(assets === 50 ? {} : { model: `FactorPortfolio${assets}` }),
}));

const sizes: readonly Point[] = [80, 160, 320, 640].map((rows) => ({
  id: `rows-${rows}`,
  title: `${rows} training rows`,
  panel: "training rows",
  at: String(rows),
  set: { rows: String(rows) },
}));

/** Figures 3, 4, 6 and 7 of 004, all of its portfolio: what is varied is said by the blocks. */
export const FIGURES_004: readonly PaperTable[] = [
  {
    ...SHARED,
    id: "004/figure-3",
    title: "Weight β of the regret in training against the evaluation's tail",
    source: "004 §6.1, figure 3",
    figure: { across: "rows", label: "evaluation tail" },
    notes: [DRAWN, LAW, "β = 0 trains the likelihood alone. The paper does not list its values of β."],
    blocks: [0, 1, 10, 100].map((beta) =>
      block({ id: `beta-${beta}`, title: `β = ${beta}`, at: String(beta), set: { weight: String(beta) } }, TAILS),
    ),
  },
  {
    ...SHARED,
    id: "004/figure-4",
    title: "Portfolios of other variance, dimension and training size",
    source: "004 §6.2, figure 4",
    figure: { across: "blocks", label: "relative regret, %" },
    notes: [DRAWN, LAW, "σ of 40 to 100 are the paper's; it does not list its dimensions and training sizes."],
    blocks: [...variances, ...dimensions, ...sizes].map((point) => block(point, [100])),
  },
  {
    ...SHARED,
    id: "004/figure-6",
    title: "Training tail α against the evaluation's tail",
    source: "004 §6.2, figure 6",
    figure: { across: "rows", label: "evaluation tail" },
    notes: [
      DRAWN,
      LAW,
      "The decision that is evaluated minimises the mean over the generator's scenarios; the training tail shapes the generator alone.",
    ],
    blocks: TAILS.map((tail) =>
      block(
        { id: `tail-${tail}`, title: `trained at α = ${tail} %`, at: `${tail} %`, set: { tail: `${tail}%` } },
        TAILS,
      ),
    ),
  },
  {
    ...SHARED,
    id: "004/figure-7",
    title: "Scenarios of a decision in training against the evaluation's tail",
    source: "004 §6.2, figure 7",
    figure: { across: "rows", label: "evaluation tail" },
    notes: [DRAWN, LAW],
    blocks: [10, 50, 100, 200].map((samples) =>
      block(
        {
          id: `samples-${samples}`,
          title: `${samples} scenarios`,
          at: String(samples),
          set: { samples: String(samples) },
        },
        TAILS,
      ),
    ),
  },
];
