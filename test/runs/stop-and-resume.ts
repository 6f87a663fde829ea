import { expect } from "vitest";
import type { RunEvent } from "../../runtime/index.ts";
import type { RunOptions } from "../../runtime/options.ts";

/**
 * Stops a run after a number of units, goes on with it in one process, and expects that the units were taken from the folder.
 * @param run the first part of the run, with the options that stop it
 */
export async function stopAndResume(
  run: (options: Pick<RunOptions, "signal" | "onEvent">) => Promise<unknown>,
  resume: (options: Pick<RunOptions, "onEvent">) => Promise<unknown>,
  units: number,
): Promise<void> {
  const controller = new AbortController();
  let seen = 0;
  const stopping = (event: RunEvent): void => {
    if (event.kind === "unit" && ++seen === units) controller.abort();
  };
  await expect(run({ signal: controller.signal, onEvent: stopping })).rejects.toMatchObject({ name: "AbortError" });
  const again: boolean[] = [];
  await resume({
    onEvent: (event) => {
      if (event.kind === "unit") again.push(event.cached);
    },
  });
  expect(again.filter(Boolean).length).toBeGreaterThanOrEqual(units);
}
