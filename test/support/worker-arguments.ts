/** Node's arguments for a worker thread whose entry is TypeScript. */
export const WORKER_ARGUMENTS = ["--import", new URL("./typescript-register.mjs", import.meta.url).href] as const;
