import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BROKEN, droc, folderWith, GOOD } from "./support.ts";

const UGLY = GOOD.replace("param gamma = 2.0", "param   gamma=2.0   // tail");

async function canonical(source: string): Promise<string> {
  const { stdout } = await droc(["fmt", "--stdin"], { input: source });
  return stdout;
}

describe("droc fmt", () => {
  it("rewrites in place, keeps comments and mode, leaves no other file", async () => {
    const cwd = folderWith({ "m.dro": UGLY });
    chmodSync(join(cwd, "m.dro"), 0o640);
    const { exit, stdout } = await droc(["fmt", "m.dro"], { cwd });
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: "m.dro: formatted\n" });
    const text = readFileSync(join(cwd, "m.dro"), "utf8");
    expect(text).toContain("param gamma = 2.0");
    expect(text).toContain("// tail");
    expect(statSync(join(cwd, "m.dro")).mode & 0o777).toBe(0o640);
    expect(readdirSync(cwd)).toEqual(["m.dro"]);
  });

  it("is idempotent and silent on what is canonical", async () => {
    const cwd = folderWith({ "m.dro": await canonical(UGLY) });
    const before = statSync(join(cwd, "m.dro")).mtimeMs;
    const { exit, stdout } = await droc(["fmt", "m.dro"], { cwd });
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: "" });
    expect(statSync(join(cwd, "m.dro")).mtimeMs).toBe(before);
  });

  it("--check changes nothing and exits 1", async () => {
    const cwd = folderWith({ "m.dro": UGLY, "n.dro": await canonical(UGLY) });
    const { exit, stdout } = await droc(["fmt", "--check", "m.dro", "n.dro"], { cwd });
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "m.dro: not canonical\n" });
    expect(readFileSync(join(cwd, "m.dro"), "utf8")).toBe(UGLY);
    expect((await droc(["fmt", "--check", "n.dro"], { cwd })).exit).toBe(0);
  });

  it("leaves a broken file alone, formats the others, and exits 1", async () => {
    const cwd = folderWith({ "broken.dro": BROKEN, "m.dro": UGLY });
    const { exit, stderr } = await droc(["fmt", "broken.dro", "m.dro"], { cwd });
    expect(exit).toBe(1);
    expect(stderr).toContain("--> broken.dro:");
    expect(stderr).toContain("error[cli-fmt-broken]");
    expect(readFileSync(join(cwd, "broken.dro"), "utf8")).toBe(BROKEN);
    expect(readFileSync(join(cwd, "m.dro"), "utf8")).not.toBe(UGLY);
  });

  it("--stdin prints the canonical text, and nothing for a broken one", async () => {
    const good = await droc(["fmt", "--stdin"], { input: UGLY });
    expect(good.exit).toBe(0);
    expect(good.stdout).toContain("param gamma = 2.0");
    const broken = await droc(["fmt", "--stdin"], { input: BROKEN });
    expect({ exit: broken.exit, stdout: broken.stdout }).toEqual({ exit: 1, stdout: "" });
    expect(broken.stderr).toContain("<stdin>");
  });

  it("follows a symbolic link instead of replacing it", async () => {
    const cwd = folderWith({ "real.dro": UGLY });
    symlinkSync("real.dro", join(cwd, "link.dro"));
    expect((await droc(["fmt", "link.dro"], { cwd })).exit).toBe(0);
    expect(lstatSync(join(cwd, "link.dro")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(cwd, "real.dro"), "utf8")).not.toBe(UGLY);
  });

  it("exits 1 on a file that cannot be read", async () => {
    const { exit, stderr } = await droc(["fmt", "nothing.dro"], { cwd: folderWith({}) });
    expect(exit).toBe(1);
    expect(stderr).toContain("error[cli-file-not-readable]");
  });

  it("prints JSON of the documented shape", async () => {
    const cwd = folderWith({ "m.dro": UGLY, "broken.dro": BROKEN });
    const { exit, stdout } = await droc(["fmt", "--check", "--json", "m.dro", "broken.dro"], { cwd });
    expect(exit).toBe(1);
    const answer: unknown = JSON.parse(stdout);
    expect(answer).toMatchObject({
      command: "fmt",
      result: {
        files: [
          { file: "m.dro", status: "changed" },
          { file: "broken.dro", status: "broken" },
        ],
      },
      error: { code: "cli-fmt-broken" },
    });
    const text = await droc(["fmt", "--stdin", "--json"], { input: UGLY });
    const printed: unknown = JSON.parse(text.stdout);
    expect(printed).toMatchObject({ result: { files: [{ file: "<stdin>", text: await canonical(UGLY) }] } });
  });
});
