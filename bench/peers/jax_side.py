"""Training steps in JAX, jitted with donated state, one thread: jax_side.py CASE [step|scan], CASE a JSON object."""

import functools
import json
import math
import os
import sys

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["NPROC"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
from jax import lax, nn, random

from side import serve

# The fastest generator on a CPU: Threefry, the default, takes several times as long.
jax.config.update("jax_default_prng_impl", "unsafe_rbg")

RATE, DECAY, BETA1, BETA2, EPSILON = 1e-3, 1e-4, 0.9, 0.999, 1e-8
SCAN = 100


def initial(key, widths):
    parameters = []
    for a, b in zip(widths, widths[1:]):
        key, w, c = random.split(key, 3)
        bound = 1 / math.sqrt(a)
        parameters.append((random.uniform(w, (a, b), minval=-bound, maxval=bound), random.uniform(c, (b,), minval=-bound, maxval=bound)))
    return parameters


def mlp(parameters, h, activation):
    for w, b in parameters[:-1]:
        h = activation(h @ w + b)
    w, b = parameters[-1]
    return h @ w + b


def flow(case):
    d, batch = case["d"], case["batch"]

    def loss(parameters, key, s1, x):
        noise, time = random.split(key)
        s0, t = random.normal(noise, (batch, d)), random.uniform(time, (batch, 1))
        target = s1 - s0
        v = mlp(parameters, jnp.concatenate([s0 + t * target, t, x], 1), nn.relu)
        return jnp.mean((v - target) ** 2)

    return [[d + 1 + case["p"], *case["hidden"], d]], lambda parameters, *rest: loss(parameters[0], *rest)


def ddpm(case):
    d, batch, levels, octaves = case["d"], case["batch"], case["levels"], 6
    left = jnp.cumprod(1 - (1000 / levels) * jnp.linspace(1e-4, 0.02, levels))
    frequencies = (math.pi / 2) * 2.0 ** jnp.arange(octaves)

    def loss(parameters, key, s1, x):
        draw, level = random.split(key)
        noise, index = random.normal(draw, (batch, d)), random.randint(level, (batch, 1), 0, levels)
        kept = left[index]
        angles = (index + 1) / levels * frequencies
        state = jnp.sqrt(kept) * s1 + jnp.sqrt(1 - kept) * noise
        inputs = jnp.concatenate([state, jnp.sin(angles), jnp.cos(angles), x], 1)
        return jnp.mean((mlp(parameters[0], inputs, nn.silu) - noise) ** 2)

    return [[d + 2 * octaves + case["p"], *case["hidden"], d]], loss


def spline_flow(case):
    d, bins, bound, least = case["d"], case["bins"], 5.0, 1e-3
    outputs = 3 * bins - 1
    masks = []
    for layer in range(case["layers"]):
        order = list(range(1, d + 1)) if layer % 2 == 0 else list(range(d, 0, -1))
        degrees = [order + [0] * case["p"]] + [[k % d for k in range(w)] for w in case["hidden"]]
        degrees.append([degree for degree in order for _ in range(outputs)])
        pairs = [(jnp.array(a)[:, None], jnp.array(b)[None, :]) for a, b in zip(degrees, degrees[1:])]
        masks.append([(a < b if i == len(pairs) - 1 else a <= b).astype(jnp.float32) for i, (a, b) in enumerate(pairs)])

    def knots(raw):
        shares = nn.softmax(raw) * (1 - least * bins) + least
        return jnp.pad(jnp.cumsum(shares, -1) * 2 * bound, ((0, 0), (0, 0), (1, 0))) - bound

    def spline(x, raw):
        xs, ys = knots(raw[..., :bins]), knots(raw[..., bins : 2 * bins])
        slopes = jnp.pad(nn.softplus(raw[..., 2 * bins :]) + least, ((0, 0), (0, 0), (1, 1)), constant_values=1.0)
        inside = (x >= -bound) & (x <= bound)
        at = jnp.clip(x, -bound, bound)
        at_bin = jnp.sum(at[..., None] >= xs[..., 1:-1], -1, keepdims=True)
        pick = lambda table, offset: jnp.take_along_axis(table, at_bin + offset, -1)[..., 0]
        x0, x1, y0, y1 = pick(xs, 0), pick(xs, 1), pick(ys, 0), pick(ys, 1)
        d0, d1 = pick(slopes, 0), pick(slopes, 1)
        s = (y1 - y0) / (x1 - x0)
        t = (at - x0) / (x1 - x0)
        both = t * (1 - t)
        denominator = s + (d0 + d1 - 2 * s) * both
        slope = d1 * t**2 + 2 * s * both + d0 * (1 - t) ** 2
        log_slope = jnp.log(s**2 * slope) - 2 * jnp.log(denominator)
        moved = y0 + (y1 - y0) * (s * t**2 + d0 * both) / denominator
        return jnp.where(inside, moved, x), jnp.where(inside, log_slope, 0)

    def loss(parameters, _key, s1, x):
        v, log_determinant = s1, 0
        for layer, own in zip(parameters, masks):
            masked = [(w * m, b) for (w, b), m in zip(layer, own)]
            raw = mlp(masked, jnp.concatenate([v, x], 1), nn.silu)
            v, log_slope = spline(v, raw.reshape(-1, d, outputs))
            log_determinant = log_determinant + log_slope.sum(1)
        return jnp.mean(0.5 * jnp.sum(v**2, 1) + 0.5 * d * math.log(2 * math.pi) - log_determinant)

    return [[d + case["p"], *case["hidden"], d * outputs]] * case["layers"], loss


MODELS = {"flow": flow, "ddpm": ddpm, "spline": spline_flow}


def main():
    case = json.loads(sys.argv[1])
    scanned = len(sys.argv) > 2 and sys.argv[2] == "scan"
    rows, batch = case["rows"], case["batch"]
    key = random.key(1)
    outcomes, contexts = random.normal(key, (rows, case["d"])), random.normal(random.fold_in(key, 1), (rows, case["p"]))
    widths, loss_of = MODELS[case["model"]](case)
    parameters = [initial(random.fold_in(key, 2 + i), w) for i, w in enumerate(widths)]
    zeros = lambda: jax.tree.map(jnp.zeros_like, parameters)
    state = (parameters, zeros(), zeros(), jax.tree.map(jnp.copy, parameters), random.fold_in(key, 99), jnp.zeros(()))

    def step(state):
        theta, m, v, average, key, done = state
        key, pick, draw = random.split(key, 3)
        index = random.randint(pick, (batch,), 0, rows)
        loss, g = jax.value_and_grad(loss_of)(theta, draw, outcomes[index], contexts[index])
        done = done + 1
        m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, m, g)
        v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, v, g)
        c1, c2 = 1 - BETA1**done, 1 - BETA2**done
        move = lambda p, m, v: p * (1 - RATE * DECAY) - RATE * (m / c1) / (jnp.sqrt(v / c2) + EPSILON)
        theta = jax.tree.map(move, theta, m, v)
        share = 1 - jnp.minimum(0.999, (1 + done) / (10 + done))
        average = jax.tree.map(lambda a, p: a + share * (p - a), average, theta)
        return (theta, m, v, average, key, done), loss

    one = jax.jit(step, donate_argnums=0)

    @functools.partial(jax.jit, donate_argnums=0)
    def many(state):
        return lax.scan(lambda s, _: step(s), state, length=SCAN)

    def work(request):
        nonlocal state
        if scanned:
            for _ in range(request["steps"] // SCAN):
                state, losses = many(state)
            return {"value": float(losses[-1])}
        for _ in range(request["steps"]):
            state, loss = one(state)
        return {"value": float(loss)}

    serve(work)


if __name__ == "__main__":
    main()
