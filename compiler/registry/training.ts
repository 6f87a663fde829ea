import { int, number, type GroupSchema, type OptionSchema } from "./schema.ts";

const adam: GroupSchema = {
  name: "adam",
  doc: "Adam with decoupled weight decay",
  source: "003 App. E",
  options: [
    { name: "rate", doc: "learning rate", value: number(0, 1, "min"), default: 1e-3, example: "1e-3" },
    { name: "weight_decay", doc: "decay of the weights", value: number(0, 1), default: 1e-4, example: "1e-4" },
  ],
};

/** What may follow `optimizer:`. */
export const optimizers: readonly GroupSchema[] = [adam];

/** What every method that trains by gradient steps can be told. */
export const training: readonly OptionSchema[] = [
  {
    name: "steps",
    doc: "optimizer steps",
    value: int(1, 10_000_000),
    default: 20_000,
    example: "20_000",
    source: "003 App. E: 200k",
  },
  {
    name: "batch",
    doc: "rows in each step",
    value: int(1, 65_536),
    default: 256,
    example: "256",
    source: "003 App. E",
  },
  {
    name: "optimizer",
    doc: "how a gradient changes the weights",
    value: { type: "group", groups: optimizers },
    default: "adam",
    example: "adam { rate: 1e-3, weight_decay: 1e-4 }",
    source: "003 App. E",
  },
];

/** What a method that trains a predictor can be told (001 App. D). */
export const predictorTraining: readonly OptionSchema[] = [
  {
    name: "steps",
    doc: "optimizer steps",
    value: int(1, 10_000_000),
    default: 2_000,
    example: "2_000",
  },
  { name: "batch", doc: "rows in each step", value: int(1, 65_536), default: 64, example: "64", source: "001 §5" },
  {
    name: "optimizer",
    doc: "how a gradient changes the weights",
    value: { type: "group", groups: optimizers },
    default: "adam",
    example: "adam { rate: 1e-3, weight_decay: 0 }",
  },
];

/** Decay of the moving average of the weights, which sampling uses. */
export const ema: OptionSchema = {
  name: "ema",
  doc: "decay of the moving average of the weights that sampling uses; 0 turns it off",
  value: number(0, 1, "max"),
  default: 0.999,
  example: "0.999",
};

export const scenarios: OptionSchema = {
  name: "scenarios",
  doc: "scenarios drawn for each context to decide on",
  value: int(2, 100_000),
  default: 512,
  example: "512",
  source: "003 §5.1",
};

/** Widths of the hidden layers of a network. */
export const widths = (value: readonly number[], source?: string): OptionSchema => ({
  name: "hidden",
  doc: "widths of the hidden layers",
  value: { type: "list", of: int(1, 4096), minLength: 1, maxLength: 8 },
  default: value,
  example: `[${value.join(", ")}]`,
  ...(source === undefined ? {} : { source }),
});
