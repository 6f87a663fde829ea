import { readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Long enough that reading it takes a multiple of the time that a short file takes. */
const LONG = 2 ** 26;

/** Damages a unit of seed 0 in a file that is long to read, and one of seed 1 in a short one, which fails first. */
export function damageUnits(runFolder: string, ofSeed0: string, ofSeed1: string): void {
  const units = join(runFolder, "units");
  const [identity] = readdirSync(units);
  if (identity === undefined) throw new Error("the run has no units");
  const fileOf = (start: string): string => {
    const found = readdirSync(join(units, identity)).find((name) => name.startsWith(start));
    if (found === undefined) throw new Error(`the run has no unit ${start}`);
    return join(units, identity, found);
  };
  for (const [start, length] of [
    [`seed-0-${ofSeed0}`, LONG],
    [`seed-1-${ofSeed1}`, 20],
  ] as const) {
    const path = fileOf(start);
    writeFileSync(path, "");
    truncateSync(path, length);
  }
}
