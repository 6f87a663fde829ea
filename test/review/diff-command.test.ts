import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { droc, folderWith, GOOD, UNKNOWN_NAME } from "../cli/support.ts";

const LOWER = GOOD.replace("level = 90%", "level = 80%");

interface Answer {
  readonly result: {
    readonly files: readonly {
      readonly before: string | null;
      readonly after: string | null;
      readonly verdicts: readonly string[];
      readonly changes: readonly {
        readonly what: string;
        readonly at: { readonly after: { readonly line: number } | null };
      }[];
    }[];
    readonly failed: readonly string[];
  };
}

function git(cwd: string, ...args: readonly string[]): void {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" };
  execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.org", ...args], { cwd, env, stdio: "pipe" });
}

async function json(cwd: string, ...args: readonly string[]): Promise<Answer["result"]> {
  const { stdout } = await droc(["diff", "--json", ...args], { cwd });
  return (JSON.parse(stdout) as Answer).result;
}

describe("droc diff", () => {
  it("names the place, both values and the verdict; fails on what it is told", async () => {
    const cwd = folderWith({ "a.dro": GOOD, "b.dro": LOWER });
    const shown = await droc(["diff", "a.dro", "b.dro"], { cwd });
    expect(shown.exit).toBe(0);
    expect(shown.stdout).toContain("risk: cvar level: 90% → 80% — LESS CONSERVATIVE  b.dro:13");
    const failing = await droc(["diff", "a.dro", "b.dro", "--fail-on", "less-conservative"], { cwd });
    expect(failing.exit).toBe(1);
    expect(failing.stderr).toContain("error[cli-diff-verdict]");
    // cvar_loss reports the risk's own level, so that any change of it is one of evaluation too.
    expect((await json(cwd, "b.dro", "a.dro", "--fail-on", "any")).failed).toEqual([
      "more-conservative",
      "evaluation-only",
    ]);
    expect((await droc(["diff", "a.dro", "b.dro", "--fail-on", "worse"], { cwd })).exit).toBe(2);
    expect((await droc(["diff", "a.dro"], { cwd })).exit).toBe(2);
  }, 60_000);

  it("says that only words changed", async () => {
    const cwd = folderWith({ "a.dro": GOOD, "b.dro": `// A comment.\n${GOOD}` });
    const { stdout } = await droc(["diff", "a.dro", "b.dro"], { cwd });
    expect(stdout).toContain("NO CHANGE OF MEANING (comments, layout or order only)");
  });

  it("refuses a side with errors, and shows them", async () => {
    const cwd = folderWith({ "a.dro": GOOD, "b.dro": UNKNOWN_NAME });
    const { exit, stderr } = await droc(["diff", "a.dro", "b.dro"], { cwd });
    expect(exit).toBe(1);
    expect(stderr).toContain("error[unknown-name]");
    expect(stderr).toContain("error[cli-diff-broken]");
  });

  it("pairs the files of folders, with those that came and went", async () => {
    const cwd = folderWith({ "old/m.dro": GOOD, "old/gone.dro": GOOD, "new/m.dro": LOWER, "new/sub/more.dro": GOOD });
    const { files } = await json(cwd, "old", "new");
    expect(files.map(({ before, after, verdicts }) => [before, after, verdicts[0]])).toEqual([
      ["old/gone.dro", null, "INCOMPARABLE"],
      ["old/m.dro", "new/m.dro", "LESS CONSERVATIVE"],
      [null, "new/sub/more.dro", "INCOMPARABLE"],
    ]);
  });

  it("compares with revisions, whose imports are those of the revision, and with the merge base", async () => {
    const shared = "param gamma = 2.0\n";
    const importing = GOOD.replace("param gamma = 2.0\n", "").replace(
      "model Small",
      'import { gamma } from "./shared.dro"\nmodel Small',
    );
    const cwd = folderWith({ "specs/m.dro": importing, "specs/shared.dro": shared });
    git(cwd, "init", "-q", "-b", "main", ".");
    git(cwd, "add", ".");
    git(cwd, "commit", "-q", "-m", "First");
    git(cwd, "checkout", "-q", "-b", "work");
    writeFileSync(join(cwd, "specs/shared.dro"), "param gamma = 3.0\n");
    const [changed] = (await json(cwd, "--against", "HEAD", "specs/m.dro")).files;
    expect(changed?.verdicts).toEqual(["MORE CONSERVATIVE", "OBJECTIVE CHANGES"]);
    expect((await json(join(cwd, "specs"), "HEAD:specs/m.dro", "m.dro")).files[0]?.verdicts).toEqual(changed?.verdicts);
    expect((await json(join(cwd, "specs"), "HEAD:m.dro", "m.dro")).files[0]?.verdicts).toEqual(changed?.verdicts);

    // What main did since is none of this branch's changes.
    git(cwd, "commit", "-q", "-a", "-m", "Second");
    git(cwd, "checkout", "-q", "main");
    writeFileSync(join(cwd, "specs/m.dro"), importing.replace("cap: 0.6", "cap: 0.5"));
    git(cwd, "commit", "-q", "-a", "-m", "Third");
    git(cwd, "checkout", "-q", "work");
    const all = async (...args: readonly string[]): Promise<unknown> =>
      (await json(cwd, "--against", "main", ...args)).files.find((file) => file.after === "specs/m.dro")?.verdicts;
    expect(await all()).toEqual(["MORE CONSERVATIVE", "FEASIBLE SET GROWS", "OBJECTIVE CHANGES"]);
    expect(await all("--merge-base")).toEqual(["MORE CONSERVATIVE", "OBJECTIVE CHANGES"]);
    expect((await droc(["diff", "--against", "--upload-pack=x"], { cwd })).exit).toBe(2);
  }, 60_000);

  it("serves git as a driver and as a textconv", async () => {
    const cwd = folderWith({ "m.dro": GOOD });
    const main = [
      "diff",
      "--git-driver",
      "m.dro",
      "old.tmp",
      "0".repeat(40),
      "100644",
      "new.tmp",
      "1".repeat(40),
      "100644",
    ];
    mkdirSync(join(cwd, "t"));
    writeFileSync(join(cwd, "old.tmp"), GOOD);
    writeFileSync(join(cwd, "new.tmp"), LOWER);
    expect((await droc(main, { cwd })).stdout).toContain("90% → 80% — LESS CONSERVATIVE  b/m.dro:13");
    const lines = await droc(["diff", "--textconv", "m.dro"], { cwd });
    const commented = join(cwd, "n.dro");
    writeFileSync(commented, `// Words.\n${readFileSync(join(cwd, "m.dro"), "utf8")}`);
    expect((await droc(["diff", "--textconv", "n.dro"], { cwd })).stdout).toBe(lines.stdout);
    expect(lines.stdout).toContain("  risk mean + 2 · cvar 90%");
    rmSync(commented);
  }, 60_000);

  it("lets nothing of a spec into the markup of a pull request", async () => {
    const evil = GOOD.replace("cap: 0.6 }", "cap: 0.5 }").replace("sum_squares(z)", "sum_squares(z) + eta * abs(z[0])");
    const cwd = folderWith({ "a.dro": GOOD, "b.dro": evil.replace("{ regret, cvar_loss }", "{ regret }") });
    const { stdout } = await droc(["diff", "a.dro", "b.dro", "--format", "markdown"], { cwd });
    expect(stdout).toContain("| FEASIBLE SET SHRINKS |");
    for (const row of stdout.split("\n").filter((line) => line.startsWith("| "))) {
      expect(row.replaceAll(/\\\|/g, "").split("|")).toHaveLength(8);
    }
  });
});
