import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import type * as nodeFs from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { makeFolder } from "../../runtime/runs/make-folder.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Every folder is made by somebody else just before it is made here. */
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof nodeFs>();
  const mkdirSync = (path: string): void => {
    if (!fs.existsSync(path)) fs.mkdirSync(path);
    fs.mkdirSync(path);
  };
  return { ...fs, mkdirSync };
});

it("does not mind that another process makes the folder at the same moment", () => {
  const root = temporaryFolder();
  makeFolder(join(root, "run", "weights"));
  expect(statSync(join(root, "run", "weights")).isDirectory()).toBe(true);
});

it("still refuses a file in the way", () => {
  const path = join(temporaryFolder(), "run");
  writeFileSync(path, "");
  expect(() => makeFolder(path)).toThrowError(expect.objectContaining({ code: "EEXIST" }));
  expect(existsSync(path)).toBe(true);
  rmSync(path);
});
