/** What is wrong with the outline of a CSV file, and on which line. */
export type CsvFault =
  | { readonly kind: "row-length"; readonly line: number; readonly found: number; readonly expected: number }
  | { readonly kind: "blank-line"; readonly line: number }
  | { readonly kind: "newline"; readonly line: number; readonly found: string; readonly expected: string }
  | { readonly kind: "open-quote"; readonly line: number };

const QUOTE = 0x22;
const COMMA = 0x2c;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Counts cells, records and lines of a CSV byte by byte, without reading values: DuckDB does that. It is there because
 * a line number is wanted for each fault, and because DuckDB drops blank lines and a trailing empty cell.
 */
export class CsvStructure {
  /** Cells of the header; 0 before the first line ended. */
  columns = 0;
  /** Records that ended, the header included. */
  records = 0;
  fault: CsvFault | null = null;
  /** True where the last byte was not a line ending. */
  unterminated = false;
  private line = 1;
  private recordLine = 1;
  private quoteLine = 0;
  private cellQuoted = false;
  private cells = 1;
  private empty = true;
  private inQuotes = false;
  private cellStart = true;
  private afterCarriage = false;
  private newline = "";
  private blankLine = 0;
  private bytes = 0;
  /** Line of the first byte of each record that spans several lines, and how many more it has. */
  private readonly spans: { readonly record: number; readonly extra: number }[] = [];

  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (this.fault !== null) return;
      this.bytes++;
      // A byte-order mark is no part of the first cell.
      if (this.bytes <= 3 && byte === [0xef, 0xbb, 0xbf][this.bytes - 1] && this.empty) continue;
      this.step(byte);
    }
  }

  /** Call once after the last byte. */
  end(): void {
    if (this.fault !== null) return;
    if (this.inQuotes) {
      this.fault = { kind: "open-quote", line: this.quoteLine };
      return;
    }
    if (this.afterCarriage) this.endLine("a carriage return");
    if (this.empty) return;
    this.unterminated = true;
    this.endRecord();
  }

  /** The line that record `record` (0 is the header) starts on. */
  lineOf(record: number): number {
    let line = record + 1;
    for (const span of this.spans) if (span.record < record) line += span.extra;
    return line;
  }

  private step(byte: number): void {
    if (this.inQuotes) {
      if (byte === QUOTE) this.inQuotes = false;
      else if (byte === LF) this.line++;
      return;
    }
    if (this.afterCarriage) {
      this.afterCarriage = false;
      this.endLine(byte === LF ? "CR LF" : "a carriage return");
      if (byte === LF || this.fault !== null) return;
    }
    if (byte === CR) {
      this.afterCarriage = true;
      return;
    }
    if (byte === LF) {
      this.endLine("LF");
      return;
    }
    this.empty = false;
    if (byte === COMMA) {
      this.cells++;
      this.cellStart = true;
      this.cellQuoted = false;
      return;
    }
    // A quote reopens after `""` as well, which keeps a doubled quote inside its cell.
    if (byte === QUOTE && this.cellStart) {
      this.inQuotes = true;
      if (!this.cellQuoted) this.quoteLine = this.line;
      this.cellQuoted = true;
      return;
    }
    this.cellStart = false;
  }

  private endLine(newline: string): void {
    if (this.newline === "") this.newline = newline;
    if (newline === "a carriage return" || newline !== this.newline)
      this.fault = {
        kind: "newline",
        line: this.line,
        found: newline,
        expected: newline === this.newline ? "LF" : this.newline,
      };
    else if (this.empty && this.columns !== 1) this.blankLine ||= this.line;
    else this.endRecord();
    this.line++;
    this.recordLine = this.line;
  }

  private endRecord(): void {
    if (this.blankLine > 0) {
      this.fault = { kind: "blank-line", line: this.blankLine };
      return;
    }
    if (this.records === 0) this.columns = this.cells;
    else if (this.cells !== this.columns)
      this.fault = { kind: "row-length", line: this.recordLine, found: this.cells, expected: this.columns };
    if (this.line > this.recordLine) this.spans.push({ record: this.records, extra: this.line - this.recordLine });
    this.records++;
    this.cells = 1;
    this.empty = true;
    this.cellStart = true;
    this.cellQuoted = false;
  }
}
