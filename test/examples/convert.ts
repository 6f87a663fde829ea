import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const EXAMPLES = join(import.meta.dirname, "../../examples");
/** Real data, where there is any: SOURCES.md there names the originals. */
export const SHARED = join(import.meta.dirname, "../../../shared/data");

/** What the example's converter says after it has written `out`. */
export function convert(example: string, out: string, ...options: string[]): string {
  const script = join(EXAMPLES, example, "convert.mjs");
  return execFileSync(process.execPath, [script, ...options, "--out", out], { encoding: "utf8", stdio: "pipe" });
}

/** Rows of a file of cells without quotes, by the names of its header. */
export function rowsOf(file: string): Record<string, string>[] {
  const [header = "", ...lines] = readFileSync(file, "utf8").trim().split("\n");
  const names = header.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, at) => [names[at]!, cell])));
}
