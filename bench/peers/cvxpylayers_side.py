"""Decision layers with cvxpylayers: a batch of decisions and their derivatives in the costs.

`kind` "path": `min c·z + ridge ‖z‖²` over the flows of size 1 through a graph. `kind` "robust": `min c·z + ‖Lᵀz‖` over
the same flows, the worst cost of an ellipsoid, with derivatives in c and L.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
# diffcp solves the rows of a batch on every core, whatever these say.
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import time

import cvxpy as cp
import cvxpylayers
import numpy as np
import torch
from cvxpylayers.torch import CvxpyLayer

from side import serve

torch.set_num_threads(1)
layers = {}


def layer_of(kind, balance, ends, ridge):
    nodes, edges = balance.shape
    z, cost = cp.Variable(edges), cp.Parameter(edges)
    limits = [balance @ z == ends, z >= 0, z <= 1]
    if kind == "path":
        return CvxpyLayer(
            cp.Problem(cp.Minimize(cost @ z + ridge * cp.sum_squares(z)), limits), parameters=[cost], variables=[z]
        )
    factor = cp.Parameter((edges, edges))
    worst = cost @ z + cp.norm(factor @ z, 2)
    return CvxpyLayer(cp.Problem(cp.Minimize(worst), limits), parameters=[cost, factor], variables=[z])


def work(request):
    kind, balance = request["kind"], np.array(request["balance"])
    key = (kind, balance.shape, request["ridge"])
    if key not in layers:
        layers[key] = layer_of(kind, balance, np.array(request["ends"]), request["ridge"])
    given = [torch.tensor(request["costs"], dtype=torch.float64, requires_grad=True)]
    if kind == "robust":
        # The layer takes Lᵀ.
        factors = np.array(request["factors"]).transpose(0, 2, 1).copy()
        given.append(torch.tensor(factors, dtype=torch.float64, requires_grad=True))
    # Left alone diffcp solves with SCS, to no more than four digits; Clarabel is as fast here and exact.
    start = time.perf_counter()
    (z,) = layers[key](*given, solver_args={"solve_method": "CLARABEL"})
    forward = time.perf_counter() - start
    start = time.perf_counter()
    (z * torch.tensor(request["pull"], dtype=torch.float64)).sum().backward()
    backward = time.perf_counter() - start
    return {
        "decisions": z.detach().tolist(),
        "slopes": given[0].grad.tolist(),
        "forward": forward,
        "backward": backward,
        "version": f"cvxpylayers {cvxpylayers.__version__}",
    }


serve(work)
