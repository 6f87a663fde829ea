import { showText } from "../../diagnostics/show-text.ts";
import { compile } from "../../compile.ts";
import {
  renderGithub,
  renderJson,
  renderSarif,
  renderText,
  summarize,
  type Diagnostic,
} from "../../diagnostics/index.ts";
import type { SourceText } from "../../source/source-text.ts";
import { EXIT } from "../exit-codes.ts";
import { drocVersion } from "../package-info.ts";
import type { Format, SpecOptions } from "../program.ts";
import { relabel } from "../relabel.ts";
import type { Outcome, Session } from "../session.ts";
import { paint } from "../terminal.ts";

/** What `check --json` says of one file. */
export interface CheckedFile {
  readonly file: string;
  readonly errors: number;
  readonly warnings: number;
  /** Names of the models that were compiled. */
  readonly models: readonly string[];
}

/** Compiles every file and prints what is wrong. Nothing of the specs is run, trained or written. */
export function checkCommand(
  session: Session,
  files: readonly string[],
  options: SpecOptions & { readonly format: Format },
): Outcome {
  const diagnostics: Diagnostic[] = [];
  const sources: SourceText[] = [];
  const checked: CheckedFile[] = [];
  let report = "";
  for (const file of files) {
    const compilation = compile({ file, allow: options.allow ?? [], set: options.set ?? {} });
    const named = relabel(compilation, session.cwd);
    diagnostics.push(...named.diagnostics);
    sources.push(...named.sources);
    const one: CheckedFile = {
      file,
      errors: compilation.diagnostics.filter((d) => d.severity === "error").length,
      warnings: compilation.diagnostics.filter((d) => d.severity === "warning").length,
      models: compilation.allModels.map((m) => m.name),
    };
    checked.push(one);
    if (options.format !== "text") continue;
    report += renderText(named.diagnostics, named.sources, { color: session.out.color });
    report += `${summaryLine(one, summarize(compilation.diagnostics), session)}\n`;
  }
  if (options.format === "sarif")
    report = `${JSON.stringify(renderSarif(diagnostics, sources, drocVersion()), null, 2)}\n`;
  if (options.format === "github") report = renderGithub(diagnostics, sources);
  return {
    exit: checked.some((one) => one.errors > 0) ? EXIT.wrong : EXIT.done,
    text: report,
    diagnostics: renderJson(diagnostics, sources),
    result: { files: checked },
  };
}

function summaryLine(checked: CheckedFile, summary: string, session: Session): string {
  const file = showText(checked.file);
  if (checked.errors > 0) return paint(session.out, `${file}: ${summary}`, "bold", "red");
  const models = checked.models.length === 0 ? "no model" : checked.models.join(", ");
  const said = summary === "" ? "ok" : `ok, ${summary}`;
  return `${paint(session.out, `${file}: ${said}`, "bold", "green")} (${models})`;
}
