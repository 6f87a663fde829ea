"""Losses and gradients of PyEPO's training methods, and arrays of its generators, as JSON on standard output.

Every method is asked on the same predictions, costs and solutions in double precision; the noise that a method draws is
recorded with its answer. Gradients are of the sum over the rows.
"""

import json
import sys
from contextlib import contextmanager
from types import SimpleNamespace
from importlib.metadata import version

import numpy as np
import pyepo
import torch
from pyepo.data.dataset import optDataset
from pyepo.func import AIMLE, CMAP, DBB, DPO, IMLE, NCE, NID, PFY, PG, RFWO, RFY
from pyepo.func import DPOMul, PFYMul, SPOPlus, coneAlignedCosine, lsLTR, prLTR, ptLTR
from pyepo.func.utils import sumGammaDistribution
from pyepo.model.ort import knapsackModel, shortestPathModel

torch.set_default_dtype(torch.float64)
DIGITS = 12


def plain(values):
    return [float(f"{value:.{DIGITS}g}") for value in np.asarray(values, dtype=float).ravel()]


@contextmanager
def recorded():
    """Keeps the normal noise that PyEPO draws within."""
    original = torch.randn
    kept = SimpleNamespace(noise=None)

    def draw(size, **options):
        kept.noise = original(size, **options)
        return kept.noise

    torch.randn = draw
    try:
        yield kept
    finally:
        torch.randn = original


class RecordedGamma(sumGammaDistribution):
    def sample(self, size):
        self.noise = super().sample(size)
        return self.noise


def decisions(model, costs):
    solutions, objectives = [], []
    for cost in costs:
        model.setObj(cost)
        solution, objective = model.solve()
        solutions.append(np.round(np.asarray(solution, dtype=float)))
        objectives.append(objective)
    return torch.tensor(np.array(solutions)), torch.tensor(np.array(objectives)).reshape(-1, 1)


def outer(kind, sense, cost, solution, objective, decision):
    """Losses that users put on the decision which a method returns, one a row."""
    if kind == "regret":
        regret = (cost * decision).sum(dim=1) - objective[:, 0]
        return regret if sense == "minimize" else -regret
    difference = decision - solution
    return (difference**2 if kind == "squared_error" else difference.abs()).mean(dim=1)


def ask(case, model, dataset, cost, predicted, solution, objective, pool):
    """Values and gradients of every method on one problem."""
    sense = case["sense"]
    answers = []

    def keep(spec, losses, prediction, noise=None, **more):
        losses.sum().backward()
        answer = {"spec": spec, "losses": plain(losses.detach()), "gradient": plain(prediction.grad), **more}
        if noise is not None:
            answer["noise"] = plain(noise)
        answers.append(answer)

    def fresh():
        return predicted.clone().requires_grad_()

    none = {"reduction": "none"}
    p = fresh()
    keep({"loss": "spo_plus"}, SPOPlus(model, **none)(p, cost, solution, objective), p)
    for sides, two in (("one", False), ("two", True)):
        p = fresh()
        spec = {"loss": "pg", "sigma": 0.6, "sides": sides}
        keep(spec, PG(model, sigma=0.6, two_sides=two, **none)(p, cost), p)
    for kind in ("regret", "squared_error", "absolute_error"):
        for spec, layer in (
            ({"loss": "dbb", "lambda": 2, "outer": kind}, DBB(model, lambd=2)),
            ({"loss": "nid", "outer": kind}, NID(model)),
        ):
            p = fresh()
            keep(spec, outer(kind, sense, cost, solution, objective, layer(p)), p)
        for noise, method in (("additive", DPO), ("multiplicative", DPOMul)):
            p = fresh()
            spec = {"loss": "dpo", "noise": noise, "samples": 4, "sigma": 0.5, "outer": kind}
            with recorded() as recorder:
                value = method(model, n_samples=4, sigma=0.5)(p)
            keep(spec, outer(kind, sense, cost, solution, objective, value), p, recorder.noise)
    for noise, method in (("additive", PFY), ("multiplicative", PFYMul)):
        p = fresh()
        spec = {"loss": "pfyl", "noise": noise, "samples": 4, "sigma": 0.5}
        with recorded() as recorder:
            value = method(model, n_samples=4, sigma=0.5, **none)(p, solution)
        keep(spec, value, p, recorder.noise)
    for sides, two in (("one", False), ("two", True)):
        for name, method, own in (("imle", IMLE, {"lambd": 1.5}), ("aimle", AIMLE, {})):
            p = fresh()
            gamma = RecordedGamma(kappa=5)
            layer = method(model, n_samples=3, sigma=0.4, distribution=gamma, two_sides=two, **own)
            spec = {"loss": name, "samples": 3, "sigma": 0.4, "kappa": 5, "sides": sides, "outer": "regret"}
            if name == "imle":
                spec["lambda"] = 1.5
            losses = outer("regret", sense, cost, solution, objective, layer(p))
            keep(spec, losses, p, gamma.noise)
            if name == "aimle":
                answers[-1]["state"] = [layer.alpha, layer.grad_norm_avg]
    tight = {"max_iter": 100_000, "tol": 1e-13}
    for kind in ("regret", "squared_error"):
        p = fresh()
        layer = RFWO(model, lambd=0.7, **tight)
        spec = {"loss": "rfwo", "lambda": 0.7, "outer": kind}
        keep(spec, outer(kind, sense, cost, solution, objective, layer(p)), p)
    p = fresh()
    keep({"loss": "rfy", "lambda": 0.7}, RFY(model, lambd=0.7, **tight, **none)(p, solution), p)
    pooled = {"solve_ratio": 0, "dataset": dataset, **none}
    for spec, method, truth in (
        ({"loss": "nce"}, NCE, solution),
        ({"loss": "map"}, CMAP, solution),
        ({"loss": "listwise", "temperature": 1}, lsLTR, cost),
        ({"loss": "pairwise", "margin": 0}, prLTR, cost),
        ({"loss": "pointwise"}, ptLTR, cost),
    ):
        p = fresh()
        module = method(model, **pooled)
        module.solpool = pool
        keep(spec, module(p, truth), p)
    p = fresh()
    keep({"loss": "mse"}, ((p - cost) ** 2).mean(dim=1), p)
    normals = torch.tensor(case["normals"](solution.numpy()))
    for ratio, branch in ((1, "projected"), (0, "blended")):
        p = fresh()
        module = coneAlignedCosine(model, max_iter=200, solve_ratio=ratio, inner_ratio=0.2, **none)
        keep({"loss": "cave", "inner": 0.2}, module(p, normals), p, branch=branch)
    return answers


def pad(rows, width):
    most = max(len(row) for row in rows)
    return np.array([row + [[0.0] * width] * (most - len(row)) for row in rows])


def path_normals(grid, arcs):
    """Normals of the constraints that bind at paths: flow rows with either sign, and bounds at 0 and 1."""

    def of(solutions):
        out = []
        for solution in solutions:
            rows = []
            for node in range(grid[0] * grid[1]):
                row = [float(arc[0] == node) - float(arc[1] == node) for arc in arcs]
                rows += [row, [-value for value in row]]
            for i, value in enumerate(solution):
                rows.append([(1.0 if value > 0.5 else -1.0) if j == i else 0.0 for j in range(len(arcs))])
            out.append(rows)
        return pad(out, len(arcs))

    return of


def knapsack_normals(weights, capacity):
    def of(solutions):
        out = []
        for solution in solutions:
            rows = [list(map(float, row)) for row, most in zip(weights, capacity) if abs(row @ solution - most) < 1e-5]
            for i, value in enumerate(solution):
                rows.append([(1.0 if value > 0.5 else -1.0) if j == i else 0.0 for j in range(len(solution))])
            out.append(rows)
        return pad(out, len(weights[0]))

    return of


def cases():
    grid = (3, 4)
    model = shortestPathModel(grid)
    x, cost = pyepo.data.shortestpath.genData(6, 3, grid, deg=4, noise_width=0.5, seed=135)
    yield {
        "name": "shortest path",
        "sense": "minimize",
        "set": {"arcs": [list(map(int, arc)) for arc in model.arcs], "nodes": grid[0] * grid[1]},
        "normals": path_normals(grid, model.arcs),
    }, model, x, cost
    weights, x, cost = pyepo.data.knapsack.genData(4, 3, 7, deg=2, noise_width=0.5, seed=135)
    weights, capacity = np.round(100 * weights), np.array([1400.0])
    yield {
        "name": "knapsack",
        "sense": "maximize",
        "set": {"weights": [plain(row) for row in weights], "capacities": plain(capacity)},
        "normals": knapsack_normals(weights, capacity),
    }, knapsackModel(weights, capacity, solver="scip"), x, cost


def losses():
    for case, model, x, cost in cases():
        # Whole numbers of value tie; these do not.
        draws = np.random.RandomState(7)
        cost = cost.astype(float) * draws.uniform(0.9, 1.1, cost.shape)
        predicted = torch.tensor(cost.mean() * draws.uniform(0.1, 2, cost.shape))
        solution, objective = decisions(model, cost)
        dataset = optDataset(model, x, cost)
        pool, _ = decisions(model, cost * draws.uniform(0.2, 1.8, cost.shape))
        pool = torch.unique(torch.cat([solution, pool]), dim=0)
        cost = torch.tensor(cost)
        yield {
            **{name: value for name, value in case.items() if name != "normals"},
            "rows": len(cost),
            "costs": plain(cost),
            "predicted": plain(predicted),
            "solutions": plain(solution),
            "objectives": plain(objective),
            "pool": plain(pool),
            "answers": ask(case, model, dataset, cost, predicted, solution, objective, pool),
        }


def generators():
    """The first rows of PyEPO's data sets, for generators that are to repeat them."""
    first = 4
    x, c = pyepo.data.shortestpath.genData(1000, 5, (5, 5), deg=4, noise_width=0.5, seed=135)
    yield "shortest path", {"contexts": plain(x[:first]), "costs": plain(c[:first]), "mean": float(c.mean()), "sd": float(c.std())}
    weights, x, c = pyepo.data.knapsack.genData(1000, 5, 32, dim=2, deg=4, noise_width=0.5, seed=135)
    yield "knapsack", {
        "weights": plain(weights),
        "contexts": plain(x[:first]),
        "costs": plain(c[:first]),
        "mean": float(c.mean()),
        "sd": float(c.std()),
    }
    covariance, x, r = pyepo.data.portfolio.genData(1000, 5, 50, deg=4, noise_level=1, seed=135)
    yield "portfolio", {
        "covariance": plain(covariance[:3]),
        "contexts": plain(x[:first]),
        "costs": plain(r[:first]),
        "mean": float(r.mean()),
        "sd": float(r.std()),
    }


json.dump(
    {
        "pyepo": version("pyepo"),
        "losses": list(losses()),
        "generators": dict(generators()),
    },
    sys.stdout,
)
