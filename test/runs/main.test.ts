import { pathToFileURL } from "node:url";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RuntimeError } from "../../runtime/errors/runtime-error.ts";
import { isEntryScript, runMain, type MainHost } from "../../runtime/main.ts";
import { runPipeline } from "../../runtime/index.ts";
import type { RunOptions } from "../../runtime/options.ts";
import { RUN_MESSAGES } from "../../runtime/runs/messages.ts";
import { smallPortfolio } from "./pipelines.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const pipeline = smallPortfolio({
  train: { strength: { scale: "relative", grid: [0] } },
  compare: [{ method: "saa" }],
});

interface Told {
  readonly host: MainHost;
  readonly out: string[];
  readonly err: string[];
  interrupt(): void;
}

function nothing(): void {}

function host(argv: readonly string[], run: MainHost["run"] = runPipeline): Told {
  const out: string[] = [];
  const err: string[] = [];
  let callback = nothing;
  return {
    out,
    err,
    interrupt: () => callback(),
    host: {
      argv,
      write: (line) => out.push(line),
      writeError: (line) => err.push(line),
      run,
      onInterrupt(given) {
        callback = given;
        return () => {
          callback = nothing;
        };
      },
    },
  };
}

describe("a pipeline as a program", () => {
  it("prints progress, the table and the run's folder, and exits 0", async () => {
    const out = join(folder, "done");
    const told = host(["--out", out, "--seeds", "2"]);
    expect(await runMain(pipeline, told.host)).toBe(0);
    const text = told.out.join("\n");
    expect(text).toContain("uniform_fm");
    expect(text).toContain("paired t over seeds");
    expect(text).toContain(`Run: ${out}`);
    expect(told.err.some((line) => line.includes("seed 1: train uniform_fm"))).toBe(true);
  });

  it("exits 130 on an interrupt, says that it resumes, and does", async () => {
    const out = join(folder, "interrupted");
    const told = host(["--out", out], (given, options) =>
      runPipeline(given, {
        ...options,
        onEvent: (event) => {
          options.onEvent?.(event);
          if (event.kind === "unit") told.interrupt();
        },
      }),
    );
    expect(await runMain(pipeline, told.host)).toBe(130);
    expect(told.err.at(-1)).toContain("goes on from where it stopped");
    const again = host(["--out", out]);
    expect(await runMain(pipeline, again.host)).toBe(0);
    expect(again.err.some((line) => line.includes("(done before)"))).toBe(true);
  });

  it("exits 1 on a located error without a stack trace", async () => {
    const told = host([], () =>
      Promise.reject(
        new RuntimeError(RUN_MESSAGES, "decision-infeasible", { what: "saa" }, { place: "model.dro:3:1" }),
      ),
    );
    expect(await runMain(pipeline, told.host)).toBe(1);
    expect(told.err.join("\n")).toContain("--> model.dro:3:1");
    expect(told.err.join("\n")).not.toContain("    at ");
  });

  it("does not hide an error of its own", async () => {
    const told = host([], () => Promise.reject(new TypeError("broken")));
    await expect(runMain(pipeline, told.host)).rejects.toThrow("broken");
  });

  it.each([
    [["--fast"], "--fast is not an option."],
    [["--out"], "--out needs a value."],
    [["--seeds", "two"], "--seeds needs a whole number"],
    [["--seeds", "0"], "--seeds needs a whole number"],
  ])("exits 2 on %j", async (argv, message) => {
    const told = host(argv, () => Promise.reject(new Error("must not run")));
    expect(await runMain(pipeline, told.host)).toBe(2);
    expect(told.err.join("\n")).toContain(message);
    expect(told.err.join("\n")).toContain("Example:");
  });

  it("passes what was asked and prints help", async () => {
    let seen: RunOptions | null = null;
    const asked = host(["--quick", "--allow", "a", "--allow", "b"], (_pipeline, options) => {
      seen = options;
      return Promise.reject(new RuntimeError(RUN_MESSAGES, "decision-unbounded", { what: "saa" }));
    });
    await runMain(pipeline, asked.host);
    expect(seen).toMatchObject({ quick: true, allow: ["a", "b"], runFolder: join("runs", "small-portfolio") });
    const help = host(["--help"]);
    expect(await runMain(pipeline, help.host)).toBe(0);
    expect(help.out.join("\n")).toContain("--out DIR");
  });
});

describe("the entry script", () => {
  it("is recognised through a link and is nothing else", () => {
    const script = join(folder, "pipeline.js");
    const link = join(folder, "linked.js");
    const other = join(folder, "other.js");
    writeFileSync(script, "");
    writeFileSync(other, "");
    symlinkSync(script, link);
    const url = pathToFileURL(script).href;
    expect(isEntryScript(url, script)).toBe(true);
    expect(isEntryScript(url, link)).toBe(true);
    expect(isEntryScript(url, other)).toBe(false);
    expect(isEntryScript(url, join(folder, "missing.js"))).toBe(false);
    expect(isEntryScript(url, undefined)).toBe(false);
  });
});
