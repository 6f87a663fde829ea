import { compile } from "../../compile.ts";
import { renderGithub, renderJson, renderText, summarize, type JsonDiagnostic } from "../../diagnostics/index.ts";
import { showText } from "../../diagnostics/show-text.ts";
import { hashModel } from "../../ir/index.ts";
import { applyEdits, lintCompilation, type LintFinding } from "../../review/lint/index.ts";
import type { SourceText } from "../../source/source-text.ts";
import { replaceFile } from "../atomic-write.ts";
import { cliError, fileReason } from "../cli-error.ts";
import { loadConfig } from "../config.ts";
import { EXIT } from "../exit-codes.ts";
import type { SpecOptions } from "../program.ts";
import { relabel } from "../relabel.ts";
import type { Outcome, Session } from "../session.ts";
import { paint } from "../terminal.ts";

export interface LintOptions extends SpecOptions {
  readonly fix?: boolean;
  readonly format: "text" | "json" | "github";
  readonly failOn: "note" | "warning" | "error";
}

/** What `lint --json` says of one file. */
export interface LintedFile {
  readonly file: string;
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
  /** Findings that `--fix` mended. */
  readonly fixed: number;
}

const RANK = { note: 0, warning: 1, error: 2 } as const;

/**
 * Says what a reviewer would say of specs. Exit 1 where a spec has errors, or a finding is of the severity of
 * `--fail-on` or above. `--fix` makes the edits that change no meaning, and checks that they did not.
 */
export function lintCommand(session: Session, files: readonly string[], options: LintOptions): Outcome {
  const linted: LintedFile[] = [];
  const diagnostics: JsonDiagnostic[] = [];
  let report = "";
  let failing = 0;
  let broken = false;
  for (const file of files) {
    const config = loadConfig(file, session.cwd).lint;
    const fixed = options.fix === true ? fixFile(file, options, config) : 0;
    const compilation = compile({ file, allow: options.allow ?? [], set: options.set ?? {} });
    const { sources, diagnostics: found } = relabel(compilation, session.cwd);
    const errors = found.filter((one) => one.severity === "error");
    const findings = lintCompilation(compilation, config).map((one) => inFile(one, sources));
    const shown = errors.length > 0 ? errors : findings;
    broken ||= errors.length > 0;
    failing += findings.filter((one) => RANK[one.severity] >= RANK[options.failOn]).length;
    diagnostics.push(...renderJson(shown, sources));
    linted.push({ file, ...countBySeverity(shown), fixed });
    if (options.format === "github") report += renderGithub(shown, sources);
    if (options.format !== "text") continue;
    report += renderText(shown, sources, { color: session.out.color });
    if (shown.length > 0) report += "\n";
    const said = [summarize(shown), ...(fixed === 0 ? [] : [`${fixed} mended`])]
      .filter((part) => part !== "")
      .join(", ");
    report += `${paint(session.out, `${showText(file)}: ${said === "" ? "nothing to say" : said}`, "bold")}\n`;
  }
  const result = {
    exit: broken || failing > 0 ? EXIT.wrong : EXIT.done,
    text: report,
    diagnostics,
    result: { files: linted },
  };
  if (broken || failing === 0) return result;
  const count = `${failing} ${failing === 1 ? "finding" : "findings"}`;
  return { ...result, error: cliError("cli-lint", { count, severity: options.failOn }, EXIT.wrong) };
}

/** Under the name that people see. */
function inFile(finding: LintFinding, sources: readonly SourceText[]): LintFinding {
  return { ...finding, file: sources[0]?.name ?? finding.file };
}

function countBySeverity(
  found: readonly { readonly severity: keyof typeof RANK }[],
): Omit<LintedFile, "file" | "fixed"> {
  const count = (severity: keyof typeof RANK): number => found.filter((one) => one.severity === severity).length;
  return { errors: count("error"), warnings: count("warning"), notes: count("note") };
}

/** How many findings were mended. The file is written only where the models keep their meaning. */
function fixFile(file: string, options: LintOptions, config: Parameters<typeof lintCompilation>[1]): number {
  const settings = { allow: options.allow ?? [], set: options.set ?? {} };
  const before = compile({ file, ...settings });
  const [source] = before.sources;
  const fixable = lintCompilation(before, config).filter((one) => one.fix.length > 0);
  if (source === undefined || fixable.length === 0) return 0;
  const text = applyEdits(
    source.text,
    fixable.flatMap((one) => one.fix),
  );
  const after = compile({ file, source: text, ...settings });
  const meaning = (compilation: typeof before): string => compilation.allModels.map(hashModel).join(" ");
  if (meaning(after) !== meaning(before)) throw new Error("a fix of the linter would change the meaning of the spec");
  try {
    replaceFile(source.path, text);
  } catch (error) {
    throw cliError("cli-file-not-writable", { path: showText(file), reason: fileReason(error) }, EXIT.wrong);
  }
  return fixable.length;
}
