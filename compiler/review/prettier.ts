/** The formatter of `droc fmt` as a Prettier plugin: `prettier --plugin droc/prettier`. */
import { doc, type AstPath, type Doc, type Parser, type Printer, type SupportLanguage } from "prettier";
import { formatSource } from "./format.ts";

/** A file in its canonical form: Prettier lays nothing out, so that both give the same text. */
interface FormattedFile {
  readonly kind: "dro-file";
  /** Length of what was parsed. */
  readonly length: number;
  readonly text: string;
}

const NAME = "dro";

export const languages: SupportLanguage[] = [
  { name: "droc", parsers: [NAME], extensions: [".dro"], aliases: [NAME], vscodeLanguageIds: [NAME] },
];

/** Lines and columns from 1, as Prettier prints them with a frame of the source. */
class PlacedSyntaxError extends SyntaxError {
  readonly loc: { readonly start: { readonly line: number; readonly column: number } };

  constructor(message: string, text: string, offset: number) {
    super(message);
    const before = text.slice(0, offset).split(/\r\n|[\r\n]/);
    this.loc = { start: { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 } };
  }
}

const parser: Parser<FormattedFile> = {
  astFormat: NAME,
  parse(source) {
    const { text, problems } = formatSource(source);
    const [problem] = problems;
    if (text !== null) return { kind: "dro-file", length: source.length, text };
    const code = problem?.code ?? "syntax error";
    throw new PlacedSyntaxError(`${code}: \`droc check\` says more`, source, problem?.span.start ?? 0);
  },
  locStart: () => 0,
  locEnd: ({ length }) => length,
};

const printer: Printer<FormattedFile> = {
  print: (path: AstPath<FormattedFile>): Doc => doc.builders.join(doc.builders.hardline, path.node.text.split("\n")),
};

export const parsers: Readonly<Record<string, Parser<FormattedFile>>> = { [NAME]: parser };
export const printers: Readonly<Record<string, Printer<FormattedFile>>> = { [NAME]: printer };
