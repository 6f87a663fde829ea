import type { RuntimeExample, RuntimeExamples } from "./example.ts";

const ROW = "2024-06-05,17.5,2,44";
const CONTEXT = "  context temperature: real";
const SPLIT = "  split chronological { train: 50%, validation: 25%, test: 25% }";
const SOURCE = 'csv("sales.csv")';
const CONTEXTS = "temperature\n22.5\n";

type Parts = Pick<RuntimeExample, "wrong" | "says"> & Partial<RuntimeExample>;

/** Another text for one row of the data file. */
function row(parts: Parts): RuntimeExample {
  return { base: "orders", in: "sales.csv", of: ROW, right: ROW, ...parts };
}

/** Another declaration of the context. */
function context(parts: Parts): RuntimeExample {
  return { base: "orders", in: "model.dro", of: CONTEXT, right: CONTEXT, ...parts };
}

/** What is done to the folder before the run. */
function before(wrong: string, right: string, says: string): RuntimeExample {
  const run = "droc run model.dro";
  return { base: "orders", in: "command", wrong: `${wrong}\n${run}`, right: `${right}\n${run}`.trimStart(), says };
}

/** Another `data` of the emitted pipeline, as only a caller of the library can write it. */
function application(wrong: string, right: string, says: string): RuntimeExample {
  return {
    base: "orders",
    in: "app.mjs",
    wrong: declaring(wrong),
    right: declaring(right),
    command: "droc build model.dro\nnode app.mjs",
    says,
  };
}

function declaring(fields: string): string {
  return `import { runPipeline } from "droc/runtime";
import { pipeline } from "./generated/pipeline.js";

const { data } = pipeline;
const [day, temperature, demand] = data.fields;
const fields = ${fields};
await runPipeline({ ...pipeline, data: { ...data, fields } }, { runFolder: "runs/today" });
`;
}

/** A run, then decisions at contexts of a file. */
function deciding(contexts: string, file: string, right: string, rightFile: string, says: string): RuntimeExample {
  return {
    base: "orders",
    in: "command",
    wrong: decidingAt(file),
    right: decidingAt(rightFile),
    beside: { "today.csv": contexts, "tomorrow.csv": right },
    says,
  };
}

function decidingAt(file: string): string {
  return `droc run model.dro --out runs/today
droc decide runs/today --context ${file} --out decisions.csv`;
}

/** Wrong and right data files, and specs of which only the file can tell that they are wrong. */
export const dataExamples: RuntimeExamples = {
  "data-path-outside": {
    base: "orders",
    in: "app.mjs",
    wrong: reading("../sales.csv"),
    right: reading("sales.csv"),
    command: "droc build model.dro\nnode app.mjs",
    says: "model.dro:3:18: `../sales.csv` is outside the folder of the spec.",
  },
  "data-file-missing": {
    base: "orders",
    in: "model.dro",
    of: SOURCE,
    wrong: 'csv("sale.csv")',
    right: SOURCE,
    says: 'model.dro:3:18: There is no file `sale.csv`. Did you mean "sales.csv"?',
  },
  "data-file-directory": {
    base: "orders",
    in: "model.dro",
    of: SOURCE,
    wrong: 'csv("archive")',
    right: 'csv("archive/sales.csv")',
    command: "mkdir archive && mv sales.csv archive\ndroc run model.dro",
    says: "model.dro:3:18: `archive` is a directory.",
  },
  "data-file-unreadable": before(
    "rm sales.csv && mkfifo sales.csv",
    "",
    "model.dro:3:18: `sales.csv` cannot be read: not an ordinary file.",
  ),
  "data-file-empty": before(
    "head -n 1 sales.csv > top.csv && mv top.csv sales.csv",
    "",
    "model.dro:3:18: `sales.csv` has no rows of data. (sales.csv)",
  ),
  "data-not-utf8": {
    base: "orders",
    in: "command",
    also: [["sales.csv", "day,temperature,price,demand", "day,temperature,prix_arrêté,demand"]],
    wrong: "iconv -f UTF-8 -t ISO-8859-1 sales.csv > old.csv && mv old.csv sales.csv\ndroc run model.dro",
    right: "droc run model.dro",
    says: "model.dro:3:18: The file is not UTF-8: byte 0xea cannot stand here. (sales.csv:1:25)",
  },
  "data-truncated": {
    base: "orders",
    in: "sales.csv",
    of: "2024-06-16,17.5,2,34\n",
    wrong: "2024-06-16,17.",
    right: "2024-06-16,17.5,2,34\n",
    says: "model.dro:3:18: The file is cut off: it ends in the middle of a row, after 2 of 4 cells. (sales.csv:17)",
  },
  "data-format": before(
    "tr , ';' < sales.csv > new.csv && mv new.csv sales.csv",
    "",
    'model.dro:3:18: The file is not a CSV with commas: its header is the one cell "day;temperature;price;demand". (sales.csv:1)',
  ),
  "data-row-short": row({
    wrong: "2024-06-05,17.5,44",
    says: "model.dro:3:18: This row has 3 cells, the header 4. (sales.csv:6)",
  }),
  "data-row-long": row({
    wrong: "2024-06-05,17,5,2,44",
    says: "model.dro:3:18: This row has 5 cells, the header 4. (sales.csv:6)",
  }),
  "data-blank-line": row({
    wrong: "\n2024-06-05,17.5,2,44",
    says: "model.dro:3:18: A blank line stands between rows. (sales.csv:6)",
  }),
  "data-mixed-newlines": before(
    "printf '2024-06-17,21.5,3,30\\r\\n' >> sales.csv",
    "printf '2024-06-17,21.5,3,30\\n' >> sales.csv",
    "model.dro:3:18: This line ends in CR LF, the first one in LF. (sales.csv:18)",
  ),
  "data-column-duplicate": {
    base: "orders",
    in: "sales.csv",
    of: "day,temperature,price,demand",
    wrong: "day,temperature,temperature,demand",
    right: "day,temperature,price,demand",
    says: "model.dro:5:11: The file has two columns named `temperature`. (sales.csv:1)",
  },
  "data-column-missing": {
    base: "orders",
    in: "sales.csv",
    of: "day,temperature,price,demand",
    wrong: "day,temprature,price,demand",
    right: "day,temperature,price,demand",
    says: 'model.dro:5:11: The file has no column `temperature`. Did you mean "temprature"? (sales.csv:1)',
  },
  "data-pattern-empty": context({
    wrong: '  context temperature: real[1] = columns("temp_*")',
    right: '  context temperature: real[1] = columns("temp*")',
    says: 'model.dro:5:11: No column of the file matches columns("temp_*"). (sales.csv:1)',
  }),
  "data-field-size": context({
    wrong: '  context temperature: real[2] = columns("temp*")',
    right: '  context temperature: real[2] = concat(columns("temp*"), lag(columns("temp*"), 1))',
    says: "model.dro:5:11: Field `temperature` is declared with 2 values, its columns give 1. (sales.csv)",
  }),
  "data-size-mismatch": application(
    "[day, temperature, temperature, demand]",
    "[day, temperature, demand]",
    "model.dro:3:18: The context fields have 2 values, the pipeline expects 1.",
  ),
  "data-field-type": application(
    '[day, { ...temperature, type: "text" }, demand]',
    '[day, { ...temperature, type: "real" }, demand]',
    "model.dro:5:11: Field `temperature` of type text cannot be a context.",
  ),
  "data-index-several": application(
    '[day, { ...day, name: "price", type: "int" }, temperature, demand]',
    "[day, temperature, demand]",
    "model.dro:4:9: `price` is a second index.",
  ),
  "data-window": application(
    '[day, { ...temperature, columns: { kind: "lag", source: { kind: "column", name: "temperature" }, steps: [-1] } }, demand]',
    '[day, { ...temperature, columns: { kind: "lag", source: { kind: "column", name: "temperature" }, steps: [1] } }, demand]',
    "model.dro:5:11: The lag of field `temperature` is -1.",
  ),
  "data-season": context({
    wrong: '  context temperature: real[2] = season("day")',
    right: '  context temperature: real[2] = season("year")',
    says: 'model.dro:5:11: season("day") of field `temperature` needs an index with times of day.',
  }),
  "data-leak": application(
    '[day, { ...temperature, columns: { kind: "column", name: "demand" } }, demand]',
    '[day, { ...temperature, columns: { kind: "lag", source: { kind: "column", name: "demand" }, steps: [1] } }, demand]',
    'model.dro:5:11: Context `temperature` reads column `demand` of the row whose outcome is that column. (sales.csv, column "demand")',
  ),
  "data-cell-missing": row({
    wrong: "2024-06-05,,2,44",
    says: 'model.dro:5:11: The cell is empty. (sales.csv:6, column "temperature")',
  }),
  "data-cell-not-number": row({
    wrong: "2024-06-05,17.5,2,44 boxes",
    says: 'model.dro:6:11: `44 boxes` is not a number. (sales.csv:6, column "demand")',
  }),
  "data-cell-nan": row({
    wrong: "2024-06-05,17.5,2,NaN",
    says: 'model.dro:6:11: The cell is NaN. (sales.csv:6, column "demand")',
  }),
  "data-cell-infinite": row({
    wrong: "2024-06-05,17.5,2,inf",
    says: 'model.dro:6:11: `inf` is infinite. (sales.csv:6, column "demand")',
  }),
  "data-value-not-finite": {
    ...context({
      wrong: '  context temperature: real = log(column("temperature"))',
      says: 'model.dro:5:11: log(temperature) is not a finite number here. (sales.csv:6, column "temperature")',
    }),
    right: '  context temperature: real = column("temperature")',
    also: [["sales.csv", ROW, "2024-06-05,-2.5,2,44"]],
  },
  "data-value-not-integer": {
    base: "orders",
    in: "sales.csv",
    of: ROW,
    wrong: "2024-06-05,17.5,2.4,44",
    right: ROW,
    also: [
      ["model.dro", CONTEXT, "  context price: int"],
      ["model.dro", "| temperature", "| price"],
    ],
    says: 'model.dro:5:11: 2.4 is not an integer. (sales.csv:6, column "price")',
  },
  "data-value-out-of-range": {
    ...row({
      wrong: "2024-06-05,17.5,2,-44",
      says: 'model.dro:6:11: -44 is outside 0 … 1000. (sales.csv:6, column "demand")',
    }),
    also: [["model.dro", "outcome demand: real", "outcome demand: real in 0..1000"]],
  },
  "data-index-missing": row({
    wrong: ",17.5,2,44",
    says: 'model.dro:4:9: The index is empty. (sales.csv:6, column "day")',
  }),
  "data-index-unparsable": row({
    wrong: "05.06.2024,17.5,2,44",
    says: 'model.dro:4:9: `05.06.2024` is not a date. (sales.csv:6, column "day")',
  }),
  "data-index-duplicate": row({
    wrong: "2024-06-04,17.5,2,44",
    says: 'model.dro:4:9: `2024-06-04` stands in two rows: lines or rows 5 and 6. (sales.csv:6, column "day")',
  }),
  "data-index-order": row({
    wrong: "2024-05-05,17.5,2,44",
    says: 'model.dro:4:9: `2024-05-05` comes after `2024-06-04`. (sales.csv:6, column "day")',
  }),
  "data-too-few-rows": context({
    wrong: '  context temperature: real = lag(column("temperature"), 20)',
    right: '  context temperature: real = lag(column("temperature"), 2)',
    says: "model.dro:3:18: 16 rows are too few: lags and windows need 20 rows before the first usable one. (sales.csv)",
  }),
  "data-split-fractions": {
    base: "orders",
    in: "app.mjs",
    wrong: splitting("{ ...data.split, train: 0.5, validation: 0.25, test: 0.2 }"),
    right: splitting("{ ...data.split, train: 0.5, validation: 0.25, test: 0.25 }"),
    command: "droc build model.dro\nnode app.mjs",
    says: "model.dro:7:3: The parts of the split add up to 95%.",
  },
  "data-split-empty": {
    base: "orders",
    in: "model.dro",
    of: SPLIT,
    wrong: "  split chronological { train: 96%, validation: 2%, test: 2% }",
    right: SPLIT,
    says: "model.dro:7:3: The test part of the split is empty: 2% of 16 rows.",
  },
  "data-task-size": {
    base: "application",
    in: "app.mjs",
    wrong: resizing(4),
    right: resizing(2),
    says: "model.dro:6:11: Task `portfolio` draws 2 context values, the fields declare 4.",
  },
  "context-file-unreadable": deciding(
    CONTEXTS,
    "toady.csv",
    CONTEXTS,
    "today.csv",
    "toady.csv:1:1: The contexts `toady.csv` cannot be read: there is no such file. (toady.csv)",
  ),
  "context-file-empty": deciding(
    "",
    "today.csv",
    CONTEXTS,
    "tomorrow.csv",
    "today.csv:1:1: `today.csv` has no header. (today.csv)",
  ),
  "context-columns-missing": deciding(
    "temp\n22.5\n",
    "today.csv",
    CONTEXTS,
    "tomorrow.csv",
    "runs/today/spec.dro:5:11: The contexts lack 1 of the 1 columns of field `temperature`: temperature. (today.csv:1)",
  ),
  "context-column-unused": deciding(
    "temperature,holiday\n22.5,0\n",
    "today.csv",
    CONTEXTS,
    "tomorrow.csv",
    "today.csv:1:1: The model does not read the columns holiday. (today.csv:1)",
  ),
};

function splitting(split: string): string {
  return `import { runPipeline } from "droc/runtime";
import { pipeline } from "./generated/pipeline.js";

const { data } = pipeline;
const split = ${split};
await runPipeline({ ...pipeline, data: { ...data, split } }, { runFolder: "runs/today" });
`;
}

function resizing(size: number): string {
  return `import { runPipeline } from "droc/runtime";
import { pipeline } from "./generated/pipeline.js";

const { data } = pipeline;
const [x, s] = data.fields;
const fields = [{ ...x, size: ${size} }, s];
await runPipeline({ ...pipeline, data: { ...data, fields } }, { runFolder: "runs/today" });
`;
}

function reading(path: string): string {
  return `import { runPipeline } from "droc/runtime";
import { pipeline } from "./generated/pipeline.js";

const { data } = pipeline;
const source = { ...data.source, path: "${path}" };
await runPipeline({ ...pipeline, data: { ...data, source } }, { runFolder: "runs/today" });
`;
}
