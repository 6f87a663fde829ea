import { analyseExpression, type NodeFacts } from "../../../compiler/analyse/curvature/index.ts";
import type { Interval } from "../../../compiler/analyse/interval.ts";
import { gradientGraph } from "../../../compiler/derive/index.ts";
import { evaluateGraph, evaluateNodes } from "../../../runtime/ir/evaluate.ts";
import type { ExprGraph } from "../../../runtime/ir/expr.ts";
import { argsOf } from "../../../runtime/ir/scalar-ops.ts";
import { sizeOf } from "../../../runtime/ir/shape.ts";

type Point = Readonly<Record<string, readonly number[]>>;

/** Values of all nodes at a point; an entry of `finite` is true where a node and all that it is made of are finite. */
interface Sample {
  readonly point: Point;
  readonly values: readonly Float64Array[];
  readonly finite: readonly boolean[];
  readonly scale: number;
}

export interface ClaimCounts {
  [claim: string]: number;
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Tries to contradict every claim about every node of a graph at random points inside `box`; returns the first
 * contradictions. `ranges` is what the analysis is told, `box` where points are drawn. `counts` collects how many
 * claims of each kind were tried.
 */
export function contradictions(
  graph: ExprGraph,
  variables: readonly string[],
  ranges: ReadonlyMap<string, Interval>,
  box: ReadonlyMap<string, Interval>,
  seed: number,
  counts: ClaimCounts,
  rounds = 4,
): readonly string[] {
  const facts = analyseExpression(graph, { variables, ranges });
  const random = numbers(seed);
  const found: string[] = [];
  const inputs = graph.nodes.flatMap((node) => (node.op === "input" ? [node] : []));
  const varied = inputs.filter((node) => variables.includes(node.name));

  const draw = (name: string): number => {
    const { lower, upper } = box.get(name) ?? { lower: -2, upper: 2 };
    // Kinks and domains end at round numbers.
    if (random() < 0.3) return Math.min(upper, Math.max(lower, Math.round(lower + random() * (upper - lower))));
    return lower + random() * (upper - lower);
  };
  const drawn = (from?: Point): Point =>
    Object.fromEntries(
      inputs.map((node) => [
        node.name,
        from !== undefined && !variables.includes(node.name)
          ? from[node.name]!
          : Array.from({ length: sizeOf(node.shape) }, () => draw(node.name)),
      ]),
    );
  const sample = (point: Point): Sample => {
    const values = evaluateNodes(graph, point);
    const finite: boolean[] = [];
    let scale = 1;
    graph.nodes.forEach((node, id) => {
      const own = values[id]!.every((v) => Number.isFinite(v));
      finite.push(own && argsOf(node).every((arg) => finite[arg]!));
      if (own) for (const v of values[id]!) scale = Math.max(scale, Math.abs(v));
    });
    return { point, values, finite, scale };
  };
  const distance = (p: Point, q: Point): number =>
    Math.hypot(...varied.flatMap(({ name }) => p[name]!.map((v, i) => v - q[name]![i]!)));
  const tried = (claim: string): void => {
    counts[claim] = (counts[claim] ?? 0) + 1;
  };
  const fail = (id: number, claim: string, detail: string): void => {
    found.push(`node ${id} (${graph.nodes[id]!.op}): ${claim}: ${detail}`);
  };

  for (let round = 0; round < rounds && found.length === 0; round++) {
    const a = sample(drawn());
    const c = sample(drawn(a.point));
    const middle = sample(between(a.point, c.point));
    const gap = distance(a.point, c.point);
    const tolerance = 1e-9 * Math.max(a.scale, c.scale, middle.scale);
    graph.nodes.forEach((_, id) => {
      if (!a.finite[id] || !c.finite[id]) return;
      checkPair(id, facts.nodes[id]!, a, c, middle, gap, tolerance);
    });
    if (a.finite[graph.output] && c.finite[graph.output] && middle.finite[graph.output]) {
      checkWhole(a, c, middle, gap, tolerance);
    }
    checkSteps(a, round);
  }
  if (found.length === 0) checkPieces();
  return found;

  function checkPair(id: number, claim: NodeFacts, a: Sample, c: Sample, m: Sample, gap: number, tol: number): void {
    const [u, v, w] = [a.values[id]!, c.values[id]!, m.values[id]!];
    const { curvature, range, lipschitz, smoothness } = claim;
    tried("sign and range");
    for (const x of u) {
      if (!(x >= range.lower - tol && x <= range.upper + tol)) fail(id, "range", `${x} not in ${show(range)}`);
    }
    if (curvature !== "unknown") {
      tried(curvature);
      if (!m.finite[id]) {
        fail(id, curvature, "the domain is not convex");
        return;
      }
      for (let i = 0; i < u.length; i++) {
        const bow = (u[i]! + v[i]!) / 2 - w[i]!;
        if (curvature === "constant" && Math.abs(u[i]! - v[i]!) > tol) fail(id, "constant", `${u[i]} and ${v[i]}`);
        if (curvature !== "concave" && bow < -tol) fail(id, curvature, `midpoint ${w[i]} above the chord by ${-bow}`);
        if (curvature !== "convex" && bow > tol) fail(id, curvature, `midpoint ${w[i]} below the chord by ${bow}`);
      }
    }
    if (Number.isFinite(lipschitz)) {
      tried("lipschitz");
      const moved = Math.hypot(...Array.from(u, (x, i) => x - v[i]!));
      if (moved > lipschitz * gap * (1 + 1e-9) + tol) fail(id, "lipschitz", `${moved / gap} > ${lipschitz}`);
    }
    if (Number.isFinite(smoothness) && m.finite[id]) {
      tried("smooth");
      for (let i = 0; i < u.length; i++) {
        const bow = Math.abs(u[i]! + v[i]! - 2 * w[i]!);
        if (bow > (smoothness * gap ** 2 * (1 + 1e-9)) / 4 + 4 * tol) {
          fail(id, "smooth", `${(4 * bow) / gap ** 2} > ${smoothness}`);
        }
      }
    }
  }

  /** Claims about the output alone. */
  function checkWhole(a: Sample, c: Sample, m: Sample, gap: number, tol: number): void {
    const [u, v, w] = [a, c, m].map((s) => s.values[graph.output]![0]!) as [number, number, number];
    const bow = (u + v) / 2 - w;
    if (facts.curvature === "convex" && bow < -tol) fail(graph.output, "convex as a whole", String(bow));
    if (facts.strongConvexity > 0) {
      tried("strongly convex");
      if (bow < (facts.strongConvexity * gap ** 2 * (1 - 1e-9)) / 8 - tol) {
        fail(graph.output, "strongly convex", `${(8 * bow) / gap ** 2} < ${facts.strongConvexity}`);
      }
    }
    if (Number.isFinite(facts.lipschitz)) {
      if (Math.abs(u - v) > facts.lipschitz * gap * (1 + 1e-9) + tol && graph.nodes[graph.output]!.shape.length === 0) {
        fail(graph.output, "lipschitz as a whole", `${Math.abs(u - v) / gap} > ${facts.lipschitz}`);
      }
    }
    const form = facts.quadratic;
    if (form !== null) {
      tried("quadratic");
      const z = varied.flatMap(({ name }) => a.point[name]!);
      const order = variables.flatMap((name) => varied.filter((node) => node.name === name));
      const ordered = order.flatMap(({ name }) => a.point[name]!);
      const value = ordered.reduce(
        (total, zi, i) =>
          total + form.linear[i]! * zi + ordered.reduce((t, zj, j) => t + zi * zj * form.matrix[i * z.length + j]!, 0),
        form.constant,
      );
      if (Math.abs(value - u) > 1e3 * tol) fail(graph.output, "quadratic", `${value} is not ${u}`);
    }
  }

  /** Monotonicity by a step of one component, and one-sided rates along a line for kinks and jumps. */
  function checkSteps(a: Sample, round: number): void {
    const node = varied[Math.floor(random() * varied.length)];
    if (node === undefined) return;
    const i = Math.floor(random() * sizeOf(node.shape));
    const { upper } = box.get(node.name) ?? { lower: -2, upper: 2 };
    const old = a.point[node.name]![i]!;
    const raised = old + (upper - old) * random();
    if (raised > old) {
      const up = sample(replace(a.point, node.name, i, raised));
      const tol = 1e-9 * Math.max(a.scale, up.scale);
      facts.nodes.forEach((claim, id) => {
        if (!a.finite[id] || !up.finite[id]) return;
        const direction = claim.monotonicity.find((own) => own.name === node.name)?.components[i] ?? "constant";
        if (direction === "unknown") return;
        tried("monotone");
        a.values[id]!.forEach((before, k) => {
          const change = up.values[id]![k]! - before;
          if (direction !== "non-decreasing" && change > tol) fail(id, `${direction} in ${node.name}`, `+${change}`);
          if (direction !== "non-increasing" && change < -tol) fail(id, `${direction} in ${node.name}`, `${change}`);
        });
      });
    }
    if (round % 2 === 0) checkKinks(a);
  }

  function checkKinks(a: Sample): void {
    const direction = varied.map(({ shape }) => Array.from({ length: sizeOf(shape) }, () => random() - 0.5));
    const moved = (h: number): Sample | null => {
      const point: Record<string, readonly number[]> = { ...a.point };
      for (const [k, { name }] of varied.entries()) {
        point[name] = a.point[name]!.map((v, i) => v + h * direction[k]![i]!);
        const { lower, upper } = ranges.get(name) ?? { lower: -Infinity, upper: Infinity };
        if (point[name].some((v) => v < lower || v > upper)) return null;
      }
      return sample(point);
    };
    const steps = [1e-3, -1e-3, 1e-3 / 32, -1e-3 / 32, 1e-6, -1e-6, 1e-8, -1e-8].map(moved);
    if (steps.some((s) => s === null)) return;
    const [p, q, r, s, i, j, near, far] = steps.flatMap((one) => (one === null ? [] : [one]));
    facts.nodes.forEach((claim, id) => {
      // What turns within a step cannot be told from a kink.
      if ([a, p!, q!, r!, s!, i!, j!, near!, far!].some((one) => !one.finite[id] || one.scale > 100)) return;
      if (claim.differentiability === "jumps") return;
      tried(claim.differentiability === "everywhere" ? "differentiable" : "continuous");
      a.values[id]!.forEach((v, k) => {
        if (Math.abs(near!.values[id]![k]! - far!.values[id]![k]!) > 0.05 * Math.max(1, a.scale)) {
          fail(id, "continuous", `${far!.values[id]![k]} and ${near!.values[id]![k]}`);
        }
        if (claim.differentiability !== "everywhere") return;
        // The second difference over the step stays as the step shrinks at a kink, and vanishes elsewhere.
        const turn = (ahead: Sample, behind: Sample, h: number): number =>
          Math.abs(ahead.values[id]![k]! + behind.values[id]![k]! - 2 * v) / h;
        const wide = turn(p!, q!, 1e-3);
        const stays = [turn(r!, s!, 1e-3 / 32), turn(i!, j!, 1e-6)].every((one) => one > 0.5 * wide && one < 2 * wide);
        if (wide > 1e-3 * a.scale && stays) fail(id, "differentiable", `a turn of ${wide} stays`);
      });
    });
  }

  /** A function of p affine pieces has no more than p gradients; slopes and Hessian signs by gradients. */
  function checkPieces(): void {
    const output = graph.nodes[graph.output]!;
    if (output.shape.length > 0 || varied.length === 0) return;
    const { pieces, curvature, differentiability, smoothness } = facts;
    const few = pieces !== null && pieces <= 6;
    const steady = differentiability === "everywhere" && (curvature === "convex" || Number.isFinite(smoothness));
    if (!few && !steady) return;
    const order = variables.flatMap((name) => varied.filter((node) => node.name === name));
    const gradients = order.map((node) => gradientGraph(graph, node));
    const at = (point: Point): number[] => gradients.flatMap((gradient) => [...evaluateGraph(gradient, point)]);
    const flat = (point: Point): number[] => order.flatMap(({ name }) => [...point[name]!]);
    const first = drawn();
    if (few) {
      tried("piecewise affine");
      const slopes: number[][] = [];
      for (let i = 0; i < 12; i++) {
        const one = sample(generic(first));
        if (!one.finite[graph.output]) continue;
        const slope = at(one.point);
        if (!slope.every(Number.isFinite)) continue;
        const same = slopes.some((other) => other.every((v, k) => Math.abs(v - slope[k]!) <= 1e-9 * one.scale));
        if (!same) slopes.push(slope);
      }
      if (slopes.length > pieces) fail(graph.output, "piecewise affine", `${slopes.length} slopes, ${pieces} pieces`);
    }
    if (steady) {
      const [p, q] = [sample(generic(first)), sample(generic(first))];
      if (!p.finite[graph.output] || !q.finite[graph.output]) return;
      const [gp, gq, zp, zq] = [at(p.point), at(q.point), flat(p.point), flat(q.point)];
      if (![...gp, ...gq].every(Number.isFinite)) return;
      tried("gradients");
      const gap = Math.hypot(...zp.map((v, i) => v - zq[i]!));
      const turn = zp.reduce((total, v, i) => total + (v - zq[i]!) * (gp[i]! - gq[i]!), 0);
      const size = Math.max(p.scale, q.scale, ...gp.map(Math.abs), ...gq.map(Math.abs));
      if (curvature === "convex" && turn < facts.strongConvexity * gap ** 2 * (1 - 1e-9) - 1e-8 * size) {
        fail(graph.output, "convex by gradients", String(turn));
      }
      const change = Math.hypot(...gp.map((v, i) => v - gq[i]!));
      if (Number.isFinite(smoothness) && change > smoothness * gap * (1 + 1e-9) + 1e-8 * size) {
        fail(graph.output, "smooth by gradients", `${change / gap} > ${smoothness}`);
      }
    }
  }

  /** Inside the box, on no kink. */
  function generic(from: Point): Point {
    return Object.fromEntries(
      inputs.map(({ name }) => {
        const { lower, upper } = box.get(name) ?? { lower: -2, upper: 2 };
        const free = variables.includes(name);
        return [name, from[name]!.map((v) => (free ? lower + (upper - lower) * random() : v))];
      }),
    );
  }
}

function between(p: Point, q: Point): Point {
  return Object.fromEntries(Object.entries(p).map(([name, v]) => [name, v.map((x, i) => (x + q[name]![i]!) / 2)]));
}

function replace(p: Point, name: string, i: number, value: number): Point {
  return { ...p, [name]: p[name]!.map((v, k) => (k === i ? value : v)) };
}

const show = ({ lower, upper }: Interval): string => `[${lower}, ${upper}]`;
