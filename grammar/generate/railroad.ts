/** Railroad diagrams as one page of inline SVG, which needs nothing from the network. */
import { grammarRules } from "./productions.ts";
import type { Production } from "./productions.ts";
import { LAYOUT_NOTES, patternTokens, precedenceLevels, reservedWords, shown, tokenClasses } from "./vocabulary.ts";

/** A piece of a diagram: the track enters at its left, `up` below its top, and leaves at its right. */
interface Piece {
  readonly width: number;
  readonly up: number;
  readonly down: number;
  draw(x: number, y: number): string;
}

const GAP = 10;
const ROW = 12;
const BOX = 11;
const CHARACTER = 7.6;

const path = (d: string): string => `<path d="${d}"/>`;
const rail = (x: number, y: number, length: number): string => (length === 0 ? "" : path(`M${x} ${y}h${length}`));
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function box(text: string, literal: boolean, link: string | null): Piece {
  const width = Math.round(text.length * CHARACTER) + 20;
  return {
    width,
    up: BOX,
    down: BOX,
    draw(x, y) {
      const shape = `<rect x="${x}" y="${y - BOX}" width="${width}" height="${2 * BOX}" rx="${literal ? BOX : 0}"/>`;
      const label = `<text x="${x + width / 2}" y="${y + 4}">${escaped(text)}</text>`;
      const body = `<g class="${literal ? "t" : "n"}">${shape}${label}</g>`;
      return link === null ? body : `<a href="#${link}">${body}</a>`;
    },
  };
}

function sequence(parts: readonly Piece[]): Piece {
  const width = parts.reduce((sum, part) => sum + part.width, 0) + GAP * Math.max(0, parts.length - 1);
  return {
    width,
    up: Math.max(0, ...parts.map((part) => part.up)),
    down: Math.max(0, ...parts.map((part) => part.down)),
    draw(x, y) {
      let at = x;
      const drawn = parts.map((part, i) => {
        const lead = i === 0 ? "" : rail(at, y, GAP);
        if (i > 0) at += GAP;
        const text = lead + part.draw(at, y);
        at += part.width;
        return text;
      });
      return drawn.join("");
    },
  };
}

const SKIP: Piece = { width: 0, up: 0, down: 0, draw: () => "" };

/** The first branch is straight on; the others lie below it. */
function choice(branches: readonly Piece[]): Piece {
  const inner = Math.max(...branches.map((branch) => branch.width));
  const width = inner + 4 * GAP;
  const offsets: number[] = [0];
  for (let i = 1; i < branches.length; i++) {
    offsets.push(
      (offsets[i - 1] ?? 0) + Math.max(2 * GAP, (branches[i - 1]?.down ?? 0) + ROW + (branches[i]?.up ?? 0)),
    );
  }
  return {
    width,
    up: branches[0]?.up ?? 0,
    down: (offsets.at(-1) ?? 0) + (branches.at(-1)?.down ?? 0),
    draw(x, y) {
      return branches
        .map((branch, i) => {
          const offset = offsets[i] ?? 0;
          const left = x + 2 * GAP;
          const tail = rail(left + branch.width, y + offset, inner - branch.width);
          if (offset === 0) return rail(x, y, 2 * GAP) + branch.draw(left, y) + tail + rail(left + inner, y, 2 * GAP);
          const drop = offset - 2 * GAP;
          const enter = path(`M${x} ${y}q${GAP} 0 ${GAP} ${GAP}v${drop}q0 ${GAP} ${GAP} ${GAP}`);
          const leave = path(
            `M${left + inner} ${y + offset}q${GAP} 0 ${GAP} -${GAP}v-${drop}q0 -${GAP} ${GAP} -${GAP}`,
          );
          return enter + branch.draw(left, y + offset) + tail + leave;
        })
        .join("");
    },
  };
}

/** The way back, with the separator on it, lies below. */
function loop(body: Piece, back: Piece): Piece {
  const inner = Math.max(body.width, back.width);
  const drop = Math.max(2 * GAP, body.down + ROW + back.up);
  return {
    width: inner + 2 * GAP,
    up: body.up,
    down: drop + back.down,
    draw(x, y) {
      const left = x + GAP;
      const right = left + inner;
      const there =
        rail(x, y, GAP) + body.draw(left, y) + rail(left + body.width, y, inner - body.width) + rail(right, y, GAP);
      const turn = path(`M${right} ${y}q${GAP} 0 ${GAP} ${GAP}v${drop - 2 * GAP}q0 ${GAP} -${GAP} ${GAP}`);
      const home = path(`M${left} ${y + drop}q-${GAP} 0 -${GAP} -${GAP}v-${drop - 2 * GAP}q0 -${GAP} ${GAP} -${GAP}`);
      return there + turn + rail(left + back.width, y + drop, inner - back.width) + back.draw(left, y + drop) + home;
    },
  };
}

function tokenBox(token: string): Piece {
  const { text, literal } = shown(token);
  return box(text, literal, literal ? null : text);
}

function pieceOf(body: Production): Piece {
  switch (body.kind) {
    case "terminal":
      return tokenBox(body.token);
    case "rule":
      return box(body.name, false, body.name);
    case "sequence":
      return sequence(body.parts.map(pieceOf));
    case "choice":
      return choice(body.parts.map(pieceOf));
    case "optional":
      return choice([pieceOf(body.body), SKIP]);
    case "repeat": {
      const some = loop(pieceOf(body.body), body.separator === null ? SKIP : tokenBox(body.separator));
      return body.atLeast === 1 ? some : choice([some, SKIP]);
    }
  }
}

function diagram(piece: Piece): string {
  const width = piece.width + 60;
  const height = piece.up + piece.down + 20;
  const y = piece.up + 10;
  const stop = `M10 ${y - 8}v16M${width - 10} ${y - 8}v16`;
  const ends = path(stop) + rail(10, y, 20) + rail(width - 30, y, 20);
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${ends}${piece.draw(30, y)}</svg>`;
}

const STYLE = `
      :root {
        color-scheme: light dark;
      }
      body {
        font-family: system-ui, sans-serif;
        line-height: 1.5;
        max-width: 72rem;
        margin: 2rem auto;
        padding: 0 1rem;
      }
      h2 {
        font-family: ui-monospace, monospace;
        font-size: 1rem;
        margin: 1.5rem 0 0.25rem;
      }
      section {
        overflow-x: auto;
      }
      svg {
        stroke: currentColor;
        stroke-width: 1.5;
        fill: none;
      }
      svg text {
        font-family: ui-monospace, monospace;
        font-size: 13px;
        text-anchor: middle;
        fill: currentColor;
        stroke: none;
      }
      a {
        color: inherit;
      }
      .t rect {
        fill: #2563eb22;
      }
      .n rect {
        fill: #16a34a22;
      }
      td {
        padding-right: 2rem;
        font-family: ui-monospace, monospace;
        vertical-align: top;
      }
`;

export function generateRailroad(): string {
  const rules = grammarRules();
  const sections = rules.map(({ name, body }) => section(name, diagram(pieceOf(body))));
  for (const [name, members] of Object.entries(tokenClasses)) {
    const texts = members.map((member) => `<code>${escaped(member.text)}</code>`).join(" ");
    sections.push(section(name, `<p>${texts}</p>`));
  }
  for (const { name, ebnf } of patternTokens) sections.push(section(name, `<p><code>${escaped(ebnf)}</code></p>`));
  const operators = precedenceLevels
    .map((level) => `<tr><td>${level.texts.map(escaped).join(" ")}</td><td>${level.associativity}</td></tr>`)
    .join("\n");
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>The grammar of .dro files</title>
    <style>${STYLE}    </style>
  </head>
  <!-- prettier-ignore -->
  <body>
<h1>The grammar of <code>.dro</code> files</h1>
<p>Generated by <code>grammar/generate.ts</code>; do not edit. Round boxes are written as they stand, square ones are defined below.</p>
<p>${LAYOUT_NOTES.map(escaped).join("\n")}</p>
<p>Reserved words: ${reservedWords.map((word) => `<code>${word}</code>`).join(" ")}</p>
${sections.join("\n")}
<h2>operators, from the loosest to the tightest</h2>
<table>
${operators}
</table>
</body>
</html>
`;
}

function section(name: string, content: string): string {
  return `<section id="${name}"><h2>${name}</h2>${content}</section>`;
}
