import { DIAGNOSIS, type GeneratorDiagnosis } from "../evaluate/generator/diagnose.ts";
import { interpolatedQuantile, mean } from "../evaluate/statistics.ts";
import type { RunResult } from "./results.ts";
import { lineChart } from "./svg.ts";
import { formatNumber, formatP, type TextTable } from "./table.ts";

/** How the numbers of a diagnosis are read; printed with them. */
export const DIAGNOSIS_NOTE = `Scenarios against one outcome a context, at most ${DIAGNOSIS.contexts} contexts with ${DIAGNOSIS.draws} scenarios each, outcomes in training deviations; means over seeds, p the median. Beside a value stands in brackets what it would be were the generator right (of the CRPS: what the training outcomes score without the context). A p-value near 0 says that the generator is not right; coverage belongs at its level.`;

/** How the parts of the bound are read. */
export const THEORY_NOTE =
  "E_w: how far the flow is from the best one under the weights; B_tilt: how far the weights move the target (003 theorem 5.6; both regressed on held-out rows, in standardised outcomes, so that E_w is a lower estimate). Regret is at most 2√(2C(E_w + B_tilt)); the constant C is not known, and the number given takes the least that the data allow, so the bound itself is larger. De-tilting takes B_tilt out of the population's target, and leaves the share of the scenarios in the last column.";

/** How the distances from a synthetic task's own law are read. */
export const TRUTH_NOTE = `At most ${DIAGNOSIS.truthContexts} contexts, ${DIAGNOSIS.draws} draws of either law at each. Excess scores and MMD² are 0 for a right generator up to their standard error; the bracket is the distance that chance makes.`;

/** What the charts show. */
export const PIT_CAPTION = "Share of the outcomes (%) by the percentage of the scenarios that lie below them (PIT)";
export const COVERAGE_CAPTION = "Coverage of the central intervals less their level, in points";

type Field = (diagnosis: GeneratorDiagnosis) => number | null;

/** One row a trained generator. */
export function diagnosisTable(result: RunResult): TextTable {
  const columns = [
    "generator",
    "MMD²",
    "sliced W1",
    "energy score",
    "CRPS",
    "PIT, worst KS",
    "correlation error",
    "lower tail 10 %",
    "upper tail 10 %",
  ];
  const rows = result.diagnostics.map(({ method, seeds }) => {
    const value = (field: Field): number | null => meanOver(seeds, field);
    const p = (field: Field): string => withP(medianOver(seeds, field));
    const tail = (side: "lower" | "upper"): string => {
      const at = (field: "observed" | "generated"): number | null =>
        value((one) => one.tails.find((entry) => entry.side === side && entry.mass === 0.1)?.[field] ?? null);
      return beside(at("observed"), at("generated"));
    };
    return [
      labelOf(result, method),
      `${text(value((one) => one.mmd.value))}${p((one) => one.mmd.p)}`,
      `${beside(
        value((one) => one.slicedWasserstein.value),
        value((one) => one.slicedWasserstein.reference),
      )}${p((one) => one.slicedWasserstein.p)}`,
      withError(
        value((one) => one.energyScore.value),
        value((one) => one.energyScore.standardError),
      ),
      beside(
        value((one) => known(one.crps.map(({ value: score }) => score))),
        value((one) => known(one.crps.map(({ reference }) => reference))),
      ),
      `${text(value((one) => one.pit.worst?.statistic ?? null))}${p((one) => one.pit.worst?.p ?? null)}`,
      `${beside(
        value((one) => one.correlation.largest.value),
        value((one) => one.correlation.largest.reference),
      )}${p((one) => one.correlation.largest.p)}`,
      tail("lower"),
      tail("upper"),
    ];
  });
  return { columns, rows };
}

/** What a terminal has room for, with the coverage over all contexts. */
export function shortDiagnosisTable(result: RunResult): TextTable {
  const { columns, rows } = diagnosisTable(result);
  const kept = ["generator", "MMD²", "CRPS", "PIT, worst KS"].map((name) => columns.indexOf(name));
  const levels = levelsOf(result);
  return {
    columns: [...kept.map((k) => columns[k]!), ...levels.map((level) => `cover ${percent(level)}`)],
    rows: rows.map((row, at) => [
      ...kept.map((k) => row[k]!),
      ...levels.map((_level, k) =>
        share(meanOver(result.diagnostics[at]!.seeds, ({ coverage }) => coverage[k]?.value ?? null)),
      ),
    ]),
  };
}

/** Coverage by difficulty of the context, one row a generator and level. */
export function coverageTable(result: RunResult): TextTable {
  const groups = Math.max(0, ...result.diagnostics.map(({ seeds }) => seeds[0]!.coverage[0]?.byDifficulty.length ?? 0));
  const names = Array.from({ length: groups }, (_, g) =>
    g === 0 ? "easiest third" : g === groups - 1 ? "hardest third" : "middle third",
  );
  return {
    columns: ["generator", "level", "all contexts", ...names],
    rows: result.diagnostics.flatMap(({ method, seeds }) =>
      levelsOf(result).map((level, k) => {
        const at = (pick: (one: GeneratorDiagnosis["coverage"][number]) => number | null | undefined): number | null =>
          meanOver(seeds, (one) => pick(one.coverage[k]!) ?? null);
        return [
          labelOf(result, method),
          percent(level),
          coverText(
            at(({ value }) => value),
            at(({ standardError }) => standardError),
          ),
          ...names.map((_name, g) =>
            coverText(
              at(({ byDifficulty }) => byDifficulty[g]?.value),
              at(({ byDifficulty }) => byDifficulty[g]?.standardError),
            ),
          ),
        ];
      }),
    ),
  };
}

/** Distances from the true law; no rows where the data have none. */
export function truthTable(result: RunResult): TextTable {
  return {
    columns: [
      "generator",
      "energy score, excess",
      "CRPS, excess",
      "MMD²",
      "sliced W1",
      ...levelsOf(result).map((level) => `cover ${percent(level)}`),
    ],
    rows: result.diagnostics.flatMap(({ method, seeds }) => {
      if (seeds.some(({ truth }) => truth === null)) return [];
      type Truth = NonNullable<GeneratorDiagnosis["truth"]>;
      const at = (field: (truth: Truth) => number | null | undefined): number | null =>
        meanOver(seeds, ({ truth }) => (truth === null ? null : (field(truth) ?? null)));
      const estimate = (name: "energy" | "crps" | "mmd"): string =>
        withError(
          at((truth) => truth[name].value),
          at((truth) => truth[name].standardError),
        );
      return [
        [
          labelOf(result, method),
          estimate("energy"),
          estimate("crps"),
          estimate("mmd"),
          beside(
            at((truth) => truth.slicedWasserstein.value),
            at((truth) => truth.slicedReference),
          ),
          ...levelsOf(result).map((_level, k) => share(at((truth) => truth.coverage[k]?.value))),
        ],
      ];
    }),
  };
}

/** The parts of the regret bound of every trained flow. */
export function theoryTable(result: RunResult): TextTable {
  return {
    columns: [
      "flow",
      "λ",
      "effective sample size",
      "E_w",
      "B_tilt",
      "E_w + B_tilt",
      "bound, at least",
      "without the tilt",
      "measured regret",
      "share left by de-tilting",
    ],
    rows: result.theory.map(({ method, seeds }) => {
      const at = (field: (one: (typeof seeds)[number]) => number | null): number | null => meanOver(seeds, field);
      const part = (name: "excessRisk" | "tiltingBias" | "sum"): string =>
        withError(
          at((one) => one[name].value),
          at((one) => one[name].standardError),
        );
      const regrets = result.methods.find(({ id }) => id === method)?.regrets ?? [];
      return [
        labelOf(result, method),
        text(at(({ lambda }) => lambda)),
        share(at(({ effectiveShare }) => effectiveShare)),
        part("excessRisk"),
        part("tiltingBias"),
        part("sum"),
        text(at(({ leastBound }) => leastBound)),
        text(at(({ leastBoundDetilted }) => leastBoundDetilted)),
        text(regrets.length === 0 ? null : mean(regrets.map((each) => mean(each)))),
        share(at(({ detiltedShare }) => detiltedShare)),
      ];
    }),
  };
}

/** Why a value is missing, each reason once. */
export function diagnosisNotes(result: RunResult): string[] {
  return [...new Set(result.diagnostics.flatMap(({ seeds }) => seeds.flatMap(({ notes }) => notes)))];
}

/** Methods whose curves are drawn: more than these would hide each other. */
function drawnMethods(result: RunResult): RunResult["diagnostics"] {
  const drawn = new Set(result.methods.filter(({ role }) => role !== "control").map(({ id }) => id));
  return result.diagnostics.filter(({ method }) => drawn.has(method)).slice(0, 7);
}

/** Histogram of PIT values over seeds, one line a generator, beside the uniform one. */
export function pitChart(result: RunResult): string {
  const bins = result.diagnostics[0]?.seeds[0]?.pit.histogram.length ?? 0;
  if (bins === 0) return "";
  const lines = drawnMethods(result).map(({ method, seeds }) => ({
    label: labelOf(result, method),
    values: Array.from({ length: bins }, (_, k) => mean(seeds.map(({ pit }) => 100 * pit.histogram[k]!))),
  }));
  const uniform = { label: "right generator", values: Array.from({ length: bins }, () => 100 / bins) };
  const names = Array.from(
    { length: bins },
    (_, k) => `${Math.round((100 * k) / bins)}–${Math.round((100 * (k + 1)) / bins)}`,
  );
  return lineChart(names, [...lines, uniform], PIT_CAPTION);
}

/** Coverage less its level, one line a generator. */
export function coverageChart(result: RunResult): string {
  const levels = levelsOf(result);
  const lines = drawnMethods(result).map(({ method, seeds }) => ({
    label: labelOf(result, method),
    values: levels.map((level, k) => {
      const covered = meanOver(seeds, ({ coverage }) => coverage[k]?.value ?? null);
      return covered === null ? null : 100 * (covered - level);
    }),
  }));
  const right = { label: "right generator", values: levels.map(() => 0) };
  return lineChart(levels.map(percent), [...lines, right], COVERAGE_CAPTION);
}

function levelsOf({ diagnostics }: RunResult): number[] {
  return diagnostics[0]?.seeds[0]?.coverage.map(({ level }) => level) ?? [];
}

function labelOf({ methods }: RunResult, id: string): string {
  return methods.find((method) => method.id === id)?.label ?? id;
}

/** Mean over seeds; `null` where a seed has no value. */
function meanOver<T>(seeds: readonly T[], field: (seed: T) => number | null): number | null {
  return known(seeds.map(field));
}

function medianOver<T>(seeds: readonly T[], field: (seed: T) => number | null): number | null {
  const values = seeds.flatMap((seed) => field(seed) ?? []);
  return values.length === 0 ? null : interpolatedQuantile(values, 0.5);
}

function known(values: readonly (number | null)[]): number | null {
  const found = values.filter((value): value is number => value !== null);
  return found.length === 0 || found.length < values.length ? null : mean(found);
}

/** Three significant digits. */
function text(value: number | null): string {
  if (value === null) return "–";
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(1);
  return Math.abs(value) >= 1000 ? formatNumber(value) : String(Number(value.toPrecision(3)));
}

function beside(value: number | null, reference: number | null): string {
  return value === null ? "–" : `${text(value)}${reference === null ? "" : ` (${text(reference)})`}`;
}

function withError(value: number | null, error: number | null): string {
  return value === null ? "–" : `${text(value)}${error === null ? "" : ` ± ${text(Number(error.toPrecision(2)))}`}`;
}

function withP(p: number | null): string {
  return p === null ? "" : `, p ${formatP(p)}`;
}

function percent(level: number): string {
  return `${Number((100 * level).toPrecision(6))} %`;
}

function share(value: number | null): string {
  return value === null ? "–" : `${(100 * value).toFixed(1)} %`;
}

function coverText(value: number | null, error: number | null): string {
  return value === null
    ? "–"
    : `${(100 * value).toFixed(1)}${error === null ? "" : ` ± ${(100 * error).toFixed(1)}`} %`;
}
