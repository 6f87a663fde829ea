import { parse } from "../../../grammar/index.ts";
import type { Compilation } from "../../compile.ts";
import type { Diagnostic } from "../../diagnostics/index.ts";
import { createLintContext } from "./context.ts";
import type { LintFinding } from "./finding.ts";
import { applyIgnores } from "./ignores.ts";
import { rules } from "./rules/index.ts";

/** `off` silences a rule; the others replace its severity. */
export type LintLevel = "off" | "note" | "warning" | "error";

export interface LintConfig {
  /** By code, of a rule or of a warning of `droc check`. */
  readonly rules: Readonly<Record<string, LintLevel>>;
}

/**
 * What a reviewer would say of a compiled file, beside what is wrong with it. Looks at the file itself, not at what it
 * imports; warnings of the compilation are findings too, so that one configuration and one comment silence both. A
 * file with errors has no findings: its models are not known. Pure and synchronous.
 */
export function lintCompilation(
  compilation: Pick<Compilation, "allModels" | "sources" | "diagnostics">,
  config: LintConfig = { rules: {} },
): readonly LintFinding[] {
  const [source] = compilation.sources;
  if (source === undefined || compilation.diagnostics.some((one) => one.severity === "error")) return [];
  const { file, problems } = parse(source.text);
  if (problems.length > 0) return [];
  const context = createLintContext(file, source, compilation.allModels);
  for (const rule of rules) rule(context);
  const warnings = compilation.diagnostics.filter((one) => one.file === source.name).map(asFinding);
  return applyIgnores(context, [...warnings, ...context.findings])
    .flatMap((finding) => levelled(finding, config))
    .toSorted((a, b) => a.span.start - b.span.start || a.code.localeCompare(b.code));
}

function asFinding(diagnostic: Diagnostic): LintFinding {
  return { ...diagnostic, fix: [] };
}

function levelled(finding: LintFinding, { rules: levels }: LintConfig): readonly LintFinding[] {
  const level = Object.hasOwn(levels, finding.code) ? levels[finding.code] : undefined;
  if (level === undefined) return [finding];
  return level === "off" ? [] : [{ ...finding, severity: level }];
}
