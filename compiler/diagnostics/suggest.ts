/**
 * Number of insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` (optimal string
 * alignment), or `limit + 1` once it is known to exceed `limit`.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, beforeLast[j - 2]! + 1);
      row.push(best);
    }
    if (Math.min(...row) > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/** The candidate nearest to `name` in spelling, or `null` where none is near enough to be what was meant. */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  if (name.length > 100) return null;
  const lower = name.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate.length > 100) continue;
    const distance = editDistance(lower, candidate.toLowerCase(), bestDistance - 1);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** ``did you mean `x`? `` with a trailing space, or nothing: goes before the rest of a help text. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const found = nearest(name, candidates);
  return found === null ? "" : `did you mean \`${found}\`? `;
}

/** A help text of its own: the near name, else what could stand here, else `otherwise`. */
export function suggestName(name: string, candidates: Iterable<string>, otherwise: string): string {
  const found = nearest(name, candidates);
  return found === null ? otherwise : `did you mean \`${found}\`?`;
}

/** `a, b, c`; long lists are cut with their count. */
export function listNames(names: Iterable<string>, most = 12): string {
  const all = [...names];
  if (all.length === 0) return "none";
  const shown = all.slice(0, most).join(", ");
  return all.length <= most ? shown : `${shown} and ${all.length - most} more`;
}
