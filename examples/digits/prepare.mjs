// Joins MNIST (14 × 14) and USPS (16 × 16) digits: node prepare.mjs mnist10k_14x14.csv.gz usps_train_16x16.csv.gz
// Writes data/digits.csv with the columns source, label, p0 … p195. The first 4096 digits of MNIST are for training, 900
// of each collection for validation; those of USPS are brought to 10 × 10 by means over areas, and centred
// on black as MNIST's are.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const SIDE = 14;
const TRAINING = 4096;
/** Digits of each collection that choose a radius and are tested on by nobody. */
const VALIDATION = 900;
const [mnist, usps] = process.argv.slice(2);
if (mnist === undefined || usps === undefined) throw new Error("Name the files of MNIST and of USPS.");

function read(path) {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",").map(Number));
}

/** USPS digits fill their frame; those of MNIST lie in 20 of 28 pixels, on black. */
const INNER = 10;

/** Each new pixel of the inner square is the mean of the area that it covers; what is around it is black. */
function resized(pixels) {
  const from = Math.sqrt(pixels.length);
  const scale = from / INNER;
  const margin = (SIDE - INNER) / 2;
  const shares = Array.from({ length: INNER }, (_, i) =>
    Array.from({ length: from }, (_, k) => Math.max(0, Math.min((i + 1) * scale, k + 1) - Math.max(i * scale, k))),
  );
  return Array.from({ length: SIDE * SIDE }, (_, k) => {
    const rows = shares[Math.floor(k / SIDE) - margin];
    const columns = shares[(k % SIDE) - margin];
    if (rows === undefined || columns === undefined) return 0;
    let sum = 0;
    for (const [y, height] of rows.entries())
      if (height > 0) for (const [x, width] of columns.entries()) sum += height * width * pixels[y * from + x];
    return Math.round(sum / scale ** 2);
  });
}

const lines = [["source", "label", ...Array.from({ length: SIDE * SIDE }, (_, k) => `p${k}`)].join(",")];
for (const [i, [label, ...pixels]] of read(mnist).entries())
  lines.push(
    [i < TRAINING ? "mnist_train" : i < TRAINING + VALIDATION ? "mnist_validation" : "mnist", label, ...pixels].join(
      ",",
    ),
  );
for (const [i, [label, ...pixels]] of read(usps).entries())
  lines.push([i < VALIDATION ? "usps_validation" : "usps", label, ...resized(pixels)].join(","));
const folder = new URL("data/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("digits.csv", folder), `${lines.join("\n")}\n`);
