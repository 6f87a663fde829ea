import { isUtf8 } from "node:buffer";
import { RuntimeError } from "../errors/runtime-error.ts";
import { DATA_MESSAGES } from "./messages.ts";

/** One record of a text file, without its line ending. */
export interface TextRecord {
  /** Line that it begins on, from 1. */
  readonly line: number;
  readonly bytes: Buffer;
  /** What is wrong with its outline; `null` where nothing is. */
  readonly fault: RuntimeError | null;
}

/** Cuts a stream of bytes into records and tells the line of each. Values are DuckDB's affair. */
export interface RecordCutter {
  /** The records that are complete with these bytes. */
  push(chunk: Buffer): TextRecord[];
  /** Call once after the last byte: what is left. */
  end(): TextRecord[];
}

/** A longer record is taken for a quote that was never closed: it is held in memory. */
const LONGEST_RECORD = 2 ** 24;

const QUOTE = 0x22;
const COMMA = 0x2c;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Records of a CSV, quoted line breaks and all, with the faults that the loader of data refuses: a row of another length
 * than the header, a blank line between rows, a lone carriage return, an open quote, bytes that are not UTF-8.
 */
export function csvRecords(file: string): RecordCutter {
  let pending: Buffer = Buffer.alloc(0);
  let scanned = 0;
  let atStart = true;
  let line = 1;
  let columns = 0;
  let cells = 1;
  let cellStart = true;
  let inQuotes = false;
  let afterReturn = false;
  let loneReturn = false;
  let spanned = 0;
  let blank: number[] = [];

  function outline(bytes: Buffer): RuntimeError | null {
    const where = { data: { file, line } };
    if (!isUtf8(bytes)) return notUtf8(file, line, bytes);
    if (loneReturn) {
      const args = { found: "a carriage return", expected: "LF or CR LF" };
      return new RuntimeError(DATA_MESSAGES, "data-mixed-newlines", args, where);
    }
    if (columns === 0) columns = cells;
    if (cells === columns) return null;
    const code = cells < columns ? "data-row-short" : "data-row-long";
    return new RuntimeError(DATA_MESSAGES, code, { found: cells, expected: columns }, where);
  }

  /** Ends the record, after the blank lines before it, which turn out to stand between rows. */
  function finish(bytes: Buffer, into: TextRecord[]): void {
    if (bytes.length === 0 && columns !== 1) blank.push(line);
    else {
      into.push(...blankLines(file, blank), { line, bytes, fault: outline(bytes) });
      blank = [];
    }
    line += 1 + spanned;
    cells = 1;
    cellStart = true;
    afterReturn = false;
    loneReturn = false;
    spanned = 0;
  }

  function openQuote(): RuntimeError {
    const reason = "a quote that opens here never closes";
    return new RuntimeError(DATA_MESSAGES, "data-truncated", { reason }, { data: { file, line } });
  }

  function scan(bytes: Buffer): TextRecord[] {
    const records: TextRecord[] = [];
    let start = 0;
    for (let at = scanned; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (inQuotes) {
        if (byte === QUOTE) inQuotes = false;
        else if (byte === LF) spanned++;
        continue;
      }
      if (byte === LF) {
        finish(bytes.subarray(start, afterReturn ? at - 1 : at), records);
        start = at + 1;
        continue;
      }
      if (afterReturn) loneReturn = true;
      afterReturn = byte === CR;
      if (byte === COMMA) {
        cells++;
        cellStart = true;
        // A quote reopens after `""` as well, which keeps a doubled quote inside its cell.
      } else if (byte === QUOTE && cellStart) inQuotes = true;
      else if (byte !== CR) cellStart = false;
    }
    pending = bytes.subarray(start);
    scanned = pending.length;
    if (pending.length > LONGEST_RECORD) throw openQuote();
    return records;
  }

  return {
    push(chunk) {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      if (atStart && pending.length < BYTE_ORDER_MARK.length) return [];
      if (atStart && pending.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK))
        pending = pending.subarray(BYTE_ORDER_MARK.length);
      atStart = false;
      return scan(pending);
    },
    end() {
      const records = scan(pending);
      if (inQuotes) records.push({ line, bytes: pending, fault: openQuote() });
      else if (pending.length > 0) finish(afterReturn ? pending.subarray(0, -1) : pending, records);
      return records;
    },
  };
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

function blankLines(file: string, lines: readonly number[]): TextRecord[] {
  return lines.map((line) => ({
    line,
    bytes: Buffer.alloc(0),
    fault: new RuntimeError(DATA_MESSAGES, "data-blank-line", {}, { data: { file, line } }),
  }));
}

/** Lines of JSON, one object each. */
export function jsonRecords(file: string): RecordCutter {
  let pending: Buffer = Buffer.alloc(0);
  let line = 1;
  let blank: number[] = [];
  const finish = (bytes: Buffer, into: TextRecord[]): void => {
    if (bytes.every((byte) => byte <= 0x20)) blank.push(line);
    else {
      into.push(...blankLines(file, blank), { line, bytes, fault: isUtf8(bytes) ? null : notUtf8(file, line, bytes) });
      blank = [];
    }
    line++;
  };
  return {
    push(chunk) {
      const records: TextRecord[] = [];
      const bytes = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      let start = 0;
      for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, start)) {
        finish(bytes.subarray(start, at), records);
        start = at + 1;
      }
      pending = bytes.subarray(start);
      if (pending.length > LONGEST_RECORD) {
        const reason = "a line is longer than any row of contexts";
        const expected = "JSON with one object a line";
        throw new RuntimeError(DATA_MESSAGES, "data-format", { expected, reason }, { data: { file, line } });
      }
      return records;
    },
    end() {
      const records: TextRecord[] = [];
      if (pending.length > 0) finish(pending, records);
      pending = Buffer.alloc(0);
      return records;
    },
  };
}

function notUtf8(file: string, line: number, bytes: Buffer): RuntimeError {
  let good = 0;
  for (let at = 1; at <= bytes.length; at++) if (isUtf8(bytes.subarray(0, at))) good = at;
  return new RuntimeError(
    DATA_MESSAGES,
    "data-not-utf8",
    { byte: `0x${bytes[good]!.toString(16).padStart(2, "0")}` },
    { data: { file, line, column: bytes.subarray(0, good).toString("utf8").length + 1 } },
  );
}
