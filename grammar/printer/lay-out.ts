/** From a document to lines: groups stay on one line where they fit. */
import type { Doc } from "./doc.ts";

export interface Line {
  readonly code: string;
  readonly comment: string | null;
}

interface Command {
  readonly indent: number;
  readonly broken: boolean;
  readonly doc: Doc;
}

/**
 * @param width - columns that code may fill; comments at line ends do not count
 */
export function layOutLines(doc: Doc, width: number): Line[] {
  const lines: Line[] = [];
  let code = "";
  let comment: string | null = null;
  const commands: Command[] = [{ indent: 0, broken: true, doc }];
  const endLine = (): void => {
    lines.push({ code: code.trimEnd(), comment });
    code = "";
    comment = null;
  };

  for (let command = commands.pop(); command; command = commands.pop()) {
    const { indent, broken, doc: current } = command;
    if (typeof current === "string") {
      code += current;
      continue;
    }
    switch (current.kind) {
      case "concat":
        for (const part of current.parts.toReversed()) commands.push({ indent, broken, doc: part });
        break;
      case "indent":
        commands.push({ indent: indent + 2, broken, doc: current.doc });
        break;
      case "group": {
        const flat: Command = { indent, broken: false, doc: current.doc };
        const fitting = !current.hard && fits(flat, commands, width - code.length);
        commands.push(fitting ? flat : { ...flat, broken: true });
        break;
      }
      case "if-broken":
        code += broken ? current.broken : current.flat;
        break;
      case "comment":
        if (comment !== null) throw new Error("two comments would share a line end");
        comment = current.text;
        break;
      case "line":
        if (!broken && !current.hard) {
          code += current.soft ? "" : " ";
          break;
        }
        endLine();
        if (current.blank) lines.push({ code: "", comment: null });
        code = " ".repeat(indent);
        break;
    }
  }
  endLine();
  return lines;
}

/** Whether a command fits on the rest of the line, together with what follows it up to the next line end. */
function fits(first: Command, rest: readonly Command[], room: number): boolean {
  let left = room;
  let next = rest.length;
  const pending: Command[] = [first];
  while (left >= 0) {
    const command = pending.pop() ?? rest[--next];
    if (!command) return true;
    const { broken, doc, indent } = command;
    if (typeof doc === "string") {
      left -= doc.length;
      continue;
    }
    switch (doc.kind) {
      case "concat":
        for (const part of doc.parts.toReversed()) pending.push({ indent, broken, doc: part });
        break;
      case "indent":
        pending.push({ indent, broken, doc: doc.doc });
        break;
      case "group":
        // What follows may break at its first place, so only its head must fit.
        pending.push({ indent, broken, doc: doc.doc });
        break;
      case "if-broken":
        left -= (broken ? doc.broken : doc.flat).length;
        break;
      case "comment":
        break;
      case "line":
        if (broken || doc.hard) return true;
        left -= doc.soft ? 0 : 1;
        break;
    }
  }
  return false;
}

/** Joins code and comments, with the comments of consecutive lines under each other. */
export function alignComments(lines: readonly Line[]): string {
  const out: string[] = [];
  for (let start = 0; start < lines.length;) {
    let end = start;
    while (lines[end]?.comment != null && lines[end]?.code !== "") end += 1;
    const column = lines.slice(start, end).reduce((widest, line) => Math.max(widest, line.code.length), 0);
    for (const line of lines.slice(start, end)) out.push(`${line.code.padEnd(column)}  ${line.comment}`);
    if (end === start) {
      const { code, comment } = lines[start] ?? { code: "", comment: null };
      out.push(comment === null ? code : `${code}${comment}`);
      end += 1;
    }
    start = end;
  }
  return out.join("\n");
}
