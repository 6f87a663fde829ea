import { execFileSync } from "node:child_process";
import { basename, dirname } from "node:path";
import { explainCommand } from "../../cli/commands/explain.ts";
import type { Session } from "../../cli/session.ts";
import { compileInSteps, type Compilation } from "../../compile.ts";
import { hasErrors } from "../../diagnostics/index.ts";
import { diffCompilations, VERDICTS, type Change } from "../../review/index.ts";
import type { Program } from "../program.ts";

/** What a command of a code lens answers: Markdown to be shown, or a line to be run in a terminal. */
export type CommandAnswer =
  | { readonly kind: "document"; readonly title: string; readonly markdown: string }
  | { readonly kind: "terminal"; readonly command: string; readonly args: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string };

/** Nothing is printed: what `explain` writes is taken from its answer. */
const silent: Session = {
  out: { color: false, live: false, columns: 100 },
  err: { color: false, live: false, columns: 100 },
  cwd: "/",
  env: {},
  signal: new AbortController().signal,
  json: false,
  note: () => undefined,
};

/** The whole problem of a model, as the text stands. */
export function explainText(program: Program, model: string): CommandAnswer {
  const options = { model, source: program.text };
  const { text } = explainCommand(silent, program.path, options);
  if (text === undefined)
    return { kind: "refused", reason: `\`${model}\` has errors; \`explain\` needs a sound model` };
  return { kind: "document", title: `${model}, explained`, markdown: `# ${model}\n\n\`\`\`text\n${text}\`\`\`\n` };
}

/** How a model is run: in a terminal, since it trains. */
export function runLine(program: Program, model: string): CommandAnswer {
  return { kind: "terminal", command: "droc", args: ["run", program.path, "--model", model] };
}

/** What the text as it stands means otherwise than the committed one. */
export function diffWithHead(program: Program, model: string, allow: readonly string[]): CommandAnswer {
  const head = committed(program.path);
  if (head === null) {
    return { kind: "refused", reason: `${basename(program.path)} is not in the last commit of a git repository` };
  }
  const before = compileText(program.path, head, allow, committed);
  const now = program.compilation;
  if (hasErrors(now.diagnostics))
    return { kind: "refused", reason: "the text has errors: only sound specs can be compared" };
  if (hasErrors(before.diagnostics))
    return { kind: "refused", reason: "the committed text has errors under this version of droc" };
  const { models, wordsOnly } = diffCompilations(before, now);
  const lines = [`# ${model}: changes since HEAD`, ""];
  const diff = models.find((one) => one.model === model);
  if (diff === undefined || diff.changes.length === 0) {
    lines.push(
      wordsOnly || head !== program.text ? "Only words changed: the meaning is the same." : "Nothing changed.",
    );
  } else {
    lines.push(`**${diff.verdicts.join(", ")}**`, "", "| what | before | now | effect |", "| --- | --- | --- | --- |");
    for (const change of diff.changes) lines.push(row(change));
    lines.push("", ...diff.verdicts.map((verdict) => `- ${verdict}: ${VERDICTS[verdict]}`));
  }
  return { kind: "document", title: `${model}, since HEAD`, markdown: `${lines.join("\n")}\n` };
}

function cell(text: string | null): string {
  return text === null ? "" : `\`${text.replaceAll("|", "\\|")}\``;
}

function row({ what, before, after, verdict, because }: Change): string {
  return `| ${what} | ${cell(before)} | ${cell(after)} | ${verdict}${because === "" ? "" : `: ${because}`} |`;
}

function compileText(
  path: string,
  source: string,
  allow: readonly string[],
  unsaved: (path: string) => string | null,
): Compilation {
  const steps = compileInSteps({ file: path, source, allow }, { unsaved });
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The text of a file in the last commit; `null` where git has none. */
function committed(path: string): string | null {
  try {
    return execFileSync("git", ["show", `HEAD:./${basename(path)}`], {
      cwd: dirname(path),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 8_000_000,
      timeout: 10_000,
    });
  } catch (error) {
    // No repository, no such file in it, or no git: in each case there is nothing to compare with.
    if (error instanceof Error) return null;
    throw error;
  }
}
