import { showText } from "../diagnostics/show-text.ts";
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../../runtime/runs/make-folder.ts";
import { cliError, fileReason } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";

/**
 * Makes the folder that emitted files go into and sees to it that Node reads its `.js` files as modules, whatever the
 * project around it says. `shown` is the path as the user knows it. Throws where the folder cannot be written.
 */
export function prepareFolder(folder: string, shown: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (nearestPackageType(folder) !== "module") {
      writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
    }
  } catch (error) {
    throw cliError("cli-out-not-writable", { path: showText(shown), reason: fileReason(error) }, EXIT.wrong);
  }
}

function packageType(text: string): string | null {
  try {
    const manifest: unknown = JSON.parse(text);
    if (typeof manifest !== "object" || manifest === null || !("type" in manifest)) return null;
    return typeof manifest.type === "string" ? manifest.type : null;
  } catch (error) {
    // A broken package.json of the user's project is not ours to judge; it states no type.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** `type` of the package.json that Node would consult for a file of this folder, or `null`. */
function nearestPackageType(folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, "package.json");
    if (existsSync(path)) {
      return packageType(readFileSync(path, "utf8"));
    }
    if (dirname(at) === at) return null;
  }
}
