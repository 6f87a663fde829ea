import { existsSync } from "node:fs";
import { join } from "node:path";

export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * How droc is started: by what the settings say, else by the first workspace folder that has it installed, else by the
 * PATH.
 */
export function findDroc(
  configured: readonly string[],
  folders: readonly string[],
  platform: NodeJS.Platform,
): CommandLine {
  const [command, ...args] = configured;
  if (command !== undefined && command !== "") return { command, args };
  const name = platform === "win32" ? "droc.cmd" : "droc";
  for (const folder of folders) {
    const local = join(folder, "node_modules", ".bin", name);
    if (existsSync(local)) return { command: local, args: [] };
  }
  return { command: name, args: [] };
}
