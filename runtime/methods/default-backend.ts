import { loadData } from "../data/index.ts";
import { createDecider } from "../decide/index.ts";
import { fitMixture } from "../models/mixture/index.ts";
import { loadNeuralGenerator, trainNeuralGenerator, trainNeuralGeneratorGrid } from "../models/neural-generators.ts";
import { trainPredictor } from "../models/predictor/index.ts";
import { fitResidualBootstrap } from "../models/residual/index.ts";
import type { Backend } from "./backend.ts";

/** The runtime's own data loader, solvers and models. */
export const defaultBackend: Backend = {
  loadData,
  createDecider: (problem) => createDecider(problem),
  trainFlow: (spec, training, data, sizes, stream, hooks) =>
    trainNeuralGenerator(spec, training, data, sizes, stream, hooks),
  trainFlowGrid: (spec, training, data, grid, sizes, stream, hooks) =>
    trainNeuralGeneratorGrid(spec, training, data, grid, sizes, stream, hooks),
  loadFlow: loadNeuralGenerator,
  trainPredictor: (spec, data, sizes, stream, hooks) => trainPredictor(spec, data, sizes, stream, hooks),
  fitMixture,
  fitResidualBootstrap,
};
