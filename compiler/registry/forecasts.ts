import { int, number, type Kind } from "./schema.ts";
import { widths } from "./training.ts";

/** Networks that a predictor can be. */
export const predictors: Kind = {
  what: "predictor",
  groups: [
    {
      name: "lstm",
      doc: "recurrent network over the window",
      source: "001 §5",
      runs: false,
      problems: ["forecast"],
      options: [
        {
          name: "layers",
          doc: "units of the recurrent layers",
          value: { type: "list", of: int(1, 4096), minLength: 1, maxLength: 8 },
          default: [128, 64],
          example: "[128, 64]",
          source: "001 §5",
        },
      ],
    },
    { name: "mlp", doc: "fully connected network", runs: false, problems: ["forecast"], options: [widths([64, 64])] },
  ],
  planned: ["transformer", "cnn"],
  example: "lstm { layers: [128, 64] }",
  byProblem: true,
};

/** What may follow `stress test with`. */
export const corruptions: Kind = {
  what: "corruption",
  groups: [
    {
      name: "gaussian",
      doc: "independent Gaussian noise, one test for each strength",
      source: "001 §5",
      runs: false,
      problems: ["forecast"],
      options: [
        {
          name: "sd",
          doc: "standard deviations of the noise",
          value: { type: "list", of: number(0, 1e6, "min"), minLength: 1, maxLength: 32, orOne: true },
          required: true,
          example: "[0.05, 0.1, 0.2]",
        },
      ],
    },
    {
      name: "perlin",
      doc: "smooth noise",
      source: "001 §5",
      runs: false,
      problems: ["forecast"],
      options: [
        {
          name: "octaves",
          doc: "layers of the noise, each twice as fine",
          value: int(1, 16),
          default: 8,
          example: "8",
        },
        { name: "amplitude", doc: "largest size of the noise", value: number(0, 1e6, "min"), default: 1, example: "1" },
      ],
    },
    {
      name: "cutout",
      doc: "a part of each window replaced by a constant",
      source: "001 §5",
      runs: false,
      problems: ["forecast"],
      options: [
        { name: "ratio", doc: "share that is replaced", value: number(0, 1, "both"), default: 0.3, example: "30%" },
        { name: "value", doc: "the constant", value: number(-1e12, 1e12), default: 1, example: "1" },
      ],
    },
  ],
  planned: [],
  example: "gaussian { sd: [0.05, 0.1] }",
  byProblem: true,
};
