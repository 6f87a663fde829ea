/** Every file that is made from the tables and rules of the grammar, by its path from the repository's root. */
import { generateEbnf } from "./ebnf.ts";
import { generateRailroad } from "./railroad.ts";
import { generateLinguist } from "./linguist.ts";
import { generateMonarch } from "./monarch.ts";
import { generateTextMate } from "./textmate.ts";

export function artefacts(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/grammar/grammar.ebnf", generateEbnf()],
    ["docs/grammar/railroad.html", generateRailroad()],
    ["editor/dro.tmLanguage.json", generateTextMate()],
    ["editor/dro.monarch.json", generateMonarch()],
    ["editor/linguist/languages.yml", generateLinguist()],
  ]);
}
