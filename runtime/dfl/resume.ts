import type { Checkpoint, CheckpointSlot } from "../models/sampler.ts";

/** Numbers of a training beside its weights, which a resumed one needs: by name, read when saved and given back on load. */
export interface TrainingMemory {
  save(): Readonly<Record<string, Float64Array>>;
  restore(saved: Readonly<Record<string, Float64Array>>): void;
}

/** Several memories as one; their names differ. */
export function allOf(memories: readonly TrainingMemory[]): TrainingMemory {
  return {
    save: () => Object.assign({}, ...memories.map((memory) => memory.save())),
    restore: (saved) => memories.forEach((memory) => memory.restore(saved)),
  };
}

const PREFIX = "dfl.";

/** A slot that keeps a memory in the checkpoints of another, under names of its own. */
export function remembering(slot: CheckpointSlot, memory: TrainingMemory): CheckpointSlot {
  return {
    everySteps: slot.everySteps,
    ...(slot.where === undefined ? {} : { where: slot.where }),
    async load() {
      const saved = await slot.load();
      if (saved === null) return null;
      const own = Object.entries(saved.tensors).filter(([name]) => name.startsWith(PREFIX));
      memory.restore(Object.fromEntries(own.map(([name, { data }]) => [name.slice(PREFIX.length), joined(data)])));
      return saved;
    },
    save(checkpoint) {
      const own = Object.entries(memory.save()).map(([name, values]): [string, Checkpoint["tensors"][string]] => [
        `${PREFIX}${name}`,
        { shape: [values.length, PARTS], data: split(values) },
      ]);
      return slot.save({ ...checkpoint, tensors: { ...checkpoint.tensors, ...Object.fromEntries(own) } });
    },
  };
}

/** A double is the sum of three floats of 24 bits, exactly; checkpoints hold floats. */
const PARTS = 3;

function split(values: Float64Array): Float32Array {
  const out = new Float32Array(PARTS * values.length);
  values.forEach((value, i) => {
    let rest = value;
    for (let part = 0; part < PARTS; part++) {
      out[PARTS * i + part] = rest;
      // What is not finite is whole in the first part.
      rest = Number.isFinite(rest) ? rest - out[PARTS * i + part]! : 0;
    }
  });
  return out;
}

function joined(parts: Float32Array): Float64Array {
  return Float64Array.from(
    { length: parts.length / PARTS },
    (_, i) => parts[PARTS * i]! + (parts[PARTS * i + 1]! + parts[PARTS * i + 2]!),
  );
}
