// A thread that solves one instance of the public sets after another: `{ file, seconds }` in, what was found out.
import { readFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { prepareCone } from "../../../dist/runtime/decide/cone/index.js";
import { sparseFromEntries } from "../../../dist/runtime/decide/sparse/matrix.js";

/** Equalities first, then every finite side of a row or a bound as a half-line. A null bound is infinite. */
export function coneOf({ columns, rows, p, c, a, lower, upper, columnLower, columnUpper }) {
  const sides = { equal: [], half: [] };
  const places = Array.from({ length: rows + columns }, () => []);
  const add = (index, low, high) => {
    if (low !== null && low === high) sides.equal.push({ index, sign: 1, bound: high });
    else {
      if (high !== null) sides.half.push({ index, sign: 1, bound: high });
      if (low !== null) sides.half.push({ index, sign: -1, bound: -low });
    }
  };
  for (let r = 0; r < rows; r++) add(r, lower[r], upper[r]);
  for (let j = 0; j < columns; j++) add(rows + j, columnLower[j], columnUpper[j]);
  const all = [...sides.equal, ...sides.half];
  all.forEach(({ index, sign }, row) => places[index].push({ row, sign }));
  const entries = [];
  for (let j = 0; j < columns; j++) {
    for (let k = a.starts[j]; k < a.starts[j + 1]; k++) {
      for (const { row, sign } of places[a.indices[k]]) entries.push({ row, column: j, value: sign * a.values[k] });
    }
    for (const { row, sign } of places[rows + j]) entries.push({ row, column: j, value: sign });
  }
  const curved = p.values.length > 0;
  return {
    p: curved
      ? {
          rows: columns,
          columns,
          starts: Int32Array.from(p.starts),
          indices: Int32Array.from(p.indices),
          values: Float64Array.from(p.values),
        }
      : null,
    q: Float64Array.from(c),
    a: sparseFromEntries(all.length, columns, entries),
    b: Float64Array.from(all, ({ bound }) => bound),
    cones: [
      { kind: "zero", size: sides.equal.length },
      { kind: "nonnegative", size: sides.half.length },
    ],
  };
}

parentPort.on("message", ({ file, seconds }) => {
  const problem = coneOf(JSON.parse(readFileSync(file, "utf8")));
  const begun = performance.now();
  const prepared = prepareCone(problem);
  const spent = (performance.now() - begun) / 1000;
  const { status, objective, iterations, primalResidual, dualResidual, gap } = prepared.solve({}, seconds - spent);
  const answer = {
    columns: problem.q.length,
    rows: problem.b.length,
    status,
    objective,
    iterations,
    residual: Math.max(primalResidual, dualResidual),
    gap,
    seconds: (performance.now() - begun) / 1000,
  };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's, not a window's
  parentPort.postMessage(answer);
});
