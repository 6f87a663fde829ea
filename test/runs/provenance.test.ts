import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createDecision, runPipeline } from "../../runtime/index.ts";
import { specIdentity } from "../../runtime/runs/identity.ts";
import { checkProvenance, provenance, SPEC_KEY } from "../../runtime/runs/provenance.ts";
import { loadOnnx } from "../../runtime/tensor/onnx-executor.ts";
import { readOnnxMetadata } from "../../runtime/tensor/onnx-metadata.ts";
import { readSafetensors, writeSafetensors } from "../../runtime/tensor/safetensors.ts";
import { smallPortfolio } from "./pipelines.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const pipeline = smallPortfolio({ compare: [{ method: "pto", hidden: [8], steps: 40 }] });
const other = { ...pipeline, seed: pipeline.seed + 1 };
const file = (name: string): string => join(folder, name);

describe("what a run leaves behind", () => {
  beforeAll(() => runPipeline(pipeline, { runFolder: folder }));

  it("says which spec it was made from, in the weights and in the exported sampler", () => {
    const expected = specIdentity(pipeline);
    expect(expected).not.toBe(specIdentity(other));
    expect(readSafetensors(readFileSync(file("weights.safetensors"))).metadata).toMatchObject({
      "droc.spec": expected,
      "droc.model": "SmallPortfolio",
    });
    expect(readOnnxMetadata(readFileSync(file("sampler.onnx")))).toMatchObject({
      "droc.spec": expected,
      "droc.model": "SmallPortfolio",
      model: "flow_matching",
    });
  });

  it("has the predictor that decisions were compared with", async () => {
    const made = { "droc.spec": specIdentity(pipeline), "droc.model": "SmallPortfolio" };
    const model = readFileSync(file("predictor.onnx"));
    expect(readOnnxMetadata(model)).toMatchObject({ ...made, model: "predictor" });
    expect(await loadOnnx(model)).toEqual({ inputs: ["context"], outputs: ["outcome"] });
    const { tensors, metadata } = readSafetensors(readFileSync(file("predictor.safetensors")));
    expect(metadata).toEqual(made);
    expect(Object.keys(tensors)).toContain("outcome.scale");
  });

  it("is refused, at the file, where it comes from another spec", async () => {
    const weights = readFileSync(file("weights.safetensors"));
    const { tensors, metadata } = readSafetensors(weights);
    await expect(createDecision(pipeline, folder)).resolves.toBeTypeOf("function");
    writeFileSync(file("weights.safetensors"), writeSafetensors(tensors, { ...metadata, ...provenance(other) }));
    await expect(createDecision(pipeline, folder)).rejects.toMatchObject({
      code: "artefact-of-another-spec",
      message: expect.stringContaining(`another spec (${specIdentity(other).slice(0, 12)})`),
      data: { file: file("weights.safetensors") },
    });
    writeFileSync(file("weights.safetensors"), writeSafetensors(tensors));
    await expect(createDecision(pipeline, folder)).rejects.toMatchObject({
      code: "artefact-of-another-spec",
      message: expect.stringContaining("states no spec"),
    });
    writeFileSync(file("weights.safetensors"), weights);
  });

  it("is checked the same way for ONNX", () => {
    const metadata = readOnnxMetadata(readFileSync(file("sampler.onnx")));
    expect(() => checkProvenance("sampler.onnx", metadata, pipeline)).not.toThrow();
    expect(() => checkProvenance("sampler.onnx", metadata, other)).toThrow("another spec");
    expect(() => checkProvenance("sampler.onnx", { ...metadata, [SPEC_KEY]: "" }, pipeline)).toThrow("another spec");
  });
});
