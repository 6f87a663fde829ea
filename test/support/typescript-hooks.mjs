// Node 20 runs no TypeScript: these hooks let a worker thread of a test import the sources that vitest transforms itself.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ts } from "ts-morph";

const compilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2022,
  verbatimModuleSyntax: true,
};

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const text = await readFile(fileURLToPath(url), "utf8");
  return { format: "module", source: ts.transpileModule(text, { compilerOptions }).outputText, shortCircuit: true };
}
