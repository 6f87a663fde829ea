/** The extension: starts `droc lsp` for `.dro` files, and carries out the commands of its code lenses. */
import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";
import { findDroc, type CommandLine } from "./find-droc.mts";
import { showAnswer } from "./show-answer.ts";

let client: LanguageClient | null = null;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.commands.registerCommand("droc.restart", async () => {
      await stop();
      await start();
    }),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (!event.affectsConfiguration("droc")) return;
      await stop();
      await start();
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await stop();
}

/** The command line of droc: of the settings, of the workspace's own installation, or of the PATH. */
function commandLine(): CommandLine {
  const configured = vscode.workspace.getConfiguration("droc").get<string[]>("command") ?? [];
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  return findDroc(configured, folders, process.platform);
}

async function start(): Promise<void> {
  const { command, args } = commandLine();
  const allow = vscode.workspace.getConfiguration("droc").get<string[]>("allow") ?? [];
  const cwd = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const run = { command, args: [...args, "lsp", "--stdio"], ...(cwd === undefined ? {} : { options: { cwd } }) };
  const server: ServerOptions = { run, debug: run };
  const options: LanguageClientOptions = {
    documentSelector: [{ language: "dro" }],
    initializationOptions: { allow },
    middleware: {
      // The server answers what a command has to show; showing it is the editor's part.
      executeCommand: async (name, given, next) => {
        const answer: unknown = await next(name, given);
        await showAnswer(answer, commandLine());
        return answer;
      },
    },
  };
  client = new LanguageClient("droc", "droc", server, options);
  try {
    await client.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    client = null;
    const what = `droc could not be started by \`${[command, ...args].join(" ")}\`: ${reason}`;
    const help = "Install it in the workspace with `npm install droc`, or set `droc.command`.";
    await vscode.window.showErrorMessage(`${what}. ${help}`);
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = null;
  await running?.stop();
}
