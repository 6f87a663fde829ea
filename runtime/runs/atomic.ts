import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** A name beside `path` that no other process uses. */
export function temporaryName(path: string): string {
  return `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
}

/**
 * Writes a file so that a reader, or a run killed at any moment, sees the old content or the new one and nothing
 * between: a temporary file in the same folder, flushed to disk, then renamed.
 */
export async function writeAtomic(path: string, content: string | Uint8Array): Promise<void> {
  makeFolder(dirname(resolve(path)));
  const temporary = temporaryName(path);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
