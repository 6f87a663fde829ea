import { describe, expect, it } from "vitest";
import { inspectExecutors } from "../../compiler/cli/doctor-executors.ts";
import { droc } from "./support.ts";

describe("droc doctor, about executors", () => {
  it("says what each device leads to on this machine, and how to get a GPU used", async () => {
    const { exit, stdout } = await droc(["doctor"]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^ {2}auto +onnx \(cpu\): /m);
    expect(stdout).toMatch(/^ {2}gpu +(onnx|tfjs) \(/m);
    expect(stdout).toContain("docs/executors.md");
    const json = await droc(["doctor", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      result: {
        parts: expect.arrayContaining([
          expect.objectContaining({ name: "onnx", state: "loads", used: true }),
          expect.objectContaining({ name: "tfjs wasm", state: "loads", used: false, version: expect.any(String) }),
        ]),
        devices: [
          { device: "auto", executor: "onnx (cpu)", why: expect.any(String) },
          { device: "cpu", executor: "onnx (cpu)", why: expect.any(String) },
          expect.objectContaining({ device: "gpu" }),
        ],
      },
    });
  });

  it("tells of a GPU that answers, and asks for each thing once", async () => {
    const asked: string[] = [];
    const answer = (name: string): Promise<string | null> => {
      asked.push(name);
      return Promise.resolve(name === "cuda" || name === "cpu" ? null : "it is elsewhere");
    };
    const { parts, devices } = await inspectExecutors({ onnx: answer, tfjs: answer }, "linux");
    expect(devices.map(({ device, executor }) => [device, executor])).toEqual([
      ["auto", "onnx (cpu)"],
      ["cpu", "onnx (cpu)"],
      ["gpu", "onnx (cuda)"],
    ]);
    expect(parts.find(({ name }) => name === "onnx cuda")).toMatchObject({ state: "loads", used: false });
    expect(parts.find(({ name }) => name === "onnx webgpu")).toMatchObject({
      state: "absent",
      note: expect.stringContaining("it is elsewhere"),
    });
    expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
  });

  it("calls ONNX Runtime broken, and the run with it, where it does not load", async () => {
    const { parts } = await inspectExecutors(
      { onnx: () => Promise.resolve("no such library"), tfjs: () => Promise.resolve(null) },
      "linux",
    );
    expect(parts.find(({ name }) => name === "onnx")).toMatchObject({
      state: "broken",
      used: true,
      note: expect.stringContaining("no such library"),
    });
  });
});
