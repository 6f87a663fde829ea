import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import { commands } from "../../compiler/lsp/features/code-lens.ts";
import { parse } from "../../grammar/index.ts";
import { compileText } from "../support/tester.ts";
import { MAIN } from "../cli/support.ts";
import { findDroc } from "../../editor/vscode/src/find-droc.mts";
import { createMockEditor, type MockEditor } from "./vscode-mock.ts";

const root = fileURLToPath(new URL("../../editor/vscode/", import.meta.url));
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), "utf8"));
const installed = existsSync(join(root, "node_modules/vscode-languageclient"));
const why = installed ? "" : " (skipped: npm ci --ignore-scripts in editor/vscode first)";

interface Manifest {
  readonly version: string;
  readonly main: string;
  readonly contributes: {
    readonly languages: readonly {
      readonly id: string;
      readonly extensions: readonly string[];
      readonly configuration: string;
    }[];
    readonly grammars: readonly { readonly scopeName: string; readonly path: string }[];
    readonly snippets: readonly { readonly path: string }[];
    readonly commands: readonly { readonly command: string }[];
  };
}
const manifest = read("package.json") as Manifest;

describe("the manifest", () => {
  it("has droc's version, and names files that are there or are built", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as Manifest;
    expect(manifest.version).toBe(version);
    const { languages, grammars, snippets } = manifest.contributes;
    expect(languages.map(({ id, extensions }) => [id, extensions])).toEqual([["dro", [".dro"]]]);
    for (const path of [languages[0]!.configuration, snippets[0]!.path])
      expect(existsSync(join(root, path))).toBe(true);
    expect(grammars[0]).toMatchObject({ scopeName: "source.dro", path: "./out/dro.tmLanguage.json" });
  });
  it("leaves the commands of the server to the server", () => {
    const own = manifest.contributes.commands.map(({ command }) => command);
    for (const command of Object.values(commands)) expect(own).not.toContain(command);
  });
});

describe("the language configuration", () => {
  const { wordPattern, onEnterRules, indentationRules } = read("language-configuration.json") as {
    readonly wordPattern: string;
    readonly onEnterRules: readonly { readonly beforeText: string }[];
    readonly indentationRules: { readonly increaseIndentPattern: string; readonly decreaseIndentPattern: string };
  };
  it("takes a name with its prime for a word, and goes on with documentation", () => {
    expect("next w' = 1".match(new RegExp(wordPattern, "g"))).toEqual(["next", "w'"]);
    expect(new RegExp(onEnterRules[0]!.beforeText).test("  /// What it is")).toBe(true);
    expect(new RegExp(onEnterRules[0]!.beforeText).test("// no documentation")).toBe(false);
  });
  it("indents after an open bracket", () => {
    const more = new RegExp(indentationRules.increaseIndentPattern);
    expect(["subject to {", "train dw_fm { // slow"].map((line) => more.test(line))).toEqual([true, true]);
    expect(["// a { in a comment", "train dw_fm { steps: 5 }"].map((line) => more.test(line))).toEqual([false, false]);
    expect(new RegExp(indentationRules.decreaseIndentPattern).test("  }")).toBe(true);
  });
});

describe("snippets", () => {
  const snippets = read("snippets/dro.json") as Readonly<Record<string, { readonly body: readonly string[] }>>;
  it.each(Object.entries(snippets))("%s, left as it is, has no syntax error", (_, { body }) => {
    expect(parse(filled(body)).problems).toEqual([]);
  });
  it.each(["Decision under uncertainty", "Newsvendor"])("%s is a sound model", (name) => {
    const { diagnostics } = compileText(filled(snippets[name]!.body));
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });
});

/** With every placeholder at its default; a number alone repeats the placeholder of that number. */
function filled(body: readonly string[]): string {
  const defaults = new Map<string, string>();
  const text = body
    .join("\n")
    .replace(/\$\{(\d+)\|([^,|]*)[^|]*\|\}|\$\{(\d+):([^}]*)\}|\$(\d+)/g, (...found: readonly unknown[]) => {
      const [, choice, first, number, value, again] = found;
      const key = String(choice ?? number ?? again);
      const given = first ?? value;
      if (typeof given === "string") defaults.set(key, given);
      return defaults.get(key) ?? "";
    });
  return text;
}

describe("how droc is found", () => {
  it("by the settings, else in the workspace, else on the PATH", () => {
    expect(findDroc(["npx", "droc"], [], "linux")).toEqual({ command: "npx", args: ["droc"] });
    expect(findDroc([], ["/nowhere"], "linux")).toEqual({ command: "droc", args: [] });
    expect(findDroc([], [], "win32")).toEqual({ command: "droc.cmd", args: [] });
  });
});

describe(`the bundled extension${why}`, () => {
  it.skipIf(!installed)("starts the server, shows its diagnostics, and carries out code lenses", async () => {
    execFileSync(process.execPath, ["build.mjs"], { cwd: root });
    const folder = mkdtempSync(join(tmpdir(), "droc-editor-"));
    const editor = createMockEditor(folder, { "droc.command": [process.execPath, MAIN], "droc.allow": [] });
    const extension = loadExtension(editor);
    try {
      await extension.activate({ subscriptions: editor.subscriptions });
      expect(editor.shown).toEqual([]);
      expect([...editor.providers.keys()]).toEqual(
        expect.arrayContaining([
          "Hover",
          "CompletionItem",
          "Definition",
          "Rename",
          "InlayHints",
          "CodeLens",
          "CodeActions",
        ]),
      );
      const path = join(folder, "model.dro");
      editor.openFile(path, "model Shop\nparam a = bb\n");
      await vi.waitFor(
        () => expect(editor.diagnostics.get(`file://${path}`)?.map(({ code }) => code)).toContain("unknown-name"),
        20_000,
      );
      // Registered by the client for the commands that the server has.
      const run = editor.commands.get("droc.run");
      await run!(`file://${path}`, "Shop");
      expect(editor.shown).toEqual([
        {
          kind: "terminal",
          value: { name: "droc run", shellPath: process.execPath, shellArgs: [MAIN, "run", path, "--model", "Shop"] },
        },
      ]);
      await editor.commands.get("droc.diffWithHead")!(`file://${path}`, "Shop");
      expect(editor.shown.at(-1)?.kind).toBe("warning");
    } finally {
      await extension.deactivate();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

interface Extension {
  activate(context: object): Promise<void>;
  deactivate(): Promise<void>;
}

/** The bundle as the editor loads it, with the given module for `vscode`. */
function loadExtension(editor: MockEditor): Extension {
  const path = join(root, manifest.main);
  const from = createRequire(path);
  const module = { exports: {} };
  const load = compileFunction(readFileSync(path, "utf8"), ["require", "module", "exports"], { filename: path });
  const require = (name: string): unknown => (name === "vscode" ? editor.api : from(name));
  Reflect.apply(load, undefined, [require, module, module.exports]);
  return module.exports as Extension;
}
