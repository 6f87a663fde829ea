import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drocVersion } from "./package-info.ts";

/**
 * Writes what a report of a defect needs (versions, command line, the chain of errors; no environment, no file content)
 * into `cwd`, or into the system's temporary folder where that cannot be written, and returns the path.
 */
export function writeReport(error: unknown, args: readonly string[], cwd: string, now: Date): string {
  const name = `droc-error-${now.toISOString().replace(/[:.]/g, "-")}.txt`;
  const text = [
    `droc ${drocVersion()}, node ${process.version}, ${process.platform} ${process.arch}`,
    `time: ${now.toISOString()}`,
    `command: droc ${args.map((a) => JSON.stringify(a)).join(" ")}`,
    "",
    ...describeChain(error),
    "",
  ].join("\n");
  const here = join(cwd, name);
  try {
    writeFileSync(here, text, { flag: "wx" });
    return here;
  } catch {
    // Reported below by its path: an unwritable working folder must not hide the error itself.
    const temporary = join(tmpdir(), name);
    writeFileSync(temporary, text);
    return temporary;
  }
}

function describeChain(error: unknown): string[] {
  const lines: string[] = [];
  for (let e: unknown = error, depth = 0; e !== undefined && depth < 10; depth++) {
    if (depth > 0) lines.push("caused by:");
    lines.push(e instanceof Error ? (e.stack ?? e.message) : String(e));
    e = e instanceof Error ? e.cause : undefined;
  }
  return lines;
}
