// The cells of the map of decision weighting, and its table.

const FACTORS = { rows: [20_000, 500, 2000], crash: [0.02, 0.15, 0.06], hidden: [16, 64], assets: [20, 5, 10] };
const MIDDLE = { crash: 0.06, rows: 2000, hidden: 64, assets: 10 };

const named = (cell) => ({
  ...cell,
  name: `crash${cell.crash * 100}-rows${cell.rows}-hidden${cell.hidden}-assets${cell.assets}`,
});

/** `star`: the middle, then one factor changed at a time. `full`: the star first, then every other combination. */
export function cellsOf(grid) {
  const star = [
    MIDDLE,
    ...Object.entries(FACTORS).flatMap(([factor, values]) =>
      values.filter((value) => value !== MIDDLE[factor]).map((value) => ({ ...MIDDLE, [factor]: value })),
    ),
  ].map(named);
  if (grid === "star") return star;
  if (grid !== "full") throw new Error(`--grid is star or full, not ${grid}`);
  const full = FACTORS.crash.flatMap((crash) =>
    FACTORS.rows.flatMap((rows) =>
      FACTORS.hidden.flatMap((hidden) => FACTORS.assets.map((assets) => named({ crash, rows, hidden, assets }))),
    ),
  );
  return [...star, ...full.filter(({ name }) => !star.some((cell) => cell.name === name))];
}

/** A cell a row: plain and de-tilted DW-FM relative to Uniform FM and to the placebo, with p of the paired t test. */
export function mapTable(finished) {
  const header = [
    "crash",
    "rows",
    "width",
    "assets",
    "seeds × contexts",
    "Uniform FM / true law",
    "DW-FM",
    "de-tilted",
    "DW-FM to placebo",
    "de-tilted to placebo",
    "ŵ at the decision",
    "chosen λ̃",
  ];
  const rows = finished.map(({ cell, results }) => {
    const regret = (id) =>
      results.methods.find((method) => method.id === id).values.find(({ metric }) => metric === "regret");
    const change = (method, baseline) => {
      const found = results.comparisons.find(
        (one) => one.metric === "regret" && one.method === method && one.baseline === baseline,
      );
      if (found === undefined || found.relative === null) return "–";
      return `${signed(found.relative)}${found.t === null ? "" : ` (p ${found.t.p < 0.001 ? "< 0.001" : found.t.p.toFixed(3)})`}`;
    };
    const tilt = regret("uniform_fm_w").mean / regret("uniform_fm").mean - 1;
    const chosen = results.selection.filter(({ method }) => method === "dw_fm").map(({ selected }) => selected);
    return [
      `${100 * cell.crash} %`,
      cell.rows.toLocaleString("en"),
      cell.hidden,
      cell.assets,
      `${results.seeds} × ${results.contexts.rows.length.toLocaleString("en")}`,
      (regret("uniform_fm").mean / regret("oracle_saa").mean).toFixed(1),
      change("dw_fm", "uniform_fm"),
      change("dw_fm_detilt", "uniform_fm"),
      change("dw_fm", "placebo"),
      change("dw_fm_detilt", "placebo"),
      signed(tilt),
      [...new Set(chosen)]
        .sort((a, b) => a - b)
        .map((value) => `${value} (${chosen.filter((one) => one === value).length}×)`)
        .join(", "),
    ];
  });
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function signed(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(100 * value).toFixed(1)} %`;
}
