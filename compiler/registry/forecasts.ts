import { int, number, type GroupSchema, type Kind } from "./schema.ts";
import { widths } from "./training.ts";

const forecast = { problems: ["forecast"] } as const;

const further: readonly GroupSchema[] = [
  {
    name: "linear",
    doc: "affine in the inputs: linear regression, or the scores of a linear classifier",
    options: [],
    ...forecast,
  },
  {
    name: "logistic",
    doc: "probabilities from affine scores: the logistic function of one, the softmax of several",
    options: [],
    ...forecast,
  },
  {
    name: "kernel",
    doc: "affine in random Fourier features, which stand for a Gaussian kernel (Rahimi and Recht 2007)",
    options: [
      {
        name: "features",
        doc: "random features",
        value: int(1, 65_536),
        default: 512,
        example: "512",
      },
      {
        name: "bandwidth",
        doc: "width of the kernel in standard deviations of each input",
        value: number(0, 1e6, "min"),
        default: 1,
        example: "1",
      },
    ],
    ...forecast,
  },
  {
    name: "cnn",
    doc: "convolutions along a window or over an image, each with ReLU, then fully connected layers",
    options: [
      {
        name: "channels",
        doc: "channels of the convolutions",
        value: { type: "list", of: int(1, 4096), minLength: 1, maxLength: 8 },
        default: [16, 32],
        example: "[16, 32]",
      },
      { name: "kernel", doc: "length of each kernel along every axis", value: int(1, 63), default: 3, example: "3" },
      { name: "stride", doc: "steps between the places of a kernel", value: int(1, 8), default: 2, example: "2" },
      widths([32]),
    ],
    source: "001 §5",
    ...forecast,
  },
];

/** Networks that a predictor can be. */
export const predictors: Kind = {
  what: "predictor",
  groups: [
    {
      name: "lstm",
      doc: "recurrent network over the window",
      source: "001 §5",
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
    {
      name: "mlp",
      doc: "fully connected network",
      problems: ["forecast"],
      options: [
        widths([64, 64]),
        {
          name: "activation",
          doc: "what is applied between the layers",
          value: { type: "word", words: ["relu", "silu", "tanh", "gelu"] },
          default: "relu",
          example: "relu",
        },
      ],
    },
    ...further,
  ],
  planned: ["transformer"],
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
      doc: "smooth noise: octaves of gradient noise, scaled so that its largest value is the amplitude",
      source: "001 §5",
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
