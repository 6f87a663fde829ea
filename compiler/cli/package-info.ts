import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root folder of this installation of droc, found from this module upwards: it differs between source and dist. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}`);
    folder = parent;
  }
  return folder;
}

/** `version` of the nearest package.json at or above `folder`, or `null` where it has none. */
export function versionAt(folder: string): string | null {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  if (typeof manifest !== "object" || manifest === null || !("version" in manifest)) return null;
  return typeof manifest.version === "string" ? manifest.version : null;
}

/** droc's own version. */
export function drocVersion(): string {
  return versionAt(packageRoot()) ?? "unknown";
}
