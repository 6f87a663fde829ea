import { specOf, type Diagnostic } from "../diagnostics/index.ts";
import {
  baseSpecs,
  diagnosticExamples,
  partsOf,
  runExample,
  type BaseName,
  type DiagnosticExample,
  type ExampleSide,
} from "./examples/index.ts";

/** Markdown of the example of a code: its files, the wrong side with what droc says of it, the right side. */
export function exampleLines(code: string): readonly string[] {
  const example = diagnosticExamples[code];
  if (example === undefined) return [];
  return [
    ...fileLines(example),
    ...sideLines(`Wrong${example.base === undefined ? "" : `, in the spec ${link(example.base)}`}`, example.wrong),
    ...saidOf(code, example),
    ...sideLines("Right", example.right),
  ];
}

/** Markdown of the specs that the examples change, under headings that the examples link to. */
export function baseSpecLines(): readonly string[] {
  return Object.entries(baseSpecs).flatMap(([name, text]) => [`### Spec: ${name}\n`, fenced(text)]);
}

function sideLines(title: string, side: ExampleSide): readonly string[] {
  const { shows, set } = partsOf(side);
  const options = Object.entries(set).map(([name, value]) => ` --set ${name}=${value}`);
  const command = options.length > 0 ? `, checked with \`droc check model.dro${options.join("")}\`` : "";
  return shows.trim() === "" ? [`${title}: without it\n`] : [`${title}${command}:\n`, fenced(shows)];
}

/** What droc says of the wrong side, filled in; nothing where it is what stands above already. */
function saidOf(code: string, example: DiagnosticExample): readonly string[] {
  const { compilation } = runExample(example, "wrong");
  const said = [...compilation.diagnostics, ...compilation.notRunnable.map(({ diagnostic }) => diagnostic)];
  const found = said.find((one) => one.code === code);
  if (found === undefined) throw new Error(`the example of ${code} does not provoke it`);
  const spec = specOf(code);
  if (spec?.message === found.message && spec.help.trim() === found.help) return [];
  const help = found.help === "" ? [] : [`= help: ${found.help}`];
  return [fenced([`${found.severity}${placeOf(found, compilation.sources)}: ${found.message}`, ...help].join("\n"))];
}

function placeOf(found: Diagnostic, sources: ReturnType<typeof runExample>["compilation"]["sources"]): string {
  const source = sources.find((one) => one.name === found.file);
  const text = source?.text.slice(found.span.start, found.span.end).split("\n")[0]?.slice(0, 60) ?? "";
  return text === "" ? "" : ` at ⟦${text}⟧`;
}

function fileLines(example: DiagnosticExample): readonly string[] {
  return Object.entries(example.files ?? {}).flatMap(([name, file]) => {
    const text = typeof file === "string" ? file : file.shows;
    return [`With the file \`${name}\`:\n`, fenced(text)];
  });
}

function link(base: BaseName): string {
  return `[${base}](#spec-${base})`;
}

function fenced(text: string): string {
  const lines = text.replace(/^\n+|\n+$/g, "").split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const least = indents.reduce((a, b) => Math.min(a, b), Infinity);
  return `\`\`\`\n${lines.map((line) => line.slice(Math.min(least, line.length))).join("\n")}\n\`\`\`\n`;
}
