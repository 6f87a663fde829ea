import { readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { didYouMean } from "../errors/did-you-mean.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { Place } from "../spec.ts";
import { DATA_MESSAGES } from "./messages.ts";

/**
 * The real path of a data file, which must lie below the spec's folder or below an allowed folder (or be an allowed
 * file), both before and after symbolic links are followed. Nothing outside is touched, so that a spec cannot even ask
 * whether a file exists.
 * @throws RuntimeError `data-path-outside`, `data-file-missing`, `data-file-directory`, `data-file-unreadable`
 */
export function resolveDataPath(
  path: string,
  options: { readonly root: string; readonly allow: readonly string[] },
  place: Place,
): string {
  const permitted = [options.root, ...options.allow].map((folder) => resolve(folder));
  const wanted = resolve(options.root, path);
  const outside = () => new RuntimeError(DATA_MESSAGES, "data-path-outside", { path }, { place });
  if (!permitted.some((folder) => isWithin(wanted, folder))) throw outside();
  if (path.includes("\0") || path === "")
    throw new RuntimeError(DATA_MESSAGES, "data-file-missing", { path, suggestion: "" }, { place });
  let real: string;
  try {
    real = realpathSync(wanted);
  } catch (cause) {
    throw unreadable(path, wanted, place, cause);
  }
  if (!permitted.some((folder) => isWithin(real, realFolder(folder)))) throw outside();
  const stats = statSync(real);
  if (stats.isDirectory()) throw new RuntimeError(DATA_MESSAGES, "data-file-directory", { path }, { place });
  if (!stats.isFile())
    throw new RuntimeError(DATA_MESSAGES, "data-file-unreadable", { path, reason: "not an ordinary file" }, { place });
  return real;
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** An allowed folder that does not exist permits nothing. */
function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (cause) {
    if (errorCode(cause) !== undefined) return folder;
    throw cause;
  }
}

/** The error of a path that the system refuses. */
export function unreadable(path: string, wanted: string, place: Place, cause: unknown): RuntimeError {
  const code = errorCode(cause);
  if (code === "ENOENT" || code === "ENOTDIR") {
    const suggestion = didYouMean(basename(wanted), siblings(wanted));
    return new RuntimeError(DATA_MESSAGES, "data-file-missing", { path, suggestion }, { place, cause });
  }
  const reason = code === "EACCES" || code === "EPERM" ? "permission denied" : (code ?? String(cause));
  return new RuntimeError(DATA_MESSAGES, "data-file-unreadable", { path, reason }, { place, cause });
}

function siblings(wanted: string): string[] {
  try {
    return readdirSync(dirname(wanted));
  } catch (cause) {
    if (errorCode(cause) !== undefined) return [];
    throw cause;
  }
}

/** `ENOENT` and the like, `undefined` where the error is not the system's. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
