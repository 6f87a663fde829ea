import { editDistance } from "../../runtime/errors/edit-distance.ts";

/** The candidate nearest to `name` in spelling, or `null` where none is near enough to be what was meant. */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  // Every other letter is one edit away from a letter: that is no reason to think of it.
  if (name.length > 100 || name.length === 1) return null;
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
