import { readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

/** Folders below which a spec may name files: its own, and those of `--allow`. Symbolic links are resolved. */
export interface Confinement {
  readonly root: string;
  readonly allowed: readonly string[];
}

export function createConfinement(root: string, allow: readonly string[]): Confinement {
  return { root: realPath(resolve(root)), allowed: allow.map((path) => realPath(resolve(path))) };
}

export type Confined =
  { readonly path: string } | { readonly problem: "remote" | "escapes" | "not-a-path"; readonly path?: string };

/**
 * The real path of `name` as written in a file of folder `from`. Links are resolved before the test, so that a link
 * inside the folder cannot lead out of it; a file that does not exist is judged by its nearest existing folder.
 */
export function confine(confinement: Confinement, from: string, name: string): Confined {
  if (name === "" || name.length > 4096 || hasControlCharacter(name)) return { problem: "not-a-path" };
  if (/^[a-z][a-z0-9+.-]+:/i.test(name) || name.startsWith("//") || name.startsWith("\\\\")) {
    return { problem: "remote" };
  }
  const path = realPath(isAbsolute(name) ? name : join(from, name));
  const inside = [confinement.root, ...confinement.allowed].some((folder) => isWithin(folder, path));
  return inside ? { path } : { problem: "escapes", path };
}

/** True where `path` is `folder` or below it. Both are real paths. */
export function isWithin(folder: string, path: string): boolean {
  const step = relative(folder, path);
  return step === "" || (step !== ".." && !step.startsWith(`..${sep}`) && !isAbsolute(step));
}

/** With links resolved as far as the path exists; a link to nothing leads to where its target would be. */
export function realPath(path: string, links = 40): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const parent = dirname(path);
    if (parent === path) return path;
    const target = links > 0 ? linkTarget(path) : null;
    if (target !== null) return realPath(resolve(parent, target), links - 1);
    return join(realPath(parent, links), basename(path));
  }
}

/** `null` where the path is no link. */
function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 32 || text.charCodeAt(i) === 127) return true;
  return false;
}
