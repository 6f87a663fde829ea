import { availableParallelism } from "node:os";

/** Memory that is allowed for one worker of a run: a process of Node with its kernels, solver and scenarios. */
export const BYTES_A_JOB = 512 * 2 ** 20;

/**
 * Workers that a run takes where it is not told: one a core, fewer where the memory that is still free (of the machine,
 * or of the container) would not hold them.
 */
export function defaultJobs(cores = availableParallelism(), free = process.availableMemory()): number {
  return Math.max(1, Math.min(cores, Math.floor(free / BYTES_A_JOB)));
}
