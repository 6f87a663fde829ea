// A page of examples, coloured by the TextMate grammar with Shiki: what code-hosting sites and documentation show.
//   npm ci --ignore-scripts && node page.mjs [out.html]
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHighlighter } from "shiki";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const EXAMPLES = ["newsvendor", "industry-portfolio", "shortest-path", "carbon-forecast", "wind-commitment"];
const out = process.argv[2] ?? "page.html";
const grammar = JSON.parse(readFileSync(join(root, "editor/dro.tmLanguage.json"), "utf8"));
const themes = { light: "github-light", dark: "github-dark" };
const highlighter = await createHighlighter({ themes: Object.values(themes), langs: [{ ...grammar, name: "dro" }] });

const parts = EXAMPLES.flatMap((name) => {
  const path = join(root, "examples", name, "model.dro");
  const source = readable(path);
  if (source === null) return [];
  return [`<h2>${name}</h2>`, highlighter.codeToHtml(source, { lang: "dro", themes })];
});
const style = `
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
  pre { padding: 1rem; border-radius: 6px; border: 1px solid #8884; overflow-x: auto; font: 13px/1.5 ui-monospace, monospace }
  @media (prefers-color-scheme: dark) {
    body { background: #0d1117; color: #e6edf3 }
    .shiki, .shiki span { color: var(--shiki-dark) !important; background: var(--shiki-dark-bg) !important }
  }`;
writeFileSync(
  out,
  `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>.dro, in colour</title>\n<style>${style}</style>\n<h1>.dro, in colour</h1>\n${parts.join("\n")}\n</html>\n`,
);
console.log(out);

function readable(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}
