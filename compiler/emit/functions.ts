import type { CanonicalProblem, Layout } from "../analyse/index.ts";
import { reverse } from "../derive/index.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { ExprGraph } from "../../runtime/ir/expr.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { isBinary, isUnary } from "../../runtime/ir/scalar-ops.ts";
import { range, sizeOf } from "../../runtime/ir/shape.ts";
import { elementOf } from "../analyse/element.ts";
import { BodyWriter, type Surroundings, type Target } from "./body.ts";
import type { Names } from "./names.ts";
import { commentText, numberLiteral } from "./text.ts";

/** A function to be written: parameters are `[name, type]`; one that the body does not read begins with `_`. */
export interface FunctionText {
  readonly parameters: readonly (readonly [name: string, type: string])[];
  readonly lines: readonly string[];
}

export interface ProblemFunctions {
  readonly loss: FunctionText;
  readonly lossGradientZ: FunctionText;
  readonly lossGradientS: FunctionText;
  readonly extendedGradientS: FunctionText;
  readonly fillPieces: FunctionText;
  readonly pullPieces: FunctionText;
  /** The part of the risk beside the loss, where it is no quadratic; of `z` as any list of numbers. */
  readonly curvedRisk: FunctionText | null;
  /** Constraints that are not affine, as what must not exceed 0, in the order of `feasible.curved`. */
  readonly curvedConstraints: readonly FunctionText[];
  /** Module constants that the bodies read: name and numbers. */
  readonly tables: readonly (readonly [name: string, values: readonly number[]])[];
  /** Parameters that the bodies read by name. */
  readonly usedParams: ReadonlySet<string>;
}

type Letter = "z" | "s" | "x";
const vector = "Float64Array";

/** Bodies of the functions of `DecisionProblem`. `paramNames`: module identifiers of the parameters. */
export function problemFunctions(
  ir: ModelIR,
  canonical: CanonicalProblem,
  names: Names,
  paramNames: ReadonlyMap<string, string>,
): ProblemFunctions {
  const tables: (readonly [string, readonly number[]])[] = [];
  const usedParams = new Set<string>();
  const { layouts, conic } = canonical;
  // What a form over cones solves has no other solver to mislead.
  const pieces = conic === null ? canonical.pieces : [];
  const layoutOf: Readonly<Record<Letter, Layout>> = {
    z: layouts.decision,
    s: layouts.outcome,
    x: layouts.context,
  };

  function table(values: readonly number[]): string {
    const known = tables.find(([, other]) => other.length === values.length && other.every((v, i) => v === values[i]));
    if (known !== undefined) return known[0];
    const name = names.take("table");
    tables.push([name, values]);
    return name;
  }

  /**
   * Writes one function over the vectors `letters`, then `more`. A vector made of one named field that is itself a
   * vector goes by the field's name; scalars are unpacked into constants. `cotangents`: inputs of the graph that are vectors of `more`.
   */
  function write(
    b: GraphBuilder,
    letters: readonly Letter[],
    more: readonly (readonly [string, string])[],
    roots: readonly number[],
    body: (writer: BodyWriter) => readonly string[],
    cotangents: ReadonlyMap<string, string> = new Map(),
  ): FunctionText {
    const local = names.inner();
    const read = new Set<Letter>();
    const unread = new Set(cotangents.values());
    const unpacked = new Map<string, { readonly name: string; readonly line: string }>();
    const vectorName = new Map<Letter, string>(
      letters.map((letter) => {
        const [only, ...others] = layoutOf[letter].parts;
        const own = others.length === 0 && only !== undefined && only.shape.length > 0 && only.name !== letter;
        return [letter, own ? local.take(only.name) : letter];
      }),
    );
    const around: Surroundings = {
      input(name, index) {
        const parameter = cotangents.get(name);
        if (parameter !== undefined) {
          unread.delete(parameter);
          return `${parameter}[${index}]`;
        }
        for (const letter of letters) {
          const part = layoutOf[letter].parts.find((p) => p.name === name);
          if (part === undefined) continue;
          read.add(letter);
          if (part.shape.length === 0) {
            const known = unpacked.get(name);
            if (known !== undefined) return known.name;
            const constant = local.take(name === letter ? `${name}0` : name);
            unpacked.set(name, { name: constant, line: `const ${constant} = ${letter}[${part.offset}];` });
            return constant;
          }
          return `${vectorName.get(letter)!}[${shift(index, part.offset)}]`;
        }
        throw new Error(`the function does not read ${name}`);
      },
      param(name) {
        const identifier = paramNames.get(name);
        if (identifier === undefined) throw new Error(`no parameter ${name}`);
        usedParams.add(name);
        return identifier;
      },
      table,
      dim(input, axis) {
        const parts = Object.values(layoutOf).flatMap((layout) => layout.parts);
        const dim = parts.find((part) => part.name === input)?.quantity.axes[axis]?.dim;
        return dim === undefined || dim === null ? null : commentText(dim);
      },
    };
    const writer = new BodyWriter(b, roots, around, local);
    const lines = body(writer);
    const parameters = letters.map((letter) => {
      const name = vectorName.get(letter)!;
      return [read.has(letter) ? name : `_${letter}`, vector] as const;
    });
    return {
      parameters: [...parameters, ...more.map(([name, type]) => [unread.has(name) ? `_${name}` : name, type] as const)],
      lines: [...[...unpacked.values()].map((constant) => constant.line), ...writer.lines, ...lines],
    };
  }

  /** `out` of the gradient of the loss in one of the vectors. */
  function gradient(letter: "z" | "s"): FunctionText {
    const b = new GraphBuilder();
    const output = b.graft(ir.loss.graph)[ir.loss.graph.output]!;
    const inputs = layoutOf[letter].parts.map((part) => b.input(part.name, part.shape));
    const joined = tidy(b, b.concat(reverse(b, output, inputs)));
    return write(b, ["z", "s", "x"], [["out", vector]], [joined], (writer) => {
      writer.store({ array: "out", offset: 0, id: joined });
      return [];
    });
  }

  function loss(): FunctionText {
    const b = new GraphBuilder();
    const output = b.graft(ir.loss.graph)[ir.loss.graph.output]!;
    return write(b, ["z", "s", "x"], [], [output], (writer) => {
      const value = writer.scalar(output);
      return [`return ${value};`];
    });
  }

  function fillPieces(): FunctionText {
    const b = new GraphBuilder();
    const graft = (graph: ExprGraph): number => tidy(b, b.graft(graph)[graph.output]!);
    const n = layouts.decision.size;
    const targets: Target[] = pieces.flatMap(({ slope, offset }, k) => [
      { array: "slopes", offset: k * n, id: graft(slope) },
      { array: "offsets", offset: k, id: graft(offset) },
    ]);
    const more = ["slopes", "offsets"].map((name) => [name, vector] as const);
    const roots = targets.map((target) => target.id);
    return write(b, ["s", "x"], more, roots, (writer) => {
      for (const target of targets) writer.store(target);
      return [];
    });
  }

  /** A name that no input of the model has. */
  function unusedInput(wanted: string): string {
    const parts = Object.values(layoutOf).flatMap((layout) => layout.parts);
    let name = wanted;
    while (parts.some((part) => part.name === name)) name += "'";
    return name;
  }

  /** `out = ∂/∂s Σ_j slopes_j·slope_j(s, x) + offsets_j offset_j(s, x)`. */
  function pullPieces(): FunctionText {
    const b = new GraphBuilder();
    const n = layouts.decision.size;
    const [slopesName, offsetsName] = [unusedInput("slopes"), unusedInput("offsets")];
    const slopes = b.input(slopesName, [pieces.length * n]);
    const offsets = b.input(offsetsName, [pieces.length]);
    const cotangents = new Map([
      [slopesName, "slopes"],
      [offsetsName, "offsets"],
    ]);
    const terms = pieces.flatMap(({ slope, offset }, k) => {
      const own = b.graft(slope)[slope.output]!;
      const weights = b.gather(
        slopes,
        range(n).map((i) => k * n + i),
        b.shape(own),
      );
      const level = b.graft(offset)[offset.output]!;
      return [b.dot(own, weights), b.binary("mul", level, b.gather(offsets, [k], b.shape(level)))];
    });
    const total = terms.reduce((sum, term) => b.binary("add", sum, term), b.const(0));
    const inputs = layouts.outcome.parts.map((part) => b.input(part.name, part.shape));
    const joined = tidy(b, b.concat(reverse(b, total, inputs)));
    const more = ["slopes", "offsets", "out"].map((name) => [name, vector] as const);
    const store = (writer: BodyWriter): readonly string[] => {
      writer.store({ array: "out", offset: 0, id: joined });
      return [];
    };
    return write(b, ["s", "x"], more, [joined], store, cotangents);
  }

  /** The largest element of a graph over the decision alone. */
  function largest(graph: ExprGraph): FunctionText {
    const b = new GraphBuilder();
    const value = b.graft(graph)[graph.output]!;
    const output = b.shape(value).length === 0 ? value : b.reduce("reduce_max", value);
    return write(b, ["z"], [], [output], (writer) => [`return ${writer.scalar(output)};`]);
  }

  function curvedRisk(): FunctionText | null {
    const { deterministic } = ir.risk;
    if (deterministic === undefined || !canonical.curvedRisk) return null;
    const text = largest(deterministic);
    return { ...text, parameters: text.parameters.map(([name]) => [name, "ArrayLike<number>"] as const) };
  }

  const bodies = {
    loss: loss(),
    lossGradientZ: gradient("z"),
    lossGradientS: gradient("s"),
    fillPieces: fillPieces(),
    pullPieces: pullPieces(),
    curvedRisk: curvedRisk(),
    curvedConstraints: canonical.feasible.curved.map((index) => largest(ir.decision.constraints[index]!.graph)),
  };
  return { ...bodies, extendedGradientS: extendedGradient(ir, layouts.outcome.size), tables, usedParams };
}

/** `∇_s ℓ · (mean + Σ_k weight_k / (1 − level_k) · 1{ℓ > t_k})` */
function extendedGradient(ir: ModelIR, outcomes: number): FunctionText {
  const { mean, cvar } = ir.risk;
  const parameters = [
    ["z", vector],
    [cvar.length === 0 ? "_t" : "t", vector],
    ["s", vector],
    ["x", vector],
    ["out", vector],
  ] as const;
  const tails = cvar.map(
    ({ weight, level }, k) =>
      `if (value > t[${k}]) weight += ${numberLiteral(weight)} / (1 - ${numberLiteral(level)});`,
  );
  const scale = outcomes === 1 ? ["out[0] *= weight;"] : [`for (let i = 0; i < ${outcomes}; i++) out[i] *= weight;`];
  const lines =
    cvar.length === 0
      ? ["lossGradientS(z, s, x, out);", ...(mean === 1 ? [] : [`const weight = ${numberLiteral(mean)};`, ...scale])]
      : [
          "lossGradientS(z, s, x, out);",
          "const value = loss(z, s, x);",
          `let weight = ${numberLiteral(mean)};`,
          ...tails,
          ...scale,
        ];
  return { parameters, lines };
}

/** Most elements that are written one by one. */
const unrolled = 8;

/** A short value whose elements have no common form is written element by element rather than joined and read back. */
function tidy(b: GraphBuilder, id: number): number {
  const node = b.node(id);
  if (node.op === "concat") {
    return b.concat(
      node.args.map((part) => tidy(b, part)),
      node.shape,
    );
  }
  const size = sizeOf(node.shape);
  if (node.shape.length === 0 || size > unrolled || !isIrregular(b, id)) return id;
  return b.concat(
    range(size).map((i) => elementOf(b, id, i)),
    node.shape,
  );
}

/** Whether reading an element needs a table or a joined array. */
function isIrregular(b: GraphBuilder, id: number): boolean {
  const node = b.node(id);
  if (node.op === "const") return node.shape.length > 0 && node.param === undefined;
  if (node.op === "concat") return true;
  if (node.op === "gather") return b.node(node.args[0]).op !== "input";
  const passes = isUnary(node) || isBinary(node) || node.op === "where" || node.op === "broadcast";
  return passes && node.args.some((arg) => isIrregular(b, arg));
}

/** An index moved by an offset. */
function shift(index: string, offset: number): string {
  if (offset === 0) return index;
  return /^\d+$/.test(index) ? String(Number(index) + offset) : `${index} + ${offset}`;
}

/** Which elements of a vector are which field, for a comment: `lots 0–1, extra 2`. */
export function describeLayout(layout: Layout): string {
  return layout.parts
    .map((part) => {
      const last = part.offset + part.size - 1;
      const where = part.size === 1 ? String(part.offset) : `${part.offset}–${last}`;
      return `${commentText(part.name)} ${where}`;
    })
    .join(", ");
}
