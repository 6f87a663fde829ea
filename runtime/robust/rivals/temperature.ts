/**
 * The temperature in the losses' unit: `relative` of their standard deviations, raised where the law tilted by it,
 * `q ∝ p e^{f/τ}`, is further than `radius` from the uniform p in `KL(q ‖ p)`. 0 where all losses are equal.
 */
export function temperatureWithin(losses: Float64Array, relative: number, radius: number): number {
  const n = losses.length;
  const mean = losses.reduce((sum, f) => sum + f, 0) / n;
  const deviation = Math.sqrt(losses.reduce((sum, f) => sum + (f - mean) ** 2, 0) / n);
  if (deviation === 0) return 0;
  let low = relative * deviation;
  if (tiltDivergence(losses, low) <= radius) return low;
  let high = low;
  while (tiltDivergence(losses, high) > radius) high *= 2;
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (tiltDivergence(losses, middle) > radius) low = middle;
    else high = middle;
  }
  return high;
}

/** `KL(q ‖ p)` of `q ∝ p e^{f/τ}` for uniform p. */
export function tiltDivergence(losses: Float64Array, tau: number): number {
  const most = losses.reduce((a, b) => Math.max(a, b), -Infinity);
  let total = 0;
  let weighted = 0;
  for (const f of losses) {
    const w = Math.exp((f - most) / tau);
    total += w;
    weighted += (w * (f - most)) / tau;
  }
  return weighted / total - Math.log(total / losses.length);
}
