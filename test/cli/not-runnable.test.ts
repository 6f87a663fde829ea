import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { droc, folderWith } from "./support.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`../compiler/fixtures/${name}.dro`, import.meta.url), "utf8");

describe("models that are checked, but not run yet", () => {
  it("are ok for check and fmt", async () => {
    const cwd = folderWith({ "m.dro": fixture("wind-storage") });
    const checked = await droc(["check", "m.dro"], { cwd });
    expect([checked.exit, checked.stderr]).toEqual([0, ""]);
    expect(checked.stdout).toContain("WindCommitment");
    expect((await droc(["fmt", "m.dro"], { cwd })).exit).toBe(0);
    expect((await droc(["check", "m.dro"], { cwd })).exit).toBe(0);
  });

  it.each(["build", "run"])("are refused by %s, with the declaration that stands in the way", async (command) => {
    const cwd = folderWith({ "m.dro": fixture("wind-storage") });
    const { exit, stderr, stdout } = await droc([command, "m.dro", "--out", "out"], { cwd });
    expect([exit, stdout]).toEqual([1, ""]);
    const line = fixture("wind-storage").split("\n").indexOf("stages day = 1..7") + 1;
    expect(stderr).toContain("error[not-yet-runnable]: a problem of several stages is checked");
    expect(stderr).toContain(`--> m.dro:${line}:8`);
    expect(existsSync(join(cwd, "out", "pipeline.ts"))).toBe(false);
  });

  it("answer in JSON with every declaration", async () => {
    const cwd = folderWith({ "m.dro": fixture("wind-storage") });
    const { exit, stdout } = await droc(["build", "m.dro", "--out", "out", "--json"], { cwd });
    expect(exit).toBe(1);
    const answer: unknown = JSON.parse(stdout);
    const one = { code: "not-yet-runnable", severity: "error" };
    expect(answer).toMatchObject({ diagnostics: [one, one, one, one, one, one] });
  });

  it("leave the other models of the file as they are", async () => {
    const cwd = folderWith({ "m.dro": fixture("generation-stress-posterior") });
    const built = await droc(["build", "m.dro", "--model", "IndustryPortfolio", "--out", "out"], { cwd });
    expect(built.exit).toBe(0);
    expect((await droc(["build", "m.dro", "--model", "Outages", "--out", "scenarios"], { cwd })).exit).toBe(0);
    expect((await droc(["build", "m.dro", "--model", "StressTest", "--out", "other"], { cwd })).exit).toBe(1);
    const { exit, stderr } = await droc(["build", "m.dro", "--model", "Outage", "--out", "other"], { cwd });
    expect([exit, stderr.includes("Outages, IndustryPortfolio, StressTest")]).toEqual([2, true]);
  });

  it("are explained as far as they are known", async () => {
    const cwd = folderWith({ "m.dro": fixture("generation-stress-posterior"), "w.dro": fixture("wind-storage") });
    const all = await droc(["explain", "m.dro"], { cwd });
    expect(all.exit).toBe(0);
    for (const name of ["Outages", "IndustryPortfolio", "StressTest", "RegimeShift", "Posterior"]) {
      expect(all.stdout).toContain(`model ${name}`);
    }
    expect(all.stdout).toContain("infer      u | y by latent_langevin");
    const wind = await droc(["explain", "w.dro"], { cwd });
    expect(wind.stdout).toContain("stages     day = 1..7, each observing w");
    expect(wind.stdout).toContain("a problem of several stages is checked, but droc cannot run it yet");
  });
});
