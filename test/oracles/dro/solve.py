"""Fits and worst weights of test/oracles/dro's instances by CVXPY, and by the dro package where it has the set."""

import importlib.metadata
import json
import os
import sys
import types

import cvxpy as cp
import numpy as np
from scipy.spatial.distance import cdist

import moving

# The package's own __init__ files import PyTorch and XGBoost, which these linear models do without.
for package in ("dro", "dro.linear_model"):
    folder = package.replace(".", os.sep)
    sys.modules[package] = types.ModuleType(package)
    sys.modules[package].__path__ = [os.path.join(p, folder) for p in sys.path if os.path.isdir(os.path.join(p, folder))]

SOLVE = dict(solver=cp.CLARABEL, tol_gap_abs=1e-9, tol_gap_rel=1e-9, tol_feas=1e-9)
DUAL = {"l1": "inf", "l2": 2, "linf": 1}


def loss_of(kind, scores, y):
    if kind == "square":
        return cp.square(scores - y)
    if kind == "absolute":
        return cp.abs(scores - y)
    if kind == "hinge":
        return cp.pos(1 - cp.multiply(y, scores))
    return cp.logistic(-cp.multiply(y, scores))


def kernel_of(x, width):
    return np.exp(-cdist(x, x, "sqeuclidean") / (2 * width**2))


def factor_of(x, width):
    k = kernel_of(x, width)
    return np.linalg.cholesky(k + 1e-8 * np.trace(k) / len(x) * np.eye(len(x)))


def worst(spec, losses, x, groups, nominal=None):
    """The inner maximisation over the rows' weights, as it is defined."""
    n = len(losses)
    if spec["kind"] == "bayesian":
        each = [worst({"kind": "kl", "radius": spec["radius"]}, losses, x, groups, np.array(p)) for p in spec["nominal"]]
        return np.mean([value for value, _ in each]), np.mean([q for _, q in each], axis=0)
    q = cp.Variable(n, nonneg=True)
    rows = [cp.sum(q) == 1]
    kind = spec["kind"]
    if kind == "chi2":
        rows.append(cp.sum_squares(n * q - 1) <= n * spec["radius"])
    elif kind == "cressie_read":
        k = spec["power"]
        rows.append(cp.sum(cp.power(n * q, k)) / n <= 1 + k * (k - 1) * spec["radius"])
    elif kind == "kl":
        rows.append(cp.sum(cp.rel_entr(q, np.full(n, 1 / n) if nominal is None else nominal)) <= spec["radius"])
    elif kind == "total_variation":
        rows.append(0.5 * cp.norm1(q - 1 / n) <= spec["radius"])
    elif kind == "cvar":
        rows.append(q <= 1 / (n * spec["tail"]))
    elif kind == "group_cvar":
        g = cp.Variable(max(groups) + 1, nonneg=True)
        for k in range(max(groups) + 1):
            own = [i for i in range(n) if groups[i] == k]
            rows += [g[k] <= len(own) / n / spec["tail"], q[own] == g[k] / len(own)]
    elif kind == "marginal_cvar":
        most = (spec["lipschitz"] * cdist(x, x)) ** (spec["order"] - 1)
        rows.append(n * q <= 1 / spec["tail"])
        for i in range(n):
            rows.append(n * (q[i] - q) <= most[i])
    elif kind == "sinkhorn":
        rows.append(cp.sum(cp.rel_entr(q, np.full(n, 1 / n))) <= spec["radius"] / spec["regularisation"])
        rows.append(cp.sum(cp.reshape(q, (n // spec["draws"], spec["draws"]), order="C"), axis=1) == spec["draws"] / n)
    elif kind == "mmd":
        rows.append(cp.norm(factor_of(x, spec["width"]).T @ (q - 1 / n)) <= spec["radius"])
    problem = cp.Problem(cp.Maximize(losses @ q), rows)
    problem.solve(**SOLVE)
    return problem.value, q.value


def fit(instance, x, y):
    """The textbook form of the whole problem: its least worst-case expectation, and the predictor."""
    spec, kind, n = instance["set"], instance["loss"], len(y)
    w, b = cp.Variable(x.shape[1]), cp.Variable()
    scores = x @ w + b
    losses = loss_of(kind, scores, y)
    rows = []
    name = spec["kind"]
    square_root = False
    if name == "chi2":
        eta = cp.Variable()
        value = eta + np.sqrt((1 + spec["radius"]) / n) * cp.norm(cp.pos(losses - eta))
    elif name == "kl":
        t, lam, f, u = cp.Variable(), cp.Variable(nonneg=True), cp.Variable(n), cp.Variable(n)
        rows += [f >= losses, cp.sum(u) <= n * lam, cp.ExpCone(f - t, lam * np.ones(n), u)]
        value = t + lam * spec["radius"]
    elif name == "bayesian":
        f, value = cp.Variable(n), 0
        rows.append(f >= losses)
        for p in spec["nominal"]:
            t, lam, u = cp.Variable(), cp.Variable(nonneg=True), cp.Variable(n)
            rows += [np.array(p) @ u <= lam, cp.ExpCone(f - t, lam * np.ones(n), u)]
            value += (t + lam * spec["radius"]) / len(spec["nominal"])
    elif name == "total_variation":
        r, eta = spec["radius"], cp.Variable()
        value = r * cp.max(losses) + (1 - r) * eta + cp.sum(cp.pos(losses - eta)) / n
    elif name == "cvar":
        eta = cp.Variable()
        value = eta + cp.sum(cp.pos(losses - eta)) / (n * spec["tail"])
    elif name == "group_cvar":
        groups, eta = np.array(instance["groups"]), cp.Variable()
        f = cp.Variable(n)
        rows.append(f >= losses)
        value = eta
        for k in range(groups.max() + 1):
            own = (groups == k).astype(float)
            value += own.sum() / n / spec["tail"] * cp.pos(own @ f / own.sum() - eta)
    elif name == "mmd":
        f, v, t = cp.Variable(n), cp.Variable(n, nonneg=True), cp.Variable()
        excess = f - t + v
        rows.append(f >= losses)
        u = cp.Variable(n)
        rows.append(factor_of(x, spec["width"]) @ u == excess)
        value = t + cp.sum(excess) / n + spec["radius"] * cp.norm(u)
    elif name == "cressie_read":
        k, eta, excess = spec["power"], cp.Variable(), cp.Variable(n, nonneg=True)
        conjugate = k / (k - 1)
        rows.append(excess >= losses - eta)
        mean = cp.pnorm(excess, conjugate, approx=False) / n ** (1 / conjugate)
        value = eta + (1 + k * (k - 1) * spec["radius"]) ** (1 / k) * mean
    elif name == "marginal_cvar":
        most = (spec["lipschitz"] * cdist(x, x)) ** (spec["order"] - 1)
        eta, moved, f = cp.Variable(), cp.Variable((n, n), nonneg=True), cp.Variable(n)
        rows.append(f >= losses)
        net = (cp.sum(moved, axis=1) - cp.sum(moved, axis=0)) / n
        value = eta + cp.sum(cp.pos(f - net - eta)) / (n * spec["tail"]) + cp.sum(cp.multiply(most, moved)) / n**2
    elif name == "sinkhorn":
        draws = spec["draws"]
        level, scale, f, u = cp.Variable(n // draws), cp.Variable(nonneg=True), cp.Variable(n), cp.Variable(n)
        each = np.kron(np.eye(n // draws), np.ones((draws, 1)))
        rows += [f >= losses, cp.ExpCone(f - each @ level, scale * np.ones(n), u), each.T @ u <= draws * scale]
        value = scale * spec["radius"] / spec["regularisation"] + cp.sum(level) * draws / n
    else:
        r, length = spec["radius"], cp.norm(w, DUAL[spec["norm"]])
        if spec["order"] == "infinity":
            if kind in ("hinge", "logistic"):
                worse = cp.multiply(y, scores) - r * length
                value = cp.sum(cp.pos(1 - worse) if kind == "hinge" else cp.logistic(-worse)) / n
            else:
                size = cp.abs(scores - y) + r * length
                value = cp.sum(cp.square(size) if kind == "square" else size) / n
        elif kind == "square":
            value, square_root = cp.norm(scores - y) / np.sqrt(n) + r * length, True
        elif spec["labelCost"] is not None:
            lam, s = cp.Variable(), cp.Variable(n)
            rows += [lam >= length, s >= losses, s >= loss_of(kind, scores, -y) - lam * spec["labelCost"]]
            value = lam * r + cp.sum(s) / n
        else:
            value = cp.sum(losses) / n + r * length
    problem = cp.Problem(cp.Minimize(value), rows)
    problem.solve(**SOLVE)
    return problem.value ** 2 if square_root else problem.value, w.value, b.value


def by_dro(instance, x, y):
    """The dro package's predictor, and its worst weights where they are exact: None where it has no such set."""
    from dro.linear_model.chi2_dro import Chi2DRO
    from dro.linear_model.cvar_dro import CVaRDRO
    from dro.linear_model.kl_dro import KLDRO
    from dro.linear_model.tv_dro import TVDRO
    from dro.linear_model.wasserstein_dro import WassersteinDRO

    spec, name = instance["set"], instance["set"]["kind"]
    model = {"square": "ols", "absolute": "lad", "hinge": "svm", "logistic": "logistic"}[instance["loss"]]
    make = lambda cls: cls(input_dim=x.shape[1], model_type=model, solver="CLARABEL")
    weights = None
    if name in ("chi2", "kl", "total_variation"):
        robust = make({"chi2": Chi2DRO, "kl": KLDRO, "total_variation": TVDRO}[name])
        robust.update({"eps": spec["radius"]})
    elif name == "cvar":
        robust = make(CVaRDRO)
        robust.update({"alpha": spec["tail"]})
    elif name == "wasserstein" and (spec["order"] == 1 and model != "lad" or spec["order"] == 2 and model == "ols"):
        robust = make(WassersteinDRO)
        p = {"l1": 1, "l2": 2, "linf": "inf"}[spec["norm"]]
        kappa = "inf" if spec["labelCost"] is None else spec["labelCost"]
        # Its radius of a regression is the square of ours.
        robust.update({"eps": spec["radius"] ** (2 if model == "ols" else 1), "p": p, "kappa": kappa})
    elif name == "holistic" and spec["norm"] == "l2" and model in ("lad", "svm"):
        from dro.linear_model.hr_dro import HR_DRO_LR

        # It names MOSEK whatever the solver asked for.
        robust = moving.by_clarabel(make(HR_DRO_LR))
        given = {"r": spec["radius"], "alpha": spec["corruption"], "epsilon": spec["noise"]}
        robust.update({**given, "epsilon_prime": spec["support"]})
    else:
        return None
    found = robust.fit(x, y)
    if name in ("chi2", "kl"):
        weights = robust.worst_distribution(x, y)["weight"]
    return {"weights": list(map(float, found["theta"])), "intercept": float(found["b"]), "worst": None if weights is None else list(map(float, weights))}


def answer(instance):
    x, y = np.array(instance["inputs"]), np.array(instance["targets"])
    spec = instance["set"]
    result = {"fit": None, "worst": None, "dro": None}
    name = spec["kind"]
    if name in moving.FITS:
        value, w, b = moving.FITS[name](spec, instance["loss"], x, y)
        at = np.array(predictor["weights"]), predictor["intercept"]
        result["worst"] = moving.WORST[name](spec, instance["loss"], x, y, *at)
    else:
        if name != "wasserstein":
            value, weights = worst(spec, np.array(instance["losses"]), x, instance["groups"])
            result["worst"] = {"value": value, "weights": [round(float(q), 9) for q in weights]}
        if name == "sinkhorn":
            value, w, b = fit(instance, np.array(instance["reference"]), np.repeat(y, spec["draws"]))
        else:
            value, w, b = fit(instance, x, y)
    result["fit"] = {"value": value, "weights": list(map(float, w)), "intercept": float(b)}
    result["dro"] = by_dro(instance, x, y)
    return result


message = json.load(sys.stdin)
given, predictor = message["instances"], message["predictor"]
versions = {name: importlib.metadata.version(name) for name in ("cvxpy", "clarabel", "dro")}
json.dump({"versions": versions, "answers": [answer(one) for one in given]}, sys.stdout)
