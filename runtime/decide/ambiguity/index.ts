export { worstDivergence, type WorstDivergence } from "./divergence.ts";
export { createRobustDecider } from "./robust-decider.ts";
export { spectrumNorm, spectrumOf, type SpectrumStep } from "./spectrum.ts";
