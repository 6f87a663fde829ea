import { availableParallelism } from "node:os";

/** Memory that one thread of a run takes at its peak on the examples, solver and scenarios included, with some to spare. */
export const BYTES_A_JOB = 512 * 2 ** 20;

/**
 * Threads that a run takes where it is not told: one a core, fewer where the memory that is still free (of the machine,
 * or of the container) would not hold them.
 */
export function defaultJobs(cores = availableParallelism(), free = process.availableMemory()): number {
  return Math.max(1, Math.min(cores, Math.floor(free / BYTES_A_JOB)));
}
