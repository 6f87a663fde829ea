// Starts sides (processes that answer one JSON line for each JSON line) and lets them take turns.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { median } from "../support/numbers.mjs";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const PEERS = "../peers/";
const PYTHON = path(`${PEERS}.venv/bin/python`);

/** Commands of the sides, given a case as JSON. */
export const SIDES = {
  droc: { name: "droc", command: [process.execPath, path("droc-side.mjs")] },
  torch: { name: "PyTorch, eager", command: [PYTHON, path(`${PEERS}torch_side.py`)] },
  compiled: { name: "PyTorch, torch.compile", command: [PYTHON, path(`${PEERS}torch_side.py`)], mode: ["compiled"] },
  jax: { name: "JAX, jitted step", command: [PYTHON, path(`${PEERS}jax_side.py`)] },
  scan: { name: "JAX, 100 steps in a scan", command: [PYTHON, path(`${PEERS}jax_side.py`)], mode: ["scan"] },
  tfjs: { name: "TensorFlow.js, WASM", command: [process.execPath, path(`${PEERS}tfjs-side.mjs`)] },
};

/** A side at work on a case. */
export class Side {
  #process;
  #lines;

  constructor(key, testCase) {
    const { name, command, mode = [] } = SIDES[key];
    if (!existsSync(command[0]) || (key === "tfjs" && !existsSync(path(`${PEERS}node_modules`))))
      throw new Error(`${name} is not installed: run bench/peers/install.`);
    this.name = name;
    const one = { OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
    this.#process = spawn(command[0], [...command.slice(1), JSON.stringify(testCase), ...mode], {
      env: { ...process.env, ...one },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async #answer() {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`${this.name} ended without an answer.`);
      // A library may print lines of its own.
      if (value.startsWith("{")) return JSON.parse(value);
    }
  }

  ready() {
    return this.#answer();
  }

  /** The answer: at least `seconds` and `cpu`, the time and the processor's time that the work took. */
  ask(request) {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    return this.#answer();
  }

  /** MiB of memory in use now, and the most so far (Linux). */
  memory() {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, "utf8");
    const read = (field) => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)[1]) / 1024;
    return { now: read("VmRSS"), peak: read("VmHWM") };
  }

  close() {
    this.#process.stdin.end();
    return new Promise((resolve) => this.#process.once("exit", resolve));
  }
}

/** Starts sides on one case, one after the other. */
export async function startSides(keys, testCase) {
  const sides = [];
  for (const key of keys) {
    const side = new Side(key, testCase);
    await side.ready();
    sides.push(side);
  }
  return sides;
}

export { median };

/**
 * Rounds in which each side does its request in turn.
 * @returns for each side its median and least time and processor time, in seconds
 */
export async function takeTurns(sides, requests, rounds) {
  const answers = sides.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [i, side] of sides.entries()) answers[i].push(await side.ask(requests[i]));
  return answers.map((all) => ({
    median: median(all.map((a) => a.seconds)),
    least: Math.min(...all.map((a) => a.seconds)),
    cpu: median(all.map((a) => a.cpu)),
    value: all.at(-1).value,
  }));
}

/** Options `--name value` of the command line, numbers where the default is one. */
export function options(defaults) {
  const given = { ...defaults };
  for (let i = 2; i < process.argv.length; i += 2) {
    const name = process.argv[i].replace(/^--/, "");
    if (!(name in defaults))
      throw new Error(`There is no option --${name}; there are ${Object.keys(defaults).join(", ")}.`);
    given[name] = typeof defaults[name] === "number" ? Number(process.argv[i + 1]) : process.argv[i + 1];
  }
  return given;
}

export function machine() {
  return `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, Node ${process.version}`;
}
