// Closes a pool whose worker does not end when it is asked to, then says so: pool.test.ts reads what arrives.
import { openProcesses } from "../../runtime/pool/pool.ts";
import { WORKER_ARGUMENTS } from "../support/worker-arguments.ts";
import type { Exercise, Solution } from "./entry.ts";

const pool = openProcesses<Exercise, number, Solution>({
  jobs: 1,
  entry: new URL("./entry.ts", import.meta.url),
  execArgv: WORKER_ARGUMENTS,
});
// No await at the top: Node tells of a module that never ends, but not of a promise.
void pool
  .run({ kind: "stay" })
  .then(() => pool.close())
  .then(() => console.log("closed"));
