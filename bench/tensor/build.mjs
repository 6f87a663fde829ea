// Building a training program: differentiation, optimiser, ONNX and the session, for the flow-matching step and for a
// DDPM with a U-Net along a series. Each in a process of its own: the first build there, and the median of the next.
//   npm run build && node bench/tensor/build.mjs [--rounds 5]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CASES, FLOW } from "./cases.mjs";
import { machine, median, options } from "./sides.mjs";

const UNET = {
  ...CASES.ddpm,
  name: "DDPM, U-Net of channels 32, 64, 128 over 96 values, batch 128",
  net: { kind: "unet1d", channels: [32, 64, 128] },
  d: 96,
  rows: 500,
  batch: 128,
};

if (process.argv[2] === "--case") {
  const [{ createExecutor }, { loadRuntime }, { trainingProgram }, { DEFAULT_UNROLL }, { planOf }] = await Promise.all([
    import("../../dist/runtime/tensor/executor.js"),
    import("../../dist/runtime/tensor/onnx-executor.js"),
    import("../../dist/runtime/tensor/training-plan.js"),
    import("../../dist/runtime/tensor/training.js"),
    import("./droc-plans.mjs"),
  ]);
  const plan = planOf(JSON.parse(process.argv[3]));
  // The library is loaded once a process, whatever is built.
  await loadRuntime();
  const times = [];
  for (let round = 0; round < Number(process.argv[4]) + 1; round++)
    for (const unroll of [1, DEFAULT_UNROLL]) {
      const start = performance.now();
      const program = trainingProgram(plan, unroll);
      const written = performance.now();
      const executor = await createExecutor(program, "onnx");
      times.push({ unroll, program: written - start, total: performance.now() - start, nodes: program.order.length });
      await executor.dispose();
    }
  console.log(JSON.stringify(times));
} else {
  const { rounds } = options({ rounds: 5 });
  console.log(machine());
  console.log("| program | steps a call | nodes | first build, ms | later, ms | of which program, ms |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const testCase of [FLOW, UNET]) {
    const self = fileURLToPath(import.meta.url);
    const { stdout } = spawnSync(process.execPath, [self, "--case", JSON.stringify(testCase), String(rounds)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    const times = JSON.parse(stdout);
    for (const unroll of new Set(times.map((time) => time.unroll))) {
      const [first, ...later] = times.filter((time) => time.unroll === unroll);
      const cells = [first.total, median(later.map((t) => t.total)), median(later.map((t) => t.program))];
      console.log(`| ${[testCase.name, unroll, first.nodes, ...cells.map((v) => v.toFixed(1))].join(" | ")} |`);
    }
  }
}
