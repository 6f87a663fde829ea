import type { SourceText } from "../source/source-text.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { jsonPlace } from "./render-json.ts";
import { specOf } from "./reporter.ts";

/**
 * Diagnostics as a SARIF 2.1.0 log (OASIS), which code hosts and editors read. Rules are the codes that occur, with
 * the catalogue's texts; columns are UTF-16 units.
 */
export function renderSarif(
  diagnostics: readonly Diagnostic[],
  sources: readonly SourceText[],
  version: string,
): Readonly<Record<string, unknown>> {
  const codes = [...new Set(diagnostics.map((d) => d.code))].sort();
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "droc", version, rules: codes.map(ruleOf) } },
        columnKind: "utf16CodeUnits",
        results: diagnostics.map((d) => ({
          ruleId: d.code,
          ruleIndex: codes.indexOf(d.code),
          level: d.severity,
          message: { text: [d.message, d.why, d.help].filter((text) => text !== "").join("\n") },
          locations: [{ physicalLocation: physicalLocation(d, sources) }],
          relatedLocations: d.related.map((place, id) => ({
            id,
            message: { text: place.message },
            physicalLocation: physicalLocation(place, sources),
          })),
        })),
      },
    ],
  };
}

function ruleOf(code: string): Readonly<Record<string, unknown>> {
  const spec = specOf(code);
  if (spec === null) return { id: code };
  return {
    id: code,
    shortDescription: { text: spec.message },
    fullDescription: { text: spec.why === "" ? spec.message : spec.why },
    help: { text: spec.help === "" ? spec.message : spec.help },
    defaultConfiguration: { level: spec.severity },
  };
}

function physicalLocation(
  place: Pick<Diagnostic, "file" | "span">,
  sources: readonly SourceText[],
): Readonly<Record<string, unknown>> {
  const at = jsonPlace(place, sources);
  return {
    artifactLocation: { uri: at.file.split("/").map(encodeURIComponent).join("/") },
    region: {
      startLine: at.line,
      startColumn: at.column,
      endLine: at.endLine,
      endColumn: at.endColumn,
      charOffset: at.start,
      charLength: Math.max(0, at.end - at.start),
    },
  };
}
