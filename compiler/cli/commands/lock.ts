import { existsSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { compile } from "../../compile.ts";
import { hashModel } from "../../ir/index.ts";
import { lockText, type Lock, type LockedRun } from "../../review/lock/index.ts";
import { showText } from "../../diagnostics/show-text.ts";
import { cliError, fileReason } from "../cli-error.ts";
import { compileSpec } from "../compile-spec.ts";
import { EXIT } from "../exit-codes.ts";
import type { SpecOptions } from "../program.ts";
import { reportRuntime } from "../lock/report-runtime.ts";
import type { Outcome, Session } from "../session.ts";

export interface LockOptions extends SpecOptions {
  readonly run?: readonly string[];
}

/**
 * Writes what a spec rests on beside it: meaning, defaults, data, versions, and of finished runs the weights and some
 * decisions. Exit 1 where the spec has errors, data are missing or a run is none of it.
 */
export async function lockCommand(session: Session, file: string, options: LockOptions): Promise<Outcome> {
  const spec = compileSpec(session, file, options);
  if (!spec.ok) return { exit: EXIT.wrong, diagnostics: spec.diagnostics };
  const path = lockPath(resolve(session.cwd, file));
  const allow = (options.allow ?? []).map((one) => resolve(session.cwd, one));
  try {
    const { currentFacts } = await import("../lock/facts.ts");
    const lock = await withRuns(
      session,
      await currentFacts(resolve(session.cwd, file), spec.compilation, allow),
      path,
      options,
      allow,
    );
    write(path, lockText(lock), relative(session.cwd, path));
    const text = `${showText(relative(session.cwd, path))}: ${lock.models.map((one) => one.name).join(", ")} locked\n`;
    return {
      exit: EXIT.done,
      text,
      diagnostics: spec.diagnostics,
      result: { file: relative(session.cwd, path), lock },
    };
  } catch (error) {
    return reportRuntime(session, error, spec);
  }
}

/** `model.lock.json` beside `model.dro`. */
export function lockPath(file: string): string {
  return file.replace(/(\.dro)?$/, ".lock.json");
}

async function withRuns(
  session: Session,
  lock: Lock,
  path: string,
  options: LockOptions,
  allow: readonly string[],
): Promise<Lock> {
  const runs = new Map<string, LockedRun>();
  const { decideAt, lockedContexts, runFiles } = await import("../lock/run-facts.ts");
  const { openRun } = await import("../lock/open-run.ts");
  for (const shown of options.run ?? []) {
    const folder = resolve(session.cwd, shown);
    const pipeline = await openRun(folder, shown);
    const meaning = meaningOfRun(folder, pipeline.name, options);
    if (!lock.models.some((one) => one.name === pipeline.name && one.meaning === meaning)) {
      throw cliError("cli-lock-run", { path: showText(shown), spec: showText(lock.spec) }, EXIT.wrong);
    }
    const decided = await decideAt(pipeline, folder, await lockedContexts(pipeline, allow));
    const from = relative(dirname(path), folder).split(sep).join("/");
    runs.set(pipeline.name, { folder: from, ...runFiles(folder), decided });
  }
  return { ...lock, models: lock.models.map((model) => ({ ...model, run: runs.get(model.name) ?? null })) };
}

function write(path: string, text: string, shown: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw cliError("cli-out-not-writable", { path: showText(shown), reason: fileReason(error) }, EXIT.wrong);
  }
}

/** What the spec that a run folder keeps means. */
function meaningOfRun(folder: string, name: string, options: LockOptions): string | null {
  const file = join(folder, "spec.dro");
  if (!existsSync(file)) return null;
  const ir = compile({ file, allow: options.allow ?? [], set: options.set ?? {} }).allModels.find(
    (one) => one.name === name,
  );
  return ir === undefined ? null : hashModel(ir);
}
