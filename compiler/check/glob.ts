/** `*` is any text, `?` any one character; everything else is itself. */
export function matchesGlob(pattern: string, text: string): boolean {
  // Greedy with one point to go back to: linear in practice, quadratic at worst.
  let p = 0;
  let star = -1;
  let resume = 0;
  for (let t = 0; t < text.length;) {
    if (p < pattern.length && pattern[p] === "*") {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Whether some text matches both patterns. */
export function globsMeet(a: string, b: string): boolean {
  // reach[j]: the first i characters of `a` and the first j of `b` can match one text.
  let reach = Array.from({ length: b.length + 1 }, () => false);
  for (let i = 0; i <= a.length; i++) {
    const next = Array.from({ length: b.length + 1 }, () => false);
    for (let j = 0; j <= b.length; j++) {
      if (i === 0 && j === 0) next[j] = true;
      else if (i > 0 && a[i - 1] === "*") next[j] = reach[j]! || (j > 0 && next[j - 1]!);
      else if (j > 0 && b[j - 1] === "*") next[j] = next[j - 1]! || (i > 0 && reach[j]!);
      else if (i > 0 && j > 0)
        next[j] = reach[j - 1]! && (a[i - 1] === b[j - 1] || a[i - 1] === "?" || b[j - 1] === "?");
    }
    reach = next;
  }
  return reach[b.length]!;
}
