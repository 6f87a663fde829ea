import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Device, ExecutorName } from "../../../runtime/tensor/device.ts";
import { didYouMean, showText } from "../../diagnostics/index.ts";
import type { PaperTable, TableBlock } from "../../reproduce/paper-table.ts";
import { figurePage } from "../../reproduce/figure-page.ts";
import { figureTable, gainTable, tableMarkdown, tableNotes, type RunBlock } from "../../reproduce/render-table.ts";
import { PAPER_TABLES } from "../../reproduce/tables/index.ts";
import { gainsOf, methodFigures } from "../../reproduce/table-values.ts";
import { cliError } from "../cli-error.ts";
import { formatDuration } from "../duration.ts";
import { EXIT } from "../exit-codes.ts";
import { packageRoot } from "../package-info.ts";
import { runSpec } from "../run-spec.ts";
import type { Outcome, Session } from "../session.ts";
import { renderTable } from "../table.ts";
import { paint, wrap } from "../terminal.ts";

export interface ReproduceOptions {
  readonly list?: boolean;
  readonly only?: string;
  readonly data?: string;
  readonly allow?: readonly string[];
  readonly out: string;
  readonly seeds?: number;
  readonly quick?: boolean;
  readonly jobs?: number;
  readonly device?: Device;
  readonly executor?: ExecutorName;
  readonly format: "text" | "markdown" | "json";
}

/**
 * Runs what a table of a paper shows, each block as `droc run` would, and prints the paper's figures beside ours. Run
 * folders are kept below `--out`: an interrupted table is gone on with, and a finished block is only read.
 *
 * @throws CliError `cli-table-unknown`, `cli-block-unknown`, `cli-table-data` and those of `runSpec`
 */
export async function reproduceCommand(
  session: Session,
  name: string | undefined,
  options: ReproduceOptions,
): Promise<Outcome> {
  if (name === undefined || options.list === true) return listTables(session);
  const tables = tablesNamed(name);
  const chosen = tables.map((table) => ({ table, blocks: blocksNamed(table, options.only) }));
  // Before hours of work, not between them.
  for (const { table, blocks } of chosen) for (const block of blocks) requireData(session, table, block, options);

  const texts: string[] = [];
  const results: unknown[] = [];
  for (const { table, blocks } of chosen) {
    const start = performance.now();
    const ran: RunBlock[] = [];
    for (const block of blocks) {
      const run = await runBlock(session, table, block, options);
      if ("refused" in run) return run.refused;
      ran.push({ block, result: run.results });
    }
    const milliseconds = performance.now() - start;
    if (table.figure !== undefined) writeFigure(session, table, ran, options);
    texts.push(
      options.format === "markdown"
        ? tableMarkdown(table, ran)
        : renderTables(session, table, ran, milliseconds, folderOf(options, table)),
    );
    results.push(answerOf(table, ran, milliseconds));
  }
  return { exit: EXIT.done, text: texts.join("\n"), result: { tables: results } };
}

function listTables(session: Session): Outcome {
  const rows = PAPER_TABLES.map(({ id, title, source, blocks }) => [
    id,
    title,
    source,
    blockNames(blocks),
    blocks.some(({ data = [] }) => data.length > 0) ? "yes" : "no",
  ]);
  return {
    exit: EXIT.done,
    text: renderTable(["table", "what it shows", "where", "blocks", "needs data"], rows, session.out, 4),
    result: {
      tables: PAPER_TABLES.map(({ id, title, source, blocks }) => ({
        id,
        title,
        source,
        blocks: blocks.map((block) => ({ id: block.id, title: block.title, data: block.data ?? [] })),
      })),
    },
  };
}

/** All of a few; else how many there are, the first and the last: an unknown one is answered with all. */
function blockNames(blocks: readonly TableBlock[]): string {
  const names = blocks.map(({ id }) => id);
  return names.length <= 4 ? names.join(", ") : `${names.length}: ${names[0]!} … ${names.at(-1)!}`;
}

/** `003/table-1`, or every table of `003`. */
function tablesNamed(name: string): readonly PaperTable[] {
  const tables = PAPER_TABLES.filter(({ id }) => id === name || id.startsWith(`${name}/`));
  if (tables.length > 0) return tables;
  const known = PAPER_TABLES.map(({ id }) => id);
  throw cliError(
    "cli-table-unknown",
    { name: showText(name), suggestion: didYouMean(name, known), known: known.join(", ") },
    EXIT.usage,
  );
}

function blocksNamed(table: PaperTable, only: string | undefined): readonly TableBlock[] {
  if (only === undefined) return table.blocks;
  const names = only.split(",").map((name) => name.trim());
  const known = table.blocks.map(({ id }) => id);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw cliError(
      "cli-block-unknown",
      {
        name: showText(unknown),
        table: table.id,
        suggestion: didYouMean(unknown, known),
        known: known.join(", "),
      },
      EXIT.usage,
    );
  }
  return table.blocks.filter(({ id }) => names.includes(id));
}

function requireData(session: Session, table: PaperTable, block: TableBlock, options: ReproduceOptions): void {
  const folder = dataFolder(session, block, options);
  for (const { file, how } of block.data ?? []) {
    const path = join(folder, file);
    if (existsSync(path)) continue;
    const shown = showText(relative(session.cwd, path));
    throw cliError("cli-table-data", { table: table.id, block: block.id, path: shown, how }, EXIT.wrong);
  }
}

/** What the block's spec names its data from. */
function dataFolder(session: Session, { spec }: TableBlock, options: ReproduceOptions): string {
  return options.data === undefined ? resolve(packageRoot(), spec, "..") : resolve(session.cwd, options.data);
}

function runBlock(
  session: Session,
  table: PaperTable,
  block: TableBlock,
  options: ReproduceOptions,
): ReturnType<typeof runSpec> {
  const { seeds = block.seeds, allow, quick, jobs, device, executor } = options;
  session.note(`\n${paint(session.err, `${table.id} · ${block.title}`, "bold")}\n`);
  const path = resolve(packageRoot(), block.spec);
  return runSpec(session, join(dataFolder(session, block, options), path.slice(path.lastIndexOf("/") + 1)), {
    source: readFileSync(path, "utf8"),
    folder: () => join(folderOf(options, table), `${block.id}${quick === true ? "-quick" : ""}`),
    seeds,
    ...(block.model === undefined ? {} : { model: block.model }),
    ...(block.set === undefined ? {} : { set: block.set }),
    ...(allow === undefined ? {} : { allow }),
    ...(quick === undefined ? {} : { quick }),
    ...(jobs === undefined ? {} : { jobs }),
    ...(device === undefined ? {} : { device }),
    ...(executor === undefined ? {} : { executor }),
  });
}

/** The charts of a figure beside its runs. */
function writeFigure(
  session: Session,
  table: PaperTable,
  blocks: readonly RunBlock[],
  options: ReproduceOptions,
): void {
  const folder = resolve(session.cwd, folderOf(options, table));
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "figure.html");
  writeFileSync(path, figurePage(table, blocks));
  session.note(`\nCharts are in ${showText(relative(session.cwd, path))}\n`);
}

function folderOf(options: ReproduceOptions, table: PaperTable): string {
  return join(options.out, ...table.id.split("/"));
}

function renderTables(
  { out }: Session,
  table: PaperTable,
  blocks: readonly RunBlock[],
  milliseconds: number,
  folder: string,
): string {
  const parts = [`${paint(out, table.title, "bold")} (${table.source})\n`];
  for (const shown of [...blocks.map(figureTable), gainTable(table, blocks)]) {
    const left = shown.columns.includes("verdict") ? 3 : 1;
    parts.push(renderTable(shown.columns, shown.rows, out, left));
  }
  const notes = tableNotes(table, blocks).map((note) => `${wrap(`- ${note}`, out.columns).join("\n  ")}\n`);
  parts.push(notes.join(""));
  parts.push(
    `Finished in ${formatDuration(milliseconds)}, without what was kept from before. Runs are in ${showText(folder)}\n`,
  );
  return `\n${parts.join("\n")}`;
}

function answerOf(table: PaperTable, blocks: readonly RunBlock[], milliseconds: number): unknown {
  return {
    id: table.id,
    title: table.title,
    source: table.source,
    claimed: table.claimed,
    baseline: table.baseline,
    milliseconds: Math.round(milliseconds),
    notes: tableNotes(table, blocks),
    blocks: blocks.map(({ block, result }) => ({
      id: block.id,
      title: block.title,
      seeds: result?.seeds ?? null,
      quick: result?.quick ?? null,
      rows: block.rows.map(({ title, metric, better }) => ({ title, metric, better })),
      methods: methodFigures(block, result),
      gains: gainsOf(table, block, result),
    })),
  };
}
