/** What the process says to the shell; documented in docs/cli.md and never changed within a major version. */
export const EXIT = {
  done: 0,
  /** The spec or its data is wrong: the diagnostics say where. */
  wrong: 1,
  /** The command line is wrong. */
  usage: 2,
  /** A defect of droc: a report file was written. */
  internal: 3,
  /** Stopped by SIGINT or SIGTERM; the same command resumes. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
