// Heavy-tailed returns with a common market, of which the portfolios of these benchmarks are made.
import { createNormals } from "./numbers.mjs";

/** K × assets returns around the centre. */
export function drawReturns(normal, centre, scenarios) {
  const assets = centre.length;
  const outcomes = new Float64Array(scenarios * assets);
  for (let k = 0; k < scenarios; k++) {
    const market = normal();
    const heavy = 1 / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3 + 0.05);
    for (let i = 0; i < assets; i++) outcomes[k * assets + i] = centre[i] + 0.02 * heavy * (market + normal());
  }
  return outcomes;
}

/** A new law each context: its means drift, and every scenario is drawn anew. */
export function drawContexts(assets, scenarios, contexts) {
  const drift = createNormals(7);
  const centre = Array.from({ length: assets }, () => 0.01 * drift());
  return Array.from({ length: contexts }, (_, seed) => {
    for (let i = 0; i < assets; i++) centre[i] = 0.9 * centre[i] + 0.004 * drift();
    return drawReturns(createNormals(seed + 1), centre, scenarios);
  });
}
