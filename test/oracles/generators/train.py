"""Trains generators in PyTorch: JSON requests on standard input, for each on standard output the mean log-likelihood of
held-out rows (or its bound), or of a request with its own start and batches the loss at every step. The nets, steps and
averages are those of the models under runtime/models; rows come standardised."""

import json
import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

sys.path.append(str(Path(__file__).resolve().parents[3] / "bench" / "peers"))
sys.argv = [sys.argv[0], '{"threads": 1}']
from torch_side import SplineFlow, mlp  # noqa: E402

LOG_2PI = math.log(2 * math.pi)
OCTAVES = (math.pi / 2) * 2.0 ** torch.arange(6)


def log_normal(x):
    return -0.5 * x.square().sum(1) - 0.5 * x.shape[1] * LOG_2PI


def features(level):
    angles = level * OCTAVES
    return torch.cat([angles.sin(), angles.cos()], 1)


def integrated(field, state, times, steps=200):
    """The state and the integral of the field's divergence along `ds/dt = field(t, s)`, by the classical Runge-Kutta rule."""
    d = state.shape[1]

    def slope(t, s):
        with torch.enable_grad():
            s = s.detach().requires_grad_()
            v = field(t, s)
            div = sum(torch.autograd.grad(v[:, j].sum(), s, retain_graph=j + 1 < d)[0][:, j] for j in range(d))
        return v.detach(), div.detach()

    total = torch.zeros(len(state))
    h = (times[1] - times[0]) / steps
    for k in range(steps):
        t = times[0] + k * h
        v1, d1 = slope(t, state)
        v2, d2 = slope(t + h / 2, state + h / 2 * v1)
        v3, d3 = slope(t + h / 2, state + h / 2 * v2)
        v4, d4 = slope(t + h, state + h * v3)
        state = state + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
        total = total + h / 6 * (d1 + 2 * d2 + 2 * d3 + d4)
    return state, total


class FlowMatching(nn.Module):
    def __init__(self, case):
        super().__init__()
        self.net = mlp([3, *case["hidden"], 2], nn.ReLU)

    def forward(self, s1):
        s0, t = torch.randn_like(s1), torch.rand(len(s1), 1)
        delta = s1 - s0
        return F.mse_loss(self.net(torch.cat([s0 + t * delta, t], 1)), delta)

    def log_likelihood(self, s):
        field = lambda t, y: self.net(torch.cat([y, torch.full((len(y), 1), float(t))], 1))
        noise, total = integrated(field, s, (1.0, 0.0))
        return log_normal(noise) + total


class Ddpm(nn.Module):
    def __init__(self, case):
        super().__init__()
        self.levels, self.bound = case["levels"], case["bound"]
        self.net = mlp([2 + 12, *case["hidden"], 2], nn.SiLU)
        self.beta = (1000 / self.levels) * torch.linspace(1e-4, 0.02, self.levels, dtype=torch.float64).clamp(max=0.999)
        self.left = torch.cumprod(1 - self.beta, 0)

    def predict(self, state, level):
        return self.net(torch.cat([state, features(level)], 1))

    def forward(self, s):
        at = torch.randint(self.levels, (len(s),))
        left = self.left[at].float().unsqueeze(1)
        noise = torch.randn_like(s)
        state = left.sqrt() * s + (1 - left).sqrt() * noise
        return F.mse_loss(self.predict(state, (at + 1).unsqueeze(1) / self.levels), noise)

    def log_likelihood(self, s):
        """The variational bound (Ho et al. 2020, eq. 5), one draw of the noise at each level."""
        left = self.left.tolist()
        ratio = [a / (1 - a) for a in left]
        last = left[-1]
        total = -0.5 * (last * s.square() - last - math.log1p(-last)).sum(1)
        for t in range(1, self.levels + 1):
            a = left[t - 1]
            state = math.sqrt(a) * s + math.sqrt(1 - a) * torch.randn_like(s)
            predicted = self.predict(state, torch.full((len(s), 1), t / self.levels))
            data = ((state - math.sqrt(1 - a) * predicted) / math.sqrt(a)).clamp(-self.bound, self.bound)
            squares = (s - data).square().sum(1)
            if t > 1:
                total = total - 0.5 * (ratio[t - 2] - ratio[t - 1]) * squares
            else:
                beta = float(self.beta[0])
                total = total - 0.5 * squares / beta - 0.5 * s.shape[1] * math.log(2 * math.pi * beta)
        return total


class ScoreSde(nn.Module):
    """Variance preserving, beta from 0.1 to 20; the noise is predicted from the state at variance one."""

    FIRST = 1e-3

    def __init__(self, case):
        super().__init__()
        self.net = mlp([2 + 12, *case["hidden"], 2], nn.SiLU)

    def numbers(self, t):
        log_a = -(t * t * 19.9) / 4 - t * 0.05
        return torch.exp(log_a), torch.sqrt(-torch.expm1(2 * log_a))

    def predict(self, state, t):
        return self.net(torch.cat([state, features(t)], 1))

    def forward(self, s):
        t = self.FIRST + (1 - self.FIRST) * torch.rand(len(s), 1)
        a, sigma = self.numbers(t)
        noise = torch.randn_like(s)
        return F.mse_loss(self.predict(a * s + sigma * noise, t), noise)

    def log_likelihood(self, s):
        def field(t, y):
            t = torch.full((len(y), 1), float(t))
            _, sigma = self.numbers(t)
            beta = 0.1 + 19.9 * t
            return -0.5 * beta * y + 0.5 * beta / sigma * self.predict(y, t)

        noise, total = integrated(field, s, (self.FIRST, 1.0), 1000)
        return log_normal(noise) + total


class Spline(SplineFlow):
    def forward(self, s):
        return super().forward(s, s[:, :0])

    def log_likelihood(self, s):
        return -super().forward(s, s[:, :0])


class Vae(nn.Module):
    def __init__(self, case):
        super().__init__()
        self.latent = case["latent"]
        self.encoder = mlp([2, *case["hidden"], 2 * self.latent], nn.SiLU)
        self.decoder = mlp([self.latent, *case["hidden"][::-1], 4], nn.SiLU)

    def encode(self, s):
        mean, raw = self.encoder(s).chunk(2, 1)
        return mean, 6 * torch.tanh(raw / 6)

    def decode(self, z):
        mean, raw = self.decoder(z).chunk(2, 1)
        return mean, F.softplus(raw + 4) - 4

    @staticmethod
    def log_gaussian(x, mean, log):
        return (-0.5 * ((x - mean) * torch.exp(-log)).square() - log).sum(1) - 0.5 * x.shape[1] * LOG_2PI

    def forward(self, s):
        mean, log = self.encode(s)
        z = mean + log.exp() * torch.randn_like(mean)
        divergence = (0.5 * (mean.square() + torch.exp(2 * log) - 1) - log).sum(1)
        return (divergence - self.log_gaussian(s, *self.decode(z))).mean()

    def log_likelihood(self, s, draws=64):
        """The importance-weighted bound (Burda et al. 2016, eq. 8)."""
        mean, log = self.encode(s)
        ratios = []
        for _ in range(draws):
            z = mean + log.exp() * torch.randn_like(mean)
            ratios.append(self.log_gaussian(s, *self.decode(z)) + log_normal(z) - self.log_gaussian(z, mean, log))
        return torch.logsumexp(torch.stack(ratios), 0) - math.log(draws)


MODELS = {"flow_matching": FlowMatching, "ddpm": Ddpm, "score_sde": ScoreSde, "normalizing_flow": Spline, "vae": Vae}


def losses(ask):
    """The loss at each step on the given batches, from the given parameters: weights `[in, out]` before their biases."""
    model = Spline(ask["case"])
    start = iter(ask["initial"])
    with torch.no_grad():
        for linear in (part for net in model.nets for part in net if isinstance(part, nn.Linear)):
            linear.weight.copy_(torch.tensor(next(start)).reshape(linear.weight.T.shape).T)
            linear.bias.copy_(torch.tensor(next(start)))
    optimizer = torch.optim.AdamW(model.parameters(), lr=ask["rate"], weight_decay=0)
    found = []
    for batch in ask["batches"]:
        loss = model(torch.tensor(batch).reshape(-1, 2))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return found


def answer(ask):
    if "batches" in ask:
        return losses(ask)
    torch.manual_seed(ask["seed"])
    train, test = (torch.tensor(ask[part], dtype=torch.float64).reshape(-1, 2).float() for part in ("train", "test"))
    model = MODELS[ask["model"]](ask["case"])
    parameters = list(model.parameters())
    average = [p.detach().clone() for p in parameters]
    optimizer = torch.optim.AdamW(parameters, lr=ask["rate"], weight_decay=0, fused=True)
    for step in range(ask["steps"]):
        loss = model(train[torch.randint(len(train), (ask["batch"],))])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        decay = min(ask["ema"], (1 + step) / (10 + step))
        torch._foreach_lerp_(average, [p.detach() for p in parameters], 1 - decay)
    with torch.no_grad():
        for p, own in zip(parameters, average):
            p.copy_(own)
        return float(model.log_likelihood(test).mean())


print(json.dumps([answer(ask) for ask in json.load(sys.stdin)]))
