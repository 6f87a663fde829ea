import { describe, expect, it } from "vitest";
import { droc, folderWith, GOOD } from "./support.ts";

const COMMANDS = ["init", "check", "build", "run", "fmt", "explain", "doctor"] as const;

describe("help and usage", () => {
  it("lists the commands and the exit codes", async () => {
    const { exit, stdout } = await droc(["--help"]);
    expect(exit).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
    expect(stdout).toContain("130 interrupted");
  });

  it.each(COMMANDS)("%s --help shows an example that begins with its own name", async (command) => {
    const { exit, stdout, stderr } = await droc([command, "--help"]);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`Example:\\n  \\$ droc ${command}\\b`));
  });

  it("prints help and fails where no command is given", async () => {
    const { exit, stdout, stderr } = await droc([]);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain("Usage: droc");
  });

  it("prints its version", async () => {
    const { exit, stdout } = await droc(["--version"]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    ["an unknown command, with what was meant", ["chekc"], "Did you mean check?"],
    ["an unknown option", ["check", "m.dro", "--fromat", "json"], "--fromat"],
    ["a missing file", ["check"], "missing required argument"],
    ["a format that does not exist", ["check", "m.dro", "--format", "xml"], "sarif"],
    ["a setting without a value", ["check", "m.dro", "--set", "gamma"], "name=value"],
    ["a setting without a name", ["check", "m.dro", "--set", "=1"], "name=value"],
    ["a count that is no number", ["run", "m.dro", "--seeds", "many"], "whole number"],
    ["no file for fmt", ["fmt"], "--stdin"],
    ["files beside --stdin", ["fmt", "--stdin", "m.dro"], "leave the file names out"],
    ["two folders for init", ["init", "a", "b"], "too many arguments"],
  ])("exits 2 on %s", async (_, args, said) => {
    const { exit, stdout, stderr } = await droc(args, { cwd: folderWith({}) });
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain("error[cli-usage]");
    expect(stderr).toContain(said);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("exits 2 where the model is not chosen or does not exist, and names those there are", async () => {
    const two = GOOD + "\nmodel Other\n  extends Small\nparam gamma = 3.0\n";
    const cwd = folderWith({ "m.dro": two });
    const several = await droc(["build", "m.dro"], { cwd });
    expect(several.exit).toBe(2);
    expect(several.stderr).toContain("error[cli-model-choice]");
    expect(several.stderr).toContain("Small, Other");
    const unknown = await droc(["explain", "m.dro", "--model", "Smal"], { cwd });
    expect(unknown.exit).toBe(2);
    expect(unknown.stderr).toContain("error[cli-model-unknown]");
  });

  it("answers a usage error in JSON too", async () => {
    const { exit, stdout } = await droc(["check", "--json"]);
    const answer: unknown = JSON.parse(stdout);
    expect(exit).toBe(2);
    expect(answer).toMatchObject({ command: "check", exit: 2, result: null, error: { code: "cli-usage" } });
  });
});
