import * as vscode from "vscode";
import type { CommandLine } from "./find-droc.mts";

/** What a command of the server answers; the server's own type is the same. */
type CommandAnswer =
  | { readonly kind: "document"; readonly title: string; readonly markdown: string }
  | { readonly kind: "terminal"; readonly command: string; readonly args: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string };

/** Shows a document beside the spec, runs a line in a terminal, or says why neither can be. */
export async function showAnswer(answer: unknown, droc: CommandLine): Promise<void> {
  if (!isAnswer(answer)) return;
  switch (answer.kind) {
    case "document": {
      const document = await vscode.workspace.openTextDocument({ language: "markdown", content: answer.markdown });
      await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true });
      return;
    }
    case "terminal": {
      // The process is started directly: no shell reads the names of files.
      const terminal = vscode.window.createTerminal({
        name: `droc ${answer.args[0] ?? ""}`,
        shellPath: droc.command,
        shellArgs: [...droc.args, ...answer.args],
      });
      terminal.show();
      return;
    }
    case "refused":
      await vscode.window.showWarningMessage(answer.reason);
  }
}

function isAnswer(value: unknown): value is CommandAnswer {
  return typeof value === "object" && value !== null && "kind" in value;
}
