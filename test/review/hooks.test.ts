import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as prettier from "prettier";
import { describe, expect, it } from "vitest";
import { formatSource } from "../../compiler/review/format.ts";
import { LINT_BASE } from "../../compiler/reference/lint-examples.ts";
import { folderWith, MAIN, REPOSITORY } from "../cli/support.ts";

const CLEAN = formatSource(LINT_BASE).text ?? "";

interface Ended {
  readonly status: number | null;
  readonly said: string;
}

/** A repository with one clean spec committed, `droc` on the path, and a way to run the hooks there. */
function repository(): {
  readonly cwd: string;
  run(script: string, env?: Readonly<Record<string, string>>): Ended;
  git(...args: readonly string[]): string;
} {
  const cwd = folderWith({ "model.dro": CLEAN, "bin/droc": `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n` });
  chmodSync(join(cwd, "bin/droc"), 0o755);
  mkdirSync(join(cwd, "hooks"));
  for (const name of ["pre-commit", "review-action"]) cpSync(join(REPOSITORY, "hooks", name), join(cwd, "hooks", name));
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...rest } = process.env;
  const environment = {
    ...rest,
    PATH: `${join(cwd, "bin")}:${process.env["PATH"] ?? ""}`,
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.org", ...args], {
      cwd,
      encoding: "utf8",
      env: environment,
    });
  git("init", "-q", "-b", "main", ".");
  git("add", "model.dro");
  git("commit", "-q", "-m", "First");
  return {
    cwd,
    git,
    run(script, env = {}) {
      const { status, stdout, stderr } = spawnSync(join(cwd, script), {
        cwd,
        encoding: "utf8",
        env: { ...environment, DROC: "droc", ...env },
      });
      return { status, said: stdout + stderr };
    },
  };
}

describe("the pre-commit hook", () => {
  it("says what a commit changes, and stops on the verdicts that it is told", () => {
    const { cwd, git, run } = repository();
    expect(run("hooks/pre-commit")).toEqual({ status: 0, said: "" });
    writeFileSync(join(cwd, "model.dro"), CLEAN.replace("level = 90%", "level = 80%"));
    git("add", "model.dro");
    const shown = run("hooks/pre-commit");
    expect(shown.status).toBe(0);
    expect(shown.said).toContain("risk: cvar level: 90% → 80% — LESS CONSERVATIVE");
    expect(run("hooks/pre-commit", { DROC_FAIL_ON: "less-conservative" }).status).not.toBe(0);
  }, 60_000);

  it("stops what is not canonical, and what breaks a rule", () => {
    const { cwd, git, run } = repository();
    writeFileSync(join(cwd, "model.dro"), CLEAN.replace("dim Feature", "dim   Feature"));
    git("add", "model.dro");
    const ugly = run("hooks/pre-commit");
    expect(ugly.status).not.toBe(0);
    expect(ugly.said).toContain("model.dro: not canonical");
    writeFileSync(join(cwd, "model.dro"), CLEAN.replace(", seeds: 5", ""));
    git("add", "model.dro");
    const lint = run("hooks/pre-commit");
    expect(lint.status).not.toBe(0);
    expect(lint.said).toContain("single-seed");
  }, 60_000);
});

describe("the GitHub Action", () => {
  it("annotates, compares with the merge base, writes the summary and fails at the end", () => {
    const { cwd, git, run } = repository();
    git("checkout", "-q", "-b", "change");
    writeFileSync(join(cwd, "model.dro"), CLEAN.replace("cap: 0.50", "cap: 0.60").replace(", seeds: 5", ""));
    git("commit", "-q", "-a", "-m", "Second");
    const summary = join(cwd, "summary.md");
    const env = { BASE: "main", GITHUB_STEP_SUMMARY: summary };
    const { status, said } = run("hooks/review-action", env);
    expect(status).toBe(1);
    expect(said).toContain("::warning file=model.dro,line=");
    const report = readFileSync(summary, "utf8");
    expect(report).toContain("| FEASIBLE SET GROWS |");
    expect(report).toContain("| EVALUATION ONLY |");
    expect(run("hooks/review-action", { ...env, LINT_FAIL_ON: "error" }).status).toBe(0);
    expect(run("hooks/review-action", { ...env, LINT_FAIL_ON: "error", FAIL_ON: "feasible-set-grows" }).status).toBe(1);
  }, 60_000);
});

describe("their definitions", () => {
  it.each(["action.yml", ".pre-commit-hooks.yaml"])("%s is YAML in its canonical form", async (name) => {
    const text = readFileSync(join(REPOSITORY, name), "utf8");
    expect(await prettier.format(text, { parser: "yaml", printWidth: 120 })).toBe(text);
  });
});
