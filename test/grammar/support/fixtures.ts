/** The example files. Those of the language's own page are copied word for word. */
import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../fixtures/", import.meta.url);

export const fixtures: readonly { readonly name: string; readonly source: string }[] = readdirSync(folder)
  .filter((name) => name.endsWith(".dro"))
  .map((name) => ({ name, source: readFileSync(new URL(name, folder), "utf8") }));
