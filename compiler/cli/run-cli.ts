import { showText } from "../diagnostics/show-text.ts";
import { CommanderError } from "commander";
import { cliError, CliError, errorCode } from "./cli-error.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { jsonAnswer } from "./json-answer.ts";
import { createProgram } from "./program.ts";
import { createSession, type Outcome, type Session } from "./session.ts";
import { paint } from "./terminal.ts";

/**
 * Runs one command line (without `node` and the script) and returns the exit code. Errors of the user, of the command
 * line and of droc itself all end here: nothing escapes as a stack trace.
 */
export async function runCli(args: readonly string[]): Promise<ExitCode> {
  const abort = new AbortController();
  const session = createSession(abort.signal, args.includes("--json") || isJsonFormat(args));
  const stop = (): void => {
    // A second signal does not wait for the checkpoint.
    if (abort.signal.aborted) process.exit(EXIT.interrupted);
    abort.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  // `droc explain … | head` closes the pipe early: that is no error.
  process.stdout.on("error", (error) => {
    if (errorCode(error) === "EPIPE") process.exit(EXIT.done);
    throw error;
  });

  let command = "";
  const answer = (outcome: Outcome): ExitCode => {
    if (session.json) process.stdout.write(jsonAnswer(command, outcome));
    else if (outcome.text !== undefined) process.stdout.write(outcome.text);
    if (outcome.error !== undefined) session.note(renderCliError(outcome.error, session));
    return outcome.exit;
  };
  try {
    let outcome: Outcome = { exit: EXIT.done };
    const program = createProgram(session, (value) => {
      outcome = value;
    });
    command = program.commands.find((c) => c.name() === args[0])?.name() ?? "";
    await program.parseAsync(args, { from: "user" });
    return answer(outcome);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version asked for; commander has printed them.
      if (error.exitCode === 0) return EXIT.done;
      if (error.code === "commander.help") return EXIT.usage;
      return answer({ exit: EXIT.usage, error: usageError(error, command) });
    }
    if (error instanceof CliError) return answer({ exit: error.exit, error });
    const { writeReport } = await import("./internal-error.ts");
    const path = writeReport(error, args, session.cwd, new Date());
    const text = showText(error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
    return answer({ exit: EXIT.internal, error: cliError("cli-internal", { text, path }, EXIT.internal) });
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

function isJsonFormat(args: readonly string[]): boolean {
  return args.some((arg, i) => arg === "--format=json" || (arg === "--format" && args[i + 1] === "json"));
}

function usageError(error: CommanderError, command: string): CliError {
  const text = showText(
    error.message
      .replace(/^error: /, "")
      .trim()
      .replaceAll("\n", " "),
  );
  return cliError("cli-usage", { text, command: command === "" ? "" : `${command} ` }, EXIT.usage);
}

function renderCliError(error: CliError, session: Session): string {
  const head = paint(session.err, `error[${error.code}]`, "bold", "red");
  const label = (text: string): string => paint(session.err, text, "cyan");
  return `${head}: ${showText(error.message)}\n  ${label("why:")}  ${showText(error.why)}\n  ${label("help:")} ${showText(error.help)}\n`;
}
