import { Command, InvalidArgumentError, Option } from "commander";
import { DEVICES, EXECUTOR_NAMES, type Device, type ExecutorName } from "../../runtime/tensor/device.ts";
import type { DecideCommandOptions } from "./commands/decide.ts";
import type { DiffOptions } from "./commands/diff.ts";
import type { LintOptions } from "./commands/lint.ts";
import type { LockOptions } from "./commands/lock.ts";
import type { VerifyOptions } from "./commands/verify.ts";
import type { ReproduceOptions } from "./commands/reproduce.ts";
import { drocVersion } from "./package-info.ts";
import type { Outcome, Session } from "./session.ts";

/** Options of the commands that compile a spec. */
export interface SpecOptions {
  readonly set?: Readonly<Record<string, string>>;
  readonly allow?: readonly string[];
  readonly model?: string;
}
interface RunFlags {
  readonly out?: string;
  readonly seeds?: number;
  readonly quick?: boolean;
  readonly jobs?: number;
  readonly device?: Device;
  readonly executor?: ExecutorName;
}
export type Format = "text" | "json" | "sarif" | "github";

/**
 * The command line: names, arguments, options and help. Each command's code is imported when it is called, so that
 * `check` and `fmt` start without an executor, a solver, DuckDB or ts-morph. `done` receives what a command returned.
 */
export function createProgram(session: Session, done: (outcome: Outcome) => void): Command {
  const program = new Command("droc")
    .description("Check, build and run .dro files: decisions under uncertainty, stated once.")
    .version(drocVersion(), "-V, --version", "print droc's version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
    // Errors are printed once, by runCli.
    .configureOutput({ outputError: () => undefined })
    .addHelpText(
      "after",
      `
Exit codes: 0 done, 1 the spec or its data is wrong, 2 usage, 3 internal error (a report file is written),
            130 interrupted (the same command resumes).

Example:
  $ droc init my-problem && cd my-problem
  $ droc check model.dro && droc run model.dro --quick`,
    );

  const command = (name: string, description: string, example: string): Command =>
    program
      .command(name)
      .description(description)
      .exitOverride()
      .helpOption("-h, --help", "print this help")
      .configureOutput({ outputError: () => undefined })
      .showSuggestionAfterError(true)
      .allowExcessArguments(false)
      .addOption(new Option("--json", "print one JSON object (docs/cli-json.md)"))
      .addHelpText("after", `\nExample:\n${example.replaceAll(/^/gm, "  ")}`);
  command("init", "Write a small commented problem into a new or empty folder.", "$ droc init my-problem")
    .argument("[folder]", "where to write", ".")
    .action(async (folder: string) => {
      const { initCommand } = await import("./commands/init.ts");
      done(await initCommand(session, folder));
    });

  forSpec(
    command("check", "Report every error and warning of specs; run nothing.", "$ droc check model.dro --format github"),
  )
    .argument("<file...>", "the .dro files")
    .addOption(
      new Option("--format <format>", "how to print").choices(["text", "json", "sarif", "github"]).default("text"),
    )
    .action(async (files: string[], options: SpecOptions & { format: Format }) => {
      const { checkCommand } = await import("./commands/check.ts");
      done(checkCommand(session, files, options));
    });

  forModel(
    command(
      "build",
      "Write the TypeScript pipeline of a spec.",
      "$ droc build model.dro --out generated\n$ node generated/pipeline.js",
    ),
  )
    .argument("<file>", "the .dro file")
    .option("--out <dir>", "folder to write pipeline.ts and pipeline.js to", "generated")
    .addOption(new Option("--device <device>", "where the pipeline trains unless told otherwise").choices(DEVICES))
    .action(async (file: string, options: SpecOptions & { out: string; device?: Device }) => {
      const { buildCommand } = await import("./commands/build.ts");
      done(await buildCommand(session, file, options));
    });

  forModel(
    command(
      "run",
      "Check, build, train, decide and evaluate; resumes what was interrupted.",
      "$ droc run model.dro --set gamma=3 --seeds 5",
    ),
  )
    .argument("<file>", "the .dro file")
    .option("--out <dir>", "the run folder (default: runs/<model>-<hash>)")
    .option("--seeds <n>", "replace the number of seeds of `evaluate`", parseCount)
    .option("--quick", "a smoke run: few steps, contexts and scenarios; its numbers mean nothing")
    .option("--jobs <n>", "tasks done at once (default: one a core, as memory allows); changes no number", parseJobs)
    .addOption(new Option("--device <device>", "where to train and sample (default: auto)").choices(DEVICES))
    .addOption(new Option("--executor <name>", "what trains and samples there").choices(EXECUTOR_NAMES))
    .action(async (file: string, options: SpecOptions & RunFlags) => {
      const { runCommand } = await import("./commands/run.ts");
      done(await runCommand(session, file, options));
    });

  command(
    "decide",
    "Decide, or predict, at new rows with a finished run.",
    "$ droc decide runs/today --context new.csv --out decisions.parquet\n$ producer | droc decide runs/today --context - > decisions.csv",
  )
    .argument("<run>", "the run folder")
    .requiredOption(
      "--context <file>",
      "contexts, or a predictor's rows: .csv, .jsonl or .parquet, or - for a CSV from standard input",
    )
    .option("--out <file>", "write to a file instead of standard output")
    .addOption(
      new Option("--format <format>", "how to write (default: by the ending of --out, else csv)").choices([
        "csv",
        "jsonl",
        "parquet",
      ]),
    )
    .option("--method <name>", "the method of the run that decides or predicts (default: the trained one)")
    .option("--scenarios <n>", "scenarios a context instead of the spec's", parseScenarios)
    .option(
      "--seed <n>",
      "seed of the scenarios' noise instead of the spec's; of a predictor the run's seed",
      parseSeed,
    )
    .option(
      "--jobs <n>",
      "chunks decided at once (default: one a core, as memory allows); changes no number",
      parseJobs,
    )
    .addOption(
      new Option("--on-error <what>", "at a row that is wrong: stop, or write it with its error and go on")
        .choices(["stop", "skip"])
        .default("stop"),
    )
    .action(async (folder: string, options: DecideCommandOptions) => {
      const { decideCommand } = await import("./commands/decide.ts");
      done(await decideCommand(session, folder, options));
    });

  command(
    "fmt",
    "Print specs in the one canonical form; comments are kept.",
    "$ droc fmt model.dro\n$ droc fmt --check *.dro",
  )
    .argument("[file...]", "the .dro files")
    .option("--check", "change nothing; exit 1 where a file is not canonical")
    .option("--stdin", "read from standard input and write to standard output")
    .option("--write", "rewrite the files (what happens anyway without --check)")
    .action(async (files: string[], options: { check?: boolean; stdin?: boolean; write?: boolean }) => {
      const { fmtCommand } = await import("./commands/fmt.ts");
      done(await fmtCommand(session, files, options));
    });

  forSpec(
    command(
      "lint",
      "Say what a reviewer would: numbers without a name, one seed, no baseline, and more.",
      "$ droc lint model.dro\n$ droc lint --fix --fail-on error *.dro",
    ),
  )
    .argument("<file...>", "the .dro files")
    .option("--fix", "make the edits that change no meaning")
    .addOption(new Option("--format <format>", "how to print").choices(["text", "json", "github"]).default("text"))
    .addOption(
      new Option("--fail-on <severity>", "exit 1 on findings of this severity or above")
        .choices(["note", "warning", "error"])
        .default("warning"),
    )
    .action(async (files: string[], options: LintOptions) => {
      const { lintCommand } = await import("./commands/lint.ts");
      done(lintCommand(session, files, options));
    });

  forSpec(
    command(
      "diff",
      "Compare specs by meaning: each change with what it does to the decision.",
      "$ droc diff old.dro new.dro\n$ droc diff --against origin/main --merge-base --fail-on less-conservative",
    ),
  )
    .argument("[path...]", "two files or folders, or REV:path; with --against, what to compare (default: all)")
    .option("--against <rev>", "compare the work tree with a git revision")
    .option("--merge-base", "with --against: the commit where its history and HEAD part")
    .option("--fail-on <verdicts>", "exit 1 on these, separated by commas: less-conservative, …, any")
    .addOption(new Option("--format <format>", "how to print").choices(["text", "json", "markdown"]).default("text"))
    .option("--git-driver", "called by git as an external diff driver (docs/review.md)")
    .option("--textconv", "print one file as lines of what it means, for git's textconv")
    .action(async (paths: string[], options: SpecOptions & DiffOptions) => {
      const { diffCommand } = await import("./commands/diff.ts");
      done(diffCommand(session, paths, options));
    });

  forSpec(
    command(
      "lock",
      "Write what a spec rests on beside it: meaning, defaults, data, versions, weights and decisions.",
      "$ droc lock model.dro --run runs/today",
    ),
  )
    .argument("<file>", "the .dro file")
    .option("--run <dir>", "also lock this finished run: its weights and what it decides (repeatable)", collect)
    .action(async (file: string, options: LockOptions) => {
      const { lockCommand } = await import("./commands/lock.ts");
      done(await lockCommand(session, file, options));
    });

  forSpec(command("verify", "Say what of a lock no longer holds, and decide again.", "$ droc verify model.dro --full"))
    .argument("<file>", "the .dro file")
    .option("--full", "train again too, in a folder of its own")
    .action(async (file: string, options: VerifyOptions) => {
      const { verifyCommand } = await import("./commands/verify.ts");
      done(await verifyCommand(session, file, options));
    });

  forModel(
    command(
      "explain",
      "Print the whole problem: every default, the canonical form, its size, what is guaranteed.",
      "$ droc explain model.dro\n$ droc explain model.dro --format html > problem.html",
    ),
  )
    .argument("<file>", "the .dro file")
    .addOption(new Option("--format <format>", "how to print").choices(["text", "markdown", "html"]).default("text"))
    .action(async (file: string, options: SpecOptions & { format: "text" | "markdown" | "html" }) => {
      const { explainCommand, explainPageCommand } = await import("./commands/explain.ts");
      const { format } = options;
      if (format === "text") done(explainCommand(session, file, options));
      else done(await explainPageCommand(session, file, { ...options, format }));
    });

  command(
    "reproduce",
    "Run a table of a paper and print its figures beside ours; resumes what was interrupted.",
    "$ droc reproduce --list\n$ droc reproduce 003/table-1 --quick\n$ droc reproduce 003/table-2 --data examples/industry-portfolio",
  )
    .argument("[table]", "the table, such as 003/table-1, or a paper for all of its tables")
    .option("--list", "list the tables; run nothing")
    .option("--only <blocks>", "some of the table's blocks, separated by commas")
    .option("--data <dir>", "the folder that the specs name their data from (default: each spec's own)")
    .option(ALLOW, ALLOW_MEANS, collect)
    .option("--out <dir>", "the folder of the runs", "runs/reproduce")
    .option("--seeds <n>", "replace the number of seeds of the table", parseCount)
    .option("--quick", "a smoke run: few steps, contexts and scenarios; its numbers mean nothing")
    .option("--jobs <n>", "tasks done at once (default: one a core, as memory allows); changes no number", parseJobs)
    .addOption(new Option("--device <device>", "where to train and sample (default: auto)").choices(DEVICES))
    .addOption(new Option("--executor <name>", "what trains and samples there").choices(EXECUTOR_NAMES))
    .addOption(new Option("--format <format>", "how to print").choices(["text", "markdown", "json"]).default("text"))
    .action(async (table: string | undefined, options: ReproduceOptions) => {
      const { reproduceCommand } = await import("./commands/reproduce.ts");
      done(await reproduceCommand(session, table, options));
    });

  command("lsp", "Serve editors: the language server, on standard input and output.", "$ droc lsp --stdio")
    .option("--stdio", "speak over standard input and output, which is all there is")
    .action(async () => {
      const { lspCommand } = await import("./commands/lsp.ts");
      done(await lspCommand());
    });

  command("doctor", "Say which executors and solvers are installed and which would be used.", "$ droc doctor").action(
    async () => {
      const { doctorCommand } = await import("./commands/doctor.ts");
      done(await doctorCommand(session));
    },
  );
  return program;
}

const ALLOW = "--allow <path>";
const ALLOW_MEANS = "also read data below this path (repeatable)";

function forSpec(command: Command): Command {
  return command
    .option("--set <name=value>", "replace a parameter of the spec (repeatable)", collectSetting)
    .option(ALLOW, ALLOW_MEANS, collect);
}

function forModel(command: Command): Command {
  return forSpec(command).option("--model <name>", "the model, where the file has several");
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

function collectSetting(
  text: string,
  previous: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const equals = text.indexOf("=");
  const name = text.slice(0, Math.max(equals, 0)).trim();
  const value = text.slice(equals + 1).trim();
  if (!/^[A-Za-z_]\w*$/.test(name) || value === "") throw new InvalidArgumentError("Write it as name=value.");
  return { ...previous, [name]: value };
}

function parseCount(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1 || n > 10_000)
    throw new InvalidArgumentError("It must be a whole number from 1 to 10000.");
  return n;
}

function parseJobs(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1 || n > 256)
    throw new InvalidArgumentError("It must be a whole number from 1 to 256.");
  return n;
}

function parseScenarios(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1 || n > 10_000_000)
    throw new InvalidArgumentError("It must be a whole number from 1 to 10000000.");
  return n;
}

function parseSeed(text: string): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n) || text.trim() === "") throw new InvalidArgumentError("It must be a whole number.");
  return n;
}
