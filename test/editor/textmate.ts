import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";

const GRAMMAR = new URL("../../editor/dro.tmLanguage.json", import.meta.url);

/** A piece of one line with the innermost scope that the grammar gives it; space is left out. */
export interface Scoped {
  readonly text: string;
  readonly scope: string;
  /** Offset in the whole text. */
  readonly start: number;
}

/** The engine of VS Code, with the grammar as it is committed. */
export async function openGrammar(): Promise<(text: string) => readonly Scoped[]> {
  const wasm = createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm");
  await oniguruma.loadWASM(readFileSync(wasm));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(GRAMMAR, "utf8"), "dro.tmLanguage.json"),
  });
  const grammar = await registry.loadGrammar("source.dro");
  if (grammar === null) throw new Error("there is no grammar of source.dro");
  return (text) => {
    const found: Scoped[] = [];
    let stack = textmate.INITIAL;
    let offset = 0;
    for (const line of text.split("\n")) {
      const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
      stack = ruleStack;
      for (const { startIndex, endIndex, scopes } of tokens) {
        const piece = line.slice(startIndex, endIndex);
        const scope = (scopes.at(-1) ?? "").replace(/\.dro$/, "");
        if (piece.trim() === "") continue;
        const start = offset + startIndex + piece.length - piece.trimStart().length;
        found.push({ text: piece.trim(), scope, start });
      }
      offset += line.length + 1;
    }
    return found;
  };
}
