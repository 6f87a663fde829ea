import { join, relative, resolve, dirname } from "node:path";
import { buildModel } from "../../build.ts";
import { EXIT } from "../exit-codes.ts";
import { prepareFolder } from "../output-folder.ts";
import { chooseRunnable, compileSpec } from "../compile-spec.ts";
import type { Device } from "../../../runtime/tensor/device.ts";
import type { SpecOptions } from "../program.ts";
import type { Outcome, Session } from "../session.ts";

/** Writes `pipeline.ts` and `pipeline.js` of one model. Exit 1 where the spec has errors; then nothing is written. */
export async function buildCommand(
  session: Session,
  file: string,
  options: SpecOptions & { readonly out: string; readonly device?: Device },
): Promise<Outcome> {
  const spec = compileSpec(session, file, options);
  const { diagnostics, ok } = spec;
  if (!ok) return { exit: EXIT.wrong, diagnostics };
  const chosen = chooseRunnable(session, spec, file, options.model);
  if ("refused" in chosen) return chosen.refused;
  const { model } = chosen;
  const outFolder = resolve(session.cwd, options.out);
  prepareFolder(outFolder, options.out);
  await buildModel(model, {
    specFolder: dirname(resolve(session.cwd, file)),
    outFolder,
    ...(options.device === undefined ? {} : { device: options.device }),
  });
  const written = ["pipeline.ts", "pipeline.js"].map((name) => relative(session.cwd, join(outFolder, name)));
  const text = written.map((path) => `${path}\n`).join("");
  return { exit: EXIT.done, text, diagnostics, result: { model: model.name, files: written } };
}
