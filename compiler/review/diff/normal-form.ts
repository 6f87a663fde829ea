import { foldParams } from "../../../runtime/ir/builder.ts";
import type { ExprGraph, ExprNode } from "../../../runtime/ir/expr.ts";
import { argsOf } from "../../../runtime/ir/scalar-ops.ts";
import { sizeOf } from "../../../runtime/ir/shape.ts";

/** `constant + Σ coefficient · atom`, the atoms named by their texts in one `NormalForms`. */
export interface LinearCombination {
  readonly constant: number;
  readonly terms: ReadonlyMap<string, number>;
}

/**
 * Normal forms of expressions, by which forms of one function can be recognised: sums and products are flattened and
 * sorted, negation and division by a number become coefficients, sums over axes and broadcasts distribute, `max` and
 * `min` are sorted sets. Equal forms are equal functions; different forms may be equal functions too.
 */
export class NormalForms {
  /** Texts of atoms and combinations, shared so that a name stays short however deep the expression. */
  readonly #names = new Map<string, string>();

  /** Parameters count with their values. */
  of(graph: ExprGraph): LinearCombination {
    const folded = foldParams(graph);
    const forms: LinearCombination[] = [];
    for (const node of folded.nodes) {
      forms.push(
        this.#node(
          node,
          argsOf(node).map((id) => forms[id]!),
          argsOf(node).map((id) => folded.nodes[id]!),
        ),
      );
    }
    return forms[folded.output]!;
  }

  /** A name that equal combinations share. */
  key({ constant, terms }: LinearCombination): string {
    const parts = [...terms].map(([atom, coefficient]) => `${numberKey(coefficient)}*${atom}`).toSorted();
    return this.#name(`${numberKey(constant)}+${parts.join("+")}`);
  }

  equal(a: ExprGraph, b: ExprGraph): boolean {
    return this.key(this.of(a)) === this.key(this.of(b));
  }

  #name(text: string): string {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = `#${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }

  #atom(text: string): LinearCombination {
    return { constant: 0, terms: new Map([[this.#name(text), 1]]) };
  }

  #node(node: ExprNode, args: readonly LinearCombination[], nodes: readonly ExprNode[]): LinearCombination {
    const [u, v] = args;
    const shape = node.shape.join(",");
    const keys = (): string[] => args.map((arg) => this.key(arg));
    switch (node.op) {
      case "const": {
        const first = node.value[0];
        return first !== undefined && node.value.every((value) => value === first)
          ? { constant: first, terms: new Map() }
          : this.#atom(`const[${shape}](${node.value.map(numberKey).join(",")})`);
      }
      case "input":
        return this.#atom(`input[${shape}](${node.name})`);
      case "neg":
        return scaled(u!, -1);
      case "add":
        return added(u!, v!);
      case "sub":
        return added(u!, scaled(v!, -1));
      case "mul":
        if (v!.terms.size === 0) return scaled(u!, v!.constant);
        if (u!.terms.size === 0) return scaled(v!, u!.constant);
        return this.#product(u!, v!);
      case "div":
        if (v!.terms.size === 0 && v!.constant !== 0) return scaled(u!, 1 / v!.constant);
        return this.#atom(`div(${keys().join(",")})`);
      case "square":
        return this.#product(u!, u!);
      case "pow":
        if (v!.terms.size === 0 && v!.constant === 2) return this.#product(u!, u!);
        return this.#atom(`pow(${keys().join(",")})`);
      case "pos":
        return this.#atom(`max(${[this.key(u!), this.key({ constant: 0, terms: new Map() })].toSorted().join(",")})`);
      case "max":
      case "min":
        return this.#atom(`${node.op}(${[...new Set(this.#flat(node.op, args))].toSorted().join(",")})`);
      case "eq":
      case "ne":
      case "and":
      case "or":
        return this.#atom(`${node.op}(${keys().toSorted().join(",")})`);
      case "gt":
        return this.#atom(`lt(${keys().toReversed().join(",")})`);
      case "ge":
        return this.#atom(`le(${keys().toReversed().join(",")})`);
      case "sum":
        return this.#linear(u!, `sum[${node.axes.join(",")}]`, sizeOf(nodes[0]!.shape) / sizeOf(node.shape));
      case "broadcast":
        return this.#linear(u!, `broadcast[${node.axes.join(",")}→${shape}]`, 1);
      case "gather":
        return this.#linear(u!, `gather[${node.indices.join(",")}→${shape}]`, 1);
      case "transpose":
        return this.#linear(u!, "transpose", 1);
      default: {
        const own = "axes" in node ? node.axes.join(",") : "";
        return this.#atom(`${node.op}[${own}→${shape}](${keys().join(",")})`);
      }
    }
  }

  /** A linear map of each atom; a constant becomes `weight` times itself. */
  #linear({ constant, terms }: LinearCombination, map: string, weight: number): LinearCombination {
    const mapped = new Map<string, number>();
    for (const [atom, coefficient] of terms) addTo(mapped, this.#name(`${map}(${atom})`), coefficient);
    return { constant: constant * weight, terms: mapped };
  }

  /** `(c + Σ a_i x_i)(d + Σ b_j y_j)`, multiplied out while it stays short. */
  #product(u: LinearCombination, v: LinearCombination): LinearCombination {
    if (u.terms.size * v.terms.size > MOST_PRODUCTS) {
      return this.#atom(`product(${[this.key(u), this.key(v)].toSorted().join(",")})`);
    }
    const terms = new Map<string, number>();
    for (const [x, a] of u.terms) for (const [y, b] of v.terms) addTo(terms, this.#factors([x, y]), a * b);
    for (const [x, a] of u.terms) addTo(terms, x, a * v.constant);
    for (const [y, b] of v.terms) addTo(terms, y, b * u.constant);
    return { constant: u.constant * v.constant, terms };
  }

  /** Products of products are one sorted list of factors. */
  readonly #factorsOf = new Map<string, readonly string[]>();
  #factors(atoms: readonly string[]): string {
    const all = atoms.flatMap((atom) => this.#factorsOf.get(atom) ?? [atom]).toSorted();
    const name = this.#name(`product(${all.join(",")})`);
    this.#factorsOf.set(name, all);
    return name;
  }

  /** Keys of the arguments of nested maxima or minima. */
  readonly #members = new Map<string, readonly string[]>();
  #flat(op: "max" | "min", args: readonly LinearCombination[]): readonly string[] {
    const all = args.flatMap((arg) => {
      const [only] = arg.terms;
      const nested = arg.constant === 0 && arg.terms.size === 1 && only?.[1] === 1 ? only[0] : null;
      return (nested === null ? undefined : this.#members.get(`${op} ${nested}`)) ?? [this.key(arg)];
    });
    const name = this.#name(`${op}(${[...new Set(all)].toSorted().join(",")})`);
    this.#members.set(`${op} ${name}`, all);
    return all;
  }
}

/** Past this many a product stays a product. */
const MOST_PRODUCTS = 64;

/** To twelve digits, so that the order of a sum does not matter. */
function numberKey(value: number): string {
  return String(Number(value.toPrecision(12)) + 0);
}

function addTo(terms: Map<string, number>, atom: string, coefficient: number): void {
  const sum = (terms.get(atom) ?? 0) + coefficient;
  if (Math.abs(sum) <= 1e-14 * Math.abs(coefficient)) terms.delete(atom);
  else terms.set(atom, sum);
}

function added(u: LinearCombination, v: LinearCombination): LinearCombination {
  const terms = new Map(u.terms);
  for (const [atom, coefficient] of v.terms) addTo(terms, atom, coefficient);
  return { constant: u.constant + v.constant, terms };
}

function scaled({ constant, terms }: LinearCombination, factor: number): LinearCombination {
  if (factor === 0) return { constant: 0, terms: new Map() };
  return { constant: constant * factor, terms: new Map([...terms].map(([atom, c]) => [atom, c * factor])) };
}
