// Time from a keystroke to what an editor shows, of `droc lsp` driven by a client over standard input and output.
//   npm run build && node bench/lsp/latency.mjs [lines]
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from "vscode-languageserver/node";
import { specOf } from "../spec-of.mjs";

const lines = Number(process.argv[2] ?? 2000);
/** Keystrokes that are measured, after some that are not; a person types some six a second. */
const KEYSTROKES = 60;
const WARM_UP = 20;
const PAUSE = 160;

const folder = mkdtempSync(join(tmpdir(), "droc-bench-"));
const file = join(folder, "model.dro");
let text = specOf(lines);
let version = 1;
writeFileSync(file, text);
const uri = pathToFileURL(file).href;
const main = fileURLToPath(new URL("../../dist/compiler/cli/main.js", import.meta.url));
const server = spawn(process.execPath, [main, "lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const connection = createProtocolConnection(
  new StreamMessageReader(server.stdout),
  new StreamMessageWriter(server.stdin),
);
connection.listen();

/** By version: when the diagnostics of its checks came, and those of its analysis. */
const published = new Map();
connection.onNotification("textDocument/publishDiagnostics", ({ version }) => {
  const now = performance.now();
  const { first = now, second = now, count = 0 } = published.get(version) ?? {};
  published.set(version, { first, second: count <= 1 ? now : second, count: count + 1 });
});

try {
  await connection.sendRequest("initialize", { processId: process.pid, rootUri: null, capabilities: {} });
  await connection.sendNotification("initialized", {});
  await connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri, languageId: "dro", version: 1, text },
  });
  await pause(2000);
  console.log(`${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, node ${process.version}`);
  console.log(`${lines} lines, ${KEYSTROKES} keystrokes ${PAUSE} ms apart`);
  const word = "p7 / 2 + 1";
  if (!text.includes(word)) throw new Error(`the generated spec has no ${word}`);
  // A name typed letter by letter: wrong while it is not finished, then whole.
  await measure("a name being typed", ["p7 / 2 + q", "p7 / 2 + q1", "p7 / 2 + p1", word]);
  await measure("a number being typed", ["p7 / 2 + 1.", "p7 / 2 + 1.2", "p7 / 2 + 1.25", word]);
  const loss = "loss L(z, s) = max(-dot(s, z),";
  await measure("a loss that is no longer convex", [loss.replace("max", "min"), loss], loss);
  await measure("a line left open", ["p7 / (2 + 1", "p7 / (2 + 1)", "p7 / 2 + 1 +", word]);

  async function measure(what, texts, word = "p7 / 2 + 1") {
    const checks = [];
    const whole = [];
    const completions = [];
    const hovers = [];
    let current = word;
    for (let i = 0; i < WARM_UP + KEYSTROKES; i++) {
      const next = texts[i % texts.length];
      const start = performance.now();
      const version = await type(current, next);
      current = next;
      const position = positionOf(text.indexOf(next) + next.length);
      if (i % 2 === 1) {
        await connection.sendRequest("textDocument/completion", { textDocument: { uri }, position });
        if (i >= WARM_UP) completions.push(performance.now() - start);
      }
      await pause(PAUSE);
      while (!(published.get(version)?.count >= 2)) await pause(5);
      const { first, second } = published.get(version);
      if (i < WARM_UP) continue;
      if (i % 2 === 0) {
        checks.push(first - start);
        whole.push(second - start);
      }
      const asked = performance.now();
      await connection.sendRequest("textDocument/hover", {
        textDocument: { uri },
        position: positionOf(text.indexOf("fn f3") + 4),
      });
      hovers.push(performance.now() - asked);
    }
    if (current !== word) await type(current, word);
    console.log(`\n${what}`.padEnd(40), "median ms   90 % ms");
    for (const [name, times] of Object.entries({
      "diagnostics of names, types and units": checks,
      "and of the analysis": whole,
      completion: completions,
      hover: hovers,
    })) {
      console.log(
        name.padEnd(40),
        quantile(times, 0.5).toFixed(1).padStart(8),
        quantile(times, 0.9).toFixed(1).padStart(9),
      );
    }
  }

  /** One change, as an editor sends it. */
  async function type(from, to) {
    const start = text.indexOf(from);
    const range = { start: positionOf(start), end: positionOf(start + from.length) };
    text = text.slice(0, start) + to + text.slice(start + from.length);
    version++;
    const contentChanges = [{ range, text: to }];
    await connection.sendNotification("textDocument/didChange", { textDocument: { uri, version }, contentChanges });
    return version;
  }
} finally {
  await connection.sendRequest("shutdown");
  await connection.sendNotification("exit");
  rmSync(folder, { recursive: true, force: true });
}

function positionOf(offset) {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length - 1, character: before.at(-1).length };
}

function quantile(times, q) {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
