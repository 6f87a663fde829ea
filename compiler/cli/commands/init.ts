import { showText } from "../../diagnostics/show-text.ts";
import { readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { cliError, CliError, fileReason } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { makeFolder } from "../../../runtime/runs/make-folder.ts";
import type { Outcome, Session } from "../session.ts";
import { starterFiles } from "../starter.ts";
import { paint } from "../terminal.ts";

/** Names that a folder may hold and still count as empty: a repository just made. */
const HARMLESS: ReadonlySet<string> = new Set([".git", ".DS_Store"]);

/** Writes the starter problem. Refuses a folder that holds anything, and never overwrites. */
export async function initCommand(session: Session, folder: string): Promise<Outcome> {
  const path = resolve(session.cwd, folder);
  const files = starterFiles();
  try {
    makeFolder(path);
    const found = readdirSync(path).filter((name) => !HARMLESS.has(name));
    if (found.length > 0) {
      const some = found.slice(0, 3).join(", ") + (found.length > 3 ? ", …" : "");
      throw cliError("cli-init-not-empty", { path: showText(folder), found: showText(some) }, EXIT.wrong);
    }
    // `wx`: a file that appeared meanwhile is not overwritten either.
    for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text, { flag: "wx" });
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw cliError("cli-out-not-writable", { path: showText(folder), reason: fileReason(error) }, EXIT.wrong);
  }
  const enter = folder === "." ? "" : `cd ${showText(folder)}\n  `;
  const text = [
    `${paint(session.out, "Wrote", "green")} ${Object.keys(files).join(", ")} to ${showText(folder)}. Next:`,
    "",
    `  ${enter}droc check model.dro`,
    "  droc explain model.dro",
    "  droc run model.dro --quick",
    "",
  ].join("\n");
  return { exit: EXIT.done, text, result: { folder: path, files: Object.keys(files) } };
}
