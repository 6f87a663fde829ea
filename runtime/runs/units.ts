import type { RunFolder } from "./run-folder.ts";
import { checkpointSlot } from "./run-folder.ts";
import type { CheckpointSlot } from "../models/sampler.ts";
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
  /** Takes the unit from the folder, or does and keeps it. */
  unit(key: UnitKey, work: (checkpoint: CheckpointSlot) => Promise<TensorFile>): Promise<TensorFile>;
}

export interface UnitStoreOptions {
  /** `pipelineIdentity`, with everything else that changes numbers. */
  readonly identity: string;
  readonly checkpointSteps: number;
  readonly signal?: AbortSignal;
  onUnit(unit: FinishedUnit): void;
}

/** Opens the store of a run folder. */
export function openUnits(folder: RunFolder, options: UnitStoreOptions): UnitStore {
  return {
    async unit(key, work) {
      const started = performance.now();
      const name = unitFile(options.identity, key);
      const found = await folder.readTensors(`${name}.safetensors`);
      if (found !== null) {
        options.onUnit({ key, cached: true, milliseconds: performance.now() - started });
        return found;
      }
      options.signal?.throwIfAborted();
      const slot = checkpointSlot(folder, `${name}.checkpoint.safetensors`, options.checkpointSteps);
      const done = await work(slot);
      await folder.writeTensors(`${name}.safetensors`, done.tensors, done.metadata);
      await slot.clear();
      options.onUnit({ key, cached: false, milliseconds: performance.now() - started });
      return done;
    },
  };
}

/** File of a unit, relative to the run folder, without its extension. */
export function unitFile(identity: string, key: UnitKey): string {
  const readable = key.name.replaceAll(/[^a-zA-Z0-9.]+/g, "-");
  return `units/${identity.slice(0, 12)}/seed-${key.seed}-${readable}-${shortHash(identity, key.dataHash, key.name)}`;
}
