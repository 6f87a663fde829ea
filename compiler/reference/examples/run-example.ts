import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compile, type Compilation } from "../../compile.ts";
import { baseSpecs } from "./bases.ts";
import { partsOf, type DiagnosticExample } from "./example.ts";

/** A side of an example, compiled: the spec's text and what droc says of it. */
export interface ExampleRun {
  readonly source: string;
  readonly compilation: Compilation;
}

/** Compiles one side of an example in a folder of its own with the files that it needs; the folder is removed again. */
export function runExample(example: DiagnosticExample, side: "wrong" | "right"): ExampleRun {
  const { text, set } = partsOf(example[side]);
  const source =
    example.of === undefined ? text : baseSpecs[example.base ?? "portfolio"].replace(example.of, () => text);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "droc-example-")));
  try {
    for (const [name, file] of Object.entries(example.files ?? {})) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      if (typeof file === "string") writeFileSync(path, file);
      else file.make(path);
    }
    return { source, compilation: compile({ file: join(folder, "model.dro"), source, set }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
