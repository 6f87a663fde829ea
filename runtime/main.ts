import { realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RuntimeError, renderRuntimeError } from "./errors/runtime-error.ts";
import type { RunOptions } from "./options.ts";
import { shortDiagnosisTable, theoryTable } from "./report/diagnostics.ts";
import { comparisonTable, renderText, resultTable } from "./report/table.ts";
import type { RunEvent } from "./runs/events.ts";
import type { AnyPipeline, AnyResult } from "./pipeline.ts";
import { setMetrics, setTable } from "./predict/report.ts";
import { DEVICES, EXECUTOR_NAMES, type Device, type ExecutorName } from "./tensor/device.ts";

/** What `main` needs of the outside; tests pass their own. */
export interface MainHost {
  readonly argv: readonly string[];
  /** URL of the module that exports the pipeline, for the workers of a run with several jobs. */
  readonly module?: string;
  write(line: string): void;
  writeError(line: string): void;
  run(pipeline: AnyPipeline, options: RunOptions): Promise<AnyResult>;
  /** Calls back on SIGINT or SIGTERM until the returned function is called. */
  onInterrupt(callback: () => void): () => void;
}

const USAGE = `Usage: node pipeline.js [--out DIR] [--seeds N] [--quick] [--jobs N] [--allow PATH]... [--device D] [--executor E]

  --out DIR     folder of the run (default: runs/<model>); an interrupted run in it is gone on with
  --seeds N     number of seeds instead of the spec's
  --quick       rehearsal: a few steps and contexts, to see that the line works
  --jobs N      tasks done at once (default: one a core, as memory allows); changes no number
  --allow PATH  a further file or folder that data may be read from
  --device D    where to train and sample: auto, cpu or gpu
  --executor E  what trains and samples there: auto, onnx, tfjs or reference

Example: node pipeline.js --out runs/today --seeds 5`;

/** True where the module is the script that node was started with. */
export function isEntryScript(moduleUrl: string, script: string | undefined): boolean {
  if (script === undefined || !moduleUrl.startsWith("file:")) return false;
  try {
    return realpathSync(script) === realpathSync(fileURLToPath(moduleUrl));
  } catch (error) {
    // Started with something that is no file, such as -e: then no file is the script.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}

interface MainArguments {
  readonly out: string;
  readonly seeds?: number;
  readonly quick: boolean;
  readonly jobs?: number;
  readonly allow: readonly string[];
  readonly device?: Device;
  readonly executor?: ExecutorName;
}

const VALUED: readonly string[] = ["--out", "--seeds", "--jobs", "--allow", "--device", "--executor"];

/** @returns a message where the arguments are wrong, `null` for `--help` */
function readArguments(argv: readonly string[], defaultOut: string): MainArguments | string | null {
  let out = defaultOut;
  const counts: { seeds?: number; jobs?: number } = {};
  let quick = false;
  let device: Device | undefined;
  let executor: ExecutorName | undefined;
  const allow: string[] = [];
  for (let k = 0; k < argv.length; k++) {
    const argument = argv[k]!;
    const value = argv[k + 1];
    if (argument === "--help" || argument === "-h") return null;
    if (argument === "--quick") {
      quick = true;
      continue;
    }
    if (!VALUED.includes(argument)) return `${argument} is not an option.`;
    if (value === undefined) return `${argument} needs a value.`;
    k++;
    switch (argument) {
      case "--out":
        out = value;
        break;
      case "--allow":
        allow.push(value);
        break;
      case "--device":
        device = DEVICES.find((name) => name === value);
        if (device === undefined) return `--device is one of ${DEVICES.join(", ")}, not ${value}.`;
        break;
      case "--executor":
        executor = EXECUTOR_NAMES.find((name) => name === value);
        if (executor === undefined) return `--executor is one of ${EXECUTOR_NAMES.join(", ")}, not ${value}.`;
        break;
      default: {
        const count = Number(value);
        if (!Number.isInteger(count) || count < 1)
          return `${argument} needs a whole number of at least 1, not ${value}.`;
        counts[argument === "--seeds" ? "seeds" : "jobs"] = count;
      }
    }
  }
  return {
    out,
    quick,
    allow,
    ...counts,
    ...(device === undefined ? {} : { device }),
    ...(executor === undefined ? {} : { executor }),
  };
}

/**
 * Runs the pipeline as a program: plain progress lines on stderr, the tables and the path of the run on stdout.
 * @returns the exit code: 0 done, 1 wrong spec or data, 2 usage, 130 interrupted with the run resumable
 * @throws what is none of these, for node to report with its stack
 */
export async function runMain(pipeline: AnyPipeline, host: MainHost): Promise<number> {
  const parsed = readArguments(host.argv, join("runs", folderName(pipeline.name)));
  if (parsed === null) {
    host.write(USAGE);
    return 0;
  }
  if (typeof parsed === "string") {
    host.writeError(`${parsed}\n\n${USAGE}`);
    return 2;
  }
  const { out, ...rest } = parsed;
  const controller = new AbortController();
  const release = host.onInterrupt(() => controller.abort());
  try {
    const options: RunOptions = {
      ...rest,
      runFolder: out,
      ...(host.module === undefined ? {} : { workers: { module: host.module } }),
      signal: controller.signal,
      onEvent: plainLines((line) => host.writeError(line)),
    };
    const result = await host.run(pipeline, options);
    host.write(renderResult(result));
    host.write(`\nRun: ${out} (report.html, results.json)`);
    return 0;
  } catch (error) {
    if (controller.signal.aborted) {
      host.writeError(`Interrupted. The same command goes on from where it stopped: finished work is in ${out}.`);
      return 130;
    }
    if (!(error instanceof RuntimeError)) throw error;
    host.writeError(renderRuntimeError(error));
    return 1;
  } finally {
    release();
  }
}

/** The results and the comparison on the first metric, as text. */
export function renderResult(result: AnyResult): string {
  const parts = [renderText(resultTable(result))];
  const metric = result.metrics[0];
  if (metric !== undefined && result.comparisons.some((comparison) => comparison.metric === metric.id)) {
    parts.push(`${metric.label}, method − baseline:`, renderText(comparisonTable(result, metric.id)));
  }
  if ("sets" in result) {
    // The others are in the report.
    const [first] = setMetrics(result);
    if (first !== undefined) parts.push(`${first.label} by test set:`, renderText(setTable(result, first.id)));
    return parts.join("\n\n");
  }
  if (result.diagnostics.length > 0) {
    parts.push("scenarios against held-out outcomes:", renderText(shortDiagnosisTable(result)));
  }
  if (result.theory.length > 0) parts.push("parts of the regret bound:", renderText(theoryTable(result)));
  return parts.join("\n\n");
}

/** A renderer of events as lines of plain text; progress inside a unit at most every five seconds. */
export function plainLines(write: (line: string) => void): (event: RunEvent) => void {
  let last = performance.now();
  const seldom = (line: string): void => {
    const now = performance.now();
    if (now - last < 5000) return;
    last = now;
    write(line);
  };
  return (event) => {
    switch (event.kind) {
      case "started":
        return write(`${event.model}: ${event.methods.length} methods, ${event.seeds} seeds → ${event.runFolder}`);
      case "data":
        return write(
          `seed ${event.seed}: ${event.train} training, ${event.validation} validation, ${event.test} test rows`,
        );
      case "training":
        return seldom(
          `seed ${event.seed}: ${event.unit}: step ${event.step}/${event.total}, loss ${event.loss.toPrecision(4)}`,
        );
      case "deciding":
        return seldom(`seed ${event.seed}: ${event.unit}: context ${event.done}/${event.total}`);
      case "unit":
        return write(
          `[${event.done}/${event.total}] seed ${event.seed}: ${event.unit}${event.cached ? " (done before)" : `, ${(event.milliseconds / 1000).toFixed(1)} s`}`,
        );
      case "selected":
        return write(
          `seed ${event.seed}: ${event.method} takes strength ${event.strength} (validation regret ${event.validationRegret.toPrecision(4)})`,
        );
      case "tuned":
        return write(
          `seed ${event.seed}: ${event.method} takes ${event.chosen} (${event.score.toPrecision(4)} on validation)`,
        );
      case "warning":
        return write(`warning[${event.code}]: ${event.message}`);
      case "finished":
        return write(`finished in ${(event.milliseconds / 1000).toFixed(1)} s`);
      case "weights":
      case "table":
        return undefined;
    }
  };
}

/** `IndustryPortfolio` → `industry-portfolio` */
function folderName(model: string): string {
  return model
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll(/[^a-zA-Z0-9]+/g, "-")
    .toLowerCase();
}
