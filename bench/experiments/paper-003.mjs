// The figures of 003 beside ours, from the tables that `droc reproduce` knows: one copy of what the paper prints. Regrets of
// different scalings of the same task are not comparable in size, only the relative gains are: the paper states no scale.
import { PAPER_TABLES } from "../../dist/compiler/reproduce/tables/index.js";

/** @returns a block of a table, such as `003/table-1` and `degree-2` */
function blockOf(table, block) {
  return PAPER_TABLES.find(({ id }) => id === table).blocks.find(({ id }) => id === block);
}

const relative = (a, b) => {
  const change = (100 * (a - b)) / b;
  return `${change < 0 ? "−" : "+"}${Math.abs(change).toFixed(1)} %`;
};

function figure(row, method) {
  return row.figures.find((one) => one.method === method).mean;
}

/** DW-FM against Uniform FM, regret. */
export function paperGain(table, block) {
  const [row] = blockOf(table, block).rows;
  return relative(figure(row, "dw_fm"), figure(row, "uniform_fm"));
}

/** What the paper prints of a block, as a sentence a metric. */
export function paperFigures(table, block) {
  const rows = blockOf(table, block).rows.map(
    ({ title, figures }) => `${title}: ${figures.map(({ method, mean }) => `${method} ${mean}`).join(", ")}`,
  );
  return `The paper (${table.split("/")[1].replace("-", " ")}). ${rows.join("; ")}. DW-FM against Uniform FM ${paperGain(table, block)}. Its evaluator is not described; ours is named above.`;
}
