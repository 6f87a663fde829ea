import { EndedByFailure } from "../pool/run-all.ts";
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
  /** From the beginning of its first task, without the time that it waited for a worker. */
  readonly milliseconds: number;
}

/**
 * Finished work of a run, one file a unit under `units/`, named by the pipeline's identity, the data's hash, the seed
 * and the unit: a unit found there is never done again, and one of another model, or of other data, is never taken.
 */
export interface UnitStore {
  /**
   * Takes the unit from the folder, or does and keeps it; asked for twice at once, it is done once. Where whoever does it
   * is ended by a failure elsewhere, the other who asked, and is not ended, does it.
   * @param work gets the name of the file that a checkpoint of the work may be kept in, which is removed afterwards, and
   *   what to call when a task of the unit begins
   */
  unit(key: UnitKey, work: UnitWork): Promise<TensorFile>;
}

export type UnitWork = (slot: string, onStart: () => void) => Promise<TensorFile>;

export interface UnitStoreOptions {
  /** `pipelineIdentity`, with everything else that changes numbers. */
  readonly identity: string;
  readonly signal?: AbortSignal;
  /** Called once for each unit, however often it is asked for. */
  onUnit(unit: FinishedUnit): void;
}

/** Opens the store of a run folder. */
export function openUnits(folder: RunFolder, options: UnitStoreOptions): UnitStore {
  const underWay = new Map<string, Promise<TensorFile>>();
  const told = new Set<string>();
  const tell = (name: string, unit: FinishedUnit): void => {
    if (told.has(name)) return;
    told.add(name);
    options.onUnit(unit);
  };
  const take = async (key: UnitKey, name: string, work: UnitWork): Promise<TensorFile> => {
    let started = performance.now();
    const found = await folder.readTensors(`${name}.safetensors`);
    if (found !== null) {
      tell(name, { key, cached: true, milliseconds: performance.now() - started });
      return found;
    }
    options.signal?.throwIfAborted();
    const slot = `${name}.checkpoint.safetensors`;
    let begun = false;
    const file = await work(slot, () => {
      if (!begun) started = performance.now();
      begun = true;
    });
    await folder.writeTensors(`${name}.safetensors`, file.tensors, file.metadata);
    await folder.remove(slot);
    tell(name, { key, cached: false, milliseconds: performance.now() - started });
    return file;
  };
  return {
    async unit(key, work) {
      const name = unitFile(options.identity, key);
      for (let other = underWay.get(name); other !== undefined; other = underWay.get(name)) {
        try {
          return await other;
        } catch (error) {
          if (!(error instanceof EndedByFailure)) throw error;
        }
      }
      const taking = take(key, name, work).finally(() => underWay.delete(name));
      underWay.set(name, taking);
      return taking;
    },
  };
}

/** File of a unit, relative to the run folder, without its extension. */
export function unitFile(identity: string, key: UnitKey): string {
  const readable = key.name.replaceAll(/[^a-zA-Z0-9.]+/g, "-");
  return `units/${identity.slice(0, 12)}/seed-${key.seed}-${readable}-${shortHash(identity, key.dataHash, key.name)}`;
}
