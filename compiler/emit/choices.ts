import type { OptionsIR, OptionValue } from "../../runtime/ir/model.ts";

/** Which members of lowered objects were not written by the user. */
export interface Implicit {
  has(object: object, key: string): boolean;
}

/** Remembers, per lowered object, the members whose values droc chose. */
export class Choices implements Implicit {
  readonly #implicit = new WeakMap<object, ReadonlySet<string>>();

  mark(object: object, keys: readonly string[]): void {
    this.#implicit.set(object, new Set([...(this.#implicit.get(object) ?? []), ...keys]));
  }

  has(object: object, key: string): boolean {
    return this.#implicit.get(object)?.has(key) ?? false;
  }

  /**
   * Marks those members of `spec` whose option was implicit. `names` gives the option behind a member where it is not
   * the member's own name.
   */
  lowered<T extends object>(spec: T, group: OptionsIR, names: Readonly<Record<string, string>> = {}): T {
    const keys = Object.keys(spec).filter((key) => {
      const option = Object.hasOwn(names, key) ? names[key]! : key;
      return Object.hasOwn(group.options, option) && group.options[option]!.origin === "implicit";
    });
    this.mark(spec, keys);
    return spec;
  }
}

/** Reads validated options by type: a value of another type is a broken invariant of the checker. */
export class OptionReader {
  readonly #group: OptionsIR;

  constructor(group: OptionsIR) {
    this.#group = group;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#group.options, key);
  }

  isImplicit(key: string): boolean {
    return this.has(key) && this.#group.options[key]!.origin === "implicit";
  }

  value(key: string): OptionValue {
    if (!this.has(key)) throw new Error(`${this.#group.name} has no option ${key}`);
    return this.#group.options[key]!.value;
  }

  number(key: string): number {
    const value = this.value(key);
    return typeof value === "number" ? value : this.#wrong(key, "a number");
  }

  boolean(key: string): boolean {
    const value = this.value(key);
    return typeof value === "boolean" ? value : this.#wrong(key, "true or false");
  }

  /** One of `words`. */
  word<W extends string>(key: string, words: readonly W[]): W {
    const value = this.value(key);
    return words.find((word) => word === value) ?? this.#wrong(key, words.join(" or "));
  }

  numbers(key: string): readonly number[] {
    const value = this.value(key);
    if (typeof value !== "object" || !isList(value)) return this.#wrong(key, "a list");
    return value.map((item) => (typeof item === "number" ? item : this.#wrong(key, "a list of numbers")));
  }

  /** Options of a group; a bare name stands for a group without options. */
  group(key: string): OptionsIR {
    const value = this.value(key);
    if (typeof value === "string") return { name: value, options: {} };
    return typeof value === "object" && "options" in value ? value : this.#wrong(key, "a group of options");
  }

  /** The candidates of a choice, and by what it is made; one number is a choice of one. */
  choice(key: string): { readonly candidates: readonly number[]; readonly by: string | null } {
    const value = this.value(key);
    if (typeof value === "number") return { candidates: [value], by: null };
    if (typeof value === "object" && "oneOf" in value) {
      const candidates = value.oneOf.map((item) => (typeof item === "number" ? item : this.#wrong(key, "numbers")));
      return { candidates, by: value.by };
    }
    if (typeof value === "object" && "from" in value) {
      const candidates = Array.from({ length: value.to - value.from + 1 }, (_, i) => value.from + i);
      return { candidates, by: value.by };
    }
    return this.#wrong(key, "a number, one_of(…) or a range");
  }

  #wrong(key: string, wanted: string): never {
    throw new Error(`option ${key} of ${this.#group.name} is not ${wanted}`);
  }
}

function isList(value: Exclude<OptionValue, string | number | boolean>): value is readonly OptionValue[] {
  return Array.isArray(value);
}
