import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { hashModel } from "../../compiler/ir/hash.ts";
import { readEdgeList } from "../../compiler/source/edge-list.ts";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { compileText, diagnose, lower } from "../support/tester.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "droc-graph-")));
afterAll(() => rmSync(folder, { recursive: true }));

/** Files beside the spec; further ones come with `write`. */
const write = (name: string, ...lines: readonly string[]): void =>
  writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
mkdirSync(join(folder, "folder"));
write("roads.csv", "name,tail,head", "Mill Lane,depot,mill", '"Bank, upper", mill ,"har""bour"', "Sea Road,depot,cape");

const at = { file: join(folder, "model.dro") };
const columns = 'from = "tail", to = "head"';
const route = (graph: string, ends = 'from = "depot", to = "mill"', type = "real", set = "path"): string => `model Route
graph G = ${graph}
data trips = csv("trips.csv") {
  index   day: date
  context x: real
  outcome c: real[G.edges] = columns("c_*")
  split   chronological { train: 60%, validation: 20%, test: 20% }
}
decision z: ${type}[G.edges] in ${set}(G${ends === "" ? "" : `, ${ends}`})
loss length(z, c) = dot(c, z)
risk mean(length)
uncertainty c | x ~ gmm
evaluate on test { regret }
`;

/** What the rows of the decision's set leave, one number a row, in ascending order. */
const leftOver = (ir: ModelIR, z: readonly number[]): readonly number[] =>
  ir.decision.constraints.flatMap(({ graph }) => [...evaluateGraph(graph, { z })]).toSorted((a, b) => a - b);

describe("a graph of a file", () => {
  it("has the file's edges in its order, between nodes that the file names", () => {
    const ir = lower(route(`csv("roads.csv", ${columns})`, 'from = "depot", to = "har\\"bour"'), at);
    const labels = (dim: string): unknown => ir.dims.find(({ name }) => name === dim)?.labels;
    expect(labels("G.edges")).toEqual(["depot-mill", 'mill-har"bour', "depot-cape"]);
    expect(labels("G.nodes")).toEqual(["depot", "mill", 'har"bour', "cape"]);
    expect(ir.graphs?.[0]?.edges).toEqual([
      [0, 1],
      [1, 2],
      [0, 3],
    ]);
  });

  it("gives the rows of the grid that it writes out", () => {
    const grid = lower(route("grid(3, 4)", "from = first, to = last"));
    const edges = grid.graphs![0]!.edges;
    write("grid.csv", "tail,head", ...edges.map((ends) => ends.join(",")));
    const file = lower(route(`csv("grid.csv", ${columns})`, "from = 0, to = 11"), at);
    expect(file.graphs![0]!.edges).toHaveLength(edges.length);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 17, maxLength: 17 }), (z) => {
        expect(leftOver(file, z)).toEqual(leftOver(grid, z));
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it("is part of the model's meaning: an edge more is another model", () => {
    const spec = route(`csv("changing.csv", ${columns})`);
    write("changing.csv", "tail,head", "depot,mill");
    const before = hashModel(lower(spec, at));
    write("changing.csv", "tail,head,km", "depot,mill,3");
    expect(hashModel(lower(spec, at))).toBe(before);
    write("changing.csv", "tail,head", "depot,mill", "mill,cape");
    expect(hashModel(lower(spec, at))).not.toBe(before);
  });

  it.each([
    ['~~~csv("roads.csv")~~~', "graph-file-form"],
    ['~~~csv(from = "tail", to = "head")~~~', "graph-file-form"],
    ['~~~csv("roads.csv", from = "tail", via = "head")~~~', "graph-file-form"],
    [`csv(~~~"none.csv"~~~, ${columns})`, "graph-file-unreadable"],
    [`csv(~~~"folder"~~~, ${columns})`, "graph-file-unreadable"],
    [`csv(~~~"../roads.csv"~~~, ${columns})`, "path-escapes"],
    [`csv(~~~"https://roads.example/roads.csv"~~~, ${columns})`, "path-remote"],
    ['csv("roads.csv", from = ~~~"tale"~~~, to = "head")', "graph-file-column"],
    ['csv("roads.csv", from = "tail", to = ~~~"heads"~~~)', "graph-file-column"],
  ])("is not %s", (graph, code) => {
    diagnose(route(graph), [code], at);
  });

  it.each([
    [["tail,head", "depot,mill", "mill,mill"], "line 3", "to itself"],
    [["tail,head", "depot,mill", "mill,cape", "depot,mill"], "line 4", "line 2 already"],
    [["tail,head", "a-b,c", "a,b-c"], "line 3", "`a-b-c` stands on line 2"],
    [["tail,head", "depot,mill", "mill, "], "line 3", "`head` is empty"],
    [["tail,head", "depot,mill,3"], "line 2", "3 cells"],
    [["tail,head", "depot,mill", "", "mill,cape"], "line 3", "blank line"],
    [["tail,head", 'depot,"mill', "mill,cape"], "line 2", "quote"],
    [["tail,head"], "line 1", "no edge"],
    [["tail,head,tail", "a,b,c"], "line 1", "two columns"],
  ])("has no row left out or repeated: %j", (lines, line, reason) => {
    write("wrong.csv", ...lines);
    const { diagnostics } = diagnose(route(`csv(~~~"wrong.csv"~~~, ${columns})`), ["graph-file-row"], at);
    expect(diagnostics[0]!.message).toContain(line);
    expect(diagnostics[0]!.message).toContain(reason);
  });

  it("has no more edges than a graph may", () => {
    expect(readEdgeList("a,b\n0,1\n0,2\n0,3\n", { from: "a", to: "b" }, 2)).toEqual({
      kind: "row",
      line: 4,
      reason: "it is edge 3, and a graph may have 2",
    });
  });
});

describe("the ends of a path", () => {
  const roads = `csv("roads.csv", ${columns})`;

  it.each([
    ['from = "depot", to = ~~~"mull"~~~', "path-form"],
    ['from = ~~~first~~~, to = "mill"', "path-form"],
    ['from = ~~~7~~~, to = "mill"', "path-form"],
  ])("are nodes of the file: %s", (ends, code) => {
    diagnose(route(roads, ends), [code], at);
  });

  it("are joined by a way in the direction of the edges", () => {
    const from = (ends: string): string => route(roads, ends).replace(/path\(.*\)/, (text) => `~~~${text}~~~`);
    diagnose(from('from = "mill", to = "cape"'), ["path-disconnected"], at);
    diagnose(from('from = "mill", to = "depot"'), ["path-disconnected"], at);
    const { diagnostics } = compileText(route(roads, 'from = "mill", to = "cape"'), at);
    expect(diagnostics[0]!.why).toContain('from `mill` they lead to: har"bour');
  });

  it("may be a number where the file numbers its nodes", () => {
    write("numbered.csv", "tail,head", "3,1", "1,7");
    const ir = lower(route(`csv("numbered.csv", ${columns})`, 'from = 3, to = "7"'), at);
    // One unit goes over both edges.
    expect(leftOver(ir, [1, 1]).every((value) => value <= 0)).toBe(true);
    expect(leftOver(ir, [1, 0]).some((value) => value > 0)).toBe(true);
  });
});

describe("a tour of a file's graph", () => {
  it("takes no edge that stands in both directions", () => {
    write("both.csv", "tail,head", "a,b", "b,c", "c,a", "b,a");
    diagnose(
      route(`csv("both.csv", ${columns})`, "", "int", "tour").replace("tour(G)", "~~~tour(G)~~~"),
      ["tour-form"],
      at,
    );
    write("one.csv", "tail,head", "a,b", "b,c", "c,a");
    lower(route(`csv("one.csv", ${columns})`, "", "int", "tour"), at);
  });
});
