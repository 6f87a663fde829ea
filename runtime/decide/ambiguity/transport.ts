/** Share of a length that is rounding. */
const ROUNDING = 1e-12;
/** A mass below this share of the whole is rounding, and is not carried. */
const NEGLIGIBLE = 1e-14;

/**
 * The least cost of carrying one law on m points to another on n, `min Σ π_ij cost_ij` over couplings π of the two: masses
 * go along cheapest augmenting paths (successive shortest paths), which is exact for the few points that mixtures have.
 * @param from m masses
 * @param to n masses of the same total
 * @param cost m × n, row-major
 */
export function transportCost(from: Float64Array, to: Float64Array, cost: Float64Array): number {
  const [m, n] = [from.length, to.length];
  const supply = from.slice();
  const demand = to.slice();
  const flow = new Float64Array(m * n);
  const total = supply.reduce((sum, mass) => sum + mass, 0);
  for (;;) {
    const path = cheapestPath(supply, demand, flow, cost, NEGLIGIBLE * total);
    if (path === null) break;
    const [start, end] = [path[0]!, path.at(-1)! - m];
    let amount = Math.min(supply[start]!, demand[end]!);
    // Every second step of a path goes back along what is carried already.
    for (let k = 1; k + 1 < path.length; k += 2) amount = Math.min(amount, flow[path[k + 1]! * n + path[k]! - m]!);
    for (let k = 0; k + 1 < path.length; k++) {
      const [a, b] = [path[k]!, path[k + 1]!];
      if (k % 2 === 0) flow[a * n + b - m]! += amount;
      else flow[b * n + a - m]! -= amount;
    }
    supply[start]! -= amount;
    demand[end]! -= amount;
  }
  return flow.reduce((sum, mass, at) => sum + mass * cost[at]!, 0);
}

/** Points of the cheapest path from one with mass left to one that lacks some, sources 0 … m − 1 and then targets. */
function cheapestPath(
  supply: Float64Array,
  demand: Float64Array,
  flow: Float64Array,
  cost: Float64Array,
  least: number,
): number[] | null {
  const [m, n] = [supply.length, demand.length];
  const distance = new Float64Array(m + n).fill(Infinity);
  const before = new Int32Array(m + n).fill(-1);
  for (let i = 0; i < m; i++) if (supply[i]! > least) distance[i] = 0;
  const relax = (a: number, b: number, length: number): boolean => {
    const through = distance[a]! + length;
    // A gain that is rounding would go round in circles.
    if (!(through + ROUNDING * (1 + Math.abs(through)) < distance[b]!)) return false;
    distance[b] = through;
    before[b] = a;
    return true;
  };
  for (let round = 0, moved = true; moved && round < m + n; round++) {
    moved = false;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        if (relax(i, m + j, cost[i * n + j]!)) moved = true;
        if (flow[i * n + j]! > least && relax(m + j, i, -cost[i * n + j]!)) moved = true;
      }
  }
  let end = -1;
  for (let j = 0; j < n; j++)
    if (demand[j]! > least && distance[m + j]! < Infinity && (end < 0 || distance[m + j]! < distance[end]!))
      end = m + j;
  if (end < 0) return null;
  const path = [end];
  while (before[path[0]!]! >= 0) path.unshift(before[path[0]!]!);
  return path;
}
