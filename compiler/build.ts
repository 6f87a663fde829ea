import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "prettier";
import { ts } from "ts-morph";
import { drocVersion } from "./cli/package-info.ts";
import { emitForecast } from "./emit/forecast.ts";
import { emitGeneration } from "./emit/generation.ts";
import { emitPipeline, type EmitOptions } from "./emit/pipeline.ts";
import { standardLibraryFolder } from "./resolve/standard-library.ts";
import { readSourceFile } from "./source/read-source.ts";
import type { RunnableIR } from "./compile.ts";
import type { Device } from "../runtime/tensor/device.ts";

export interface BuildOptions {
  /** Folder of the spec: `ModelIR.files` and the data's paths are relative to it. */
  readonly specFolder: string;
  readonly outFolder: string;
  /** Texts of `ModelIR.files` where they are not all in files. */
  readonly texts?: readonly string[];
  /** Device that the pipeline runs on where it is started with node and no `--device`. */
  readonly device?: Device;
}

/**
 * Emits a checked model as `pipeline.ts` and, with the types stripped, `pipeline.js`, which `node` runs as it is.
 * Nothing of the spec is run. Each file is written whole or not at all.
 *
 * @throws Error where the folder cannot be written, with the system's reason
 */
export async function buildModel(ir: RunnableIR, options: BuildOptions): Promise<{ ts: string; js: string }> {
  const emitted: EmitOptions = {
    sources: options.texts ?? ir.files.map((file) => readSource(file, options.specFolder)),
    root: folderUrl(options.outFolder, options.specFolder),
    drocVersion: drocVersion(),
    ...(options.device === undefined ? {} : { device: options.device }),
  };
  const text = await emitModel(ir, emitted);
  const script = await stripTypes(text);
  mkdirSync(options.outFolder, { recursive: true });
  const paths = { ts: join(options.outFolder, "pipeline.ts"), js: join(options.outFolder, "pipeline.js") };
  writeWhole(paths.ts, text);
  writeWhole(paths.js, script);
  return paths;
}

function emitModel(ir: RunnableIR, options: EmitOptions): Promise<string> {
  if (ir.kind === "generation") return emitGeneration(ir, options);
  return ir.kind === "forecast" ? emitForecast(ir, options) : emitPipeline(ir, options);
}

/** The same module as JavaScript, comments kept. */
export async function stripTypes(text: string): Promise<string> {
  const { outputText } = ts.transpileModule(text, {
    fileName: "pipeline.ts",
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      removeComments: false,
    },
  });
  return format(outputText, { parser: "babel", printWidth: 120 });
}

/** The text of a file of the model; without it places in the emitted comments name the file alone. */
function readSource(file: string, specFolder: string): string | undefined {
  const path = file.startsWith("std/")
    ? join(standardLibraryFolder(), `${file.slice("std/".length).replace(/\.dro$/, "")}.dro`)
    : resolve(specFolder, file);
  const result = readSourceFile(path);
  return "text" in result ? result.text : undefined;
}

/** `to` as a URL relative to files in `from`, ending in `/`; absolute where no relative path leads there. */
function folderUrl(from: string, to: string): string {
  const path = relative(resolve(from), resolve(to));
  if (isAbsolute(path)) return `${pathToFileURL(path).href}/`;
  const segments = path.split(sep).filter((segment) => segment !== "");
  return `${segments[0] === ".." ? "" : "./"}${segments.map((segment) => `${encodeURIComponent(segment)}/`).join("")}`;
}

function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}
