/** Words that begin a declaration in other modelling languages, with the word for it here. */
const words: ReadonlyMap<string, string> = new Map([
  ["parameter", "param"],
  ["parameters", "param"],
  ["const", "param"],
  ["let", "param"],
  ["var", "decision"],
  ["variable", "decision"],
  ["variables", "decision"],
  ["objective", "risk"],
  ["minimize", "risk"],
  ["minimise", "risk"],
  ["constraint", "subject to"],
  ["constraints", "subject to"],
  ["st", "subject to"],
  ["function", "fn"],
  ["def", "fn"],
  ["dimension", "dim"],
]);

/** The word that begins such a declaration here, or `null` where another language has no such word either. */
export function ownWord(word: string): string | null {
  return words.get(word.toLowerCase()) ?? null;
}
