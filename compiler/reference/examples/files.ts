import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { baseSpecs } from "./bases.ts";
import type { fileMessages } from "../../diagnostics/catalogue/files.ts";
import type { DiagnosticExample } from "./example.ts";

const param = "param gamma = 2.0";
const risk = "risk mean(L) + gamma * cvar(L, level = 90%)";
const head = "model Example";
const costs = "fn fee(u) = 0.1 * u\n";

/** Files, imports and the limits of one compilation: a wrong and a right spec for each code. */
export const fileExamples: Readonly<Record<keyof typeof fileMessages, DiagnosticExample>> = {
  "file-missing": {
    of: head,
    files: { "costs.dro": costs },
    wrong: 'import { fee } from "./cost.dro"\nmodel Example',
    right: 'import { fee } from "./costs.dro"\nmodel Example',
  },
  "file-is-directory": {
    of: head,
    files: {
      "costs.dro": { shows: "(a folder)", make: (path) => mkdirSync(path) },
      "costs.dro/fees.dro": costs,
    },
    wrong: 'import { fee } from "./costs.dro"\nmodel Example',
    right: 'import { fee } from "./costs.dro/fees.dro"\nmodel Example',
  },
  "file-not-regular": {
    of: head,
    files: {
      "pipe.dro": { shows: "(a named pipe)", make: (path) => execFileSync("mkfifo", [path]) },
      "costs.dro": costs,
    },
    wrong: 'import { fee } from "./pipe.dro"\nmodel Example',
    right: 'import { fee } from "./costs.dro"\nmodel Example',
  },
  "file-unreadable": {
    of: head,
    files: { "costs.dro": costs },
    wrong: {
      text: `import { fee } from "./${"cost_".repeat(60)}.dro"\nmodel Example`,
      shows:
        'import { fee } from "./cost_cost_cost_….dro"    // a name of 300 characters, which the system refuses\nmodel Example',
    },
    right: 'import { fee } from "./costs.dro"\nmodel Example',
  },
  "file-too-large": {
    of: head,
    files: {
      "numbers.dro": {
        shows: "param returns = [0.013, 0.021, …]    // more than a million characters",
        make: (path) => writeFileSync(path, `param returns = [${"0.013, ".repeat(150_000)}0]\n`),
      },
      "costs.dro": costs,
    },
    wrong: 'import { returns } from "./numbers.dro"\nmodel Example',
    right: 'import { fee } from "./costs.dro"\nmodel Example',
  },
  "file-not-utf8": {
    of: head,
    files: {
      "latin.dro": {
        shows: "// Gebühr, saved as Latin-1",
        make: (path) => writeFileSync(path, "// Gebühr\n", "latin1"),
      },
      "costs.dro": costs,
    },
    wrong: 'import { fee } from "./latin.dro"\nmodel Example',
    right: 'import { fee } from "./costs.dro"\nmodel Example',
  },
  "path-not-valid": {
    base: "market",
    of: 'csv("market.csv")',
    wrong: 'csv("")',
    right: 'csv("market.csv")',
  },
  "path-remote": {
    base: "market",
    of: 'csv("market.csv")',
    wrong: 'csv("https://example.org/market.csv")',
    right: 'csv("market.csv")',
  },
  "path-escapes": {
    base: "market",
    of: 'csv("market.csv")',
    wrong: 'csv("../market.csv")',
    right: 'csv("data/market.csv")',
  },
  "import-form": {
    of: head,
    files: { "costs.dro": costs },
    wrong: 'import { fee } from "costs"\nmodel Example',
    right: 'import { fee } from "./costs.dro"\nmodel Example',
  },
  "import-unknown-module": {
    of: head,
    wrong: 'import { newsvendor } from "std/loses"\nmodel Example',
    right: 'import { newsvendor } from "std/losses"\nmodel Example',
  },
  "import-unknown-name": {
    of: head,
    wrong: 'import { newsvender } from "std/losses"\nmodel Example',
    right: 'import { newsvendor } from "std/losses"\nmodel Example',
  },
  "import-cycle": {
    of: head,
    files: {
      "costs.dro": 'import { rate } from "./rates.dro"\nfn fee(u) = rate * u\n',
      "rates.dro": 'import { fee } from "./costs.dro"\nparam rate = fee(0.1)\n',
      "taxes.dro": "fn tax(u) = 0.1 * u\n",
    },
    wrong: 'import { fee } from "./costs.dro"\nmodel Example',
    right: 'import { tax } from "./taxes.dro"\nmodel Example',
  },
  "import-limit": {
    of: head,
    files: {
      "deep/0.dro": {
        shows:
          'import { fee as next } from "./1.dro"    // which imports 2.dro, and so on to 17.dro\nfn fee(u) = next(u)',
        make: (path) => chain(dirname(path), 17),
      },
      "costs.dro": costs,
    },
    wrong: 'import { fee } from "./deep/0.dro"\nmodel Example',
    right: 'import { fee } from "./costs.dro"\nmodel Example',
  },
  "empty-file": { wrong: "// to be written\n", right: baseSpecs.portfolio },
  "declaration-limit": {
    of: param,
    wrong: {
      text: () => `${param}\n${Array.from({ length: 5_000 }, (_, i) => `param r${i} = 0.01`).join("\n")}`,
      shows: `${param}\nparam r0 = 0.01\n…\nparam r4999 = 0.01    // more than 5,000 declarations`,
    },
    right: "param gamma = 2.0\nparam r: real[5000] = 0.01",
  },
  "not-yet-supported": { of: risk, wrong: "risk entropic(L, theta = 1)", right: "risk cvar(L, level = 90%)" },
  "not-yet-runnable": {
    of: "evaluate on test { regret }",
    wrong: "evaluate on test { regret, wealth }",
    right: "evaluate on test { regret, mean_loss }",
  },
};

/** Files `0.dro` to `length.dro`, each with a function that calls that of the next. */
function chain(folder: string, length: number): void {
  for (let i = 0; i < length; i++) {
    const text = `import { fee as next } from "./${i + 1}.dro"\nfn fee(u) = next(u)\n`;
    writeFileSync(join(folder, `${i}.dro`), text);
  }
  writeFileSync(join(folder, `${length}.dro`), costs);
}
