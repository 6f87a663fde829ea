import { csvRecords, type TextRecord } from "../../runtime/data/context-records.ts";

/** The edges of a graph as a table states them, in its order. */
export interface EdgeList {
  /** Names of the nodes, in the order in which they first appear. */
  readonly nodes: readonly string[];
  readonly edges: readonly (readonly [from: number, to: number])[];
}

/** What is wrong with a table of edges; lines count from 1. */
export type EdgeListProblem =
  | { readonly kind: "column"; readonly column: string; readonly known: readonly string[] }
  | { readonly kind: "row"; readonly line: number; readonly reason: string };

/**
 * Reads a CSV with one edge a row. Nodes are named by the cells of the columns `from` and `to`, without the blanks around
 * them; other columns are not read.
 *
 * @param text the file, UTF-8
 * @param most the largest number of edges
 * @returns the first problem where there is one: nothing is skipped
 */
export function readEdgeList(
  text: string,
  columns: { readonly from: string; readonly to: string },
  most: number,
): EdgeList | EdgeListProblem {
  const cutter = csvRecords("edges");
  const [header, ...rows] = [...cutter.push(Buffer.from(text)), ...cutter.end()];
  const names = header === undefined ? [] : cellsOf(header);
  const places: number[] = [];
  for (const column of [columns.from, columns.to]) {
    if (names.indexOf(column) !== names.lastIndexOf(column)) {
      return { kind: "row", line: 1, reason: `the header has two columns \`${column}\`` };
    }
    if (!names.includes(column)) return { kind: "column", column, known: names };
    places.push(names.indexOf(column));
  }
  const nodes = new Map<string, number>();
  const edges: (readonly [number, number])[] = [];
  const lines = new Map<string, number>();
  for (const row of rows) {
    const wrong = (reason: string): EdgeListProblem => ({ kind: "row", line: row.line, reason });
    if (row.fault !== null) return wrong(row.fault.message.replace(/\.$/, ""));
    if (edges.length === most) return wrong(`it is edge ${most + 1}, and a graph may have ${most}`);
    const cells = cellsOf(row);
    const [from = "", to = ""] = places.map((place) => cells[place]!.trim());
    if (from === "" || to === "") return wrong(`its cell \`${from === "" ? columns.from : columns.to}\` is empty`);
    if (from === to) return wrong(`the edge leads from \`${from}\` to itself`);
    // Edges are known by this name, which two pairs of nodes can share where names have dashes.
    const name = `${from}-${to}`;
    const first = lines.get(name);
    if (first !== undefined) return wrong(`an edge \`${name}\` stands on line ${first} already`);
    lines.set(name, row.line);
    for (const node of [from, to]) if (!nodes.has(node)) nodes.set(node, nodes.size);
    edges.push([nodes.get(from)!, nodes.get(to)!]);
  }
  if (edges.length === 0) return { kind: "row", line: 1, reason: "no edge follows the header" };
  return { nodes: [...nodes.keys()], edges };
}

/** Cells of a record: quotes around a cell are no part of it, and a doubled quote within them stands for one. */
function cellsOf({ bytes }: TextRecord): readonly string[] {
  const text = bytes.toString("utf8");
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if (c === '"' && quoted && text[at + 1] === '"') {
      cell += c;
      at++;
    } else if (c === '"' && (quoted || cell === "")) quoted = !quoted;
    else if (c === "," && !quoted) {
      cells.push(cell);
      cell = "";
    } else cell += c;
  }
  return [...cells, cell];
}
