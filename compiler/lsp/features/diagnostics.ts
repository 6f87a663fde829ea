import { DiagnosticSeverity, type Diagnostic as LspDiagnostic } from "vscode-languageserver";
import type { Diagnostic } from "../../diagnostics/index.ts";
import type { SourceText } from "../../source/source-text.ts";
import { positionAt } from "../../source/source-text.ts";
import { toRange, uriOf } from "../places.ts";
import type { Program } from "../program.ts";

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  note: DiagnosticSeverity.Information,
} as const;

/** Diagnostics as the protocol has them; what is wrong in an imported file is said at the import. */
export function toLspDiagnostics(program: Program, diagnostics: readonly Diagnostic[]): LspDiagnostic[] {
  const sources = new Map(program.compilation.sources.map((source) => [source.name, source]));
  return diagnostics.flatMap((diagnostic): LspDiagnostic[] => {
    const source = sources.get(diagnostic.file);
    if (source === undefined) return [];
    const own = source === program.source;
    const range = own ? toRange(source, diagnostic.span) : importOf(program, source);
    const { line, column } = positionAt(source, diagnostic.span.start);
    const where = own ? "" : `${diagnostic.file}:${line}:${column}: `;
    const help = diagnostic.help === "" ? "" : `\nhelp: ${diagnostic.help}`;
    return [
      {
        range,
        severity: severities[diagnostic.severity],
        code: diagnostic.code,
        source: "droc",
        message: `${where}${diagnostic.message}\nwhy: ${diagnostic.why}${help}`,
        relatedInformation: diagnostic.related.flatMap(({ file, span, message }) => {
          const other = sources.get(file);
          return other === undefined
            ? []
            : [{ location: { uri: uriOf(other.path), range: toRange(other, span) }, message }];
        }),
      },
    ];
  });
}

/** The path of the import that brings a file in, directly or through others; else the first one. */
function importOf(program: Program, source: SourceText): LspDiagnostic["range"] {
  const imports = program.main?.file.imports ?? [];
  const decl = imports.find(({ from }) => source.path.endsWith(from.value.replace(/^(\.\.?\/)+/, "/"))) ?? imports[0];
  return toRange(program.source, decl?.from.span ?? { start: 0, end: 0 });
}
