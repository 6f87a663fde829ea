import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { specOf } from "../diagnostics/index.ts";
import { showText } from "../diagnostics/show-text.ts";
import { isLintCode, type LintConfig, type LintLevel } from "../review/lint/index.ts";
import { cliError, fileReason } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";

/** `droc.config.json` of a spec: the nearest one in its folder or above. */
export interface Config {
  readonly lint: LintConfig;
}

const NAME = "droc.config.json";
const LEVELS: readonly LintLevel[] = ["off", "note", "warning", "error"];
const NONE: Config = { lint: { rules: {} } };

/** The configuration that a spec falls under. Throws `cli-config` on a file that is no configuration. */
export function loadConfig(spec: string, cwd: string): Config {
  for (let folder = dirname(resolve(cwd, spec)); ; folder = dirname(folder)) {
    const path = join(folder, NAME);
    if (existsSync(path)) return readConfig(path, relative(cwd, path));
    if (dirname(folder) === folder) return NONE;
  }
}

function readConfig(path: string, shown: string): Config {
  const refuse = (reason: string): never => {
    throw cliError("cli-config", { path: showText(shown), reason: showText(reason) }, EXIT.usage);
  };
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return refuse(error instanceof SyntaxError ? error.message : fileReason(error));
  }
  if (!isRecord(value)) return refuse("it is not a JSON object");
  for (const key of Object.keys(value)) if (key !== "lint") refuse(`it knows no \`${key}\``);
  const lint = value["lint"] ?? {};
  if (!isRecord(lint)) return refuse("`lint` is not an object");
  for (const key of Object.keys(lint)) if (key !== "rules") refuse(`\`lint\` knows no \`${key}\``);
  const written = lint["rules"] ?? {};
  if (!isRecord(written)) return refuse("`lint.rules` is not an object");
  const rules: Record<string, LintLevel> = {};
  for (const [code, level] of Object.entries(written)) {
    if (!isLintCode(code) && specOf(code)?.severity !== "warning") refuse(`there is no rule \`${code}\``);
    const known = LEVELS.find((one) => one === level);
    if (known === undefined) return refuse(`\`${code}\` is one of ${LEVELS.join(", ")}, not ${JSON.stringify(level)}`);
    rules[code] = known;
  }
  return { lint: { rules } };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
