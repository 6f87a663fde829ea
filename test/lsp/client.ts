import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import {
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type Diagnostic,
  type InitializeResult,
  type Position,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  type Range,
  type TextEdit,
} from "vscode-languageserver/node";
import { MAIN } from "../cli/support.ts";

/** An editor without a screen: it starts `droc lsp`, keeps open texts, and remembers what is published of them. */
export class Client {
  readonly connection: ProtocolConnection;
  readonly capabilities: InitializeResult["capabilities"];
  readonly #child: ChildProcess;
  readonly #texts = new Map<string, { text: string; version: number }>();
  #published: readonly PublishDiagnosticsParams[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(
    child: ChildProcess,
    connection: ProtocolConnection,
    capabilities: InitializeResult["capabilities"],
  ) {
    this.#child = child;
    this.connection = connection;
    this.capabilities = capabilities;
    connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
      this.#published = [...this.#published, params];
      for (const wake of Array.from(this.#waiting)) wake();
    });
  }

  static async start(folder: string): Promise<Client> {
    if (!existsSync(MAIN)) throw new Error("the command is not built: npm run build");
    const child = spawn(process.execPath, [MAIN, "lsp", "--stdio"], {
      cwd: folder,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const connection = createProtocolConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    connection.listen();
    const gone = new Promise<never>((_, reject) => {
      child.once("exit", (code) => reject(new Error(`the server ended with ${code} before it was ready`)));
    });
    const initialized = connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "test" }],
      capabilities: { textDocument: { completion: { completionItem: { snippetSupport: false } } } },
    });
    const { capabilities } = await Promise.race([initialized, gone]);
    const client = new Client(child, connection, capabilities);
    await connection.sendNotification(InitializedNotification.type, {});
    return client;
  }

  async stop(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.#child.once("exit", resolve));
    await this.connection.sendRequest(ShutdownRequest.type);
    await this.connection.sendNotification(ExitNotification.type);
    return ended;
  }

  async open(path: string, text: string): Promise<string> {
    const uri = pathToFileURL(path).href;
    this.#texts.set(uri, { text, version: 1 });
    // What was said of an earlier text of that file is of another version 1.
    this.#published = this.#published.filter((one) => one.uri !== uri);
    const textDocument = { uri, languageId: "dro", version: 1, text };
    await this.connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
    return uri;
  }

  async close(uri: string): Promise<void> {
    this.#texts.delete(uri);
    await this.connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
  }

  text(uri: string): string {
    return this.#texts.get(uri)!.text;
  }

  /** Replaces the first `old` by `text`, as one keystroke or paste does: only the change is sent. */
  async edit(uri: string, old: string, text: string): Promise<number> {
    const open = this.#texts.get(uri)!;
    const start = open.text.indexOf(old);
    if (start < 0) throw new Error(`the text has no ${JSON.stringify(old)}`);
    const range = { start: positionIn(open.text, start), end: positionIn(open.text, start + old.length) };
    open.text = open.text.slice(0, start) + text + open.text.slice(start + old.length);
    open.version++;
    const { version } = open;
    const textDocument = { uri, version };
    await this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument,
      contentChanges: [{ range, text }],
    });
    return version;
  }

  /** The newest diagnostics of a version, once `wanted` holds of them. */
  async diagnostics(
    uri: string,
    wanted: (found: readonly Diagnostic[]) => boolean = () => true,
  ): Promise<readonly Diagnostic[]> {
    const { version } = this.#texts.get(uri)!;
    for (;;) {
      const last = this.#published.findLast((one) => one.uri === uri && one.version === version);
      if (last !== undefined && wanted(last.diagnostics)) return last.diagnostics;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          this.#waiting.delete(wake);
          reject(new Error(`no such diagnostics; the last are ${JSON.stringify(last?.diagnostics ?? null)}`));
        }, 20_000);
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  /** Everything published of a file so far, oldest first. */
  published(uri: string): readonly PublishDiagnosticsParams[] {
    return this.#published.filter((one) => one.uri === uri);
  }

  /** Where `text` stands in an open file, or the place so many characters after its start. */
  at(
    uri: string,
    text: string,
    after = 0,
  ): { readonly textDocument: { readonly uri: string }; readonly position: Position } {
    const offset = this.text(uri).indexOf(text);
    if (offset < 0) throw new Error(`the text has no ${JSON.stringify(text)}`);
    return { textDocument: { uri }, position: positionIn(this.text(uri), offset + after) };
  }
}

export function positionIn(text: string, offset: number): Position {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length - 1, character: before.at(-1)!.length };
}

export function offsetIn(text: string, { line, character }: Position): number {
  return (
    text
      .split("\n")
      .slice(0, line)
      .reduce((sum, one) => sum + one.length + 1, 0) + character
  );
}

/** The text that a range covers. */
export function textIn(text: string, { start, end }: Range): string {
  return text.slice(offsetIn(text, start), offsetIn(text, end));
}

/** The text with edits made, last first. */
export function apply(text: string, edits: readonly TextEdit[]): string {
  const sorted = edits.toSorted((a, b) => offsetIn(text, b.range.start) - offsetIn(text, a.range.start));
  return sorted.reduce(
    (result, { range, newText }) =>
      result.slice(0, offsetIn(text, range.start)) + newText + result.slice(offsetIn(text, range.end)),
    text,
  );
}
