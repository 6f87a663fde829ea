// Figures printed in 003 (tables 1 and 2), copied from the paper's text to stand beside ours. Regrets of different
// scalings of the same task are not comparable in size, only the relative gains are: the paper states no scale.

const row = (uniform, pto, spo, task, dw) =>
  `The paper (table 1, regret): Uniform FM ${uniform}, PTO ${pto}, SPO+ ${spo}, task-based ${task}, DW-FM ${dw}; ` +
  `DW-FM against Uniform FM ${relative(dw, uniform)}.`;

const relative = (a, b) => {
  const change = (100 * (a - b)) / b;
  return `${change < 0 ? "−" : "+"}${Math.abs(change).toFixed(1)} %`;
};

export const PAPER_SYNTHETIC = {
  2: row(0.0745, 0.0774, 0.0912, 0.0871, 0.0726),
  4: row(0.0773, 0.0791, 0.0913, 0.088, 0.0739),
  6: row(0.0779, 0.082, 0.0925, 0.089, 0.0756),
  8: row(0.0766, 0.08, 0.0918, 0.092, 0.0746),
};

export const PAPER_INDUSTRY =
  `The paper (table 2): regret Uniform FM 0.00655, DW-FM 0.00590 (${relative(0.0059, 0.00655)}); CVaR loss 0.01485 and 0.01452; ` +
  `mean return 0.00040 and 0.00039; on the hardest 25 %: tail W1 0.05195 and 0.04407, q90 gap 0.03191 and 0.02561, ` +
  `CVaR90 gap 0.05212 and 0.04377. Its evaluator is not described; ours is named above.`;

/** DW-FM against Uniform FM, regret. */
export const PAPER_GAINS = {
  2: relative(0.0726, 0.0745),
  4: relative(0.0739, 0.0773),
  6: relative(0.0756, 0.0779),
  8: relative(0.0746, 0.0766),
  industry: relative(0.0059, 0.00655),
};
