"""Training steps and sampling in PyTorch: torch_side.py CASE [eager|compiled], CASE a JSON object. One thread unless the
case has more `threads`."""

import json
import math
import sys

import torch
import torch.nn.functional as F
from torch import nn

from side import serve

torch.set_num_threads(json.loads(sys.argv[1]).get("threads", 1))
torch.set_num_interop_threads(1)
torch.manual_seed(1)


def mlp(widths, activation):
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Linear(a, b), activation()]
    return nn.Sequential(*layers[:-1])


class FlowMatching(nn.Module):
    """Regresses v(t, s_t, x) on s_1 - s_0 at s_t = (1 - t) s_0 + t s_1."""

    def __init__(self, case):
        super().__init__()
        self.d = case["d"]
        self.net = mlp([self.d + 1 + case["p"], *case["hidden"], self.d], nn.ReLU)

    def draw(self, rows):
        return torch.randn(rows, self.d), torch.rand(rows, 1)

    def forward(self, s1, x, s0, t):
        target = s1 - s0
        v = self.net(torch.cat([torch.addcmul(s0, target, t), t, x], 1))
        return F.mse_loss(v, target)

    def velocity(self, s, t, x):
        return self.net(torch.cat([s, t.expand(s.shape[0], 1), x], 1))


class Ddpm(nn.Module):
    """Predicts the noise at a level drawn uniformly; sines and cosines of the level at six octaves."""

    OCTAVES = 6

    def __init__(self, case):
        super().__init__()
        self.d, self.levels = case["d"], case["levels"]
        self.net = mlp([self.d + 2 * self.OCTAVES + case["p"], *case["hidden"], self.d], nn.SiLU)
        beta = (1000 / self.levels) * torch.linspace(1e-4, 0.02, self.levels, dtype=torch.float64)
        left = torch.cumprod(1 - beta, 0)
        level = (torch.arange(self.levels) + 1) / self.levels
        self.register_buffer("table", torch.stack([left.sqrt(), (1 - left).sqrt(), level], 1).float())
        self.register_buffer("octaves", (math.pi / 2) * 2.0 ** torch.arange(self.OCTAVES))

    def draw(self, rows):
        level = self.table.index_select(0, torch.randint(self.levels, (rows,)))
        return torch.randn(rows, self.d), level

    def forward(self, s1, x, noise, level):
        keep, add, t = level[:, 0:1], level[:, 1:2], level[:, 2:3]
        angles = t * self.octaves
        state = s1 * keep + noise * add
        predicted = self.net(torch.cat([state, angles.sin(), angles.cos(), x], 1))
        return F.mse_loss(predicted, noise)


class SplineFlow(nn.Module):
    """Autoregressive rational-quadratic splines (Durkan et al. 2019), maximum likelihood."""

    BOUND = 5.0
    LEAST = 1e-3

    def __init__(self, case):
        super().__init__()
        self.d, self.bins = case["d"], case["bins"]
        outputs = 3 * self.bins - 1
        widths = [self.d + case["p"], *case["hidden"], self.d * outputs]
        self.nets = nn.ModuleList(mlp(widths, nn.SiLU) for _ in range(case["layers"]))
        for layer, net in enumerate(self.nets):
            order = range(1, self.d + 1) if layer % 2 == 0 else range(self.d, 0, -1)
            degrees = [[*order] + [0] * case["p"]] + [[k % self.d for k in range(w)] for w in case["hidden"]]
            degrees.append([degree for degree in order for _ in range(outputs)])
            linears = [m for m in net if isinstance(m, nn.Linear)]
            for i, linear in enumerate(linears):
                a, b = torch.tensor(degrees[i]), torch.tensor(degrees[i + 1])
                last = i == len(linears) - 1
                mask = (a[None, :] < b[:, None]) if last else (a[None, :] <= b[:, None])
                linear.register_buffer("mask", mask.float())
            with torch.no_grad():
                linears[-1].weight.mul_(0.1)
                start = torch.zeros(outputs)
                start[2 * self.bins :] = math.log(math.e - 1)
                linears[-1].bias.copy_(start.repeat(self.d))

    def draw(self, rows):
        return ()

    def forward(self, s1, x):
        v, log_determinant = s1, 0
        for net in self.nets:
            h = torch.cat([v, x], 1)
            for module in net:
                h = F.linear(h, module.weight * module.mask, module.bias) if isinstance(module, nn.Linear) else module(h)
            v, log_slope = self.spline(v, h.view(-1, self.d, 3 * self.bins - 1))
            log_determinant = log_determinant + log_slope.sum(1)
        return (0.5 * v.square().sum(1) + 0.5 * self.d * math.log(2 * math.pi) - log_determinant).mean()

    def knots(self, raw):
        shares = torch.softmax(raw, -1) * (1 - self.LEAST * self.bins) + self.LEAST
        return F.pad(torch.cumsum(shares, -1) * (2 * self.BOUND), (1, 0)) - self.BOUND

    def spline(self, x, raw):
        widths, heights, slopes = raw.split([self.bins, self.bins, self.bins - 1], -1)
        xs, ys = self.knots(widths), self.knots(heights)
        slopes = F.pad(F.softplus(slopes) + self.LEAST, (1, 1), value=1.0)
        inside = (x >= -self.BOUND) & (x <= self.BOUND)
        at = x.clamp(-self.BOUND, self.BOUND).unsqueeze(-1)
        bin_ = (at >= xs[..., 1:-1]).sum(-1, keepdim=True)
        both = torch.cat([bin_, bin_ + 1], -1)
        x0, x1 = xs.gather(-1, both).unbind(-1)
        y0, y1 = ys.gather(-1, both).unbind(-1)
        d0, d1 = slopes.gather(-1, both).unbind(-1)
        width, height = x1 - x0, y1 - y0
        s = height / width
        bend = d0 + d1 - 2 * s
        t = (at.squeeze(-1) - x0) / width
        rest = 1 - t
        product = t * rest
        denominator = s + bend * product
        slope = d1 * t.square() + 2 * s * product + d0 * rest.square()
        log_slope = torch.log(s.square() * slope) - 2 * torch.log(denominator)
        moved = y0 + height * (s * t.square() + d0 * product) / denominator
        return torch.where(inside, moved, x), torch.where(inside, log_slope, 0.0)


MODELS = {"flow": FlowMatching, "ddpm": Ddpm, "spline": SplineFlow}


def trainer(case, compiled):
    rows, batch = case["rows"], case["batch"]
    outcomes, contexts = torch.randn(rows, case["d"]), torch.randn(rows, case["p"])
    model = MODELS[case["model"]](case)
    loss_of = torch.compile(model) if compiled else model
    parameters = list(model.parameters())
    average = [p.detach().clone() for p in parameters]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=1e-4, fused=True)
    done = 0

    def step():
        nonlocal done
        done += 1
        index = torch.randint(rows, (batch,))
        loss = loss_of(outcomes.index_select(0, index), contexts.index_select(0, index), *model.draw(batch))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, parameters, 1 - min(0.999, (1 + done) / (10 + done)))
        return loss

    return model, step


def grid(case, steps, half):
    """The grid's models one after the other, each on its own weights of the rows, as a loop over lambda and seeds; or
    every second one of them, from the first (half 0) or the second (half 1)."""
    rows, batch = case["rows"], case["batch"]
    outcomes, contexts = torch.randn(rows, case["d"]), torch.randn(rows, case["p"])
    gradient = torch.randn(rows).square()
    models = [(seed, strength) for seed in case["seeds"] for strength in case["grid"]]
    for seed, strength in models if half is None else models[half::2]:
        torch.manual_seed(seed)
        weights = 1 + strength * gradient
        weights = (weights / weights.mean()).unsqueeze(1)
        model = FlowMatching(case)
        parameters = list(model.parameters())
        average = [p.detach().clone() for p in parameters]
        optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=1e-4, fused=True)
        for done in range(1, steps + 1):
            index = torch.randint(rows, (batch,))
            s1, x, w = (table.index_select(0, index) for table in (outcomes, contexts, weights))
            s0, t = model.draw(batch)
            target = s1 - s0
            v = model.net(torch.cat([torch.addcmul(s0, target, t), t, x], 1))
            loss = ((v - target).square() * w).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                torch._foreach_lerp_(average, parameters, 1 - min(0.999, (1 + done) / (10 + done)))
    return loss.item()


@torch.inference_mode()
def sample(model, case, contexts, count):
    """Midpoint rule over rows context by context; as many rows at once as the fastest of several sizes measured."""
    d, steps, chunk = case["d"], case["ode_steps"], case["chunk"]
    x = torch.randn(contexts, case["p"]).repeat_interleave(count, 0)
    times = torch.arange(2 * steps).view(-1, 1, 1) / (2 * steps)
    h = 1 / steps
    out = torch.empty(contexts * count, d)
    for start in range(0, contexts * count, chunk):
        part = x[start : start + chunk]
        s = torch.randn(part.shape[0], d)
        for k in range(steps):
            middle = torch.add(s, model.velocity(s, times[2 * k], part), alpha=h / 2)
            s = torch.add(s, model.velocity(middle, times[2 * k + 1], part), alpha=h)
        out[start : start + chunk] = s
    return out.sum().item()


def main():
    case = json.loads(sys.argv[1])
    model, step = trainer(case, len(sys.argv) > 2 and sys.argv[2] == "compiled")

    def work(request):
        if "steps" in request:
            for _ in range(request["steps"]):
                loss = step()
            return {"value": loss.item()}
        if "grid" in request:
            return {"value": grid(case, request["grid"], request.get("half"))}
        return {"value": sample(model, {**case, **request}, request["contexts"], request["count"])}

    serve(work)


if __name__ == "__main__":
    main()
