import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { RuntimeError } from "../../../runtime/errors/runtime-error.ts";
import {
  compareDecisions,
  compareLocks,
  compareRunFiles,
  fact,
  parseLock,
  type Lock,
  type LockedModel,
  type LockedRun,
  type VerifiedFact,
} from "../../review/lock/index.ts";
import { showText } from "../../diagnostics/show-text.ts";
import { cliError, CliError } from "../cli-error.ts";
import { compileSpec, type CompiledSpec } from "../compile-spec.ts";
import { EXIT } from "../exit-codes.ts";
import { reportRuntime } from "../lock/report-runtime.ts";
import type { SpecOptions } from "../program.ts";
import { runSpec } from "../run-spec.ts";
import type { Outcome, Session } from "../session.ts";
import { paint } from "../terminal.ts";
import { lockPath } from "./lock.ts";

export interface VerifyOptions extends SpecOptions {
  readonly full?: boolean;
}

/**
 * Compares a spec, its data, droc and the locked run with the lock beside the spec, and decides again at the locked
 * contexts; with `--full` it trains again too. Exit 0 where all holds, 1 where something does not.
 */
export async function verifyCommand(session: Session, file: string, options: VerifyOptions): Promise<Outcome> {
  const path = lockPath(resolve(session.cwd, file));
  const locked = readLock(session, path);
  const spec = compileSpec(session, file, options);
  if (!spec.ok) return { exit: EXIT.wrong, diagnostics: spec.diagnostics };
  const allow = (options.allow ?? []).map((one) => resolve(session.cwd, one));
  const facts: VerifiedFact[] = [];
  try {
    const { currentFacts } = await import("../lock/facts.ts");
    facts.push(...compareLocks(locked, await currentFacts(resolve(session.cwd, file), spec.compilation, allow)));
    for (const model of locked.models) {
      if (model.run !== null) facts.push(...(await verifyRun(session, path, model, model.run)));
    }
    if (options.full === true) {
      for (const model of locked.models) {
        if (model.run !== null) facts.push(...(await retrain(session, file, options, model, model.run)));
      }
    }
  } catch (error) {
    return reportRuntime(session, error, spec);
  }
  return answer(session, path, spec, facts);
}

function answer(session: Session, path: string, spec: CompiledSpec, facts: readonly VerifiedFact[]): Outcome {
  const shown = showText(relative(session.cwd, path));
  const broken = facts.filter((one) => !one.holds);
  const lines = broken.map(({ model, what, locked, now, because }) => {
    const of = model === null ? "" : `${model}: `;
    return `${paint(session.out, "✗", "red")} ${showText(`${of}${what}: ${short(locked)} → ${short(now)}`)}\n    ${paint(session.out, because, "dim")}\n`;
  });
  const held = facts.length - broken.length;
  const summary =
    broken.length === 0 ? `all ${facts.length} facts hold` : `${broken.length} of ${facts.length} facts no longer hold`;
  const text = `${lines.join("")}${paint(session.out, `${shown}: ${summary}`, "bold", broken.length === 0 ? "green" : "red")}\n`;
  const result = { file: relative(session.cwd, path), held, broken };
  if (broken.length === 0) return { exit: EXIT.done, text, diagnostics: spec.diagnostics, result };
  const error = cliError("cli-verify", { path: shown, count: `${broken.length}` }, EXIT.wrong);
  return { exit: EXIT.wrong, text, diagnostics: spec.diagnostics, result, error };
}

/** Hashes by their beginning. */
function short(text: string): string {
  return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 12)}…` : text;
}

function readLock(session: Session, path: string): Lock {
  const shown = showText(relative(session.cwd, path));
  if (!existsSync(path))
    throw cliError("cli-lock-missing", { path: shown, reason: "there is no such file" }, EXIT.wrong);
  const lock = parseLock(readFileSync(path, "utf8"));
  if (typeof lock === "string") throw cliError("cli-lock-missing", { path: shown, reason: showText(lock) }, EXIT.wrong);
  return lock;
}

/** The run folder's files against the lock, and the decision again with the weights that lie there. */
async function verifyRun(
  session: Session,
  path: string,
  model: LockedModel,
  run: LockedRun,
): Promise<readonly VerifiedFact[]> {
  const folder = resolve(dirname(path), run.folder);
  const shown = relative(session.cwd, folder);
  const { decideAt, runFiles } = await import("../lock/run-facts.ts");
  const { openRun } = await import("../lock/open-run.ts");
  const failed = (reason: string): readonly VerifiedFact[] => [
    fact(model.name, "decision", "reproduced", reason, "the committed decision cannot be taken again"),
  ];
  try {
    const pipeline = await openRun(folder, shown);
    const files = compareRunFiles(model.name, run, runFiles(folder));
    const decided = await decideAgain(() => decideAt(pipeline, folder, run.decided.contexts));
    if (typeof decided === "string") return [...files, ...failed(decided)];
    return [
      ...files,
      fact(model.name, "deciding method", run.decided.method, decided.method, "another method decides"),
      ...decisionFacts(model.name, run, decided.decisions, "decision"),
    ];
  } catch (error) {
    if (error instanceof CliError) return failed(error.message);
    throw error;
  }
}

/** A run whose files were changed refuses to decide: that is a finding, not a failure of this command. */
async function decideAgain<T>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RuntimeError) return error.message;
    throw error;
  }
}

/** One fact where all decisions hold, else one for each context that does not. */
function decisionFacts(
  model: string,
  { decided }: LockedRun,
  now: readonly (readonly number[])[],
  what: string,
): readonly VerifiedFact[] {
  const off = compareDecisions(model, decided, now, what);
  const count = `${decided.contexts.length} contexts`;
  return off.length > 0 ? off : [fact(model, `${what} at ${count}`, "reproduced", "reproduced", "")];
}

/** Trains in a folder of its own, and decides at the locked contexts with what was trained. */
async function retrain(
  session: Session,
  file: string,
  options: VerifyOptions,
  model: LockedModel,
  run: LockedRun,
): Promise<readonly VerifiedFact[]> {
  const folder = mkdtempSync(join(tmpdir(), "droc-verify-"));
  try {
    const ran = await runSpec(session, file, { ...options, model: model.name, folder: () => join(folder, "run") });
    if ("refused" in ran) return [fact(model.name, "training", "done", "refused", "the run did not end")];
    const { decideAt } = await import("../lock/run-facts.ts");
    const { openRun } = await import("../lock/open-run.ts");
    const pipeline = await openRun(join(folder, "run"), "the new run");
    const decided = await decideAt(pipeline, join(folder, "run"), run.decided.contexts);
    return decisionFacts(model.name, run, decided.decisions, "decision after training again");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
