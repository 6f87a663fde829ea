/**
 * What a run tells while it works. Every event is one JSON object; the run folder keeps them in `metrics.jsonl` with
 * the time added, a renderer shows them. Numbers that results depend on are never taken from events.
 */
export type RunEvent =
  /** First event: what is about to be done. `units` is an upper bound; some are shared or fall away. */
  | {
      readonly kind: "started";
      readonly model: string;
      readonly runFolder: string;
      readonly seeds: number;
      readonly methods: readonly string[];
      readonly units: number;
    }
  /** Data of one seed are loaded. Row counts are of the whole split. */
  | {
      readonly kind: "data";
      readonly seed: number;
      readonly train: number;
      readonly validation: number;
      readonly test: number;
      readonly dataHash: string;
    }
  /** Progress inside a training unit; sent a few times a second at most. `loss` is a mean over the last steps. */
  | {
      readonly kind: "training";
      readonly seed: number;
      readonly unit: string;
      readonly step: number;
      readonly total: number;
      readonly loss: number;
    }
  /** Learning curve of a method that is trained for its decisions: their mean regret since the entry before. */
  | {
      readonly kind: "regret";
      readonly seed: number;
      readonly unit: string;
      readonly step: number;
      readonly total: number;
      readonly regret: number;
    }
  /** Progress inside a unit that decides for many contexts. */
  | {
      readonly kind: "deciding";
      readonly seed: number;
      readonly unit: string;
      readonly done: number;
      readonly total: number;
    }
  /** A unit of work is finished (`cached`: it was found finished in the run folder). */
  | {
      readonly kind: "unit";
      readonly seed: number;
      readonly unit: string;
      readonly cached: boolean;
      readonly milliseconds: number;
      readonly done: number;
      readonly total: number;
    }
  /** Weights of one strength: `w = 1 + λ‖∇ₛℓ‖²` over the training rows. */
  | {
      readonly kind: "weights";
      readonly seed: number;
      readonly strength: number;
      readonly lambda: number;
      readonly min: number;
      readonly median: number;
      readonly max: number;
      readonly effectiveShare: number;
    }
  /** A strength was chosen on validation. */
  | {
      readonly kind: "selected";
      readonly seed: number;
      readonly method: string;
      readonly strength: number;
      readonly validationRegret: number;
    }
  /** Options of a baseline were chosen on validation: `neighbours 10`, and the score of it. */
  | {
      readonly kind: "tuned";
      readonly seed: number;
      readonly method: string;
      readonly chosen: string;
      readonly score: number;
    }
  /** Something the reader of the result must know; also kept in the results. */
  | { readonly kind: "warning"; readonly code: string; readonly message: string }
  /** The final table, one row a method, cells as printed. */
  | {
      readonly kind: "table";
      readonly columns: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly kind: "finished"; readonly runFolder: string; readonly report: string; readonly milliseconds: number };
