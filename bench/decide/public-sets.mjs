// The cone solver on the whole of Netlib (feasible and infeasible linear programs) and of Maros–Mészáros (quadratic
// programs), against the answers of HiGHS and Clarabel that bench/decide/public/reference.json records.
//   bench/decide/public/install-sets && npm run build && node bench/decide/public-sets.mjs [SET[/NAME] ...] [--seconds 60]
// "error": |difference of objectives| relative to max(1, |objective|), from the nearer of the recorded objectives.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";

const folder = fileURLToPath(new URL("public/", import.meta.url));
const SETS = ["netlib", "netlib-infeasible", "maros-meszaros"];
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "60" }, out: { type: "string" } },
});
const seconds = Number(options.seconds);
/** Seconds past the limit after which a thread that does not look at the clock is ended. */
const GRACE = 5;
const SAME = 1e-6;
if (!existsSync(`${folder}instances/netlib`)) throw new Error("run bench/decide/public/install-sets first");
const reference = JSON.parse(readFileSync(`${folder}reference.json`, "utf8"));

let worker;
function solve(file) {
  worker ??= new Worker(new URL("public/solve-one.mjs", import.meta.url));
  const thread = worker;
  return new Promise((settle) => {
    const end = (answer, ended) => {
      clearTimeout(timer);
      thread.off("message", end).off("error", fail);
      if (ended) {
        worker = undefined;
        void thread.terminate();
      }
      settle(answer);
    };
    const fail = (failure) => end({ status: failure.message }, true);
    const timer = setTimeout(() => end({ status: "no answer in time" }, true), 1000 * (seconds + GRACE));
    thread.on("message", end).on("error", fail);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's, not a window's
    thread.postMessage({ file, seconds });
  });
}

/** Agreement with either recorded solver: they do not always agree with each other. */
function verdictOf(answer, expected) {
  const sides = Object.values(expected);
  const said = sides.map(({ status, objective }) => objective ?? status).join(" or ");
  if (answer.status === "infeasible") {
    return { agreed: sides.some(({ status }) => /infeasible/.test(status)), error: NaN, expected: said };
  }
  const errors = sides
    .filter(({ objective }) => objective !== null)
    .map(({ objective }) => Math.abs(answer.objective - objective) / Math.max(1, Math.abs(objective)));
  const error = answer.status === "optimal" && errors.length > 0 ? Math.min(...errors) : NaN;
  return { agreed: error <= SAME, error, expected: said };
}

const shown = (value, digits) => (Number.isFinite(value) ? value.toExponential(digits) : "–");
const results = {};
for (const set of SETS) {
  const names = readdirSync(`${folder}instances/${set}`).map((file) => file.replace(/\.json$/, ""));
  const wanted = names.filter(
    (name) => positionals.length === 0 || positionals.some((p) => p === set || p === `${set}/${name}`),
  );
  if (wanted.length === 0) continue;
  console.log(`${set}\n${"instance".padEnd(12)}columns    rows  status     iterations  error    residual  seconds`);
  let solved = 0;
  let worst = 0;
  for (const name of wanted) {
    const answer = await solve(`${folder}instances/${set}/${name}.json`);
    const verdict = verdictOf(answer, reference[`${set}/${name}`] ?? {});
    results[`${set}/${name}`] = { ...answer, ...verdict };
    if (verdict.agreed) {
      solved++;
      if (verdict.error > worst) worst = verdict.error;
    }
    const cells = [
      name.padEnd(12),
      String(answer.columns ?? "").padStart(7),
      String(answer.rows ?? "").padStart(8),
      `  ${answer.status}`.padEnd(13),
      String(answer.iterations ?? "").padStart(10),
      `  ${shown(verdict.error, 1)}`.padEnd(11),
      shown(answer.residual, 1).padEnd(10),
      answer.seconds?.toFixed(2).padStart(7) ?? "",
      verdict.agreed ? "" : `  ✗ ${answer.objective ?? ""} where ${verdict.expected}`,
    ];
    console.log(cells.join(""));
  }
  console.log(`${set}: ${solved} of ${wanted.length} agree to ${SAME}; worst of these ${shown(worst, 1)}\n`);
}
if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(results, null, 1)}\n`);
if (worker !== undefined) await worker.terminate();
