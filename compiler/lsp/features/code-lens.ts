import type { CodeLens } from "vscode-languageserver";
import { toRange } from "../places.ts";
import type { Program } from "../program.ts";

/** Commands that the server carries out, and that an editor's client may carry out its own way. */
export const commands = { run: "droc.run", explain: "droc.explain", diff: "droc.diffWithHead" } as const;

/** `run | explain | diff with HEAD` above each model. */
export function codeLenses(program: Program, uri: string): CodeLens[] {
  return (program.main?.file.models ?? []).flatMap((model): CodeLens[] => {
    const name = model.name.name;
    if (name === "") return [];
    const range = toRange(program.source, model.name.span);
    const lens = (title: string, command: string): CodeLens => ({
      range,
      command: { title, command, arguments: [uri, name] },
    });
    return [lens("run", commands.run), lens("explain", commands.explain), lens("diff with HEAD", commands.diff)];
  });
}
