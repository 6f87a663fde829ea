import { describe, expect, it } from "vitest";
import { planMethods } from "../../runtime/methods/plan.ts";
import { smallPortfolio } from "../runs/pipelines.ts";

const ids = (plan: ReturnType<typeof planMethods>): string[] => plan.methods.map((method) => method.id);

describe("the plan of a run", () => {
  it("puts the trained method first and the controls beside it", () => {
    const plan = planMethods(smallPortfolio({ compare: [{ method: "saa" }] }));
    expect(ids(plan)).toEqual(["dw_fm", "saa", "uniform_fm", "placebo", "uniform_fm_w", "uniform_fm_inverse_w"]);
    expect(plan.strengths).toEqual([0, 0.1]);
  });

  it("trains the uniform flow where only a comparison needs it", () => {
    const train = { strength: { scale: "relative", grid: [0.1] }, controls: false } as const;
    expect(planMethods(smallPortfolio({ train, compare: [] })).strengths).toEqual([0.1]);
    expect(planMethods(smallPortfolio({ train, compare: [{ method: "uniform_fm" }] })).strengths).toEqual([0, 0.1]);
  });

  it("is uniform training where the grid is 0 alone, without controls", () => {
    const train = { strength: { scale: "relative", grid: [0] } } as const;
    const plan = planMethods(smallPortfolio({ train, compare: [{ method: "uniform_fm" }, { method: "saa" }] }));
    expect(ids(plan)).toEqual(["uniform_fm", "saa"]);
    expect(plan.methods[0]!.role).toBe("trained");
  });

  it("lists a method once and keeps two settings of one apart", () => {
    const plan = planMethods(
      smallPortfolio({
        train: { controls: false },
        compare: [
          { method: "dw_fm", detilt: false },
          { method: "dw_fm", detilt: true },
          { method: "knn_saa", neighbours: 10 },
          { method: "knn_saa", neighbours: 20 },
          { method: "knn_saa", neighbours: 20 },
        ],
      }),
    );
    expect(ids(plan)).toEqual(["dw_fm", "dw_fm_detilt", "knn_saa", "knn_saa_2"]);
  });

  it("lets each control take the strength of the setting that it controls", () => {
    const plan = planMethods(smallPortfolio({ compare: [{ method: "dw_fm", detilt: true }] }));
    const of = (id: string): unknown => plan.methods.find((method) => method.id === id)!.how;
    expect(of("placebo")).toMatchObject({ of: "dw_fm" });
    expect(of("uniform_fm_w")).toMatchObject({ of: "dw_fm", power: 1 });
    expect(of("uniform_fm_inverse_w")).toMatchObject({ of: "dw_fm_detilt", power: -1 });
  });

  it("refuses decision weights without a flow, and an oracle without a true law", () => {
    const gmm = {
      kind: "gmm",
      components: [1],
      criterion: "aic",
      covariance: "full",
      restarts: 1,
      floor: 1e-6,
      scenarios: 64,
    } as const;
    const pipeline = smallPortfolio();
    expect(() => planMethods({ ...pipeline, generator: gmm })).toThrow(
      expect.objectContaining({ code: "method-needs-flow" }),
    );
    const csv = { ...pipeline.data, source: { kind: "csv", path: "x.csv", at: "model.dro:1:1" } } as const;
    expect(() => planMethods({ ...pipeline, data: csv })).toThrow(
      expect.objectContaining({ code: "method-needs-truth" }),
    );
  });

  it("fits a mixture by its own criterion", () => {
    const gmm = {
      kind: "gmm",
      components: [2],
      criterion: "aic",
      covariance: "full",
      restarts: 1,
      floor: 1e-6,
      scenarios: 64,
    } as const;
    const plan = planMethods({
      ...smallPortfolio(),
      generator: gmm,
      train: { method: "fit" },
      compare: [{ method: "saa" }],
    });
    expect(ids(plan)).toEqual(["gmm", "saa"]);
    expect(plan.flow).toBeNull();
  });
});
