import type { ExprGraph } from "../../../runtime/ir/expr.ts";
import type { AnyModelIR, DecisionIR, QuantityIR } from "../../../runtime/ir/model.ts";
import { canonicalJson, type Json } from "../../ir/canonical-json.ts";
import type { Origin } from "../../../runtime/ir/expr.ts";

/** A name that the other side spells otherwise. */
export interface Renaming {
  readonly of: "model" | "dim" | "param" | "decision" | "data" | "loss" | "graph";
  readonly from: string;
  readonly to: string;
  readonly at: readonly [before: Origin | undefined, after: Origin | undefined];
}

/**
 * The left model under the right model's names, and what was renamed. A name that only one side has is paired with one
 * that only the other has, where their declarations agree. Whatever is paired, a consistent renaming of declared names
 * changes no meaning, so a wrong guess hides nothing: what differs still differs under the new names.
 */
export function alignNames<M extends AnyModelIR>(
  a: M,
  b: AnyModelIR,
): { readonly ir: M; readonly renamings: readonly Renaming[] } {
  const renamings: Renaming[] = [];
  const pair = (of: Renaming["of"], left: readonly Named[], right: readonly Named[]): ReadonlyMap<string, string> => {
    const names = new Map<string, string>();
    // A new name that stands for something else on the left would mix the two up.
    const taken = new Set([...left.map((one) => one.name), ...a.data.fields.map((field) => field.name)]);
    const free = right.filter((one) => !taken.has(one.name));
    const kept = new Set(right.map((one) => one.name));
    for (const one of left) {
      if (kept.has(one.name)) continue;
      const found = free.findIndex((other) => other.like === one.like);
      if (found < 0) continue;
      const [other] = free.splice(found, 1);
      if (other === undefined) continue;
      names.set(one.name, other.name);
      renamings.push({ of, from: one.name, to: other.name, at: [one.at, other.at] });
    }
    return names;
  };
  const dims = pair("dim", dimsOf(a), dimsOf(b));
  const axes = (quantity: QuantityIR): Json =>
    quantity.axes.map(({ dim, size }) => ({ dim: dim === null ? null : (dims.get(dim) ?? dim), size }));
  const params = pair(
    "param",
    a.params.map((one) => named(one, { axes: axes(one), unit: { ...one.unit }, value: one.value })),
    b.params.map((one) => named(one, { axes: plain(one), unit: { ...one.unit }, value: one.value })),
  );
  const blocks = pair(
    "decision",
    blocksOf(a).map((one) => named(one, { axes: axes(one), unit: { ...one.unit }, type: one.type })),
    blocksOf(b).map((one) => named(one, { axes: plain(one), unit: { ...one.unit }, type: one.type })),
  );
  for (const [of, x, y] of [
    ["model", a, b],
    ["data", a.data, b.data],
    ["loss", lossOf(a), lossOf(b)],
  ] as const) {
    if (x !== null && y !== null && x.name !== y.name) {
      renamings.push({
        of,
        from: x.name,
        to: y.name,
        at: ["at" in x ? x.at : undefined, "at" in y ? y.at : undefined],
      });
    }
  }
  const to = { dims, params, blocks };
  return { ir: renamings.length === 0 ? a : renamed(a, b, to), renamings };
}

interface Named {
  readonly name: string;
  /** What has to agree for two to be one thing under two names. */
  readonly like: string;
  readonly at?: Origin | undefined;
}

function named(quantity: QuantityIR, like: Json): Named {
  return { name: quantity.name, like: canonicalJson(like), at: quantity.at };
}

function dimsOf(ir: AnyModelIR): readonly Named[] {
  return ir.dims.map(({ name, size, labels }) => ({ name, like: `${size} ${labels?.join(",") ?? ""}` }));
}

function blocksOf(ir: AnyModelIR): DecisionIR["blocks"] {
  return "decision" in ir ? ir.decision.blocks : "stages" in ir ? ir.stages.decision.blocks : [];
}

function lossOf(ir: AnyModelIR): { readonly name: string; readonly at?: Origin } | null {
  return "loss" in ir ? ir.loss : null;
}

interface Names {
  readonly dims: ReadonlyMap<string, string>;
  readonly params: ReadonlyMap<string, string>;
  readonly blocks: ReadonlyMap<string, string>;
}

/** Every quantity, graph and set of `a` under the new names. */
function renamed<M extends AnyModelIR>(a: M, b: AnyModelIR, { dims, params, blocks }: Names): M {
  const quantity = <Q extends QuantityIR>(one: Q): Q => ({
    ...one,
    axes: one.axes.map((axis) => ({ ...axis, dim: axis.dim === null ? null : (dims.get(axis.dim) ?? axis.dim) })),
  });
  const graph = (expression: ExprGraph): ExprGraph => ({
    ...expression,
    nodes: expression.nodes.map((node) =>
      node.op === "input" && blocks.has(node.name) ? { ...node, name: blocks.get(node.name)! } : node,
    ),
  });
  const decision = (one: DecisionIR): DecisionIR => ({
    blocks: one.blocks.map((block) => ({ ...quantity(block), name: blocks.get(block.name) ?? block.name })),
    ...(one.maps === undefined
      ? {}
      : {
          maps: one.maps.map((map) => ({
            ...map,
            block: blocks.get(map.block) ?? map.block,
            parameters: map.parameters.map(quantity),
          })),
        }),
    constraints: one.constraints.map((constraint) => ({ ...constraint, graph: graph(constraint.graph) })),
    sets: one.sets.map((set) => ({ ...set, block: blocks.get(set.block) ?? set.block })),
  });
  const common = {
    ...a,
    name: b.name,
    dims: a.dims.map((dim) => ({ ...dim, name: dims.get(dim.name) ?? dim.name })),
    params: a.params.map((param) => ({ ...quantity(param), name: params.get(param.name) ?? param.name })),
    data: { ...a.data, name: b.data.name, fields: a.data.fields.map(quantity) },
  };
  switch (common.kind) {
    case "forecast":
    case "generation":
    case "posterior":
      return common;
    case "multi_stage":
      return {
        ...common,
        stages: {
          ...common.stages,
          states: common.stages.states.map((state) => ({ ...quantity(state), next: graph(state.next) })),
          decision: decision(common.stages.decision),
          loss: { ...common.stages.loss, graph: graph(common.stages.loss.graph) },
        },
      };
    default:
      return {
        ...common,
        decision: decision(common.decision),
        loss: { ...common.loss, name: lossOf(b)?.name ?? common.loss.name, graph: graph(common.loss.graph) },
        risk: {
          ...common.risk,
          ...(common.risk.deterministic === undefined ? {} : { deterministic: graph(common.risk.deterministic) }),
        },
      };
  }
}

const plain = (quantity: QuantityIR): Json => quantity.axes.map(({ dim, size }) => ({ dim, size }));
