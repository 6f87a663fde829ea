import { chosenText } from "../methods/chosen.ts";
import { formatNumber, type TextTable } from "./table.ts";
import type { RunResult } from "./results.ts";

/** One row a seed and method: what was chosen, its score on validation, and those of the best and worst other settings. */
export function tuningTable({ tuning = [] }: RunResult): TextTable {
  return {
    columns: ["seed", "method", "chosen", "by", "score", "of the settings, worst", "settings"],
    rows: tuning.map(({ seed, method, by, grid, selected }) => {
      const own = grid.find(({ chosen }) => chosenText(chosen) === chosenText(selected));
      return [
        String(seed),
        method,
        chosenText(selected),
        by,
        own === undefined ? "–" : formatNumber(own.score),
        formatNumber(Math.max(...grid.map(({ score }) => score))),
        String(grid.length),
      ];
    }),
  };
}
