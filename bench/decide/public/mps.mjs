// Reads a model in (fixed or free) MPS, with the quadratic sections QUADOBJ, QMATRIX and QSECTION: minimise
// constant + cost·x + ½xᵀHx over bounds and rows. Integer markers are read and relaxed.

const SECTIONS = new Set(["ROWS", "COLUMNS", "RHS", "RANGES", "BOUNDS", "QUADOBJ", "QMATRIX", "QSECTION", "OBJSENSE"]);

export function readMps(text) {
  const rows = new Map();
  const columns = new Map();
  const model = { objective: null, constant: 0, cost: [], lower: [], upper: [], entries: [], hessian: [], rows: [] };
  let section = "";
  let whole = false;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "" || line.startsWith("*")) continue;
    const words = line.trim().split(/\s+/);
    if (!line.startsWith(" ") && !line.startsWith("\t")) {
      section = words[0].toUpperCase();
      if (section === "ENDATA") break;
      if (section === "NAME") continue;
      if (!SECTIONS.has(section)) throw new Error(`section ${section} is not read`);
      continue;
    }
    if (section === "ROWS") addRow(words);
    else if (section === "COLUMNS") addColumn(words);
    else if (section === "RHS") forPairs(words, setRight);
    else if (section === "RANGES") forPairs(words, setRange);
    else if (section === "BOUNDS") setBound(words);
    else if (section.startsWith("Q")) addCurvature(words);
  }
  return model;

  function addRow([type, name]) {
    if (type === "N") {
      if (model.objective === null) model.objective = name;
      rows.set(name, name === model.objective ? "objective" : "free");
      return;
    }
    rows.set(name, model.rows.length);
    model.rows.push({ type, lower: type === "L" ? -Infinity : 0, upper: type === "G" ? Infinity : 0 });
  }

  function addColumn(words) {
    if (words[1] === "'MARKER'") {
      whole = words[2] === "'INTORG'";
      return;
    }
    const [name, ...pairs] = words;
    if (!columns.has(name)) {
      columns.set(name, model.cost.length);
      model.cost.push(0);
      model.lower.push(0);
      model.upper.push(whole ? 1 : Infinity);
    }
    const column = columns.get(name);
    for (let k = 0; k + 1 < pairs.length; k += 2) {
      const row = rows.get(pairs[k]);
      const value = Number(pairs[k + 1]);
      if (row === undefined) throw new Error(`row ${pairs[k]} is not declared`);
      if (row === "objective") model.cost[column] += value;
      else if (row !== "free") model.entries.push({ row, column, value });
    }
  }

  /** The name of the vector may be left out. */
  function forPairs(words, set) {
    for (let k = words.length % 2; k < words.length; k += 2) set(rows.get(words[k]), Number(words[k + 1]));
  }

  function setRight(row, value) {
    if (row === "objective") model.constant = -value;
    if (typeof row !== "number") return;
    const { type } = model.rows[row];
    if (type !== "L") model.rows[row].lower = value;
    if (type !== "G") model.rows[row].upper = value;
  }

  function setRange(row, value) {
    const bounds = model.rows[row];
    if (bounds.type === "L") bounds.lower = bounds.upper - Math.abs(value);
    else if (bounds.type === "G") bounds.upper = bounds.lower + Math.abs(value);
    else if (value > 0) bounds.upper = bounds.lower + value;
    else bounds.lower = bounds.upper + value;
  }

  function setBound(words) {
    const [type, ...rest] = words;
    // The name of the vector may be left out, and bounds without a value may have one.
    const column = columns.get(rest[1]) ?? columns.get(rest[0]);
    const value = Number(rest.at(-1));
    if (column === undefined) throw new Error(`no column in the bound ${words.join(" ")}`);
    if (type === "FX" || type === "LO" || type === "LI") model.lower[column] = value;
    if (type === "FX" || type === "UP" || type === "UI") model.upper[column] = value;
    if ((type === "UP" || type === "UI") && value < 0 && model.lower[column] === 0) model.lower[column] = -Infinity;
    if (type === "FR" || type === "MI") model.lower[column] = -Infinity;
    if (type === "FR" || type === "PL") model.upper[column] = Infinity;
    if (type === "BV") [model.lower[column], model.upper[column]] = [0, 1];
  }

  function addCurvature([first, second, text]) {
    const [i, j] = [columns.get(first), columns.get(second)];
    const value = Number(text);
    // QMATRIX states both triangles.
    if (section === "QMATRIX" && i > j) return;
    model.hessian.push({ row: Math.min(i, j), column: Math.max(i, j), value });
  }
}
