/** `droc/tensor`: static tensor programs, their executors and the random streams that feed them. */
export { Graph, type Tensor } from "./graph.ts";
export * as ops from "./ops.ts";
export { gradients } from "./differentiate.ts";
export { divergence, divergenceEstimate, jvp } from "./forward.ts";
export { defineProgram, type Port, type Program, type ProgramParts, type StatePort } from "./program.ts";
export { vectorize, type VectorizeOptions } from "./vectorize.ts";
export { createExecutor, type Executor, type FloatData } from "./executor.ts";
export {
  choiceText,
  currentExecutor,
  withExecutor,
  type ExecutorChoice,
  type ExecutorKind,
  type OnnxProvider,
} from "./executor-choice.ts";
export {
  averageStep,
  clipByGlobalNorm,
  fillStepScalars,
  optimizerSlots,
  optimizerStep,
  STEP_SCALARS,
  type OptimizerSpec,
  type OptimizerState,
} from "./optimizers.ts";
export { rateShare, type Schedule } from "./schedules.ts";
export { TracingExecutor, type NonFinite } from "./trace.ts";
export { addOnnxMetadata, readOnnxMetadata } from "./onnx-metadata.ts";
export { writeOnnx, type OnnxOptions } from "./onnx-writer.ts";
export { randomStream, type RandomStream } from "./random.ts";
export { readSafetensors, writeSafetensors, type Tensor as StoredTensor, type TensorFile } from "./safetensors.ts";
