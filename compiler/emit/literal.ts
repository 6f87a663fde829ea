import type { Implicit } from "./choices.ts";
import { numberLiteral, stringLiteral } from "./text.ts";

/** Shortest run of equal numbers that is written as `repeat(value, count)`. */
const runLength = 5;

/** Writes plain values as object literals, marks what droc chose, and remembers which helpers they need. */
export class LiteralWriter {
  readonly #implicit: Implicit;
  readonly helpers = new Set<"repeat" | "diagonal">();

  constructor(implicit: Implicit) {
    this.#implicit = implicit;
  }

  /** @throws Error on a value that is not plain: a function, a symbol, an instance. */
  write(value: unknown): string {
    switch (typeof value) {
      case "number":
        return numberLiteral(value);
      case "string":
        return stringLiteral(value);
      case "boolean":
        return String(value);
      case "object":
        if (value === null) return "null";
        if (Array.isArray(value)) return this.#list(value);
        return this.#object(value);
      default:
        throw new Error(`${typeof value} is not plain data`);
    }
  }

  #list(items: readonly unknown[]): string {
    const [first] = items;
    if (typeof first === "number" && items.length >= runLength && items.every((item) => Object.is(item, first))) {
      this.helpers.add("repeat");
      return `repeat(${numberLiteral(first)}, ${items.length})`;
    }
    return `[${items.map((item) => this.write(item)).join(", ")}]`;
  }

  #object(value: object): string {
    const members = Object.entries(value).map(([key, item]: [string, unknown]) => {
      const comment = this.#implicit.has(value, key) ? " // default" : "";
      return `${memberName(key)}: ${this.write(item)},${comment}`;
    });
    const marked = members.some((member) => member.endsWith("// default"));
    return marked ? `{\n${members.join("\n")}\n}` : `{ ${members.join(" ")} }`;
  }

  /** A symmetric n × n matrix; a diagonal one is written as such. */
  matrix(values: readonly number[], n: number): string {
    const isDiagonal = values.every((v, k) => v === 0 || Math.floor(k / n) === k % n);
    if (n < 2 || !isDiagonal) return this.write(values);
    this.helpers.add("diagonal");
    return `diagonal(${this.write(Array.from({ length: n }, (_, i) => values[i * n + i]))})`;
  }
}

/** A member's name in an object literal. `__proto__` is computed: written plainly it would set the prototype. */
export function memberName(key: string): string {
  if (key === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : stringLiteral(key);
}
