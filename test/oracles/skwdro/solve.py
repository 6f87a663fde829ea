"""skwdro's Wasserstein regressions of test/oracles/skwdro's instances: its exact solvers, and its own entropic one."""

import importlib.metadata
import json
import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")
from skwdro.linear_models import LinearRegression, LogisticRegression  # noqa: E402


def predictor(model):
    return {"weights": np.ravel(model.coef_).astype(float).tolist(), "intercept": float(np.ravel(model.intercept_)[0])}


def answer(instance):
    x, y, radius = np.array(instance["inputs"]), np.array(instance["targets"]), instance["radius"]
    if instance["loss"] == "logistic":
        return {"dedicated": predictor(LogisticRegression(rho=radius, solver="dedicated", fit_intercept=True).fit(x, y)), "entropic": None}
    exact = predictor(LinearRegression(rho=radius, solver="dedicated").fit(x, y))
    sampled = predictor(LinearRegression(rho=radius, solver="entropic_torch").fit(x, y)) if instance["entropic"] else None
    return {"dedicated": exact, "entropic": sampled}


given = json.load(sys.stdin)
versions = {name: importlib.metadata.version(name) for name in ("skwdro", "torch", "cvxpy")}
json.dump({"versions": versions, "answers": [answer(one) for one in given]}, sys.stdout)
