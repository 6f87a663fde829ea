import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import { layoutOf, type ParameterLayout } from "../../tensor/parameters.ts";
import { mlpOf, named } from "../neural/network.ts";
import { meansOfPairs, seriesConvolution, normalisedSilu, twice } from "./series.ts";

/**
 * A U-Net along a series (Ronneberger et al. 2015; Ho et al. 2020, App. B, in one dimension): at each level a residual
 * block, then means of pairs; on the way back each element twice, the level's own output beside it, a residual block.
 * The noise level and the context enter every block as a shift of its channels.
 */

interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Width of every kernel along the series but those of the residual shortcuts. */
const KERNEL = 3;

/** Most groups of the group normalisation, and fewest channels of one: on its own a channel would lose its level. */
const GROUPS = 8;
const CHANNELS_OF_GROUP = 4;

/**
 * Parameters of the network.
 * @param channels of the levels, the finest first
 * @param condition columns that the network is conditioned on
 */
export function unetLayout(channels: readonly number[], condition: number): ParameterLayout {
  const first = channels[0]!;
  const last = channels.at(-1)!;
  const blocks = blocksOf(channels).flatMap(({ name, from, to }) => blockSlots(name, from, to, first));
  return layoutOf([
    ...linear("embed.0", condition, first),
    ...linear("embed.1", first, first),
    ...kernel("in", 1, first, KERNEL),
    ...blocks.filter(({ name }) => !name.startsWith("up")),
    ...blockSlots("middle", last, last, first),
    ...blocks.filter(({ name }) => name.startsWith("up")),
    ...norm("out", first),
    ...kernel("out", first, 1, KERNEL),
  ]);
}

/**
 * The network at rows of series.
 * @param x `[rows, length]`; padded at its end to a length that the levels halve evenly
 * @param condition parts `[rows or 1, …]` that the network is conditioned on
 * @returns `[rows, length]`
 */
export function unet(
  channels: readonly number[],
  layout: ParameterLayout,
  parameters: readonly Tensor[],
  x: Tensor,
  condition: readonly Tensor[],
): Tensor {
  const get = named(layout, parameters);
  const [rows = 1, length = 1] = x.shape;
  const coarsest = 2 ** (channels.length - 1);
  const padded = ops.pad(ops.transpose(x), 0, 0, (coarsest - (length % coarsest)) % coarsest);
  const embedding = ops.silu(
    mlpOf(condition, ["embed.0.weight", "embed.0.bias", "embed.1.weight", "embed.1.bias"].map(get), "silu"),
  );
  let h = convolution(get, "in", ops.reshape(padded, [1, padded.shape[0]!, rows]));
  const skips: Tensor[] = [];
  channels.forEach((to, level) => {
    h = block(get, `down.${level}`, h, to, embedding);
    if (level === channels.length - 1) return;
    skips.push(h);
    h = meansOfPairs(h);
  });
  h = block(get, "middle", h, channels.at(-1)!, embedding);
  for (let level = channels.length - 2; level >= 0; level--) {
    h = ops.concat([twice(h), skips[level]!], 0);
    h = block(get, `up.${level}`, h, channels[level]!, embedding);
  }
  h = convolution(get, "out", activated(get, "out", h));
  return ops.transpose(ops.slice(ops.reshape(h, [padded.shape[0]!, rows]), 0, 0, length));
}

function blocksOf(
  channels: readonly number[],
): { readonly name: string; readonly from: number; readonly to: number }[] {
  const down = channels.map((to, i) => ({ name: `down.${i}`, from: channels[Math.max(0, i - 1)]!, to }));
  const up = channels.slice(0, -1).map((to, i) => ({ name: `up.${i}`, from: channels[i + 1]! + to, to }));
  return [...down, ...up.toReversed()];
}

function blockSlots(name: string, from: number, to: number, embedding: number): Slot[] {
  return [
    ...norm(`${name}.0`, from),
    ...kernel(`${name}.0`, from, to, KERNEL),
    ...linear(`${name}.embed`, embedding, to),
    ...norm(`${name}.1`, to),
    ...kernel(`${name}.1`, to, to, KERNEL),
    ...(from === to ? [] : kernel(`${name}.skip`, from, to, 1)),
  ];
}

/** Two convolutions, each after normalisation and activation, beside the input itself. */
function block(get: (name: string) => Tensor, name: string, x: Tensor, to: number, embedding: Tensor): Tensor {
  let h = convolution(get, `${name}.0`, activated(get, `${name}.0`, x));
  const weight = ops.transpose(get(`${name}.embed.weight`));
  const shift = ops.add(ops.matmul(weight, ops.transpose(embedding)), ops.expandAxis(get(`${name}.embed.bias`), 1));
  h = ops.add(h, ops.expandAxis(shift, 1));
  h = convolution(get, `${name}.1`, activated(get, `${name}.1`, h));
  return ops.add(h, x.shape[0] === to ? x : convolution(get, `${name}.skip`, x));
}

function convolution(get: (name: string) => Tensor, name: string, x: Tensor): Tensor {
  return seriesConvolution(x, get(`${name}.kernel`), get(`${name}.bias`));
}

function activated(get: (name: string) => Tensor, name: string, x: Tensor): Tensor {
  const channels = x.shape[0]!;
  let groups = Math.max(1, Math.min(GROUPS, Math.floor(channels / CHANNELS_OF_GROUP)));
  while (channels % groups !== 0) groups--;
  return normalisedSilu(x, groups, get(`${name}.scale`), get(`${name}.shift`));
}

function linear(name: string, inputs: number, outputs: number): Slot[] {
  return [
    { name: `${name}.weight`, shape: [inputs, outputs] },
    { name: `${name}.bias`, shape: [outputs] },
  ];
}

function kernel(name: string, inputs: number, outputs: number, width: number): Slot[] {
  return [
    { name: `${name}.kernel`, shape: [outputs, inputs, width] },
    { name: `${name}.bias`, shape: [outputs] },
  ];
}

function norm(name: string, channels: number): Slot[] {
  return [
    { name: `${name}.scale`, shape: [channels] },
    { name: `${name}.shift`, shape: [channels] },
  ];
}
