import { rowLoss, type DflLoss } from "./row.ts";

/** `‖ŝ − s‖² / d`: predict, then optimise. Gradient `2 (ŝ − s) / d`. */
export function meanSquaredError(): DflLoss {
  return rowLoss(({ predicted, cost, gradient }) => {
    const d = cost.length;
    let loss = 0;
    for (let i = 0; i < d; i++) {
      const error = predicted[i]! - cost[i]!;
      loss += error ** 2 / d;
      gradient[i] = (2 * error) / d;
    }
    return loss;
  });
}
