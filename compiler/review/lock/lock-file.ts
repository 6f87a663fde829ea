/** Version of the lock's own shape. */
export const LOCK_VERSION = 1;

/** What a spec rests on, as it was when somebody answered for it. Plain JSON, one fact a line, sorted. */
export interface Lock {
  readonly lockVersion: typeof LOCK_VERSION;
  /** The spec's file name, beside the lock. */
  readonly spec: string;
  readonly droc: string;
  /** Versions of the packages that train, sample and read data. */
  readonly engines: Readonly<Record<string, string>>;
  readonly solvers: Readonly<Record<string, string>>;
  readonly models: readonly LockedModel[];
}

export interface LockedModel {
  readonly name: string;
  /** `hashModel`: what the model means. */
  readonly meaning: string;
  readonly seed: number;
  /** Every setting that droc chose since the spec says nothing, by name. */
  readonly defaults: Readonly<Record<string, string>>;
  readonly data: LockedData;
  /** The finished run that the lock was taken with. */
  readonly run: LockedRun | null;
}

export type LockedData =
  | {
      readonly kind: "file";
      readonly path: string;
      readonly sha256: string;
      readonly bytes: number;
      readonly rows: number;
    }
  /** Made by droc from its options and the seed. */
  | { readonly kind: "task"; readonly task: string };

export interface LockedRun {
  /** From the lock's folder. */
  readonly folder: string;
  /** sha256 of each file of weights, by its path in the run folder. */
  readonly weights: Readonly<Record<string, string>>;
  /** sha256 of `decisions.parquet`. */
  readonly decisions: string | null;
  /** What the run decided at some contexts of the test part. */
  readonly decided: LockedDecisions;
}

export interface LockedDecisions {
  readonly method: string;
  readonly names: readonly string[];
  /** Raw contexts, a row each. */
  readonly contexts: readonly (readonly number[])[];
  /** Decisions to nine digits, a row a context. */
  readonly decisions: readonly (readonly number[])[];
}

/** The text of a lock: the same for the same facts, and readable in a review. */
export function lockText(lock: Lock): string {
  return `${JSON.stringify(lock, null, 2).replaceAll(/\[\s+(-?[\d.e+-]+(?:,\s+-?[\d.e+-]+)*)\s+\]/g, (_, list: string) => `[${list.replaceAll(/\s+/g, " ")}]`)}\n`;
}

/** Reads a lock; a text where it is none, which says why. */
export function parseLock(text: string): Lock | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return error.message;
  }
  if (!isRecord(value)) return "it is not a JSON object";
  if (value["lockVersion"] !== LOCK_VERSION)
    return `its lockVersion is ${JSON.stringify(value["lockVersion"])}, not ${LOCK_VERSION}`;
  if (!isLock(value)) return "a part of it is missing or of another form";
  return value;
}

function isLock(value: unknown): value is Lock {
  return (
    isRecord(value) &&
    isText(value["spec"]) &&
    isText(value["droc"]) &&
    isTexts(value["engines"]) &&
    isTexts(value["solvers"]) &&
    isListOf(value["models"], isModel)
  );
}

function isModel(value: unknown): boolean {
  return (
    isRecord(value) &&
    isText(value["name"]) &&
    isText(value["meaning"]) &&
    typeof value["seed"] === "number" &&
    isTexts(value["defaults"]) &&
    isData(value["data"]) &&
    (value["run"] === null || isRun(value["run"]))
  );
}

function isData(value: unknown): boolean {
  if (!isRecord(value)) return false;
  if (value["kind"] === "task") return isText(value["task"]);
  const counts = typeof value["bytes"] === "number" && typeof value["rows"] === "number";
  return value["kind"] === "file" && isText(value["path"]) && isText(value["sha256"]) && counts;
}

function isRun(value: unknown): boolean {
  if (!isRecord(value) || !isText(value["folder"]) || !isTexts(value["weights"])) return false;
  const { decided, decisions } = value;
  const rows = (list: unknown): boolean => isListOf(list, (row) => isListOf(row, (one) => typeof one === "number"));
  return (
    (decisions === null || isText(decisions)) &&
    isRecord(decided) &&
    isText(decided["method"]) &&
    isListOf(decided["names"], isText) &&
    rows(decided["contexts"]) &&
    rows(decided["decisions"])
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTexts(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(isText);
}

function isListOf(value: unknown, is: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}

/** The record with its keys in order. */
export function sorted<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
