import { bases } from "./bases.ts";
import { commandOf, type RuntimeExample } from "./example.ts";
import { runtimeExamples } from "./index.ts";

/** Markdown of the wrong and the right form of a code of a run or of the command line; nothing for other codes. */
export function runtimeExampleLines(code: string): readonly string[] {
  const example = runtimeExamples[code];
  if (example === undefined) return [];
  const { base, command } = example;
  const lines = [
    `_For instance_${base === "empty" ? "" : `, from [${base}](#${baseAnchor(base)})`}${besides(example)}:\n`,
  ];
  for (const form of ["wrong", "right"] as const) {
    lines.push(`${form === "wrong" ? "Wrong" : "Right"}${whereOf(example)}:\n`, fenced(example, example[form]));
    if (form === "right") continue;
    const typed =
      example.in === "command" ? "" : `\`${(command ?? commandOf(example)).replaceAll("\n", "`, then `")}\` `;
    lines.push(`${typed}${typed === "" ? "Says" : "says"}:\n\n\`\`\`text\n${example.says}\n\`\`\`\n`);
  }
  return lines;
}

/** Markdown of the folders that the examples change. */
export function runtimeBaseLines(): readonly string[] {
  return Object.entries(bases).flatMap(([name, { intro, files }]) => {
    if (name === "empty") return [];
    const shown = Object.entries(files).map(
      ([file, text]) => `\`${file}\`:\n\n\`\`\`${languageOf(file)}\n${text.trimEnd()}\n\`\`\`\n`,
    );
    return [`### ${baseTitle(name)}\n`, `${intro}\n`, ...(name === "application" ? [] : shown)];
  });
}

function besides({ also = [], beside = {} }: RuntimeExample): string {
  const parts = [
    ...also.map(([file, of, by]) => `with ${code(by)} for ${code(of)} in \`${file}\``),
    ...Object.entries(beside).map(([file, text]) =>
      text.includes("\n") && text.trimEnd().includes("\n")
        ? `beside a file \`${file}\``
        : `beside \`${file}\`, which holds ${code(text)}`,
    ),
  ];
  return parts.length === 0 ? "" : `, ${parts.join(" and ")}`;
}

function code(text: string): string {
  return `\`${text.trim()}\``;
}

function whereOf({ in: file }: RuntimeExample): string {
  return file === "command" ? "" : `, in \`${file}\``;
}

function fenced({ in: file }: RuntimeExample, text: string): string {
  return `\`\`\`${file === "command" ? "sh" : languageOf(file)}\n${text.trimEnd()}\n\`\`\`\n`;
}

/** Fragments of a spec are not marked as `dro`, since every block so marked must compile alone. */
function languageOf(file: string): string {
  return file.endsWith(".mjs") ? "ts" : "text";
}

function baseTitle(name: string): string {
  return `Folder: ${name}`;
}

function baseAnchor(name: string): string {
  return `folder-${name}`;
}
