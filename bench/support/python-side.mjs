// A Python process beside a benchmark, which answers one JSON line for each JSON line.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(`../peers/${name}`, import.meta.url));

/** @param side the script's name in bench/peers */
export function startPythonSide(side) {
  const python = path(".venv/bin/python");
  if (!existsSync(python)) {
    console.error("The peers are not installed: run bench/peers/install first.");
    process.exit(1);
  }
  const child = spawn(python, [path(side)], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${side} ended without an answer.`);
    return JSON.parse(value);
  };
  return {
    ready: read(),
    ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return read();
    },
    stop: () => child.stdin.end(),
  };
}
