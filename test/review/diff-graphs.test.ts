import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/compile.ts";
import { diffCompilations, mirror } from "../../compiler/review/diff/index.ts";
import { temporaryFolder } from "../runs/temporary-folder.ts";

const folder = temporaryFolder();
let written = 0;

/** A way over the edges of a file, `tail,head` each. */
function compileRoads(edges: readonly string[]) {
  const own = join(folder, String(written++));
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, "roads.csv"), ["from,to", ...edges, ""].join("\n"));
  const source = `model R
graph G = csv("roads.csv", from = "from", to = "to")
data trips = synthetic edge_costs { edges: ${edges.length}, degree: 4, noise: 0.5, features: 5, train: 320, validation: 80, test: 500 } {
  context x: real[5]
  outcome c: real[G.edges]
}
decision w: real[G.edges] in path(G, from = "depot", to = "harbour")
loss travel(w, c) = dot(c, w)
risk mean(travel)
uncertainty c | x ~ gmm { components: 2 }
compare saa
evaluate on test { relative_regret, seeds: 3 }
`;
  return compile({ file: join(own, "m.dro"), source });
}

const ROADS = ["depot,mill", "mill,bridge", "bridge,harbour", "depot,market", "market,harbour"];

function changesOf(before: readonly string[], after: readonly string[]) {
  const [a, b] = [compileRoads(before), compileRoads(after)];
  const diff = diffCompilations(a, b);
  expect(diffCompilations(b, a).verdicts.toSorted()).toEqual(diff.verdicts.map(mirror).toSorted());
  return diff.models.flatMap(({ changes }) => changes);
}

describe("a graph file whose edges changed", () => {
  it("shows the edges that went and came, at the graph and wherever the text is the same", () => {
    const changes = changesOf(ROADS, [...ROADS.slice(0, 4), "market,bridge"]);
    expect(changes[0]).toMatchObject({
      what: "graph G: edges",
      before: "market-harbour",
      after: "market-bridge",
      verdict: "INCOMPARABLE",
    });
    expect(changes[1]).toMatchObject({ what: "decision w", through: ["G.edges − market-harbour, + market-bridge"] });
    expect(changes).toHaveLength(2);
  });

  it("shows few edges and then how many more", () => {
    const added = ["mill,market", "mill,harbour", "bridge,market", "market,bridge", "market,mill"];
    const [counted, edges] = changesOf(ROADS, [...ROADS, ...added]);
    expect(counted).toMatchObject({ what: "graph G", before: "5 nodes, 5 edges", after: "5 nodes, 10 edges" });
    expect(edges).toMatchObject({ before: null, after: "mill-market, mill-harbour, bridge-market and 2 more" });
  });

  it("says where the same edges stand in another order", () => {
    const [edges] = changesOf(ROADS, [...ROADS.slice(0, 3), ROADS[4]!, ROADS[3]!]);
    expect(edges).toMatchObject({ before: "depot-market in place 3", after: "market-harbour in place 3" });
  });

  it("says where nodes carry other names alone", () => {
    const [nodes] = changesOf(
      ROADS,
      ROADS.map((edge) => edge.replace("market", "square")),
    );
    expect(nodes).toMatchObject({ before: "market", after: "square", verdict: "EVALUATION ONLY" });
  });

  it("says nothing where nothing changed", () => expect(changesOf(ROADS, ROADS)).toEqual([]));
});
