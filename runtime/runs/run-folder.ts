import { appendFile, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { Checkpoint, CheckpointSlot } from "../models/sampler.ts";
import { writeAtomic } from "./atomic.ts";
import { makeFolder } from "./make-folder.ts";
import { RUN_MESSAGES } from "./messages.ts";
import { readSafetensors, writeSafetensors, type Tensor, type TensorFile } from "../tensor/safetensors.ts";

/** A run's folder on disk. Every write is atomic; every failure to write ends in one located error. */
export interface RunFolder {
  readonly path: string;
  write(name: string, content: string | Uint8Array): Promise<void>;
  /** `null` where the file does not exist. */
  read(name: string): Promise<Uint8Array | null>;
  /** Adds a line to a file that only ever grows. */
  append(name: string, line: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Runs a writer of its own, with its system errors made into `output-not-writable`. */
  guard<T>(work: () => Promise<T>): Promise<T>;
  writeTensors(
    name: string,
    tensors: Readonly<Record<string, Tensor>>,
    metadata?: Readonly<Record<string, string>>,
  ): Promise<void>;
  readTensors(name: string): Promise<TensorFile | null>;
}

/**
 * Opens the folder for writing, making it where it is missing.
 * @throws RuntimeError `output-not-writable`
 */
export async function openRunFolder(path: string): Promise<RunFolder> {
  const folder = runFolderAt(path);
  try {
    makeFolder(resolve(path));
  } catch (error) {
    throw notWritable(path, error);
  }
  await folder.write(".writable", "");
  await folder.remove(".writable");
  return folder;
}

/** The folder as it stands, for reading. */
export function runFolderAt(path: string): RunFolder {
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw notWritable(path, error);
    }
  };
  const read = async (name: string): Promise<Uint8Array | null> => {
    try {
      return await readFile(join(path, name));
    } catch (error) {
      if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return null;
      throw damaged(join(path, name), error);
    }
  };
  return {
    path,
    guard: guarded,
    write: (name, content) => guarded(() => writeAtomic(join(path, name), content)),
    read,
    append: (name, line) => guarded(() => appendFile(join(path, name), `${line}\n`)),
    remove: (name) => guarded(() => rm(join(path, name), { force: true })),
    writeTensors: (name, tensors, metadata = {}) =>
      guarded(() => writeAtomic(join(path, name), writeSafetensors(tensors, metadata))),
    async readTensors(name) {
      const bytes = await read(name);
      if (bytes === null) return null;
      try {
        return readSafetensors(bytes);
      } catch (error) {
        throw damaged(join(path, name), error);
      }
    },
  };
}

/** A slot for one training unit's checkpoint; `clear` once the unit is finished. */
export function checkpointSlot(
  folder: RunFolder,
  name: string,
  everySteps: number,
): CheckpointSlot & { clear(): Promise<void> } {
  return {
    everySteps,
    where: join(folder.path, name),
    async load(): Promise<Checkpoint | null> {
      const file = await folder.readTensors(name);
      if (file === null) return null;
      const tensors: Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }> = {};
      for (const [key, tensor] of Object.entries(file.tensors)) {
        if (!(tensor.data instanceof Float32Array)) {
          throw damaged(join(folder.path, name), new RangeError(`${key} is not F32`));
        }
        tensors[key] = { shape: tensor.shape, data: tensor.data };
      }
      return { step: Number(file.metadata["step"]), tensors };
    },
    save: (checkpoint) => folder.writeTensors(name, checkpoint.tensors, { step: String(checkpoint.step) }),
    clear: () => folder.remove(name),
  };
}

export function damaged(path: string, error: unknown): RuntimeError {
  return new RuntimeError(RUN_MESSAGES, "run-folder-damaged", { path, reason: reasonOf(error) }, { cause: error });
}

function notWritable(path: string, error: unknown): unknown {
  // An error of our own (an encoder, a caller's writer) keeps its meaning; the system's errors have a code.
  if (errorCode(error) === undefined) return error;
  return new RuntimeError(RUN_MESSAGES, "output-not-writable", { path, reason: reasonOf(error) }, { cause: error });
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" && "syscall" in error
    ? error.code
    : undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ENOTDIR: "part of the path is a file",
  EEXIST: "it is a file, not a folder",
  EISDIR: "it is a folder",
  ENOSPC: "the disk is full",
  ENOENT: "it does not exist",
};

function reasonOf(error: unknown): string {
  const code = errorCode(error);
  if (code !== undefined) return REASONS[code] ?? code;
  return error instanceof Error ? error.message : String(error);
}
