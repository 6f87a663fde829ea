import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDecision, runPipeline } from "../../../runtime/index.ts";
import type { AmbiguitySpec, Pipeline } from "../../../runtime/spec.ts";
import { smallNewsvendor } from "../../runs/pipelines.ts";
import { temporaryFolder } from "../../runs/temporary-folder.ts";

const folder = temporaryFolder();

function robust(radii: readonly number[], center: AmbiguitySpec["center"] = "conditional"): Pipeline {
  const set = { kind: "wasserstein", order: 2, norm: "l2" } as const;
  const generator = {
    kind: "gmm",
    components: [1, 2],
    criterion: "aic",
    covariance: "full",
    restarts: 1,
    floor: 1e-6,
    scenarios: 40,
  } as const;
  return {
    ...smallNewsvendor(),
    generator,
    train: { method: "fit" },
    compare: [],
    ambiguity: { set, radii, center, at: "model.dro:9:1" },
  };
}

describe("a run with an ambiguity set", () => {
  it("decides with the radius whose losses on validation were best, and keeps the scenarios alone as a control", async () => {
    const runFolder = join(folder, "chosen");
    const result = await runPipeline(robust([0, 1, 1000]), { runFolder });
    expect(result.methods[0]).toMatchObject({ id: "gmm_robust", label: "gmm, W2 ball", role: "trained" });
    expect(result.methods.find(({ id }) => id === "gmm")).toMatchObject({ role: "control" });
    for (const { grid, selected } of result.radii!) {
      expect(grid.map(({ radius }) => radius)).toEqual([0, 1, 1000]);
      const least = Math.min(...grid.map(({ heldOutRisk }) => heldOutRisk!));
      expect(grid.find(({ radius }) => radius === selected)!.heldOutRisk).toBe(least);
      // A ball that holds every demand orders far too much.
      expect(selected).toBeLessThan(1000);
    }
    expect(result.warnings.map(({ code }) => code)).not.toContain("radius-at-edge");
    const model: unknown = JSON.parse(readFileSync(join(runFolder, "model.json"), "utf8"));
    expect(model).toMatchObject({ method: "gmm_robust", radius: result.radii![0]!.selected });
    expect(readFileSync(join(runFolder, "report.html"), "utf8")).toContain("Choice of the radius");
  });

  it("is the run without one at radius 0, and says where the largest radius was chosen", async () => {
    const zero = await runPipeline(robust([0]), { runFolder: join(folder, "zero") });
    const value = (id: string): unknown => zero.methods.find((method) => method.id === id)!.values;
    expect(value("gmm_robust")).toEqual(value("gmm"));
    expect(zero.radii!.every(({ grid }) => grid[0]!.heldOutRisk === null)).toBe(true);
    // One scenario is ordered for as it is, and demand is above it half of the time: the ball orders more.
    const pipeline = robust([0, 1]);
    const { generator } = pipeline;
    if (generator.kind !== "gmm") throw new Error("the pipeline was given a mixture");
    const edge = await runPipeline(
      { ...pipeline, generator: { ...generator, scenarios: 1 } },
      { runFolder: join(folder, "edge") },
    );
    const [chosen] = edge.radii!;
    expect(chosen!.grid[1]!.heldOutRisk).toBeLessThan(chosen!.grid[0]!.heldOutRisk! - 0.1);
    expect(edge.warnings.map(({ code }) => code)).toContain("radius-at-edge");
  });

  it("decides at new contexts under the worst law too", async () => {
    const runFolder = join(folder, "decide");
    const pipeline = robust([2]);
    await runPipeline(pipeline, { runFolder });
    const plainFolder = join(folder, "plain");
    const { ambiguity: _set, ...plain } = pipeline;
    await runPipeline(plain, { runFolder: plainFolder });
    const context = new Float64Array(pipeline.problem.sizes.context).fill(0.5);
    const own = await (await createDecision(pipeline, runFolder))(context);
    const nominal = await (await createDecision(plain, plainFolder))(context);
    // Stockouts cost more than leftovers: the worst law is ordered for with more.
    expect(own.z[0]).toBeGreaterThan(nominal.z[0]!);
    expect(own.objective).toBeGreaterThan(nominal.objective);
  });

  it("takes flows with decision weights", async () => {
    const { ambiguity } = robust([0, 2]);
    const flow = { ...smallNewsvendor(), ambiguity: ambiguity! };
    const result = await runPipeline(flow, { runFolder: join(folder, "flow") });
    expect(result.methods.map(({ id }) => id).slice(0, 2)).toEqual(["dw_fm_robust", "dw_fm"]);
    const empirical = { ...flow, ambiguity: { ...ambiguity!, center: "empirical" as const } };
    const other = await runPipeline(empirical, { runFolder: join(folder, "flow-empirical") });
    expect(other.methods.map(({ id }) => id).slice(0, 3)).toEqual(["saa_robust", "saa", "dw_fm"]);
  });

  it("puts the ball around the training outcomes where the spec says so", async () => {
    const result = await runPipeline(robust([1], "empirical"), { runFolder: join(folder, "empirical") });
    expect(result.methods.map(({ id }) => id).slice(0, 3)).toEqual(["saa_robust", "saa", "gmm"]);
  });
});
