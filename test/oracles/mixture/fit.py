"""Fits scikit-learn's GaussianMixture from given starts: JSON instances on standard input, answers on standard output."""

import json
import sys
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

KINDS = {"full": "full", "diagonal": "diag", "tied": "tied"}


def precisions(kind, components, width):
    """Of standardised data: the identity."""
    if kind == "full":
        return np.tile(np.eye(width), (components, 1, 1))
    return np.eye(width) if kind == "tied" else np.ones((components, width))


def answer(instance):
    rows = np.array(instance["rows"]).reshape(-1, instance["width"])
    means = np.array(instance["means"]).reshape(-1, instance["width"])
    found = {"logLikelihoods": []}
    for steps in instance["steps"]:
        model = GaussianMixture(
            n_components=len(means),
            covariance_type=KINDS[instance["kind"]],
            tol=0,
            reg_covar=instance["floor"],
            max_iter=steps,
            init_params="random_from_data",
            weights_init=np.full(len(means), 1 / len(means)),
            means_init=means,
            precisions_init=precisions(instance["kind"], len(means), instance["width"]),
            random_state=0,
        ).fit(rows)
        found["logLikelihoods"].append(float(model.score(rows)))
    # Of the last: information criteria and the means, for the counts of parameters and the fit itself.
    return {**found, "aic": float(model.aic(rows)), "bic": float(model.bic(rows)), "means": model.means_.ravel().tolist()}


warnings.filterwarnings("ignore")
print(json.dumps([answer(instance) for instance in json.load(sys.stdin)]))
