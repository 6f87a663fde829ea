/**
 * Recovery. Brackets arrive balanced and line ends as tokens (see `lexing/layout.ts`), so an item that cannot be read is
 * skipped to its own end, wherever it stands, and its neighbours are read as if nothing had happened: one typo, one
 * problem. Chevrotain's own recovery guesses from follow sets and does not know brackets; it is off.
 */
import type { IToken, ParserMethod, TokenType } from "chevrotain";
import { EmbeddedActionsParser, EOF, isRecognitionException } from "../chevrotain.ts";
import type { ErrorExpr, Ident, Span, SyntaxProblem } from "../ast.ts";
import { closerOf, isCloser } from "../lexing/brackets.ts";
import { AnyToken, Identifier, Newline, Separator, T, vocabulary } from "../lexing/token-types.ts";
import { MAX_PROBLEMS } from "../limits.ts";
import type { SyntaxCode } from "../problems.ts";
import { spanOf } from "../spans.ts";
import { OneTokenLookahead } from "./lookahead.ts";
import { explain, quoted } from "./explain.ts";

export interface ParserInput {
  readonly tokens: readonly IToken[];
  readonly sourceLength: number;
  /** Doc comment before a token, by the token's offset. */
  readonly docs: ReadonlyMap<number, string>;
}

export abstract class RecoveringParser extends EmbeddedActionsParser {
  #problems: SyntaxProblem[] = [];
  #sourceLength = 0;
  #docs: ReadonlyMap<number, string> = new Map();
  readonly #usedDocs = new Set<number>();
  /** A problem was reported in this item; what follows in it is its consequence. */
  #quiet = false;

  /** @param validate - checks the grammar for ambiguities; for tests, since it takes longer than most parses */
  constructor(validate: boolean) {
    super(vocabulary, {
      recoveryEnabled: false,
      maxLookahead: 1,
      skipValidations: !validate,
      ...(validate ? {} : { lookaheadStrategy: new OneTokenLookahead() }),
      errorMessageProvider: {
        // The message carries what was expected; `explain` makes the problem of it.
        buildMismatchTokenMessage: ({ expected }) => expected.LABEL ?? expected.name,
        buildNotAllInputParsedMessage: () => "the end of the file",
        buildNoViableAltMessage: ({ customUserDescription }) => customUserDescription ?? "something else",
        buildEarlyExitMessage: ({ customUserDescription }) => customUserDescription ?? "one more item",
      },
    });
  }

  protected begin(input: ParserInput): void {
    this.#problems = [];
    this.#sourceLength = input.sourceLength;
    this.#docs = input.docs;
    this.#usedDocs.clear();
    this.#quiet = false;
    this.input = [...input.tokens];
  }

  protected get reported(): readonly SyntaxProblem[] {
    return this.#problems;
  }

  protected get sourceLength(): number {
    return this.#sourceLength;
  }

  protected get usedDocs(): ReadonlySet<number> {
    return this.#usedDocs;
  }

  // ---- places ----------------------------------------------------------------------------------------------------

  protected spanFrom(first: IToken): Span {
    return spanOf(first, this.LA(0), this.#sourceLength);
  }

  protected spanOfToken(token: IToken): Span {
    return spanOf(token, token, this.#sourceLength);
  }

  /** Claims the doc comment above a token. */
  protected docOf(first: IToken): { readonly doc?: string } {
    const doc = this.#docs.get(first.startOffset);
    if (doc === undefined) return {};
    this.#usedDocs.add(first.startOffset);
    return { doc };
  }

  protected identOf(token: IToken): Ident {
    const primed = token.image.endsWith("'");
    return {
      kind: "ident",
      span: this.spanOfToken(token),
      name: primed ? token.image.slice(0, -1) : token.image,
      primed,
    };
  }

  protected at(type: TokenType, ahead = 1): boolean {
    return this.LA(ahead).tokenType === type;
  }

  protected isIdentifier(token: IToken): boolean {
    return this.matches(token, Identifier);
  }

  protected matches(token: IToken, type: TokenType): boolean {
    return token.tokenType === type || (type.categoryMatchesMap?.[token.tokenTypeIdx] ?? false);
  }

  // ---- problems --------------------------------------------------------------------------------------------------

  /** Reports unless the item already has a problem. */
  protected report(code: SyntaxCode, span: Span, args: Readonly<Record<string, string | number>> = {}): void {
    this.note({ code, span, args });
    this.#quiet = true;
  }

  /** Reports a problem that does not put the rest of the item in doubt. */
  protected note(problem: SyntaxProblem): void {
    if (this.#quiet || this.#problems.length > MAX_PROBLEMS) return;
    this.#problems.push(problem);
    // The rest is passed over; every loop ends at the end of the file. `parse` says where reading stopped.
    if (this.#problems.length > MAX_PROBLEMS) while (!this.at(EOF)) this.step();
  }

  /** Reports what is wrong with the next token, and leaves the item that is being read. */
  protected reportNext(expected: string): void {
    const { code, span, args } = explain({
      expected,
      rule: "",
      found: this.LA(1),
      previous: this.LA(0),
      following: this.LA(2),
      sourceLength: this.#sourceLength,
    });
    this.report(code, span, args);
  }

  /** Reads something; where that fails, reports why, goes to the end of the item and returns what `otherwise` makes. */
  protected attempt<R>(read: () => R, otherwise: (span: Span) => R): R {
    if (this.RECORDING_PHASE) return read();
    const first = this.LA(1);
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Error) || !isRecognitionException(error)) throw error;
      const rules = "context" in error ? (error.context as { ruleStack: string[] }).ruleStack : [];
      const { code, span, args } = explain({
        expected: error.message,
        rule: rules.at(-1) ?? "",
        found: this.LA(1),
        previous: this.LA(0),
        following: this.LA(2),
        sourceLength: this.#sourceLength,
      });
      this.report(code, span, args);
      this.skipItem();
      return otherwise(this.spanFrom(first));
    }
  }

  /** As `attempt`, with an `ErrorExpr` where reading fails. */
  protected attemptExpr<E>(read: () => E): E | ErrorExpr {
    return this.attempt<E | ErrorExpr>(read, (span) => ({ kind: "error", span }));
  }

  // ---- stepping --------------------------------------------------------------------------------------------------

  protected step(): IToken {
    return this.consume(0, AnyToken);
  }

  protected atItemEnd(): boolean {
    const { tokenType } = this.LA(1);
    return tokenType === EOF || isCloser(tokenType) || this.matches(this.LA(1), Separator);
  }

  protected atEndOfAll(): boolean {
    return this.at(EOF);
  }

  /** Goes to the next separator or closing bracket of this level. */
  protected skipItem(): void {
    while (!this.atItemEnd()) this.stepOver();
  }

  /** Goes to the next line end or closing bracket of this level. */
  protected skipLine(): void {
    while (!this.at(EOF) && !this.at(Newline) && !isCloser(this.LA(1).tokenType)) this.stepOver();
  }

  /** One token, or a whole bracket. */
  protected stepOver(): void {
    let depth = 0;
    do {
      const { tokenType } = this.step();
      if (closerOf(tokenType)) depth += 1;
      else if (isCloser(tokenType)) depth -= 1;
    } while (depth > 0 && !this.at(EOF));
  }

  // ---- lists -----------------------------------------------------------------------------------------------------

  /**
   * Items up to the closing bracket, which is left to the caller. Between items stands a comma (in blocks, or a line
   * end); a comma may follow the last.
   */
  protected items<I>(item: ParserMethod<[], I>, separator: TokenType): I[] {
    const list: I[] = [];
    if (this.RECORDING_PHASE) {
      this.MANY_SEP({ SEP: separator, DEF: () => this.SUBRULE(item) });
      return list;
    }
    for (;;) {
      this.#separators(list.length > 0);
      if (this.at(EOF) || isCloser(this.LA(1).tokenType)) return list;
      const read = this.attempt<I | null>(
        () => this.SUBRULE(item),
        () => null,
      );
      if (read !== null) list.push(read);
      if (this.atItemEnd()) continue;
      if (this.beginsItem(this.LA(1))) {
        this.report("missing-comma", this.spanOfToken(this.LA(1)), { found: quoted(this.LA(1)) });
      } else {
        this.reportNext(separator.LABEL ?? separator.name);
        this.skipItem();
      }
    }
  }

  protected beginsItem(token: IToken): boolean {
    return (
      this.isIdentifier(token) ||
      token.tokenType === T.Number ||
      token.tokenType === T.Text ||
      token.tokenType === T.Date
    );
  }

  #separators(afterItem: boolean): void {
    let commas = afterItem ? 0 : 1;
    while (this.matches(this.LA(1), Separator)) {
      const token = this.step();
      this.#quiet = false;
      if (token.tokenType !== T.Comma) continue;
      commas += 1;
      if (commas > 1) this.report("extra-comma", this.spanOfToken(token));
    }
  }

  /** Forgets the problem of the item before. */
  protected nextItem(): void {
    this.#quiet = false;
  }
}
