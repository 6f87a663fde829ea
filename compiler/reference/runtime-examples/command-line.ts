import type { RuntimeExample, RuntimeExamples } from "./example.ts";

function command(wrong: string, right: string, says: string, more: Partial<RuntimeExample> = {}): RuntimeExample {
  return { base: "portfolio", in: "command", wrong, right, says, ...more };
}

/** Makes the compiler throw, as a broken invariant of droc would. */
const BROKEN_DROC = `import { register } from "node:module";

// Stands for a defect of droc.
register(
  "data:text/javascript," +
    encodeURIComponent(\`export async function load(url, context, next) {
      if (!url.endsWith("/compiler/compile.js")) return next(url, context);
      const source = 'export function compile() { throw new Error("a number was expected"); }';
      return { format: "module", shortCircuit: true, source };
    }\`),
);
`;

const SHARED = `dim Asset = 3
`;

/** A generator without a decision. */
const SCENARIOS = `model Scenarios

data returns = synthetic portfolio { assets: 3, covariates: 2, train: 60, validation: 12, test: 12 } {
  context x: real[2]
  outcome s: real[3]
}

uncertainty s | x ~ flow_matching { hidden: [8], scenarios: 16 }

train uniform_fm { steps: 20, batch: 16 }
`;

/** Command lines, and the files and folders that they name. */
export const commandLineExamples: RuntimeExamples = {
  "cli-usage": command(
    "droc run model.dro --seed 3",
    "droc run model.dro --seeds 3",
    "unknown option '--seed' (Did you mean --seeds?)",
  ),
  "cli-model-unknown": command(
    "droc explain model.dro --model Portfolios",
    "droc explain model.dro --model Portfolio",
    "`model.dro` has no model `Portfolios`",
  ),
  "cli-model-choice": command(
    "cat other.dro >> model.dro\ndroc run model.dro",
    "cat other.dro >> model.dro\ndroc run model.dro --model Other",
    "`model.dro` has several models: Portfolio, Other",
    { beside: { "other.dro": "\nmodel Other extends Portfolio\n\nseed 2\n" } },
  ),
  "cli-model-none": command("droc explain shared.dro", "droc explain model.dro", "`shared.dro` declares no model", {
    beside: { "shared.dro": SHARED },
  }),
  "cli-out-not-writable": command(
    "droc run model.dro --out notes.txt/run",
    "droc run model.dro --out notes/run",
    "cannot write to `notes.txt/run`: a part of the path is not a folder",
    {
      beside: { "notes.txt": "A file, not a folder.\n" },
    },
  ),
  "cli-file-not-readable": command(
    "droc fmt modle.dro",
    "droc fmt model.dro",
    "cannot read `modle.dro`: there is no such file",
  ),
  "cli-file-not-writable": command(
    "chmod a-w .\ndroc fmt model.dro",
    "droc fmt model.dro",
    "cannot write `model.dro`: permission denied",
    {
      also: [["model.dro", "dim Asset = 3", "dim  Asset=3"]],
    },
  ),
  "cli-fmt-broken": {
    base: "portfolio",
    in: "model.dro",
    of: "loss L(z, s) = -dot(s, z)",
    wrong: "loss L(z, s = -dot(s, z)",
    right: "loss L(z, s) = -dot(s, z)",
    command: "droc fmt model.dro",
    says: "`model.dro` does not parse, so it was left as it is",
  },
  "cli-init-not-empty": command("droc init .", "droc init my-problem", "`.` is not empty: it has model.dro"),
  "cli-no-run": command(
    "droc decide runs/today --context new.csv --out decisions.csv",
    "droc run model.dro --out runs/today\ndroc decide runs/today --context new.csv --out decisions.csv",
    "`runs/today` is no run folder: there is no such folder",
    { beside: { "new.csv": "x[1],x[2]\n0.1,0.2\n" } },
  ),
  "cli-decides-nothing": command(
    "droc run scenarios.dro --out today\ndroc decide today --context new.csv --out decisions.csv",
    "droc run model.dro --out today\ndroc decide today --context new.csv --out decisions.csv",
    "`today` is a run of `Scenarios`, which decides nothing",
    { beside: { "new.csv": "x[1],x[2]\n0.1,0.2\n", "scenarios.dro": SCENARIOS } },
  ),
  "cli-table-unknown": command(
    "droc reproduce 003/tabel-1",
    "droc reproduce --list",
    "no table `003/tabel-1` is known",
  ),
  "cli-block-unknown": command(
    "droc reproduce 003/table-1 --only degree-3",
    "droc reproduce 003/table-1 --list",
    "`003/table-1` has no block `degree-3`",
  ),
  "cli-table-data": command(
    "droc reproduce 003/table-2 --data nowhere",
    "droc reproduce --list",
    "`nowhere/data/industries.csv` is missing, which block `industries` of `003/table-2` reads",
  ),
  "cli-interrupted": command(
    "droc run model.dro --out runs/today # then Ctrl-C",
    "droc run model.dro --out runs/today",
    "interrupted",
  ),
  "cli-diff-revision": command(
    "git init -q .\ndroc diff --against main~1",
    "git init -q .\ngit add model.dro\ngit -c user.name=A -c user.email=a@example.org commit -qm First\ndroc diff --against HEAD",
    "cannot read the revision `main~1`: git knows no such revision",
  ),
  "cli-diff-broken": command(
    "droc diff model.dro new.dro",
    "droc diff model.dro model.dro",
    "`new.dro` has errors, so it cannot be compared",
    { beside: { "new.dro": "model New\n\nrisk mean(\n" } },
  ),
  "cli-diff-verdict": command(
    "sed 's/level = 90%/level = 80%/' model.dro > new.dro\ndroc diff model.dro new.dro --fail-on less-conservative",
    "sed 's/level = 90%/level = 95%/' model.dro > new.dro\ndroc diff model.dro new.dro --fail-on less-conservative",
    "found what `--fail-on` names: LESS CONSERVATIVE",
  ),
  "cli-config": {
    base: "portfolio",
    in: "droc.config.json",
    of: "loud",
    wrong: "loud",
    right: "error",
    command: "droc lint model.dro --fail-on error",
    beside: { "droc.config.json": '{ "lint": { "rules": { "name-style": "loud" } } }\n' },
    says: '`droc.config.json` is not a configuration: `name-style` is one of off, note, warning, error, not "loud"',
  },
  "cli-lint": command(
    "droc lint model.dro",
    "droc lint model.dro --fail-on error",
    "found 3 findings of severity warning or above",
  ),
  "cli-lock-run": {
    base: "orders",
    in: "command",
    wrong:
      "droc run model.dro --out today\nsed 's/in 0..100/in 0..90/' model.dro > new.dro\ndroc lock new.dro --run today",
    right: "droc run model.dro --out today\ndroc lock model.dro --run today",
    says: "the run in `today` is of another spec than `new.dro`",
  },
  "cli-lock-missing": command(
    "droc verify model.dro",
    "droc lock model.dro\ndroc verify model.dro",
    "`model.lock.json` is no lock: there is no such file",
  ),
  "cli-verify": command(
    "droc lock model.dro\nsed -i 's/level = 90%/level = 80%/' model.dro\ndroc verify model.dro",
    "droc lock model.dro\ndroc verify model.dro",
    "1 of the facts in `model.lock.json` no longer hold",
  ),
  "cli-internal": command(
    'NODE_OPTIONS="--import=./broken-droc.mjs" droc check model.dro',
    "droc check model.dro",
    "an internal error of droc: a number was expected",
    { beside: { "broken-droc.mjs": BROKEN_DROC } },
  ),
};
