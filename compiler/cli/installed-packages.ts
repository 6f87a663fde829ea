import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot, versionAt } from "./package-info.ts";

/** What became of a package that droc uses. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string | null;
  /** `absent`: not installed. `broken`: installed, but it does not load; `reason` says why. `present`: not tried. */
  readonly state: "loads" | "present" | "broken" | "absent";
  readonly reason?: string;
}

/** Finds `name` as Node would from droc's own folder, and loads it where `load` is given. */
export async function inspectPackage(name: string, load?: () => Promise<unknown>): Promise<InstalledPackage> {
  const folder = findPackage(name);
  if (folder === null) return { name, version: null, state: "absent" };
  const version = versionAt(folder);
  if (load === undefined) return { name, version, state: "present" };
  try {
    await load();
    return { name, version, state: "loads" };
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
    return { name, version, state: "broken", reason };
  }
}

function findPackage(name: string): string | null {
  for (let at = packageRoot(); ; at = dirname(at)) {
    const folder = join(at, "node_modules", name);
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(at) === at) return null;
  }
}
