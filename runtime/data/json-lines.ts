/** Lines of a JSON file with one object a line; a blank one would shift the numbers of those after it. */
export class JsonLines {
  /** First blank line that others follow, 0 where there is none. */
  blankLine = 0;
  /** True where the last line does not end in a newline. */
  unterminated = false;
  private line = 1;
  private blank = true;
  private candidate = 0;

  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (byte === 0x0a) {
        if (this.blank) this.candidate ||= this.line;
        this.line++;
        this.blank = true;
      } else if (byte > 0x20) {
        this.blank = false;
        if (this.candidate > 0) this.blankLine ||= this.candidate;
      }
    }
    this.unterminated = !this.blank;
  }
}
