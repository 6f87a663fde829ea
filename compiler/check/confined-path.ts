import { dirname } from "node:path";
import { confine } from "../source/confine.ts";
import type { Location } from "../source/source-text.ts";
import type { CheckContext } from "./context.ts";

/** The real path of a file that a spec names at `at`; `null` after reporting where it may not be opened. */
export function confinedPath(ctx: CheckContext, path: string, at: Location): string | null {
  const confined = confine(ctx.confinement, dirname(at.source.path), path);
  if (!("problem" in confined)) return confined.path;
  if (confined.problem === "remote") ctx.reporter.report("path-remote", at, { path });
  else if (confined.problem === "escapes") ctx.reporter.report("path-escapes", at, { path });
  else ctx.reporter.report("path-not-valid", at, {});
  return null;
}
