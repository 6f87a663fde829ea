import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BROKEN, droc, folderWith, GOOD, UNKNOWN_NAME } from "./support.ts";

describe("droc check", () => {
  it("exits 0 on a correct spec and names its model", async () => {
    const cwd = folderWith({ "m.dro": GOOD });
    const { exit, stdout, stderr } = await droc(["check", "m.dro"], { cwd });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(stdout).toMatch(/^m\.dro: ok.*\(Small\)$/m);
  });

  it("exits 1 on a wrong one, with code, place, code frame and help", async () => {
    const cwd = folderWith({ "m.dro": UNKNOWN_NAME });
    const { exit, stdout } = await droc(["check", "m.dro"], { cwd });
    expect(exit).toBe(1);
    expect(stdout).toContain("error[unknown-name]");
    expect(stdout).toContain("--> m.dro:13:16");
    expect(stdout).toContain("^^^^");
    expect(stdout).toContain("gamma");
    expect(stdout).toContain("m.dro: 1 error");
  });

  it("checks every file and names each by its path from the working folder", async () => {
    const cwd = folderWith({ "a/m.dro": UNKNOWN_NAME, "b/m.dro": BROKEN, "c/m.dro": GOOD });
    const { exit, stdout } = await droc(["check", "a/m.dro", "b/m.dro", "c/m.dro"], { cwd });
    expect(exit).toBe(1);
    expect(stdout).toContain("--> a/m.dro:13:16");
    expect(stdout).toMatch(/--> b\/m\.dro:\d+:\d+/);
    expect(stdout).toContain("c/m.dro: ok");
  });

  it("prints JSON of the documented shape", async () => {
    const cwd = folderWith({ "a/m.dro": UNKNOWN_NAME, "m.dro": GOOD });
    const { exit, stdout } = await droc(["check", "a/m.dro", "m.dro", "--json"], { cwd });
    const same = await droc(["check", "a/m.dro", "m.dro", "--format", "json"], { cwd });
    expect(exit).toBe(1);
    expect(same.stdout).toBe(stdout);
    const line = UNKNOWN_NAME.split("\n").findIndex((text) => text.includes("gama")) + 1;
    const start = UNKNOWN_NAME.indexOf("gama");
    expect(JSON.parse(stdout)).toEqual({
      droc: expect.stringMatching(/^\d/),
      command: "check",
      exit: 1,
      error: null,
      result: {
        files: [
          { file: "a/m.dro", errors: 1, warnings: 0, models: [] },
          { file: "m.dro", errors: 0, warnings: expect.any(Number), models: ["Small"] },
        ],
      },
      diagnostics: expect.arrayContaining([
        {
          code: "unknown-name",
          severity: "error",
          message: expect.stringContaining("gama"),
          why: expect.any(String),
          help: expect.stringContaining("gamma"),
          file: "a/m.dro",
          line,
          column: 16,
          endLine: line,
          endColumn: 20,
          start,
          end: start + 4,
          related: expect.any(Array),
        },
      ]),
    });
  });

  it("prints SARIF 2.1.0 with a rule, a place and a message for each", async () => {
    const cwd = folderWith({ "a/m.dro": UNKNOWN_NAME });
    const { exit, stdout } = await droc(["check", "a/m.dro", "--format", "sarif"], { cwd });
    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { name: "droc", rules: [{ id: "unknown-name" }] } },
          results: [
            {
              ruleId: "unknown-name",
              level: "error",
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: "a/m.dro" },
                    region: { startLine: 13, startColumn: 16, endColumn: 20 },
                  },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it("prints GitHub annotations with the path from the repository", async () => {
    const cwd = folderWith({ "a/m.dro": UNKNOWN_NAME });
    const { exit, stdout } = await droc(["check", "a/m.dro", "--format", "github"], { cwd });
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^::error file=a\/m\.dro,line=13,/m);
  });

  it("replaces parameters by --set, and says where one does not exist", async () => {
    const cwd = folderWith({ "m.dro": GOOD });
    expect((await droc(["check", "m.dro", "--set", "gamma=3", "--set", "eta=0"], { cwd })).exit).toBe(0);
    const unknown = await droc(["check", "m.dro", "--set", "gama=3"], { cwd });
    expect(unknown.exit).toBe(1);
    expect(unknown.stdout).toContain("gama");
    expect(unknown.stdout).toContain("gamma");
  });

  it.each(["missing.dro", "folder.dro", "bytes.dro"])("ends in a diagnostic on %s", async (file) => {
    const cwd = folderWith({});
    mkdirSync(join(cwd, "folder.dro"));
    const { writeFileSync } = await import("node:fs");
    writeFileSync(join(cwd, "bytes.dro"), Buffer.from([0x6d, 0xff, 0xfe, 0x00]));
    const { exit, stdout } = await droc(["check", file], { cwd });
    expect(exit).toBe(1);
    expect(stdout).toMatch(/error\[[a-z0-9-]+\]/);
    expect(stdout).toContain(file);
  });
});

describe("colour", () => {
  const spec = { "m.dro": UNKNOWN_NAME };
  const escape = "\u001b[";

  it.each([
    ["none when not on a terminal", {}, false],
    ["FORCE_COLOR turns it on", { FORCE_COLOR: "1" }, true],
    ["FORCE_COLOR=0 leaves it off", { FORCE_COLOR: "0" }, false],
    ["NO_COLOR leaves it off", { NO_COLOR: "1" }, false],
    ["FORCE_COLOR wins over NO_COLOR", { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
  ])("%s", async (_, env, expected) => {
    const { stdout } = await droc(["check", "m.dro"], { cwd: folderWith(spec), env });
    expect(stdout.includes(escape)).toBe(expected);
  });

  it("shows control characters of a spec instead of sending them", async () => {
    const cwd = folderWith({ "m.dro": UNKNOWN_NAME.replace("gama", "gama /* \u001b[2J */") });
    const { exit, stdout } = await droc(["check", "m.dro"], { cwd });
    expect(exit).toBe(1);
    expect(stdout).not.toContain("\u001b");
  });
});
