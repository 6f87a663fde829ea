import type { PaperTable } from "../paper-table.ts";
import { TABLES_001 } from "./001.ts";
import { TABLES_002 } from "./002.ts";
import { TABLES_003 } from "./003.ts";
import { FIGURES_004 } from "./004-figures.ts";
import { TABLES_004 } from "./004.ts";

/** Every table and figure that `droc reproduce` knows, by paper and number. */
export const PAPER_TABLES: readonly PaperTable[] = [
  ...TABLES_001,
  ...TABLES_002,
  ...TABLES_003,
  ...TABLES_004,
  ...FIGURES_004,
].toSorted((a, b) => a.id.localeCompare(b.id));
