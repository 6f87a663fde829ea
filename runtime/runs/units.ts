import type { RunFolder } from "./run-folder.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import { shortHash } from "./identity.ts";

/** Where a unit of work belongs: a seed, and a name such as `train dw_fm 0.05`. */
export interface UnitKey {
  readonly seed: number;
  readonly name: string;
  /** Identity of the data that the unit reads. */
  readonly dataHash: string;
}

export interface FinishedUnit {
  readonly key: UnitKey;
  readonly cached: boolean;
  readonly milliseconds: number;
}

/**
 * Finished work of a run, one file a unit under `units/`, named by the pipeline's identity, the data's hash, the seed
 * and the unit: a unit found there is never done again, and one of another model, or of other data, is never taken.
 */
export interface UnitStore {
  /**
   * Takes the unit from the folder, or does and keeps it; asked for twice at once, it is done once.
   * @param work gets the name of the file that a checkpoint of the work may be kept in; it is removed afterwards
   */
  unit(key: UnitKey, work: (slot: string) => Promise<TensorFile>): Promise<TensorFile>;
}

export interface UnitStoreOptions {
  /** `pipelineIdentity`, with everything else that changes numbers. */
  readonly identity: string;
  readonly signal?: AbortSignal;
  onUnit(unit: FinishedUnit): void;
}

/** Opens the store of a run folder. */
export function openUnits(folder: RunFolder, options: UnitStoreOptions): UnitStore {
  const underWay = new Map<string, Promise<Taken>>();
  const take = async (name: string, work: (slot: string) => Promise<TensorFile>): Promise<Taken> => {
    const found = await folder.readTensors(`${name}.safetensors`);
    if (found !== null) return { file: found, cached: true };
    options.signal?.throwIfAborted();
    const slot = `${name}.checkpoint.safetensors`;
    const file = await work(slot);
    await folder.writeTensors(`${name}.safetensors`, file.tensors, file.metadata);
    await folder.remove(slot);
    return { file, cached: false };
  };
  return {
    async unit(key, work) {
      const started = performance.now();
      const name = unitFile(options.identity, key);
      const current = underWay.get(name);
      const taking = current ?? take(name, work);
      underWay.set(name, taking);
      try {
        const { file, cached } = await taking;
        const milliseconds = performance.now() - started;
        options.onUnit({ key, cached: cached || current !== undefined, milliseconds });
        return file;
      } finally {
        underWay.delete(name);
      }
    },
  };
}

interface Taken {
  readonly file: TensorFile;
  readonly cached: boolean;
}

/** File of a unit, relative to the run folder, without its extension. */
export function unitFile(identity: string, key: UnitKey): string {
  const readable = key.name.replaceAll(/[^a-zA-Z0-9.]+/g, "-");
  return `units/${identity.slice(0, 12)}/seed-${key.seed}-${readable}-${shortHash(identity, key.dataHash, key.name)}`;
}
