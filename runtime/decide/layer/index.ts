export { createDecisionLayer } from "./decision-layer.ts";
export type { DecisionLayer, LayerBatch, LayerDecisions, LayerGradient } from "./decision-layer.ts";
export { createRiskGradient, type RiskGradient } from "./risk-gradient.ts";
