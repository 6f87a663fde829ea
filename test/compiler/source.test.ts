import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { confine, createConfinement } from "../../compiler/source/confine.ts";
import { limits } from "../../compiler/source/limits.ts";
import { readSourceFile } from "../../compiler/source/read-source.ts";
import { createSourceText, lineText, positionAt } from "../../compiler/source/source-text.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "droc-source-")));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("places in a text", () => {
  it("counts lines and columns from 1 whatever ends a line", () => {
    const source = createSourceText("a.dro", "/a.dro", "ab\ncd\r\ne\rf");
    expect([0, 1, 3, 7, 9, 10, 99].map((offset) => positionAt(source, offset))).toEqual([
      { line: 1, column: 1 },
      { line: 1, column: 2 },
      { line: 2, column: 1 },
      { line: 3, column: 1 },
      { line: 4, column: 1 },
      { line: 4, column: 2 },
      { line: 4, column: 2 },
    ]);
    expect([1, 2, 3, 4, 5].map((line) => lineText(source, line))).toEqual(["ab", "cd", "e", "f", ""]);
  });

  it("has a first place in an empty text", () => {
    expect(positionAt(createSourceText("a.dro", "/a.dro", ""), 0)).toEqual({ line: 1, column: 1 });
  });
});

describe("reading a spec", () => {
  it("reads UTF-8 without a byte-order mark", () => {
    expect(readSourceFile(write("bom.dro", "\uFEFFmodel Größe\n"))).toEqual({ text: "model Größe\n" });
  });

  it.each([
    ["missing", () => join(folder, "none.dro")],
    ["directory", () => folder],
    ["not-utf8", () => write("latin.dro", Uint8Array.of(0x6d, 0xe9))],
    ["too-large", () => write("large.dro", "/".repeat(limits.fileBytes + 1))],
    ["not-regular", () => "/dev/null"],
  ])("refuses a file that is %s", (kind, path) => {
    expect(readSourceFile(path())).toMatchObject({ problem: { kind } });
  });

  it("does not wait for a pipe that nobody writes to", () => {
    const path = join(folder, "pipe.dro");
    execFileSync("mkfifo", [path]);
    expect(readSourceFile(path)).toEqual({ problem: { kind: "not-regular" } });
  });
});

describe("confinement", () => {
  const root = join(folder, "spec");
  const outside = join(folder, "outside");
  mkdirSync(join(root, "sub"), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(outside, "secret.csv"), "a\n");
  symlinkSync(outside, join(root, "link"));
  symlinkSync(join(outside, "later.csv"), join(root, "dangling.csv"));
  symlinkSync(join(root, "loop.csv"), join(root, "loop.csv"));

  it.each(["data.csv", "./sub/../data.csv", "sub/deep/none.csv"])("accepts %s below the spec's folder", (name) => {
    expect(confine(createConfinement(root, []), root, name)).toHaveProperty("path");
  });

  it.each(["../outside/secret.csv", "/etc/passwd", "link/secret.csv", "dangling.csv", ".."])(
    "refuses %s, which leads out of it",
    (name) => {
      expect(confine(createConfinement(root, []), root, name)).toMatchObject({ problem: "escapes" });
    },
  );

  it("accepts what --allow names, through links too", () => {
    const confinement = createConfinement(root, [outside]);
    expect(confine(confinement, root, "link/secret.csv")).toEqual({ path: join(outside, "secret.csv") });
    expect(confine(confinement, root, "/etc/passwd")).toMatchObject({ problem: "escapes" });
  });

  it.each(["https://host/a.csv", "s3://bucket/a", "//host/share/a.csv", "file:///etc/passwd"])(
    "refuses the remote %s",
    (name) => {
      expect(confine(createConfinement(root, ["/"]), root, name)).toMatchObject({ problem: "remote" });
    },
  );

  it.each([
    ["empty", ""],
    ["a null byte", "a\0.csv"],
    ["a line end", "a\n.csv"],
    ["endless", "a/".repeat(5000)],
  ])("refuses a path that is or has %s", (_, name) => {
    expect(confine(createConfinement(root, []), root, name)).toMatchObject({ problem: "not-a-path" });
  });

  it("ends on a link that leads to itself", () => {
    expect(confine(createConfinement(root, []), root, "loop.csv")).toHaveProperty("path");
  });
});
