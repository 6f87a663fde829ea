import { escapeHtml } from "../../../runtime/report/escape.ts";
import { showText } from "../../diagnostics/show-text.ts";
import type { Block, ListItem, Page } from "./page.ts";

const MARKS = { yes: "✓", no: "–", open: "?" } as const;

/** Markdown with `$$` mathematics, as GitHub and most editors show it. */
export function renderMarkdownPages(pages: readonly Page[]): string {
  return pages
    .map(({ title, subtitle, blocks }) =>
      [`# ${escapeMarkdown(title)}`, `_${escapeMarkdown(subtitle)}_`, ...blocks.map(markdownBlock), ""].join("\n\n"),
    )
    .join("\n");
}

function markdownBlock(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `## ${escapeMarkdown(block.text)}`;
    case "text":
      return escapeMarkdown(block.text);
    case "math":
      return `$$\n${block.latex.trim()}\n$$`;
    case "lines":
      return `\`\`\`text\n${block.lines.map(showText).join("\n")}\n\`\`\``;
    case "list":
      return block.items.map(markdownItem).join("\n");
    case "table":
      return [block.columns, block.columns.map(() => "---"), ...block.rows.map((row) => row.map(escapeMarkdown))]
        .map((row) => `| ${row.join(" | ")} |`)
        .join("\n");
  }
}

function markdownItem({ mark, text, notes }: ListItem): string {
  const head = `- ${mark === null ? "" : `${MARKS[mark]} `}${escapeMarkdown(text)}`;
  return [head, ...notes.map((note) => `  - ${escapeMarkdown(note)}`)].join("\n");
}

/** Nothing of a spec may start markup, end a cell or open a formula. */
function escapeMarkdown(text: string): string {
  return showText(text)
    .replaceAll("\n", " ")
    .split(/(`[^`]+`)/)
    .map((part) =>
      part.startsWith("`") ? part.replaceAll("|", "\\|") : part.replaceAll(/[\\|<>*_[\]#$`]/g, (c) => `\\${c}`),
    )
    .join("");
}

/**
 * One HTML page that needs no network, no font and no script: mathematics is MathML, which browsers draw themselves.
 * Loads KaTeX when it is called.
 */
export async function renderHtmlPages(pages: readonly Page[]): Promise<string> {
  const { default: katex } = await import("katex");
  const typeset = (latex: string): string =>
    plainLetters(
      katex.renderToString(latex, {
        displayMode: true,
        output: "mathml",
        throwOnError: true,
        strict: "error",
        trust: false,
      }),
    );
  const [first] = pages;
  const articles = pages.map(
    ({ title, subtitle, blocks }) =>
      `<article>\n<h1>${html(title)}</h1>\n<p class="sub">${html(subtitle)}</p>\n${blocks.map((block) => htmlBlock(block, typeset)).join("\n")}\n</article>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(first?.title ?? "droc explain")}</title>
<style>${STYLE}</style>
</head>
<body>
${articles.join("\n")}
</body>
</html>
`;
}

/** Letters of their own where browsers know no variant of a letter but the upright one. */
function plainLetters(mathml: string): string {
  return mathml.replaceAll(/<mi mathvariant="(?:double-struck|script)">([A-Z])<\/mi>/g, (whole, letter: string) => {
    const own = LETTERS[letter];
    return own === undefined ? whole : `<mi mathvariant="normal">${own}</mi>`;
  });
}

const LETTERS: Readonly<Record<string, string>> = { E: "𝔼", Z: "ℤ", R: "ℝ", B: "ℬ" };

function htmlBlock(block: Block, typeset: (latex: string) => string): string {
  switch (block.kind) {
    case "heading":
      return `<h2>${html(block.text)}</h2>`;
    case "text":
      return `<p>${html(block.text)}</p>`;
    case "math":
      return `<div class="math">${typeset(block.latex)}</div>`;
    case "lines":
      return `<pre>${block.lines.map(html).join("\n")}</pre>`;
    case "list":
      return `<ul>${block.items.map(htmlItem).join("\n")}</ul>`;
    case "table": {
      const head = block.columns.map((column) => `<th>${html(column)}</th>`).join("");
      const rows = block.rows.map((row) => `<tr>${row.map((cell) => `<td>${html(cell)}</td>`).join("")}</tr>`);
      return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join("\n")}</tbody></table>`;
    }
  }
}

function htmlItem({ mark, text, notes }: ListItem): string {
  const sign = mark === null ? "" : `<span class="mark ${mark}">${MARKS[mark]}</span> `;
  const more = notes.map((note) => `<div class="note">${html(note)}</div>`).join("");
  return `<li>${sign}${html(text)}${more}</li>`;
}

/** Escaped; what stands between backticks is code. */
function html(text: string): string {
  return escapeHtml(showText(text)).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

const STYLE = `
body { font: 16px/1.5 Georgia, "DejaVu Serif", serif; max-width: 860px; margin: 2.5rem auto; padding: 0 1.2rem; color: #1d1d1b; }
h1 { font-size: 1.8rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.2rem 0 0.5rem; padding-bottom: 0.2rem; border-bottom: 1px solid #ccc; }
.sub { color: #666; margin: 0.2rem 0 1.2rem; font-size: 0.9rem; }
.math { overflow-x: auto; overflow-y: hidden; margin: 1rem 0; padding: 0.3rem 0; font-size: 1.1rem; }
.math mtable[columnalign^="right left"] > mtr > mtd { text-align: left; padding: 0.15rem 0.2rem; } .math mtable[columnalign^="right left"] > mtr > mtd:first-child { text-align: right; }
code { font: 0.88em "DejaVu Sans Mono", monospace; background: #f3f3ef; padding: 0 0.2em; }
table { border-collapse: collapse; font-size: 0.88rem; margin: 0.6rem 0; display: block; overflow-x: auto; }
th, td { text-align: left; padding: 0.22rem 1rem 0.22rem 0; border-bottom: 1px solid #e4e4e0; vertical-align: top; font-variant-numeric: tabular-nums; }
pre { font: 0.82rem/1.45 "DejaVu Sans Mono", monospace; background: #f6f6f3; padding: 0.7rem 0.9rem; overflow-x: auto; }
ul { list-style: none; padding: 0; } li { margin: 0 0 0.5rem; padding-left: 1.5rem; position: relative; }
.mark { position: absolute; left: 0; font-weight: bold; } .yes { color: #217a3c; } .no { color: #a05a00; } .open { color: #666; }
.note { color: #555; font-size: 0.88rem; }
article + article { margin-top: 4rem; border-top: 3px double #999; padding-top: 2rem; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } }
`;
