import type { Span } from "../../../grammar/index.ts";
import type { Diagnostic } from "../../diagnostics/index.ts";
import { standardModules } from "../../resolve/standard-library.ts";
import type { Program } from "../program.ts";

/** A change that answers a diagnostic. */
export interface QuickFix {
  readonly title: string;
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
  /** True where it is what the message says to write; false where a person must still fill something in. */
  readonly preferred: boolean;
}

/** What can be changed so that a diagnostic goes away: what its help says to write, as edits. */
export function quickFixes(program: Program, diagnostic: Diagnostic): readonly QuickFix[] {
  if (diagnostic.file !== program.source.name) return [];
  return [...renamings(program, diagnostic), ...(byCode[diagnostic.code]?.(program, diagnostic) ?? [])];
}

/** `did you mean …?` names what to write for the name at hand. */
function renamings(program: Program, { help, span }: Diagnostic): readonly QuickFix[] {
  const meant = /did you mean `([^`]+)`/.exec(help)?.[1];
  if (meant === undefined) return [];
  const found = program.text.slice(span.start, span.end);
  const quoted = found.startsWith('"');
  const word = /[A-Za-z_]\w*/.exec(found)?.[0];
  if (word === undefined) return [];
  const start = span.start + (quoted ? 1 : found.indexOf(word));
  const end = quoted ? span.end - 1 : start + word.length;
  return [replacement({ start, end }, meant, `Write \`${meant}\``)];
}

function replacement(span: Span, text: string, title: string, preferred = true): QuickFix {
  return { title, edits: [{ span, text }], preferred };
}

type Fixer = (program: Program, diagnostic: Diagnostic) => readonly QuickFix[];

/** `write \`x\`` says what stands in place of the span. */
const writeInstead: Fixer = (_, { help, span }) => {
  const text = /write `([^`…]+)`/.exec(help)?.[1];
  return text === undefined ? [] : [replacement(span, text, `Write \`${text}\``)];
};

const remove: Fixer = (program, { span }) => [replacement(lineOf(program, span), "", "Remove it")];

/** The whole line where nothing else is on it. */
function lineOf({ text }: Program, span: Span): Span {
  const start = text.lastIndexOf("\n", span.start - 1) + 1;
  const next = text.indexOf("\n", span.end);
  const end = next < 0 ? text.length : next + 1;
  const alone = `${text.slice(start, span.start)}${text.slice(span.end, end)}`.replace(/^\s*waive\s+/, "");
  return alone.trim() === "" || /^because "[^"]*"$/.test(alone.trim()) ? { start, end } : span;
}

/** Declares the missing name above the declaration that uses it. */
const declareIt: Fixer = (program, { help, span }) => {
  const written = /declare it(?: with|, for instance as) `([^`]+)`/.exec(help)?.[1];
  if (written === undefined || written.startsWith("fn ")) return [];
  const text = written.startsWith("unit ") ? written : written.replace(/= …$/, "= 1");
  const place = declarationAround(program, span.start);
  return [replacement({ start: place, end: place }, `${text}\n`, `Declare \`${text}\``, written.startsWith("unit "))];
};

/** Where the declaration around an offset begins, with its documentation. */
function declarationAround(program: Program, offset: number): number {
  const { main, text } = program;
  const all = [...(main?.file.declarations ?? []), ...(main?.file.models ?? []).flatMap((model) => model.declarations)];
  const decl = all.find(({ span }) => span.start <= offset && offset <= span.end);
  let start = text.lastIndexOf("\n", (decl?.span.start ?? offset) - 1) + 1;
  for (;;) {
    const above = text.lastIndexOf("\n", start - 2) + 1;
    if (start === 0 || !text.slice(above, start).trimStart().startsWith("///")) return start;
    start = above;
  }
}

/** Brings a name in from the module of the standard library that has it. */
const importIt: Fixer = (program, { span }) => {
  const name = program.text.slice(span.start, span.end);
  const modules = standardModules().filter((module) => program.standard(module).has(name));
  return modules.map((module) => {
    const known = program.main?.file.imports.find((decl) => decl.from.value === module);
    const last = known?.names.at(-1);
    if (last !== undefined) {
      const at = (last.alias ?? last.name).span.end;
      return replacement({ start: at, end: at }, `, ${name}`, `Import \`${name}\` from "${module}"`);
    }
    const at = program.main?.file.imports.at(-1)?.span.end ?? 0;
    const line = `import { ${name} } from "${module}"`;
    return replacement(
      { start: at, end: at },
      at === 0 ? `${line}\n\n` : `\n${line}`,
      `Import \`${name}\` from "${module}"`,
    );
  });
};

/** Adds what the message names at the end of the model. */
const addDeclaration: Fixer = (program, { help, span }) => {
  const text = /add one, for instance `([^`]+)`/.exec(help)?.[1];
  const model = program.main?.file.models.findLast(({ span: own }) => own.start <= span.start);
  if (text === undefined || model === undefined) return [];
  const at = model.span.end;
  return [replacement({ start: at, end: at }, `\n${text}`, `Add \`${text}\``, false)];
};

/** Adds a required option to the braces, or braces with it. */
const addOption: Fixer = (program, { help, span }) => {
  const text = /add `([^`]+)`/.exec(help)?.[1];
  if (text === undefined) return [];
  const found = program.text.slice(span.start, span.end);
  const close = found.lastIndexOf("}");
  if (close < 0) return [replacement({ start: span.end, end: span.end }, ` { ${text} }`, `Add \`${text}\``, false)];
  const inside = found.slice(found.indexOf("{") + 1, close);
  const at = span.start + found.indexOf("{") + 1;
  const added = inside.trim() === "" ? ` ${text} ` : inside.includes("\n") ? `\n    ${text}` : ` ${text},`;
  return [replacement({ start: at, end: at }, added, `Add \`${text}\``, false)];
};

/** Both conventions, since only the author knows which was meant. */
const levelOrTail: Fixer = (program, { span }) => {
  const found = program.text.slice(span.start, span.end);
  return ["level", "tail"].map((word) => replacement(span, `${word} = ${found}`, `Say that it is a ${word}`, false));
};

const insertComma: Fixer = (_, { span }) => [
  replacement({ start: span.start, end: span.start }, ", ", "Write a comma"),
];

const closeString: Fixer = (program, { span }) => {
  const found = program.text.slice(span.start, span.end).trimEnd();
  const at = span.start + found.length;
  return [replacement({ start: at, end: at }, '"', 'Close the string with `"`')];
};

const byCode: Readonly<Record<string, Fixer>> = {
  "foreign-operator": writeInstead,
  "single-quoted-string": (_, { help, span }) => {
    const text = /write `("[^`]*")`/.exec(help)?.[1];
    return text === undefined ? [] : [replacement(span, text, `Write \`${text}\``)];
  },
  "mismatched-bracket": writeInstead,
  "single-equals": writeInstead,
  "reserved-name": (program, { span }) => {
    const name = `${program.text.slice(span.start, span.end)}_`;
    return [replacement(span, name, `Write \`${name}\``)];
  },
  "foreign-comment": (program, { span }) =>
    program.text[span.start] === "#"
      ? [replacement({ start: span.start, end: span.start + 1 }, "//", "Write `//`")]
      : [],
  "equals-for-colon": equalsTo(":", "Write `:`"),
  "colon-for-equals": equalsTo("=", "Write `=`"),
  "unterminated-string": closeString,
  "bare-level": levelOrTail,
  "missing-comma": insertComma,
  "extra-comma": (_, { span }) => [replacement(span, "", "Remove the comma")],
  "unknown-unit": declareIt,
  "unknown-dim": declareIt,
  "unknown-name": declareIt,
  "unknown-function": importIt,
  "missing-declaration": addDeclaration,
  "option-missing": addOption,
  "option-twice": (program, { span }) => [replacement(optionAround(program, span), "", "Remove it")],
  "waive-unused": remove,
  "selection-on-test": (_, { help, span }) => {
    const text = /write `[^:`]+: ([^`]+)`/.exec(help)?.[1];
    return text === undefined ? [] : [replacement(span, text, `Write \`${text}\``)];
  },
};

/** The sign is at the span, or the first one after it. */
function equalsTo(sign: ":" | "=", title: string): Fixer {
  const other = sign === ":" ? "=" : ":";
  return (program, { span }) => {
    const at = program.text.indexOf(other, span.start);
    return at < 0 || at > span.end + 80 ? [] : [replacement({ start: at, end: at + 1 }, sign, title)];
  };
}

/** The option whose key is at the span, with the comma before it. */
function optionAround({ text }: Program, span: Span): Span {
  let depth = 0;
  let end = span.end;
  for (; end < text.length; end++) {
    const c = text[end]!;
    if ("([{".includes(c)) depth++;
    if (")]}".includes(c) && --depth < 0) break;
    if (depth === 0 && (c === "," || c === "\n")) break;
  }
  let start = span.start;
  while (start > 0 && /\s/.test(text[start - 1]!)) start--;
  if (text[start - 1] === ",") start--;
  return { start, end: end > span.end && text[end] === "}" ? end - (text[end - 1] === " " ? 1 : 0) : end };
}
