/**
 * The API of VS Code as far as the extension and its client library use it: what the editor gives and what it is told.
 * Everything that they touch and that no test looks at is an empty class.
 */
export interface MockEditor {
  /** The module `vscode`. */
  readonly api: object;
  readonly diagnostics: Map<string, readonly { readonly message: string; readonly code?: unknown }[]>;
  readonly commands: Map<string, (...args: readonly unknown[]) => unknown>;
  /** Kinds of providers that were registered: `Hover`, `CompletionItem`, … */
  readonly providers: Map<string, unknown>;
  /** Messages, shown documents and terminals, in order. */
  readonly shown: { readonly kind: string; readonly value: unknown }[];
  readonly subscriptions: { dispose(): unknown }[];
  openFile(path: string, text: string): void;
}

class Uri {
  readonly scheme: string;
  readonly authority = "";
  readonly path: string;
  constructor(scheme: string, path: string) {
    this.scheme = scheme;
    this.path = path;
  }
  get fsPath(): string {
    return this.path;
  }
  toString(): string {
    return `${this.scheme}://${this.path}`;
  }
  static parse(text: string): Uri {
    const [scheme = "", path = ""] = text.split("://");
    return new Uri(scheme, path);
  }
  static file(path: string): Uri {
    return new Uri("file", path);
  }
}
class Position {
  readonly line: number;
  readonly character: number;
  constructor(line: number, character: number) {
    this.line = line;
    this.character = character;
  }
}
class Range {
  readonly start: Position;
  readonly end: Position;
  constructor(a: number | Position, b: number | Position, c = 0, d = 0) {
    this.start = a instanceof Position ? a : new Position(a, typeof b === "number" ? b : 0);
    this.end = b instanceof Position ? b : new Position(c, d);
  }
}
class Diagnostic {
  readonly range: Range;
  readonly message: string;
  readonly severity: number;
  code: unknown;
  constructor(range: Range, message: string, severity: number) {
    this.range = range;
    this.message = message;
    this.severity = severity;
  }
}
class Disposable {
  readonly #end: () => unknown;
  constructor(end: () => unknown) {
    this.#end = end;
  }
  dispose(): unknown {
    return this.#end();
  }
  static from(): Disposable {
    return none();
  }
}
class ActionKind {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
  append(part: string): ActionKind {
    return new ActionKind(this.value === "" ? part : `${this.value}.${part}`);
  }
}
const none = (): Disposable => new Disposable(() => undefined);

type Listener = (event: unknown) => unknown;
class EventEmitter {
  readonly #listeners = new Set<Listener>();
  readonly event = (listener: Listener, self?: object): Disposable => {
    const bound = self === undefined || self === null ? listener : listener.bind(self);
    this.#listeners.add(bound);
    return new Disposable(() => this.#listeners.delete(bound));
  };
  fire(event: unknown): void {
    for (const listener of this.#listeners) listener(event);
  }
  dispose(): void {
    this.#listeners.clear();
  }
}
class CancellationTokenSource {
  readonly token = { isCancellationRequested: false, onCancellationRequested: none };
  cancel(): void {}
  dispose(): void {}
}

/** Known names of a namespace; any other is an event that never comes, a function that does nothing, or an empty class. */
function namespace(known: Readonly<Record<string, unknown>>): object {
  return new Proxy(known, {
    get(target, name) {
      if (typeof name !== "string" || name in target) return Reflect.get(target, name) as unknown;
      if (name.startsWith("on")) return none;
      // Called for an effect, or the base of a class.
      return function empty(): void {};
    },
  });
}

export function createMockEditor(folder: string, settings: Readonly<Record<string, unknown>>): MockEditor {
  const diagnostics: MockEditor["diagnostics"] = new Map();
  const commands: MockEditor["commands"] = new Map();
  const providers: MockEditor["providers"] = new Map();
  const shown: { kind: string; value: unknown }[] = [];
  const opened = new EventEmitter();
  const documents: object[] = [];
  const say = (kind: string) => async (value: unknown) => void shown.push({ kind, value });
  const channel = namespace({ name: "droc", logLevel: 3, show: () => undefined, append: () => undefined });
  const languages = new Proxy(
    {},
    {
      get(_, name) {
        if (name === "match") return () => 10;
        if (name === "createDiagnosticCollection") {
          return () => ({
            name: "droc",
            set: (uri: Uri, all: readonly Diagnostic[] | undefined) => diagnostics.set(String(uri), all ?? []),
            delete: (uri: Uri) => diagnostics.delete(String(uri)),
            clear: () => diagnostics.clear(),
            dispose: () => undefined,
          });
        }
        const kind = /^register(\w+?)Provider$/.exec(String(name))?.[1];
        return (...args: readonly unknown[]) => {
          if (kind !== undefined) providers.set(kind, args[1]);
          return none();
        };
      },
    },
  );
  const api = namespace({
    version: "1.100.0",
    Uri,
    Position,
    Range,
    Diagnostic,
    Disposable,
    EventEmitter,
    CancellationTokenSource,
    DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
    CodeActionKind: { Empty: new ActionKind("") },
    ViewColumn: { Beside: -2 },
    StatusBarAlignment: { Left: 1, Right: 2 },
    env: { appName: "test", language: "en" },
    languages,
    commands: {
      registerCommand: (name: string, run: (...args: readonly unknown[]) => unknown) => {
        commands.set(name, run);
        return new Disposable(() => commands.delete(name));
      },
    },
    workspace: namespace({
      name: "test",
      isTrusted: true,
      workspaceFolders: [{ uri: Uri.file(folder), name: "test", index: 0 }],
      textDocuments: documents,
      notebookDocuments: [],
      getConfiguration: (section?: string) => ({
        get: (key: string, fallback?: unknown) =>
          settings[section === undefined ? key : `${section}.${key}`] ?? fallback,
        inspect: () => undefined,
        has: () => false,
      }),
      getWorkspaceFolder: () => undefined,
      onDidOpenTextDocument: opened.event,
      createFileSystemWatcher: () => namespace({ dispose: () => undefined }),
      openTextDocument: async (value: unknown) => value,
    }),
    window: namespace({
      activeTextEditor: undefined,
      visibleTextEditors: [],
      tabGroups: namespace({ all: [] }),
      createOutputChannel: () => channel,
      showErrorMessage: say("error"),
      showWarningMessage: say("warning"),
      showInformationMessage: say("information"),
      showTextDocument: say("document"),
      createTerminal: (value: unknown) => {
        shown.push({ kind: "terminal", value });
        return { show: () => undefined };
      },
    }),
  });
  return {
    api,
    diagnostics,
    commands,
    providers,
    shown,
    subscriptions: [],
    openFile(path, text) {
      const document = {
        uri: Uri.file(path),
        fileName: path,
        languageId: "dro",
        version: 1,
        isClosed: false,
        isDirty: false,
        isUntitled: false,
        lineCount: text.split("\n").length,
        getText: () => text,
      };
      documents.push(document);
      opened.fire(document);
    },
  };
}
