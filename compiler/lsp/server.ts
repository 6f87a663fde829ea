import { dirname } from "node:path";
import {
  CodeActionKind,
  createConnection,
  DidChangeWatchedFilesNotification,
  ErrorCodes,
  FileChangeType,
  LSPErrorCodes,
  MessageType,
  ProposedFeatures,
  ResponseError,
  ShowMessageNotification,
  TextDocuments,
  TextDocumentSyncKind,
  type CodeAction,
  type Connection,
  type InitializeParams,
  type InitializeResult,
  type Position,
  type Range,
  type TextDocumentPositionParams,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Diagnostic } from "../diagnostics/index.ts";
import { lintCompilation, type LintConfig } from "../review/index.ts";
import { CliError } from "../cli/cli-error.ts";
import { loadConfig } from "../cli/config.ts";
import { complete } from "./completion/complete.ts";
import { Documents, type Found } from "./documents.ts";
import { codeLenses, commands } from "./features/code-lens.ts";
import { diffWithHead, explainText, runLine, type CommandAnswer } from "./features/commands.ts";
import { toLspDiagnostics } from "./features/diagnostics.ts";
import { formattingEdits } from "./features/formatting.ts";
import { hoverAt } from "./features/hover.ts";
import { inlayHints } from "./features/inlay-hints.ts";
import {
  definitionAt,
  highlightsAt,
  locationsOf,
  referencesAt,
  renameableAt,
  renameAt,
  type Workspace,
} from "./features/navigation.ts";
import { quickFixes, type QuickFix } from "./features/quick-fixes.ts";
import { encodeTokens, semanticLegend, semanticTokens } from "./features/semantic-tokens.ts";
import { signatureHelp } from "./features/signature-help.ts";
import { documentSymbols, foldingRanges } from "./features/symbols.ts";
import { pathOf, toOffset, toRange } from "./places.ts";
import type { Program } from "./program.ts";

/** What a client may say when it starts the server. */
interface Settings {
  /** Folders besides a file's own from which it may name files. */
  readonly allow: readonly string[];
}

/**
 * The language server on standard input and output; resolves when the client has gone. Holds the open files, and
 * answers from the newest program of each.
 */
export async function serve(version: string): Promise<void> {
  const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout);
  const server = new Server(connection, version);
  server.listen();
  await new Promise<void>((resolve) => {
    connection.onExit(() => resolve());
    process.stdin.on("close", () => resolve());
  });
}

class Server {
  readonly #connection: Connection;
  readonly #version: string;
  readonly #texts = new TextDocuments(TextDocument);
  readonly #documents: Documents;
  /** What was last said of each file, for quick fixes. */
  readonly #found = new Map<string, Found>();
  #folders: readonly string[] = [];
  #snippets = false;
  #refreshesHints = false;
  #watches = false;
  /** What was last said of a configuration that cannot be read. */
  #toldOfConfig: string | null = null;

  constructor(connection: Connection, version: string) {
    this.#connection = connection;
    this.#version = version;
    this.#documents = new Documents(
      (found) => this.#publish(found),
      (program) => this.#reviewOf(program),
    );
  }

  listen(): void {
    const connection = this.#connection;
    connection.onInitialize((params) => this.#initialize(params));
    connection.onInitialized(() => {
      if (!this.#watches) return;
      const watchers = [{ globPattern: "**/*.dro" }, { globPattern: "**/droc.config.json" }];
      void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
    });
    this.#texts.onDidOpen(({ document }) => this.#documents.open(fileOf(document)));
    this.#texts.onDidChangeContent(({ document }) => {
      if (this.#documents.file(document.uri)?.version !== document.version) this.#documents.change(fileOf(document));
    });
    this.#texts.onDidClose(({ document }) => {
      this.#documents.close(document.uri);
      this.#found.delete(document.uri);
      void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
    });
    connection.onDidChangeWatchedFiles(({ changes }) => {
      const elsewhere = changes.some(
        ({ uri, type }) => type === FileChangeType.Deleted || this.#texts.get(uri) === undefined,
      );
      if (elsewhere) this.#documents.refresh();
    });
    this.#listenAsking();
    this.#listenChanging();
    this.#texts.listen(connection);
    connection.onShutdown(() => this.#documents.closeAll());
    connection.listen();
  }

  #initialize({ capabilities, workspaceFolders, initializationOptions }: InitializeParams): InitializeResult {
    this.#folders = (workspaceFolders ?? []).flatMap(({ uri }) => pathOf(uri) ?? []);
    this.#documents.allow = settingsOf(initializationOptions).allow;
    this.#snippets = capabilities.textDocument?.completion?.completionItem?.snippetSupport === true;
    this.#refreshesHints = capabilities.workspace?.inlayHint?.refreshSupport === true;
    this.#watches = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    return {
      serverInfo: { name: "droc", version: this.#version },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        hoverProvider: true,
        completionProvider: { triggerCharacters: ["{", ":", "~", ".", "<", "[", '"', ","] },
        signatureHelpProvider: { triggerCharacters: ["(", ","], retriggerCharacters: ["="] },
        definitionProvider: true,
        referencesProvider: true,
        documentHighlightProvider: true,
        renameProvider: { prepareProvider: true },
        documentSymbolProvider: true,
        foldingRangeProvider: true,
        semanticTokensProvider: { legend: semanticLegend, full: true, range: true },
        documentFormattingProvider: true,
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
        inlayHintProvider: true,
        codeLensProvider: {},
        executeCommandProvider: { commands: Object.values(commands) },
        workspace: { workspaceFolders: { supported: true } },
      },
    };
  }

  /** What reads a program. */
  #listenAsking(): void {
    const connection = this.#connection;
    connection.onHover((params) => this.#at(params, (program, offset) => hoverAt(program, offset), true));
    connection.onDefinition((params) => this.#at(params, (program, offset) => definitionAt(program, offset)));
    connection.onReferences((params) =>
      this.#at(params, (program, offset) => [
        ...locationsOf(referencesAt(program, offset, this.#workspace()), params.context.includeDeclaration),
      ]),
    );
    connection.onDocumentHighlight((params) =>
      this.#at(params, (program, offset) => [...highlightsAt(program, offset)]),
    );
    connection.onDocumentSymbol(({ textDocument }) => {
      const program = this.#documents.current(textDocument.uri);
      return program === null ? [] : documentSymbols(program);
    });
    connection.onFoldingRanges(({ textDocument }) => {
      const program = this.#documents.current(textDocument.uri);
      return program === null ? [] : foldingRanges(program);
    });
    connection.languages.semanticTokens.on(({ textDocument }) => this.#tokens(textDocument.uri, null));
    connection.languages.semanticTokens.onRange(({ textDocument, range }) => this.#tokens(textDocument.uri, range));
    connection.languages.inlayHint.on(({ textDocument, range }) => {
      const program = this.#documents.current(textDocument.uri);
      if (program === null) return [];
      const span = { start: toOffset(program.source, range.start), end: toOffset(program.source, range.end) };
      const sound = program.compilation.allModels.length > 0 || program.wellFormed;
      const known = sound ? program : (this.#documents.good(textDocument.uri) ?? program);
      return inlayHints(program, known, span);
    });
    connection.onCodeLens(({ textDocument }) => {
      const program = this.#documents.current(textDocument.uri);
      return program === null ? [] : codeLenses(program, textDocument.uri);
    });
    connection.onCompletion(({ textDocument, position }) => {
      const asked = this.#typing(textDocument.uri, position);
      if (asked === null) return [];
      return [...complete({ ...asked, snippets: this.#snippets })];
    });
    connection.onSignatureHelp(({ textDocument, position }) => {
      const asked = this.#typing(textDocument.uri, position);
      return asked === null ? null : signatureHelp(asked.text, asked.offset, asked.programs);
    });
  }

  /** What changes texts, or makes the editor do something. */
  #listenChanging(): void {
    const connection = this.#connection;
    connection.onDocumentFormatting(({ textDocument }) => {
      const file = this.#documents.file(textDocument.uri);
      return file === null ? null : formattingEdits(file.text);
    });
    connection.onPrepareRename((params) =>
      this.#at(params, (program, offset) => {
        const use = renameableAt(program, offset);
        if ("refused" in use) throw new ResponseError(LSPErrorCodes.RequestFailed, use.refused);
        return { range: toRange(program.source, use.span), placeholder: use.name };
      }),
    );
    connection.onRenameRequest((params) =>
      this.#at(params, (program, offset) => {
        const edit = renameAt(program, offset, params.newName, this.#workspace());
        if ("refused" in edit) throw new ResponseError(LSPErrorCodes.RequestFailed, edit.refused);
        return edit;
      }),
    );
    connection.onCodeAction(({ textDocument, range }) => this.#fixes(textDocument.uri, range));
    connection.onExecuteCommand(({ command, arguments: given }) => {
      const [uri, model] = given ?? [];
      if (typeof uri !== "string" || typeof model !== "string") {
        throw new ResponseError(
          ErrorCodes.InvalidParams,
          `${command} takes the address of a file and the name of a model`,
        );
      }
      return this.#execute(command, uri, model);
    });
  }

  /** Answers from the program of the text as it stands; `whole`: with its analysis. */
  #at<T>(
    { textDocument, position }: TextDocumentPositionParams,
    answer: (program: Program, offset: number) => T,
    whole = false,
  ): T | null {
    const { uri } = textDocument;
    const program = whole ? this.#documents.whole(uri) : this.#documents.current(uri);
    return program === null ? null : answer(program, toOffset(program.source, position));
  }

  /** For what is asked at every letter: the text as it stands, with programs that may be of earlier ones. */
  #typing(
    uri: string,
    position: Position,
  ): { readonly text: string; readonly offset: number; readonly programs: readonly Program[] } | null {
    const document = this.#texts.get(uri);
    if (document === undefined) return null;
    const latest = this.#documents.latest(uri) ?? this.#documents.current(uri);
    const good = this.#documents.good(uri);
    const programs = [latest, good === latest ? null : good].filter((program) => program !== null);
    return { text: document.getText(), offset: document.offsetAt(position), programs };
  }

  #tokens(uri: string, range: Range | null): { data: number[] } {
    const program = this.#documents.current(uri);
    if (program === null) return { data: [] };
    const tokens = semanticTokens(program);
    if (range === null) return { data: encodeTokens(program, tokens) };
    const start = toOffset(program.source, range.start);
    const end = toOffset(program.source, range.end);
    return {
      data: encodeTokens(
        program,
        tokens.filter(({ span }) => span.end > start && span.start < end),
      ),
    };
  }

  #fixes(uri: string, range: Range): CodeAction[] {
    const program = this.#documents.current(uri);
    if (program === null) return [];
    const { source } = program;
    const start = toOffset(source, range.start);
    const end = toOffset(source, range.end);
    const found = this.#found.get(uri);
    const known = found?.program === program ? found.diagnostics : program.compilation.diagnostics;
    return known.flatMap((diagnostic): CodeAction[] => {
      if (diagnostic.file !== source.name || diagnostic.span.end < start || diagnostic.span.start > end) return [];
      const [shown] = toLspDiagnostics(program, [diagnostic]);
      return [...quickFixes(program, diagnostic), ...ownFix(diagnostic)].map((fix) => ({
        title: fix.title,
        kind: CodeActionKind.QuickFix,
        isPreferred: fix.preferred,
        ...(shown === undefined ? {} : { diagnostics: [shown] }),
        edit: {
          changes: { [uri]: fix.edits.map(({ span, text }) => ({ range: toRange(source, span), newText: text })) },
        },
      }));
    });
  }

  #execute(command: string, uri: string, model: string): CommandAnswer {
    const program = this.#documents.whole(uri);
    if (program === null) return { kind: "refused", reason: "the file is not open" };
    if (command === commands.explain) return explainText(program, model);
    if (command === commands.run) return runLine(program, model);
    if (command === commands.diff) return diffWithHead(program, model, this.#documents.allow);
    throw new ResponseError(ErrorCodes.InvalidParams, `there is no command ${command}`);
  }

  /**
   * A sound file is linted too; the linter answers for the warnings then, since the file may silence them and the
   * configuration that it falls under may set their severity.
   */
  #reviewOf({ path, compilation }: Program): readonly Diagnostic[] {
    const { diagnostics } = compilation;
    if (diagnostics.some(({ severity }) => severity === "error")) return diagnostics;
    return lintCompilation(compilation, this.#lintConfigOf(path));
  }

  /** The nearest configuration as it is on the disk now; a broken one is told once and leaves the rules as they are. */
  #lintConfigOf(path: string): LintConfig {
    try {
      const { lint } = loadConfig(path, dirname(path));
      this.#toldOfConfig = null;
      return lint;
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      if (this.#toldOfConfig !== error.message) {
        const { message } = error;
        void this.#connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message });
      }
      this.#toldOfConfig = error.message;
      return { rules: {} };
    }
  }

  #workspace(): Workspace {
    return { folders: this.#folders, allow: this.#documents.allow, unsaved: this.#documents.unsaved };
  }

  #publish(found: Found): void {
    const { file, program, diagnostics, complete } = found;
    this.#found.set(file.uri, found);
    const shown = toLspDiagnostics(program, diagnostics);
    void this.#connection.sendDiagnostics({ uri: file.uri, version: file.version, diagnostics: shown });
    if (complete && this.#refreshesHints) void this.#connection.languages.inlayHint.refresh();
  }
}

/** A finding of the linter may bring its own change. */
function ownFix(diagnostic: Diagnostic): readonly QuickFix[] {
  if (!("fix" in diagnostic) || !Array.isArray(diagnostic.fix) || diagnostic.fix.length === 0) return [];
  const edits: QuickFix["edits"] = diagnostic.fix;
  return [{ title: "Apply the linter's change", edits, preferred: true }];
}

function fileOf(document: TextDocument): {
  readonly uri: string;
  readonly path: string;
  readonly text: string;
  readonly version: number;
} {
  const { uri, version } = document;
  // A file that was never saved is read as though it stood in the working folder.
  const path = pathOf(uri) ?? `${process.cwd()}/untitled.dro`;
  return { uri, path, text: document.getText(), version };
}

function settingsOf(options: unknown): Settings {
  const allow = typeof options === "object" && options !== null && "allow" in options ? options.allow : [];
  return { allow: Array.isArray(allow) ? allow.filter((one): one is string => typeof one === "string") : [] };
}
