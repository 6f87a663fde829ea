import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

let found: string | null = null;

/** Folder of the standard library: `stdlib` of the package, whether this runs from its sources or from `dist`. */
export function standardLibraryFolder(): string {
  if (found !== null) return found;
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isPackageRoot(folder)) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("the package of droc was not found above its own files");
    folder = parent;
  }
  found = join(folder, "stdlib");
  return found;
}

/** `std/losses`, `std/sets`, …, sorted. */
export function standardModules(): readonly string[] {
  return readdirSync(standardLibraryFolder())
    .filter((file) => file.endsWith(".dro"))
    .map((file) => `std/${file.slice(0, -".dro".length)}`)
    .sort();
}

function isPackageRoot(folder: string): boolean {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return false;
  const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
  return typeof parsed === "object" && parsed !== null && "name" in parsed && parsed.name === "droc";
}
