import { RuntimeError } from "../errors/runtime-error.ts";
import { tensorCatalogue } from "./catalogue.ts";
import { sizeOf } from "./node.ts";

/** Row-major values in single or double precision. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

export interface TensorFile {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The length of the JSON header comes first, in eight bytes. */
const PREFIX = 8;

/**
 * Tensors as a safetensors file (github.com/huggingface/safetensors), which Python, Rust and browsers read: a length, a
 * JSON header with every tensor's place, then the values, little-endian. Equal tensors and metadata give equal bytes,
 * whatever the order of the names.
 * @throws RangeError where a tensor's values do not fill its shape
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  const places: { readonly offset: number; readonly data: Tensor["data"] }[] = [];
  let offset = 0;
  for (const name of placementOrder(tensors)) {
    const { shape, data } = tensors[name]!;
    if (name === "__metadata__" || sizeOf(shape) !== data.length)
      throw new RangeError(
        `Tensor ${name} of shape [${shape.join(", ")}] cannot be written with ${data.length} values.`,
      );
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [offset, offset + data.byteLength] };
    places.push({ offset, data });
    offset += data.byteLength;
  }
  // The header is padded with spaces so that the values are aligned for readers that map the file into memory.
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / PREFIX) * PREFIX;
  const bytes = new Uint8Array(PREFIX + length + offset).fill(0x20, PREFIX, PREFIX + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, PREFIX);
  for (const place of places) {
    const { buffer, byteOffset, byteLength } = place.data;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), PREFIX + length + place.offset);
  }
  return bytes;
}

/** By name, doubles before singles: every value then lies at a multiple of its own size. */
function placementOrder(tensors: Readonly<Record<string, Tensor>>): string[] {
  const names = Object.keys(tensors).sort();
  const isDouble = (name: string): boolean => tensors[name]!.data instanceof Float64Array;
  return [...names.filter(isDouble), ...names.filter((name) => !isDouble(name))];
}

function dtypeOf(data: Tensor["data"]): "F32" | "F64" {
  return data instanceof Float64Array ? "F64" : "F32";
}

/**
 * Reads a safetensors file of single and double precision tensors.
 * @throws RuntimeError safetensors-format where the file is truncated, malformed or of another number type
 */
export function readSafetensors(bytes: Uint8Array): TensorFile {
  if (bytes.length < PREFIX) return refuse("it is shorter than its own header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > bytes.length - PREFIX) return refuse("it ends within its header");
  const header = parseHeader(bytes.subarray(PREFIX, PREFIX + length));
  const values = bytes.subarray(PREFIX + length);
  const tensors: Record<string, Tensor> = {};
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") metadata = readMetadata(entry);
    else tensors[name] = readTensor(name, entry, values);
  }
  return { tensors, metadata };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return refuse("its header is not JSON");
  }
  return isRecord(header) ? header : refuse("its header is not an object");
}

function readMetadata(entry: unknown): Record<string, string> {
  if (!isRecord(entry)) return refuse("its metadata is not an object");
  return Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, String(value)]));
}

function readTensor(name: string, entry: unknown, values: Uint8Array): Tensor {
  if (!isRecord(entry)) return refuse(`${name} has no description`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== "F32" && dtype !== "F64") return refuse(`${name} holds ${String(dtype)} where F32 or F64 is expected`);
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    return refuse(`${name} has no proper shape or place`);
  const start = offsets[0]!;
  const end = offsets[1]!;
  if (end - start !== (dtype === "F64" ? 8 : 4) * sizeOf(shape))
    return refuse(`${name} has ${end - start} bytes for shape [${shape.join(", ")}]`);
  if (end > values.length) return refuse(`it ends within ${name}`);
  // Copied: the slice of a file need not be aligned.
  const copy = new Uint8Array(values.subarray(start, end)).buffer;
  return { shape, data: dtype === "F64" ? new Float64Array(copy) : new Float32Array(copy) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function refuse(reason: string): never {
  throw new RuntimeError(tensorCatalogue, "safetensors-format", { reason });
}
