"""PyEPO's shortest-path example: SPO+ on a linear predictor, Adam, the grid's linear program by OR-Tools' GLOP.

Tried in its favour: one process (workers cost more than they save on problems of this size), data loaded as tensors, no
evaluation between epochs. With `"solver": "dynamic"` the program is replaced by a dynamic program over the grid that a user
would write for speed, which PyEPO allows.
"""

import contextlib
import os
import sys

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import time

import numpy as np

with contextlib.redirect_stdout(sys.stderr):
    import pyepo
    import torch
    from pyepo.data.dataset import optDataset
    from pyepo.func import SPOPlus
    from pyepo.metric import regret
    from pyepo.model.opt import optModel
    from pyepo.model.ort import shortestPathModel
    from torch.utils.data import DataLoader

from side import serve

torch.set_num_threads(1)
state = {}


class DynamicGrid(optModel):
    """Shortest path on a grid without cycles: arcs leave nodes in the order of the nodes."""

    def __init__(self, grid):
        self.grid = grid
        self.arcs = shortestPathModel(grid).arcs
        self.leaving = [[] for _ in range(grid[0] * grid[1])]
        for index, (tail, head) in enumerate(self.arcs):
            self.leaving[tail].append((index, head))
        super().__init__()

    def _getModel(self):
        return None, dict.fromkeys(self.arcs)

    @property
    def num_cost(self):
        return len(self.arcs)

    def setObj(self, c):
        self.costs = np.asarray(c, dtype=float).tolist()

    def solve(self):
        nodes = len(self.leaving)
        distance = [np.inf] * nodes
        by = [-1] * nodes
        distance[0] = 0.0
        for node in range(nodes):
            here = distance[node]
            for arc, head in self.leaving[node]:
                way = here + self.costs[arc]
                if way < distance[head]:
                    distance[head] = way
                    by[head] = arc
        solution = np.zeros(len(self.arcs), dtype=np.float32)
        node = nodes - 1
        while node:
            solution[by[node]] = 1
            node = self.arcs[by[node]][0]
        return solution, distance[-1]


def draw(request):
    grid = tuple(request["grid"])
    rows = request["rows"] + request["test"]
    x, c = pyepo.data.shortestpath.genData(
        rows, request["features"], grid, deg=request["degree"], noise_width=request["noise"], seed=135
    )
    state.update(grid=grid, rows=request["rows"], x=x.astype(np.float32), c=c)
    # What droc reads: contexts, then costs, in double precision.
    np.concatenate([state["x"].astype(float).ravel(), c.astype(float).ravel()]).tofile(request["file"])
    return {"arcs": [[int(tail), int(head)] for tail, head in shortestPathModel(grid).arcs]}


def train(request):
    grid, rows = state["grid"], state["rows"]
    model = shortestPathModel(grid) if request["solver"] == "glop" else DynamicGrid(grid)
    torch.manual_seed(request["seed"])
    start, processor = time.perf_counter(), time.process_time()
    dataset = optDataset(model, state["x"][:rows], state["c"][:rows])
    loader = DataLoader(dataset, batch_size=request["batch"], shuffle=True)
    predictor = torch.nn.Linear(state["x"].shape[1], state["c"].shape[1])
    loss_of = SPOPlus(model, processes=1)
    optimizer = torch.optim.Adam(predictor.parameters(), lr=request["rate"])
    for _ in range(request["epochs"]):
        for x, c, w, z in loader:
            loss = loss_of(predictor(x), c, w, z)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    test = optDataset(model, state["x"][rows:], state["c"][rows:])
    relative = regret(predictor, model, DataLoader(test, batch_size=256))
    return {"training": seconds, "processor": processor, "regret": relative}


def work(request):
    with contextlib.redirect_stdout(sys.stderr):
        return {"draw": draw, "train": train}[request["action"]](request)


serve(work)
