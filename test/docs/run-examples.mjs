/**
 * Runs command lines in folders of their own, one after another in this process, as the published command would run
 * each in its own: `node run-examples.mjs CASES ANSWERS`, both JSON files. A case is `{ files, lines }`, its answer
 * `{ exit, said: [{ code, says }] }` of the last line. What is no `droc` or `node FILE` goes to a shell.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { register } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const dist = new URL("../../dist/", import.meta.url);
const { runCli } = await import(new URL("compiler/cli/run-cli.js", dist).href);
const { renderDataPlace } = await import(new URL("runtime/errors/runtime-error.js", dist).href);
// So that `droc/runtime` means this installation in a folder without node_modules, as in one that has droc installed.
const parentURL = new URL("compiler/cli/main.js", dist).href;
register(new URL("compiler/cli/droc-resolver.js", dist).href, { parentURL, data: { parentURL } });

const writers = { stdout: process.stdout.write, stderr: process.stderr.write };
const INTERRUPT = / +# then Ctrl-C$/;

/** One `droc` command line, its answer taken from `--json`. */
async function droc(line) {
  const args = line.replace(INTERRUPT, "").split(" ").slice(1);
  let stdout = "";
  let interrupt = INTERRUPT.test(line);
  process.stdout.write = (text) => {
    stdout += text;
    return true;
  };
  process.stderr.write = () => {
    if (interrupt) process.emit("SIGINT");
    interrupt = false;
    return true;
  };
  let exit;
  try {
    exit = await runCli([...args, "--json"]);
  } finally {
    Object.assign(process.stdout, { write: writers.stdout });
    Object.assign(process.stderr, { write: writers.stderr });
  }
  return { exit, said: saidIn(JSON.parse(stdout)) };
}

function located({ file, line, column, code, message }) {
  return { code, says: `${file}:${line}:${column}: ${message}` };
}

function saidIn({ error, diagnostics, result }) {
  const warnings = result?.results?.warnings ?? [];
  return [...(error === null ? [] : [error]), ...warnings]
    .map(({ code, message }) => ({ code, says: message }))
    .concat((diagnostics ?? []).map(located));
}

/** A module of the user's, which may end in an error of droc. */
async function application(file) {
  try {
    await import(pathToFileURL(join(process.cwd(), file)).href);
    return { exit: 0, said: [] };
  } catch (error) {
    if (typeof error.code !== "string" || error.name !== "RuntimeError") throw error;
    const place = error.place === undefined ? "" : `${error.place}: `;
    const data = error.data === undefined ? "" : ` (${renderDataPlace(error.data)})`;
    return { exit: 1, said: [{ code: error.code, says: `${place}${error.message}${data}` }] };
  }
}

/** Any other command; `droc` in it is this installation's, its answer that of `--json`. */
function shell(line) {
  const main = fileURLToPath(parentURL);
  const script = `droc() { "${process.execPath}" "${main}" "$@" --json; }\n${line}\n`;
  try {
    execFileSync("sh", ["-c", script], { stdio: "pipe", encoding: "utf8" });
    return { exit: 0, said: [] };
  } catch (error) {
    if (!line.includes("droc ")) throw error;
    return { exit: error.status, said: saidIn(JSON.parse(error.stdout)) };
  }
}

/** Without what differs from run to run and from machine to machine: the folder, hashes, the platform. */
function stable(text, folder) {
  return text
    .replaceAll(`file://${folder}/`, "")
    .replaceAll(`${folder}/`, "")
    .replaceAll(/\b[0-9a-f]{12,}\b/g, "…")
    .replaceAll(`${process.platform}-${process.arch}`, "linux-x64");
}

/** Root may write anywhere: where a case takes a permission away, root steps back to a user without privileges. */
const NOBODY = 65_534;

async function run({ files, lines }) {
  const folder = mkdtempSync(join(tmpdir(), "droc-example-"));
  const stepBack = process.geteuid?.() === 0 && lines.some((line) => line.startsWith("chmod "));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    process.chdir(folder);
    if (stepBack) {
      for (const name of [".", ...Object.keys(files)]) chownSync(name, NOBODY, NOBODY);
      process.seteuid(NOBODY);
    }
    let answer = { exit: 0, said: [] };
    for (const line of lines) {
      if (answer.exit !== 0) return { ...answer, early: true };
      if (line.startsWith("droc ")) answer = await droc(line);
      else if (line.startsWith("node ")) answer = await application(line.slice("node ".length));
      else answer = shell(line);
    }
    const said = answer.said.map(({ code, says }) => ({ code, says: stable(says, folder) }));
    return { ...answer, said };
  } finally {
    if (stepBack) process.seteuid(0);
    process.chdir(tmpdir());
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true, force: true });
  }
}

const [cases, answers] = process.argv.slice(2);
const found = [];
for (const one of JSON.parse(readFileSync(cases, "utf8"))) {
  const started = performance.now();
  let answer;
  try {
    answer = await run(one);
  } catch (error) {
    answer = { exit: null, said: [], thrown: String(error.stack ?? error) };
  }
  found.push({ ...answer, milliseconds: Math.round(performance.now() - started) });
  // After each, so that an answer survives whatever the next case does to the process.
  writeFileSync(answers, JSON.stringify(found));
}
// Native executors may hold the event loop open.
process.exit(0);
