import type { Lock, LockedDecisions, LockedModel, LockedRun } from "./lock-file.ts";

/** One fact of a lock, and what it is now. */
export interface VerifiedFact {
  /** `null` for what all models share. */
  readonly model: string | null;
  /** `data sales.csv: sha256` */
  readonly what: string;
  readonly locked: string;
  readonly now: string;
  readonly holds: boolean;
  /** What follows from a fact that no longer holds. */
  readonly because: string;
}

/** The facts of a lock that need no run, beside the same facts now. */
export function compareLocks(locked: Lock, now: Lock): readonly VerifiedFact[] {
  const facts: VerifiedFact[] = [
    fact(null, "droc", locked.droc, now.droc, "another version may choose other defaults and numbers"),
    ...compareRecords(null, "engine", locked.engines, now.engines, "training and sampling may round otherwise"),
    ...compareRecords(
      null,
      "solver",
      locked.solvers,
      now.solvers,
      "another version may return another of several best decisions",
    ),
  ];
  for (const model of locked.models) {
    const other = now.models.find((one) => one.name === model.name);
    facts.push(
      ...(other === undefined
        ? [fact(model.name, "model", "present", "absent", "the spec no longer has it")]
        : compareModels(model, other)),
    );
  }
  for (const { name } of now.models) {
    if (locked.models.some((one) => one.name === name)) continue;
    facts.push(fact(name, "model", "absent", "present", "it was added since"));
  }
  return facts;
}

function compareModels(a: LockedModel, b: LockedModel): readonly VerifiedFact[] {
  const { name } = a;
  return [
    fact(name, "meaning", a.meaning, b.meaning, "the spec says something else: `droc diff` says what"),
    fact(name, "seed", String(a.seed), String(b.seed), "other random numbers are drawn"),
    ...compareRecords(name, "default", a.defaults, b.defaults, "droc chooses otherwise where the spec says nothing"),
    ...compareData(a, b),
  ];
}

function compareData({ name, data: a }: LockedModel, { data: b }: LockedModel): readonly VerifiedFact[] {
  if (a.kind === "task" || b.kind === "task") {
    const text = (one: typeof a): string => (one.kind === "task" ? `task ${one.task}` : `file ${one.path}`);
    return [fact(name, "data", text(a), text(b), "other data are read")];
  }
  const what = `data ${a.path}`;
  return [
    fact(name, what, a.path, b.path, "another file is read"),
    fact(name, `${what}: sha256`, a.sha256, b.sha256, "at least one byte of the file is another one"),
    fact(name, `${what}: rows`, String(a.rows), String(b.rows), "rows came or went"),
  ];
}

/** Weights and decisions as they lie in the run folder. */
export function compareRunFiles(
  model: string,
  locked: LockedRun,
  now: Pick<LockedRun, "weights" | "decisions">,
): readonly VerifiedFact[] {
  return [
    ...compareRecords(
      model,
      "weights",
      locked.weights,
      now.weights,
      "the file is not the one that the decision was taken with",
    ),
    fact(
      model,
      "decisions.parquet",
      locked.decisions ?? "absent",
      now.decisions ?? "absent",
      "the committed decisions are others",
    ),
  ];
}

/** Digits that a decision must keep. Solvers stop at a gap of 1e-6, so that further digits are chance. */
const TOLERANCE = 1e-5;

/** Each context's decision against the locked one, `|now − locked| ≤ 1e-5 · (1 + |locked|)` in each component. */
export function compareDecisions(
  model: string,
  locked: LockedDecisions,
  now: readonly (readonly number[])[],
  what = "decision",
): readonly VerifiedFact[] {
  return locked.decisions.flatMap((row, i): VerifiedFact[] => {
    const other = now[i] ?? [];
    const off = row.findIndex(
      (value, j) => !(Math.abs((other[j] ?? NaN) - value) <= TOLERANCE * (1 + Math.abs(value))),
    );
    if (off < 0) return [];
    const name = locked.names[off] ?? `component ${off}`;
    const because = "the same context is decided otherwise";
    return [
      fact(model, `${what} at context ${i + 1}: ${name}`, String(row[off]), String(other[off] ?? "none"), because),
    ];
  });
}

function compareRecords(
  model: string | null,
  what: string,
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
  because: string,
): readonly VerifiedFact[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted();
  return keys.map((key) => fact(model, `${what} ${key}`, a[key] ?? "absent", b[key] ?? "absent", because));
}

export function fact(model: string | null, what: string, locked: string, now: string, because: string): VerifiedFact {
  return { model, what, locked, now, holds: locked === now, because };
}
