import { mean, pairedT, standardDeviation } from "../../runtime/evaluate/statistics.ts";
import type { PaperTable, TableBlock, TableMethod, TableResult, TableRow } from "./paper-table.ts";

/** A figure of the paper or of ours: mean and standard deviation over seeds. */
export interface Figure {
  readonly mean: number;
  readonly sd: number | null;
}

/** A method of a block: the paper's figures beside ours, in the order of the block's rows. */
export interface MethodFigures {
  readonly method: string;
  readonly label: string;
  readonly role: TableMethod["role"] | null;
  readonly cells: readonly { readonly paper: Figure | null; readonly ours: Figure | null }[];
}

/** The claimed method against another one on a metric. */
export interface Gain {
  readonly block: string;
  readonly row: string;
  readonly better: TableRow["better"];
  /** Against the named baseline, or against the best method that is no form of the claimed one. */
  readonly against: "baseline" | "strongest";
  readonly paper: { readonly baseline: string; readonly relative: number } | null;
  readonly ours: {
    readonly baseline: string;
    /** (claimed − baseline) / |baseline|; `null` where the baseline's mean is 0. */
    readonly relative: number | null;
    /** Paired t test over seeds, two-sided; `null` with one seed or no variation. */
    readonly p: number | null;
    /** Whether ours is better, by its mean. */
    readonly isGain: boolean;
  } | null;
}

/** Methods of the block: those of the paper in its order, then ours that it has not. */
export function methodFigures(block: TableBlock, result: TableResult | null): readonly MethodFigures[] {
  const printed = block.rows.flatMap(({ figures }) => figures.map(({ method }) => method));
  const ids = [...new Set([...printed, ...(result?.methods ?? []).map(({ id }) => id)])];
  return ids.map((id) => {
    const method = result?.methods.find((one) => one.id === id);
    const cells = block.rows.map((row) => ({ paper: paperFigure(row, id), ours: ourFigure(row, method) }));
    return { method: id, label: method?.label ?? id, role: method?.role ?? null, cells };
  });
}

/** Gains of the table's claimed method on each row of a block: the paper's and ours, each against its own strongest. */
export function gainsOf(table: PaperTable, block: TableBlock, result: TableResult | null): readonly Gain[] {
  const { claimed = table.claimed } = block;
  return block.rows.flatMap((row) =>
    (["baseline", "strongest"] as const).map((against) => ({
      block: block.title,
      row: row.title,
      better: row.better,
      against,
      paper: paperGain(table, row, against),
      ours: result === null ? null : ourGain({ ...table, claimed }, row, against, result),
    })),
  );
}

function paperFigure(row: TableRow, method: string): Figure | null {
  const found = row.figures.find((figure) => figure.method === method);
  return found === undefined ? null : { mean: found.mean, sd: found.sd ?? null };
}

function ourFigure(row: TableRow, method: TableMethod | undefined): Figure | null {
  const values = method === undefined ? null : valuesOf(row, method);
  return values === null ? null : { mean: mean(values), sd: standardDeviation(values) };
}

/** One value a seed in the paper's unit, or `null` where the metric has no meaning for the method at some seed. */
function valuesOf({ metric, sets, factor = 1 }: TableRow, method: TableMethod): readonly number[] | null {
  if (sets !== undefined) return overSets(sets, metric, factor, method);
  const perSeed = method.values.find((value) => value.metric === metric)?.perSeed ?? [];
  return scaled(perSeed, factor);
}

/** Means over test sets; `null` where one of them is not in the results. */
function overSets(
  sets: readonly string[],
  metric: string,
  factor: number,
  method: TableMethod,
): readonly number[] | null {
  const found = sets.map((set) => method.sets?.find((value) => value.set === set && value.metric === metric));
  const known = found.map((value) => (value === undefined ? null : scaled(value.perSeed, factor)));
  const [first] = known;
  if (first === null || first === undefined || known.includes(null)) return null;
  return first.map((_, seed) => mean(known.map((values) => values![seed]!)));
}

function scaled(perSeed: readonly (number | null)[], factor: number): readonly number[] | null {
  const known = perSeed.filter((value): value is number => value !== null);
  return known.length === 0 || known.length < perSeed.length ? null : known.map((value) => factor * value);
}

function paperGain(table: PaperTable, row: TableRow, against: Gain["against"]): Gain["paper"] {
  const claimed = row.figures.find(({ method }) => method === table.claimed);
  const others = row.figures.filter(({ method }) => method !== table.claimed);
  const baseline =
    against === "baseline"
      ? others.find(({ method }) => method === table.baseline)
      : best(others, row, ({ mean: value }) => value);
  if (claimed === undefined || baseline === undefined) return null;
  return { baseline: baseline.method, relative: (claimed.mean - baseline.mean) / Math.abs(baseline.mean) };
}

function ourGain(table: PaperTable, row: TableRow, against: Gain["against"], result: TableResult): Gain["ours"] {
  const entries = result.methods.flatMap((method) => {
    const values = valuesOf(row, method);
    return values === null ? [] : [{ method, values, mean: mean(values) }];
  });
  const claimed = entries.find(({ method }) => method.id === table.claimed);
  const baseline =
    against === "baseline"
      ? entries.find(({ method }) => method.id === table.baseline)
      : best(
          entries.filter(({ method }) => isRival(table, method)),
          row,
          ({ mean: value }) => value,
        );
  if (claimed === undefined || baseline === undefined) return null;
  const apart = claimed.mean - baseline.mean;
  // Below a double's precision the means differ by the order of their sums: shares of the same counts are the same.
  const difference = Math.abs(apart) <= 1e-12 * Math.abs(baseline.mean) ? 0 : apart;
  const paired = claimed.values.length === baseline.values.length;
  return {
    baseline: baseline.method.id,
    relative: baseline.mean === 0 ? null : difference / Math.abs(baseline.mean),
    p: paired ? (pairedT(claimed.values.map((value, k) => value - baseline.values[k]!))?.p ?? null) : null,
    isGain: row.better === "lower" ? difference < 0 : difference > 0,
  };
}

/** Controls are no methods, forms of the claimed one no rivals, and the oracle knows the true law. */
function isRival(table: PaperTable, { id, role }: TableMethod): boolean {
  if (role === "control" || id === "oracle_saa") return false;
  return id !== table.claimed && !(table.variants ?? []).includes(id);
}

function best<T>(items: readonly T[], row: TableRow, value: (item: T) => number): T | undefined {
  const sign = row.better === "lower" ? 1 : -1;
  return items.reduce<T | undefined>(
    (least, item) => (least === undefined || sign * value(item) < sign * value(least) ? item : least),
    undefined,
  );
}
