import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { limits } from "./limits.ts";

export type ReadProblem =
  | { readonly kind: "missing" | "directory" | "not-regular" | "not-utf8" }
  | { readonly kind: "too-large"; readonly bytes: number }
  | { readonly kind: "unreadable"; readonly reason: string };

export type ReadResult = { readonly text: string } | { readonly problem: ReadProblem };

/**
 * Reads a UTF-8 text file of at most `limits.fileBytes`. Devices, pipes and directories are refused before anything
 * is read, so that a spec that names one cannot block the check. A byte-order mark is dropped.
 */
export function readSourceFile(path: string): ReadResult {
  let descriptor: number | undefined;
  try {
    // Without O_NONBLOCK opening a pipe waits for its writer.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) return { problem: { kind: "directory" } };
    if (!stat.isFile()) return { problem: { kind: "not-regular" } };
    const bytes = readUpTo(descriptor, limits.fileBytes + 1);
    if (bytes.length > limits.fileBytes) {
      return { problem: { kind: "too-large", bytes: Math.max(stat.size, bytes.length) } };
    }
    return decodeSource(bytes);
  } catch (error) {
    return { problem: failureOf(error) };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Strict UTF-8: a broken byte is a problem, not a replacement character. */
export function decodeSource(bytes: Uint8Array): ReadResult {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError) return { problem: { kind: "not-utf8" } };
    throw error;
  }
}

/** Reads until the end or `most` bytes: a file that grows while it is read cannot exceed the limit. */
function readUpTo(descriptor: number, most: number): Uint8Array {
  const buffer = Buffer.allocUnsafe(most);
  let length = 0;
  while (length < most) {
    const read = readSync(descriptor, buffer, length, most - length, null);
    if (read === 0) break;
    length += read;
  }
  return buffer.subarray(0, length);
}

function failureOf(error: unknown): ReadProblem {
  if (!(error instanceof Error)) throw error;
  const code = "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") return { kind: "missing" };
  if (code === "EISDIR") return { kind: "directory" };
  const reason = typeof code === "string" ? (reasons.get(code) ?? code) : error.message;
  return { kind: "unreadable", reason };
}

/** What the system's codes mean. */
const reasons: ReadonlyMap<string, string> = new Map([
  ["EACCES", "you may not read it"],
  ["EPERM", "you may not read it"],
  ["ENAMETOOLONG", "its name is too long for this system"],
  ["ELOOP", "its links lead in a circle"],
  ["EMFILE", "too many files are open"],
]);
