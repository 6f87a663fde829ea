import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

/** The command as it is published. `npm test` builds it first. */
export const MAIN = fileURLToPath(new URL("../../dist/compiler/cli/main.js", import.meta.url));
export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

export interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
export interface RunSettings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Flags of Node itself, before the script. */
  readonly nodeArgs?: readonly string[];
  /** Called with what stderr holds so far; returning true sends SIGINT. */
  readonly interruptWhen?: (stderr: string) => boolean;
}

/** Runs `droc …` as a child process, with no colour variables of the surrounding terminal. */
export async function droc(args: readonly string[], settings: RunSettings = {}): Promise<Ended> {
  if (!existsSync(MAIN)) throw new Error("the command is not built: npm run build");
  const { NO_COLOR: _no, FORCE_COLOR: _force, NODE_OPTIONS: _options, ...env } = process.env;
  const child = spawn(process.execPath, [...(settings.nodeArgs ?? []), MAIN, ...args], {
    cwd: settings.cwd ?? REPOSITORY,
    env: { ...env, ...settings.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let interrupted = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    if (!interrupted && settings.interruptWhen?.(stderr) === true) {
      interrupted = true;
      child.kill("SIGINT");
    }
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(settings.input ?? "");
  const exit = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { exit, stdout, stderr };
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new folder with these files, removed after the tests of the file. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "droc-cli-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** A correct and small spec. */
export const GOOD = `model Small

param gamma = 2.0
param eta = 1e-3

data returns = synthetic portfolio { assets: 3, covariates: 2, train: 200, validation: 50, test: 50 } {
  context x: real[2]
  outcome s: real[3]
}

decision z: real[3] in simplex { cap: 0.6 }
loss L(z, s) = -dot(s, z)
risk mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z)
uncertainty s | x ~ flow_matching { hidden: [8], scenarios: 32 }
train dw_fm { lambda_relative: one_of(0, 0.1), steps: 200, batch: 64 }
compare uniform_fm, saa
evaluate on test { regret, cvar_loss }
`;

/** The same with an unknown name in line 12. */
export const UNKNOWN_NAME = GOOD.replace("gamma * cvar", "gama * cvar");
/** The same with a syntax error. */
export const BROKEN = GOOD.replace("loss L(z, s) =", "loss L(z, s =");
