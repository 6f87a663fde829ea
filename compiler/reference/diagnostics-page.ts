import { SYNTAX_PROBLEMS } from "../../grammar/index.ts";
import { DATA_MESSAGES } from "../../runtime/data/messages.ts";
import { decideCatalogue } from "../../runtime/decide/catalogue.ts";
import type { Catalogue } from "../../runtime/errors/droc-error.ts";
import { riskCatalogue } from "../../runtime/risk/catalogue.ts";
import { RUN_MESSAGES } from "../../runtime/runs/messages.ts";
import { TASK_MESSAGES } from "../../runtime/tasks/messages.ts";
import { tensorCatalogue } from "../../runtime/tensor/catalogue.ts";
import { analyseCatalogue } from "../analyse/catalogue.ts";
import { cliCatalogue } from "../cli/catalogue.ts";
import { dataMessages } from "../diagnostics/catalogue/data.ts";
import { expressionMessages } from "../diagnostics/catalogue/expressions.ts";
import { fileMessages } from "../diagnostics/catalogue/files.ts";
import { nameMessages } from "../diagnostics/catalogue/names.ts";
import { optionMessages } from "../diagnostics/catalogue/options.ts";
import { problemMessages } from "../diagnostics/catalogue/problem.ts";
import { diagnosticExamples } from "./diagnostic-examples.ts";

/** Every catalogue of droc under the heading of its page section. */
export const sections: readonly { readonly title: string; readonly intro: string; readonly catalogue: Catalogue }[] = [
  { title: "Syntax", intro: "Found while the text is read.", catalogue: SYNTAX_PROBLEMS },
  {
    title: "Files and imports",
    intro: "Found before anything is read, or while imports are followed.",
    catalogue: fileMessages,
  },
  { title: "Names and declarations", intro: "Found while names are resolved.", catalogue: nameMessages },
  { title: "Types, shapes and units", intro: "Found in expressions.", catalogue: expressionMessages },
  { title: "Options", intro: "Found in `name { key: value }`.", catalogue: optionMessages },
  { title: "Data declarations", intro: "Found in `data`, before any data are read.", catalogue: dataMessages },
  {
    title: "The decision problem",
    intro: "Found in decisions, constraints, losses and risk.",
    catalogue: problemMessages,
  },
  { title: "Form of the problem", intro: "Found by the analyses of the lowered problem.", catalogue: analyseCatalogue },
  {
    title: "Data files",
    intro: "Found while `droc run` reads the data, with file and line.",
    catalogue: DATA_MESSAGES,
  },
  { title: "Synthetic tasks", intro: "Found while `droc run` makes the data.", catalogue: TASK_MESSAGES },
  { title: "Risk", intro: "Found by callers of the library.", catalogue: riskCatalogue },
  { title: "Decisions", intro: "Found while a decision problem is solved.", catalogue: decideCatalogue },
  { title: "Training", intro: "Found by the tensor programs.", catalogue: tensorCatalogue },
  { title: "Runs", intro: "Found, or worth saying, once a pipeline runs.", catalogue: RUN_MESSAGES },
  { title: "Command line", intro: "Found by the command itself.", catalogue: cliCatalogue },
];

/** `docs/diagnostics.md`: one entry a code, from the catalogues alone. */
export function diagnosticsPage(): string {
  const parts = [
    "# Diagnostics\n",
    "Generated from the catalogues by `npm run docs:record`. Words in ⟨angle brackets⟩ are filled in with what was found.\n",
    sections
      .map(({ title, catalogue }) => `- [${title}](#${anchor(title)}): ${Object.keys(catalogue).length}`)
      .join("\n"),
    "",
  ];
  for (const { title, intro, catalogue } of sections) {
    parts.push(`## ${title}\n`, `${intro}\n`);
    for (const code of Object.keys(catalogue).sort()) parts.push(entry(code, catalogue));
  }
  return `${parts.join("\n").trimEnd()}\n`;
}

function entry(code: string, catalogue: Catalogue): string {
  const spec = catalogue[code]!;
  const lines = [`### ${code}\n`, `**${spec.severity}** · ${prose(spec.message)}\n`];
  if (spec.why !== "") lines.push(`_Why:_ ${prose(spec.why)}\n`);
  if (prose(spec.help) !== "") lines.push(`_Instead:_ ${prose(spec.help)}\n`);
  const example = diagnosticExamples[code];
  if (example !== undefined) {
    if (example.wrong !== "") lines.push(`Wrong:\n\n\`\`\`\n${example.wrong}\n\`\`\`\n`);
    lines.push(`Right:\n\n\`\`\`\n${example.right}\n\`\`\`\n`);
  }
  return lines.join("\n");
}

/** A template with its placeholders marked; outside code, characters that Markdown reads are escaped. */
function prose(template: string): string {
  return template
    .trim()
    .split(/(`[^`]*`)/)
    .map((piece) => {
      const marked = piece.replace(/\{([A-Za-z]\w*)\}/g, "⟨$1⟩");
      return piece.startsWith("`") ? marked : marked.replace(/[*_<>[\]|]/g, "\\$&");
    })
    .join("");
}

function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z ]/g, "")
    .replaceAll(" ", "-");
}
