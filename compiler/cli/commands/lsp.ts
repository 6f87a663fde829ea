import { serve } from "../../lsp/server.ts";
import { EXIT } from "../exit-codes.ts";
import { drocVersion } from "../package-info.ts";
import type { Outcome } from "../session.ts";

/** Serves an editor over standard input and output until it closes them. */
export async function lspCommand(): Promise<Outcome> {
  await serve(drocVersion());
  return { exit: EXIT.done };
}
