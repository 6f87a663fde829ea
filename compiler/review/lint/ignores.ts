import type { SourceFile } from "../../../grammar/ast.ts";
import { didYouMean, specOf } from "../../diagnostics/index.ts";
import { positionAt, type SourceText } from "../../source/source-text.ts";
import { isLintCode, lintCatalogue } from "./catalogue.ts";
import type { LintContext } from "./context.ts";
import type { LintFinding } from "./finding.ts";

/** `// droc-ignore rule: reason` for a line, `// droc-ignore-file rule: reason` for the file. */
interface Ignore {
  readonly rule: string;
  readonly reason: string;
  readonly span: { readonly start: number; readonly end: number };
  /** The line that it is about; `null` for the whole file. */
  readonly line: number | null;
}

const PATTERN = /^\/\/\s*droc-ignore(-file)?\s+([\w-]+)\s*(?::\s*(.*))?$/;

/**
 * Takes out what the file's comments ignore, and reports comments that ignore nothing, name no rule or give no reason.
 * A comment alone on its line is about the next line, one behind code about its own.
 */
export function applyIgnores(
  context: LintContext & { readonly findings: readonly LintFinding[] },
  found: readonly LintFinding[],
): readonly LintFinding[] {
  const ignores = ignoresOf(context.file, context.source);
  const used = new Set<Ignore>();
  const kept = found.filter((finding) => {
    const { line } = positionAt(context.source, finding.span.start);
    const ignore = ignores.find((one) => one.rule === finding.code && (one.line === null || one.line === line));
    if (ignore === undefined || ignore.reason === "") return true;
    used.add(ignore);
    return false;
  });
  for (const ignore of ignores) {
    const { rule, reason, span } = ignore;
    if (!isLintCode(rule) && specOf(rule) === null) {
      const suggestion = didYouMean(rule, Object.keys(lintCatalogue));
      context.report("ignore-unknown-rule", span, { rule, suggestion });
    } else if (reason === "") context.report("ignore-without-reason", span, { rule });
    else if (!used.has(ignore)) context.report("ignore-unused", span, { rule });
  }
  return [...kept, ...context.findings.filter(({ code }) => code.startsWith("ignore-"))];
}

function ignoresOf(file: SourceFile, source: SourceText): readonly Ignore[] {
  return file.comments.flatMap(({ text, span, ownLine }): Ignore[] => {
    const match = PATTERN.exec(text);
    if (match === null) return [];
    const [, whole, rule = "", reason = ""] = match;
    const { line } = positionAt(source, span.start);
    return [{ rule, reason: reason.trim(), span, line: whole === undefined ? (ownLine ? line + 1 : line) : null }];
  });
}
