/** The buffer registered under a name. @throws Error where there is none: a caller's mistake */
export function bufferNamed<T>(buffers: ReadonlyMap<string, T>, name: string, what: string): T {
  const found = buffers.get(name);
  if (found === undefined)
    throw new Error(`The program has no ${what} named ${name}; it has ${[...buffers.keys()].join(", ") || "none"}.`);
  return found;
}
