import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { showText } from "../../diagnostics/show-text.ts";
import { cliError, errorCode } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";

/** The `.dro` files of one revision, written to a folder of their own so that their imports resolve among them. */
export interface Revision {
  readonly name: string;
  /** The work tree's root. */
  readonly root: string;
  /** Where the files lie, in the folders of the repository. */
  readonly folder: string;
  readonly files: ReadonlySet<string>;
}

/** Most `.dro` files of one revision. */
const MOST_FILES = 5000;
const MOST_BYTES = 256 * 1024 * 1024;

/** Revisions opened by one command; `close` removes what they wrote. */
export class Revisions {
  readonly #cwd: string;
  readonly #open = new Map<string, Revision>();

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  open(name: string): Revision {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const root = this.root();
    const commit = this.#git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`], name).trim();
    const listed = this.#git(["-C", root, "ls-tree", "-r", "-z", "--name-only", commit], name).split("\0");
    const files = listed.filter((path) => path.endsWith(".dro")).slice(0, MOST_FILES);
    const folder = mkdtempSync(join(tmpdir(), "droc-diff-"));
    const revision = { name, root, folder, files: new Set(files) };
    this.#open.set(name, revision);
    for (const path of files) {
      const target = resolve(folder, path);
      if (!target.startsWith(folder + sep)) continue;
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, this.#git(["-C", root, "cat-file", "blob", `${commit}:${path}`], name));
    }
    return revision;
  }

  /** Where the histories of `name` and `HEAD` part: what a branch added is compared with, however old the branch. */
  mergeBase(name: string): string {
    return this.#git(["merge-base", "--end-of-options", name, "HEAD"], name).trim();
  }

  root(): string {
    return this.#git(["rev-parse", "--show-toplevel"], "HEAD").trim();
  }

  /** Files below the current folder that git knows or does not ignore, by their paths from the root. */
  workFiles(): readonly string[] {
    const root = this.root();
    const listed = this.#git(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.dro"], "HEAD");
    return listed
      .split("\0")
      .filter((path) => path !== "")
      .map((path) => relative(root, resolve(this.#cwd, path)).split(sep).join("/"));
  }

  close(): void {
    for (const { folder } of this.#open.values()) rmSync(folder, { recursive: true, force: true });
    this.#open.clear();
  }

  #git(args: readonly string[], revision: string): string {
    try {
      return execFileSync("git", [...args], {
        cwd: this.#cwd,
        encoding: "utf8",
        maxBuffer: MOST_BYTES,
        stdio: ["ignore", "pipe", "pipe"],
      });
    } catch (error) {
      throw cliError("cli-diff-revision", { revision: showText(revision), reason: reasonOf(error) }, EXIT.usage);
    }
  }
}

function reasonOf(error: unknown): string {
  if (errorCode(error) === "ENOENT") return "git is not installed";
  const said = typeof error === "object" && error !== null && "stderr" in error ? String(error.stderr) : "";
  const [line = ""] = said.trim().split("\n");
  return line === "" ? "git knows no such revision" : showText(line.replace(/^fatal: /, ""));
}
