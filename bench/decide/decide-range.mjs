const noContext = new Float64Array(0);

/** Decides at `count` contexts from the first on, each from the last one's decision. */
export function decideRange(decider, sets, scenarios, first, count) {
  let previous;
  const start = performance.now();
  const answers = [];
  for (let at = first; at < first + count; at++) {
    previous = decider.decide({ count: scenarios, outcomes: sets[at] }, noContext, previous);
    answers.push(previous);
  }
  return { answers, seconds: (performance.now() - start) / 1000 };
}
