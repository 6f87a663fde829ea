import type { UnitIR } from "../../runtime/ir/model.ts";

/** Exponents of base units by name, none of them zero. Values in expressions are always in base units. */
export type Unit = ReadonlyMap<string, number>;

export const plain: Unit = new Map();

export function isPlain(unit: Unit): boolean {
  return unit.size === 0;
}

export function sameUnit(a: Unit, b: Unit): boolean {
  return a.size === b.size && [...a].every(([name, exponent]) => b.get(name) === exponent);
}

/** `a · b^power` */
export function timesUnit(a: Unit, b: Unit, power = 1): Unit {
  if (b.size === 0) return a;
  const product = new Map(a);
  for (const [name, exponent] of b) {
    const total = (product.get(name) ?? 0) + power * exponent;
    if (total === 0) product.delete(name);
    else product.set(name, total);
  }
  return product;
}

/** `unit^power`; `null` where an exponent is no multiple of one half, or beyond any meaning. */
export function powerUnit(unit: Unit, power: number): Unit | null {
  if (power === 0) return plain;
  const result = new Map<string, number>();
  for (const [name, exponent] of unit) {
    const total = exponent * power;
    if (!Number.isInteger(2 * total) || Math.abs(total) > 100) return null;
    result.set(name, total);
  }
  return result;
}

/** `usd/item`, `m^2*s^0.5`, `1/item`; `1` for a plain number. */
export function showUnit(unit: Unit): string {
  const sorted = [...unit].sort(([a], [b]) => (a < b ? -1 : 1));
  const above = sorted.filter(([, exponent]) => exponent > 0).map(([name, exponent]) => showPower(name, exponent));
  const below = sorted.filter(([, exponent]) => exponent < 0).map(([name, exponent]) => showPower(name, -exponent));
  return [above.length === 0 ? "1" : above.join("*"), ...below].join("/");
}

function showPower(name: string, exponent: number): string {
  return exponent === 1 ? name : `${name}^${exponent}`;
}

/** `in usd/item`, `without a unit`: how messages say it. */
export function inUnit(unit: Unit): string {
  return isPlain(unit) ? "without a unit" : `in ${showUnit(unit)}`;
}

/** As the IR keeps it, sorted by name. */
export function unitIR(unit: Unit): UnitIR {
  return Object.fromEntries([...unit].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A unit as declared: `text` is how the spec writes it, a value in it is `factor` base units. */
export interface DeclaredUnit {
  /** Exponents of the units as written, before derived ones are replaced. */
  readonly written: Unit;
  readonly base: Unit;
  readonly factor: number;
}

export const plainDeclared: DeclaredUnit = { written: plain, base: plain, factor: 1 };
