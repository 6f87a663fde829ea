/** Files, models and the order of declarations. */
import type { IToken, ParserMethod } from "chevrotain";
import type { Decl, Ident, ImportDecl, ImportName, ModelDecl, SourceFile, SyntaxProblem, TaskDecl } from "../ast.ts";
import { EOF } from "../chevrotain.ts";
import { isCloser } from "../lexing/brackets.ts";
import { Newline, Separator, T, Unknown, W, wordType } from "../lexing/token-types.ts";
import { WORDS, wordSpecs } from "../lexing/words.ts";
import { DeclarationParser } from "./declaration-parser.ts";
import { explainCharacter, quoted } from "./explain.ts";
import { ownWord } from "./foreign-words.ts";
import { nearest } from "./nearest.ts";
import type { ParserInput } from "./recovering-parser.ts";

type FileNode = Omit<SourceFile, "comments">;

export interface Parsed {
  readonly file: FileNode;
  readonly problems: readonly SyntaxProblem[];
  /** Offsets of the tokens whose doc comment was taken. */
  readonly usedDocs: ReadonlySet<number>;
}

const DECLARATION_WORDS = WORDS.filter((spec) => spec.role === "declaration").map((spec) => spec.word);
const CLAUSE_WORDS = WORDS.filter((spec) => spec.role === "clause" || spec.role === "operator").map(
  (spec) => spec.word,
);

export class FileParser extends DeclarationParser {
  #lateImports: ImportDecl[] = [];
  #blockDepth = 0;

  /** @param validate - checks the grammar itself; see `RecoveringParser` */
  constructor(validate = false) {
    super(validate);
    this.performSelfAnalysis();
  }

  read(input: ParserInput): Parsed {
    this.begin(input);
    this.#lateImports = [];
    this.#blockDepth = 0;
    const file = this.file();
    return { file, problems: this.reported, usedDocs: new Set(this.usedDocs) };
  }

  readonly file: ParserMethod<[], FileNode> = this.RULE("file", (): FileNode => {
    const imports: ImportDecl[] = [];
    const models: ModelDecl[] = [];
    this.MANY(() => {
      imports.push(this.SUBRULE(this.import));
      this.OPTION(() => this.CONSUME(Newline));
    });
    const declarations = this.SUBRULE(this.declarations);
    this.MANY2(() => models.push(this.SUBRULE(this.model)));
    return this.ACTION((): FileNode => {
      const span = { start: 0, end: this.sourceLength };
      return { kind: "file", span, imports: [...imports, ...this.#lateImports], declarations, models };
    });
  });

  readonly import: ParserMethod<[], ImportDecl> = this.RULE("import", (): ImportDecl => {
    const first = this.CONSUME(W.import);
    const read = this.attempt(
      () => {
        this.CONSUME(T.LeftBrace);
        const names = this.items(this.importName, Separator);
        this.CONSUME(T.RightBrace);
        this.CONSUME(W.from);
        return { names, from: this.SUBRULE(this.text) };
      },
      (span) => ({ names: [], from: { kind: "string" as const, span, value: "" } }),
    );
    this.#endLine();
    return { kind: "import", span: this.spanFrom(first), names: read.names, from: read.from };
  });

  readonly importName: ParserMethod<[], ImportName> = this.RULE("importName", (): ImportName => {
    const name = this.SUBRULE(this.name);
    const alias = this.OPTION(() => {
      this.CONSUME(W.as);
      return this.SUBRULE2(this.name);
    });
    return { name, ...(alias ? { alias } : {}) };
  });

  /** `model Name [extends Base]`, then declarations up to the next `model`. */
  readonly model: ParserMethod<[], ModelDecl> = this.RULE("model", (): ModelDecl => {
    const first = this.CONSUME(W.model);
    const doc = this.ACTION(() => this.docOf(first)) ?? {};
    const name = this.attempt<Ident>(
      () => this.SUBRULE(this.name),
      (span) => ({ kind: "ident", span, name: "", primed: false }),
    );
    const base = this.OPTION(() => {
      this.CONSUME(W.extends);
      return this.attempt<Ident | null>(
        () => this.SUBRULE2(this.name),
        () => null,
      );
    });
    this.#endLine();
    this.OPTION2(() => this.CONSUME(Newline));
    const declarations = this.SUBRULE(this.declarations);
    return this.ACTION((): ModelDecl => {
      const head = { kind: "model", span: this.spanFrom(first), ...doc, name } as const;
      return { ...head, ...(base ? { extends: base } : {}), declarations };
    });
  });

  readonly task: ParserMethod<[], Decl> = this.RULE("task", (): Decl => {
    const first = this.CONSUME(W.task);
    const name = this.SUBRULE(this.name);
    const parameters = this.SUBRULE(this.parameters);
    const members = this.SUBRULE(this.fields);
    return this.ACTION((): TaskDecl => {
      const head = { kind: "task", span: this.spanFrom(first), ...this.docOf(first) } as const;
      return this.taskOf({ ...head, name, parameters }, members);
    });
  });

  readonly declaration: ParserMethod<[], Decl> = this.RULE("declaration", (): Decl =>
    this.OR<Decl>({
      ERR_MSG: "a declaration",
      DEF: [
        { ALT: () => this.SUBRULE(this.dim) },
        { ALT: () => this.SUBRULE(this.unitDecl) },
        { ALT: () => this.SUBRULE(this.param) },
        { ALT: () => this.SUBRULE(this.seed) },
        { ALT: () => this.SUBRULE(this.fn) },
        { ALT: () => this.SUBRULE(this.set) },
        { ALT: () => this.SUBRULE(this.preset) },
        { ALT: () => this.SUBRULE(this.task) },
        { ALT: () => this.SUBRULE(this.graph) },
        { ALT: () => this.SUBRULE(this.data) },
        { ALT: () => this.SUBRULE(this.stages) },
        { ALT: () => this.SUBRULE(this.state) },
        { ALT: () => this.SUBRULE(this.stage) },
        { ALT: () => this.SUBRULE(this.decision) },
        { ALT: () => this.SUBRULE(this.subjectTo) },
        { ALT: () => this.SUBRULE(this.nextDecl) },
        { ALT: () => this.SUBRULE(this.loss) },
        { ALT: () => this.SUBRULE(this.risk) },
        { ALT: () => this.SUBRULE(this.uncertainty) },
        { ALT: () => this.SUBRULE(this.ambiguity) },
        { ALT: () => this.SUBRULE(this.observe) },
        { ALT: () => this.SUBRULE(this.infer) },
        { ALT: () => this.SUBRULE(this.train) },
        { ALT: () => this.SUBRULE(this.solve) },
        { ALT: () => this.SUBRULE(this.compare) },
        { ALT: () => this.SUBRULE(this.stress) },
        { ALT: () => this.SUBRULE(this.evaluate) },
        { ALT: () => this.SUBRULE(this.waive) },
      ],
    }),
  );

  readonly declarations: ParserMethod<[], Decl[]> = this.RULE("declarations", (): Decl[] => {
    const list: Decl[] = [];
    if (this.RECORDING_PHASE) {
      this.MANY(() => {
        this.SUBRULE(this.declaration);
        this.OPTION(() => this.CONSUME(Newline));
      });
      return list;
    }
    this.#blockDepth += 1;
    while (this.#toNextDeclaration()) {
      const read = this.attempt<Decl | null>(
        () => this.SUBRULE(this.declaration),
        () => null,
      );
      if (read) list.push(read);
      this.#endLine();
    }
    this.#blockDepth -= 1;
    return list;
  });

  /** Goes to the next line that begins a declaration; false at the end of the block, the model or the file. */
  #toNextDeclaration(): boolean {
    for (let unknown = false; ;) {
      while (this.at(Newline) || this.at(T.Comma)) this.#separator();
      const token = this.LA(1);
      const type = token.tokenType;
      if (type === EOF || isCloser(type)) return false;
      if (type === W.model) {
        if (this.#blockDepth <= 1) return false;
        this.report("misplaced-model", this.spanOfToken(token));
        this.skipLine();
      } else if (type === W.import) {
        this.report("misplaced-import", this.spanOfToken(token));
        this.#lateImports.push(this.SUBRULE(this.import));
      } else if (wordSpecs.get(token.image)?.role === "declaration" && this.isIdentifier(token)) {
        return true;
      } else if (!unknown && this.#meant(token)) {
        // The word is taken for the one that was meant, so that what it declares is known to the rest of the file.
        if (this.at(W.model)) return false;
        return true;
      } else {
        // Lines after an unknown declaration are most likely its continuation.
        if (!unknown) this.#reportUnknown(token, null);
        unknown = true;
        this.skipLine();
      }
    }
  }

  #separator(): void {
    const token = this.step();
    if (token.tokenType === Newline) this.nextItem();
    else this.report("extra-comma", this.spanOfToken(token));
  }

  /** Takes a misspelt declaration word for the right one, and says so. */
  #meant(token: IToken): boolean {
    if (!this.isIdentifier(token) || !this.isIdentifier(this.LA(2))) return false;
    const word = nearest(token.image, DECLARATION_WORDS);
    const type = word === null ? undefined : wordType(word);
    if (!type || (word === "model" && this.#blockDepth > 1)) return false;
    this.#reportUnknown(token, word);
    token.tokenType = type;
    token.tokenTypeIdx = type.tokenTypeIdx ?? token.tokenTypeIdx;
    return true;
  }

  #reportUnknown(token: IToken, meant: string | null): void {
    const span = this.spanOfToken(token);
    const type = token.tokenType;
    if (type === Unknown) {
      const { code, args } = explainCharacter(token);
      this.report(code, span, args);
    } else if (type === T.Minus || type === T.LeftParen || type === T.LeftBracket) {
      this.report("line-begins-new-item", span, { found: quoted(token) });
    } else {
      const own = ownWord(token.image);
      const suggested = meant === null ? null : `did you mean \`${meant}\`?`;
      const otherwise = `a line begins with one of: ${DECLARATION_WORDS.join(", ")}`;
      const hint = own === null ? (suggested ?? otherwise) : `here that is \`${own}\``;
      this.report("unknown-declaration", span, { word: token.image, hint });
    }
  }

  /** A declaration ends with its line; what stands after it is reported and skipped. */
  #endLine(): void {
    if (this.RECORDING_PHASE) return;
    const token = this.LA(1);
    if (this.at(EOF) || this.at(Newline) || isCloser(token.tokenType)) return;
    if (this.at(T.Comma) && (this.at(Newline, 2) || this.at(EOF, 2))) return this.#separator();
    const span = this.spanOfToken(token);
    if (wordSpecs.get(token.image)?.role === "declaration" && this.isIdentifier(this.LA(2))) {
      this.report("missing-newline", span, { word: token.image });
      return;
    }
    if (token.tokenType === Unknown) {
      const { code, args } = explainCharacter(token);
      this.report(code, span, args);
    } else {
      this.report("unexpected-token", span, { found: quoted(token), hint: this.#hintFor(token) });
    }
    this.skipLine();
  }

  #hintFor(token: IToken): string {
    const meant = this.isIdentifier(token) ? nearest(token.image, CLAUSE_WORDS) : null;
    if (meant !== null && meant !== token.image) return `did you mean \`${meant}\`?`;
    if (this.isIdentifier(token) || token.tokenType === T.Number) {
      return `write an operator or a comma before ${quoted(token)}, or begin a new line`;
    }
    return "delete it, or begin a new line";
  }
}
