import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Replaces the text of an existing file by way of a neighbour and a rename, keeping its permissions and following
 * symbolic links: a reader, or a crash, sees the whole old text or the whole new one. Throws Node's error where the
 * file is read-only or its folder cannot be written.
 */
export function replaceFile(path: string, text: string): void {
  const target = realpathSync(path);
  accessSync(target, constants.W_OK);
  const neighbour = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  const handle = openSync(neighbour, "wx", statSync(target).mode);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
    closeSync(handle);
    renameSync(neighbour, target);
  } catch (error) {
    rmSync(neighbour, { force: true });
    throw error;
  }
}
