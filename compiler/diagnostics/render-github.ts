import type { SourceText } from "../source/source-text.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { jsonPlace } from "./render-json.ts";

/**
 * Diagnostics as GitHub workflow commands, one a line: `::error file=model.dro,line=3,col=1,…::message`. Everything
 * that comes from a spec is escaped, so that it cannot start a command of its own.
 */
export function renderGithub(diagnostics: readonly Diagnostic[], sources: readonly SourceText[]): string {
  return diagnostics
    .map((d) => {
      const at = jsonPlace(d, sources);
      const command = d.severity === "note" ? "notice" : d.severity;
      const end = at.line === at.endLine ? `,endColumn=${Math.max(at.column, at.endColumn - 1)}` : "";
      const place = `file=${escapeProperty(at.file)},line=${at.line},endLine=${at.endLine},col=${at.column}${end}`;
      const text = [d.message, d.why, d.help].filter((part) => part !== "").join("\n");
      return `::${command} ${place},title=${escapeProperty(`droc ${d.code}`)}::${escapeData(text)}\n`;
    })
    .join("");
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
