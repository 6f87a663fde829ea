// Markdown tables from a run's results.json.

/** A method's mean and spread of regret. */
function regret(method) {
  return method.values.find((value) => value.metric === "regret");
}

/** A method a row, a metric a column: mean ± sd over seeds. */
export function methodTable(results) {
  const header = ["", "role", ...results.metrics.map((metric) => metric.label)];
  const rows = results.methods.map((method) => [
    method.label,
    method.role,
    ...results.metrics.map((metric) => {
      const value = method.values.find((candidate) => candidate.metric === metric.id);
      return value === undefined || value.mean === null ? "–" : spread(value.mean, value.sd);
    }),
  ]);
  return markdown(header, rows);
}

/** The trained method against each other method, by regret. */
export function comparisonTable(results) {
  const header = ["", "against", "difference", "relative", "t (df)", "p", "95 % interval"];
  const label = (id) => results.methods.find((method) => method.id === id)?.label ?? id;
  const rows = results.comparisons
    .filter((comparison) => comparison.metric === "regret")
    .map((c) => [
      label(c.method),
      label(c.baseline),
      spread(c.difference, c.sd),
      c.relative === null ? "–" : percent(c.relative),
      c.t === null ? "–" : `${c.t.statistic.toFixed(2).replace("-", "−")} (${c.t.degreesOfFreedom})`,
      c.t === null ? "–" : probability(c.t.p),
      c.bootstrap === null ? "–" : `[${number(c.bootstrap.lower)}, ${number(c.bootstrap.upper)}]`,
    ]);
  return markdown(header, rows);
}

/**
 * A task a row: DW-FM and its de-tilted form against Uniform FM and against the placebo, and the best method that uses no
 * decision weights. `runs` are `{ title, results, paper }`.
 */
export function summaryTable(runs) {
  const header = [
    "",
    "Uniform FM, regret",
    "DW-FM",
    "de-tilted DW-FM",
    "DW-FM against placebo",
    "de-tilted against placebo",
    "best without weights",
    "the paper, DW-FM",
  ];
  const rows = runs.map(({ title, results, paper }) => {
    const against = (method, baseline) => {
      const found = results.comparisons.find(
        (c) => c.metric === "regret" && c.method === method && c.baseline === baseline,
      );
      if (found === undefined || found.relative === null) return "–";
      return `${percent(found.relative)}${found.t === null ? "" : ` (p ${probability(found.t.p)})`}`;
    };
    const without = results.methods.filter(
      (method) => method.role !== "control" && !method.id.startsWith("dw_fm") && method.id !== "oracle_saa",
    );
    const best = without.reduce((a, b) => (regret(b).mean < regret(a).mean ? b : a));
    const uniform = regret(results.methods.find((method) => method.id === "uniform_fm"));
    return [
      title,
      spread(uniform.mean, uniform.sd),
      against("dw_fm", "uniform_fm"),
      against("dw_fm_detilt", "uniform_fm"),
      against("dw_fm", "placebo"),
      against("dw_fm_detilt", "placebo"),
      `${best.label}, ${number(regret(best).mean)}`,
      paper,
    ];
  });
  return markdown(header, rows);
}

function probability(p) {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/** Distribution of the weights at each strength, the median over seeds of each figure. */
export function weightTable(results) {
  const strengths = [...new Set(results.weights.map((entry) => entry.strength))].sort((a, b) => a - b);
  if (strengths.length === 0) return "";
  const rows = strengths.map((strength) => {
    const of = (key) =>
      median(results.weights.filter((entry) => entry.strength === strength).map((entry) => entry[key]));
    return [
      String(strength),
      number(of("lambda")),
      number(of("min")),
      number(of("median")),
      number(of("max")),
      `${(100 * of("effectiveShare")).toFixed(0)} %`,
    ];
  });
  return markdown(["strength", "λ", "min", "median", "max", "effective sample"], rows);
}

/** Validation regret of each strength (mean over seeds) and how often it was chosen. */
export function strengthTable(results) {
  const methods = [...new Set(results.selection.map((entry) => entry.method))];
  const strengths = [...new Set(results.selection.flatMap((entry) => entry.grid.map((point) => point.strength)))].sort(
    (a, b) => a - b,
  );
  const rows = methods.map((method) => {
    const entries = results.selection.filter((entry) => entry.method === method);
    return [
      results.methods.find((candidate) => candidate.id === method)?.label ?? method,
      ...strengths.map((strength) => {
        const regrets = entries.flatMap((entry) =>
          entry.grid.filter((point) => point.strength === strength && point.validationRegret !== null),
        );
        const chosen = entries.filter((entry) => entry.selected === strength).length;
        const regret = regrets.reduce((sum, point) => sum + point.validationRegret, 0) / regrets.length;
        return regrets.length === 0 ? "–" : `${number(regret)} (${chosen}×)`;
      }),
    ];
  });
  return markdown(["validation regret (times chosen)", ...strengths.map(String)], rows);
}

/** Regret of each method in each slice; empty where the run has one slice. */
export function sliceTable(results) {
  const count = results.contexts.slices.length;
  if (count < 2) return "";
  const labels = results.contexts.slices.map(([first, end]) =>
    results.contexts.labels.length === 0
      ? `${first}–${end - 1}`
      : `${results.contexts.labels[first]} – ${results.contexts.labels[end - 1]}`,
  );
  const rows = results.methods.map((method) => {
    return [
      method.label,
      ...labels.map((_, k) => (regret(method).slices[k] === null ? "–" : number(regret(method).slices[k]))),
    ];
  });
  return markdown(["", ...labels], rows);
}

function markdown(header, rows) {
  return [markdownRow(header), markdownRow(header.map(() => "---")), ...rows.map(markdownRow)].join("\n");
}

function markdownRow(cells) {
  return `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
}

function spread(mean, sd) {
  return sd === null ? number(mean) : `${number(mean)} ± ${number(sd)}`;
}

/** Three significant digits, without exponents; what is below 1e-9 is rounding. */
function number(value) {
  if (Math.abs(value) < 1e-9) return "0";
  const digits = Math.max(0, Math.min(9, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toFixed(digits).replace("-", "−");
}

function percent(value) {
  return `${value < 0 ? "−" : "+"}${(100 * Math.abs(value)).toFixed(1)} %`;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
