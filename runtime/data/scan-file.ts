import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { CsvStructure } from "./csv-structure.ts";
import { JsonLines } from "./json-lines.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { Place } from "../spec.ts";
import { DATA_MESSAGES } from "./messages.ts";
import { errorCode, unreadable } from "./resolve-path.ts";

/** A data file while it is loaded. */
export interface DataFile {
  /** As the spec writes it, for messages. */
  readonly name: string;
  /** Symbolic links followed. */
  readonly real: string;
  readonly kind: "csv" | "parquet" | "json";
  readonly gzip: boolean;
  readonly place: Place;
}

export interface FileScan {
  /** sha256 in hex of the bytes as they are on disk. */
  readonly hash: string;
  /** `null` unless the file is a CSV. */
  readonly csv: CsvStructure | null;
  /** `null` unless the file is JSON. */
  readonly lines: JsonLines | null;
  /** First byte of a text that is no white space; 0 where there is none. */
  readonly firstByte: number;
}

/**
 * Reads the file once: its hash, whether its text is UTF-8, whether it is complete, and the outline of a CSV.
 * @throws RuntimeError `data-not-utf8`, `data-truncated`, `data-format`, `data-file-empty`, `data-file-unreadable`, and
 *   for a CSV `data-row-short`, `data-row-long`, `data-blank-line`, `data-mixed-newlines`
 */
export async function scanFile(file: DataFile): Promise<FileScan> {
  const hash = createHash("sha256");
  const content = file.kind === "parquet" ? new ParquetEnds() : new Text(file);
  const hashed = async function* (source: AsyncIterable<Uint8Array>) {
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  };
  const read = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of source) content.push(chunk);
  };
  try {
    const bytes = createReadStream(file.real);
    if (file.gzip) await pipeline(bytes, hashed, createGunzip(), read);
    else await pipeline(bytes, hashed, read);
  } catch (cause) {
    throw readError(file, cause);
  }
  content.end(file);
  if (!(content instanceof Text)) return { hash: hash.digest("hex"), csv: null, lines: null, firstByte: 0 };
  return { hash: hash.digest("hex"), csv: content.csv, lines: content.lines, firstByte: content.firstByte };
}

function readError(file: DataFile, cause: unknown): unknown {
  if (cause instanceof RuntimeError) return cause;
  const where = { place: file.place, data: { file: file.name }, cause };
  const code = errorCode(cause);
  if (code === "Z_BUF_ERROR")
    return new RuntimeError(DATA_MESSAGES, "data-truncated", { reason: "its gzip stream has no end" }, where);
  if (code?.startsWith("Z_") === true)
    return new RuntimeError(
      DATA_MESSAGES,
      "data-format",
      { expected: "a gzip file", reason: "its name ends in .gz, its bytes do not decompress" },
      where,
    );
  return code === undefined ? cause : unreadable(file.name, file.real, file.place, cause);
}

/** Looks for `PAR1` at both ends. */
class ParquetEnds {
  private head: Buffer = Buffer.alloc(0);
  private tail: Buffer = Buffer.alloc(0);
  private size = 0;

  push(chunk: Uint8Array): void {
    if (this.head.length < 4) this.head = Buffer.concat([this.head, chunk.subarray(0, 4)]).subarray(0, 4);
    this.tail = Buffer.concat([this.tail, chunk.subarray(-4)]).subarray(-4);
    this.size += chunk.length;
  }

  end(file: DataFile): void {
    const where = { place: file.place, data: { file: file.name } };
    if (this.size === 0) throw new RuntimeError(DATA_MESSAGES, "data-file-empty", { path: file.name }, where);
    if (this.head.toString("latin1") !== "PAR1")
      throw new RuntimeError(
        DATA_MESSAGES,
        "data-format",
        { expected: "a Parquet file", reason: "it does not begin with PAR1" },
        where,
      );
    if (this.size < 12 || this.tail.toString("latin1") !== "PAR1")
      throw new RuntimeError(DATA_MESSAGES, "data-truncated", { reason: "it does not end with PAR1" }, where);
  }
}

/** Checks that a text is UTF-8 and follows a CSV's outline. */
class Text {
  readonly csv: CsvStructure | null;
  readonly lines: JsonLines | null;
  firstByte = 0;
  private readonly file: DataFile;
  private linesChecked = 0;
  /** Bytes of the current line that were not checked yet, so that no character is cut in two. */
  private pending: Buffer = Buffer.alloc(0);

  constructor(file: DataFile) {
    this.file = file;
    this.csv = file.kind === "csv" ? new CsvStructure() : null;
    this.lines = file.kind === "json" ? new JsonLines() : null;
  }

  push(chunk: Uint8Array): void {
    this.csv?.push(chunk);
    this.lines?.push(chunk);
    if (this.firstByte === 0)
      this.firstByte = chunk.find((byte) => byte > 0x20 && !BYTE_ORDER_MARK.includes(byte)) ?? 0;
    const bytes = Buffer.concat([this.pending, chunk]);
    const cut = completeLength(bytes);
    this.check(bytes.subarray(0, cut));
    this.pending = bytes.subarray(cut);
  }

  end(file: DataFile): void {
    this.check(this.pending);
    this.csv?.end();
    const where = { place: file.place, data: { file: file.name } };
    if (this.firstByte === 0) throw new RuntimeError(DATA_MESSAGES, "data-file-empty", { path: file.name }, where);
    if (this.csv !== null) throwCsvFault(this.csv, file);
  }

  private lineStart: Buffer = Buffer.alloc(0);

  private check(bytes: Buffer): void {
    if (isUtf8(bytes)) {
      for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) this.linesChecked++;
      const last = bytes.lastIndexOf(0x0a);
      this.lineStart = last < 0 ? Buffer.concat([this.lineStart, bytes]) : Buffer.from(bytes.subarray(last + 1));
      return;
    }
    const text = Buffer.concat([this.lineStart, bytes]);
    let from = 0;
    for (let line = this.linesChecked + 1; ; line++) {
      const next = text.indexOf(0x0a, from);
      const end = next < 0 ? text.length : next;
      if (!isUtf8(text.subarray(from, end))) throw this.notUtf8(text.subarray(from, end), line);
      from = end + 1;
    }
  }

  private notUtf8(line: Buffer, number: number): RuntimeError {
    let good = 0;
    for (let at = 1; at <= line.length; at++) if (isUtf8(line.subarray(0, at))) good = at;
    return new RuntimeError(
      DATA_MESSAGES,
      "data-not-utf8",
      { byte: `0x${line[good]!.toString(16).padStart(2, "0")}` },
      {
        place: this.file.place,
        data: { file: this.file.name, line: number, column: line.subarray(0, good).toString("utf8").length + 1 },
      },
    );
  }
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Length without a character at the end that may go on in the next chunk. */
function completeLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

function throwCsvFault(csv: CsvStructure, file: DataFile): void {
  const fault = csv.fault;
  if (fault === null) return;
  const where = { place: file.place, data: { file: file.name, line: fault.line } };
  switch (fault.kind) {
    case "row-length": {
      const { found, expected } = fault;
      if (found < expected && csv.unterminated)
        throw new RuntimeError(
          DATA_MESSAGES,
          "data-truncated",
          { reason: `it ends in the middle of a row, after ${found} of ${expected} cells` },
          where,
        );
      const code = found < expected ? "data-row-short" : "data-row-long";
      throw new RuntimeError(DATA_MESSAGES, code, { found, expected }, where);
    }
    case "blank-line":
      throw new RuntimeError(DATA_MESSAGES, "data-blank-line", {}, where);
    case "newline": {
      const { found, expected } = fault;
      throw new RuntimeError(DATA_MESSAGES, "data-mixed-newlines", { found, expected }, where);
    }
    case "open-quote":
      throw new RuntimeError(
        DATA_MESSAGES,
        "data-truncated",
        { reason: "a quote that opens here never closes" },
        where,
      );
  }
}
