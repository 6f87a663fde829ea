"""One step of a predictor in PyTorch: gradients for the tests, times for the benchmark.

    bench/peers/.venv/bin/python bench/peers/predict_side.py record < cases.json > recorded.json
    bench/peers/.venv/bin/python bench/peers/predict_side.py time lstm 50
"""

import json
import sys
import time

import torch
from torch import nn


class Lstm(nn.Module):
    """Stacked LSTM layers over [n, time, channels], an affine layer on the last step."""

    def __init__(self, channels, layers, outputs):
        super().__init__()
        widths = [channels, *layers]
        self.layers = nn.ModuleList(nn.LSTM(a, b, batch_first=True) for a, b in zip(widths, layers))
        self.head = nn.Linear(layers[-1], outputs)

    def forward(self, x):
        for layer in self.layers:
            x, _ = layer(x)
        return self.head(x[:, -1])

    def load(self, tensors):
        for i, layer in enumerate(self.layers):
            layer.weight_ih_l0.data = tensors[f"lstm.{i}.input"].T.contiguous()
            layer.weight_hh_l0.data = tensors[f"lstm.{i}.recurrent"].T.contiguous()
            layer.bias_ih_l0.data = tensors[f"lstm.{i}.gates"]
            layer.bias_hh_l0.data.zero_()
        self.head.weight.data = tensors["head.weight"].T.contiguous()
        self.head.bias.data = tensors["head.bias"]

    def gradients(self):
        found = {}
        for i, layer in enumerate(self.layers):
            found[f"lstm.{i}.input"] = layer.weight_ih_l0.grad.T
            found[f"lstm.{i}.recurrent"] = layer.weight_hh_l0.grad.T
            found[f"lstm.{i}.gates"] = layer.bias_ih_l0.grad
        found["head.weight"] = self.head.weight.grad.T
        found["head.bias"] = self.head.bias.grad
        return found


class Cnn(nn.Module):
    """Convolutions with ReLU over one or two axes, then fully connected layers."""

    def __init__(self, axes, spec, outputs):
        super().__init__()
        conv = nn.Conv1d if len(axes) == 1 else nn.Conv2d
        kernel, stride = spec["kernel"], spec["stride"]
        assert kernel % 2 == 1, "PyTorch pads both sides alike"
        widths = [1, *spec["channels"]]
        self.convs = nn.ModuleList(
            conv(a, b, kernel, stride=stride, padding=(kernel - 1) // 2) for a, b in zip(widths, spec["channels"])
        )
        ends = list(axes)
        for _ in spec["channels"]:
            ends = [(n - 1) // stride + 1 for n in ends]
        flat = spec["channels"][-1]
        for n in ends:
            flat *= n
        sizes = [flat, *spec["hidden"], outputs]
        self.dense = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x):
        for conv in self.convs:
            x = torch.relu(conv(x))
        x = x.flatten(1)
        for i, layer in enumerate(self.dense):
            x = layer(x)
            if i < len(self.dense) - 1:
                x = torch.relu(x)
        return x

    def load(self, tensors):
        for i, conv in enumerate(self.convs):
            conv.weight.data = tensors[f"conv.{i}.kernel"]
            conv.bias.data = tensors[f"conv.{i}.bias"]
        for i, layer in enumerate(self.dense):
            layer.weight.data = tensors[f"layer.{i}.weight"].T.contiguous()
            layer.bias.data = tensors[f"layer.{i}.bias"]

    def gradients(self):
        found = {}
        for i, conv in enumerate(self.convs):
            found[f"conv.{i}.kernel"] = conv.weight.grad
            found[f"conv.{i}.bias"] = conv.bias.grad
        for i, layer in enumerate(self.dense):
            found[f"layer.{i}.weight"] = layer.weight.grad.T
            found[f"layer.{i}.bias"] = layer.bias.grad
        return found


class Unet(nn.Module):
    """The noise network of a diffusion over series [n, length], whose last input is the noise level."""

    def __init__(self, channels, length):
        super().__init__()
        self.channels, self.length = channels, length
        self.first = channels[0]
        self.names = []
        for name, shape in self.shapes():
            self.names.append(name)
            fan = shape[0] if name.endswith("weight") else max(1, torch.Size(shape[1:]).numel())
            value = torch.ones(shape) if name.endswith("scale") else (2 * torch.rand(shape) - 1) / fan**0.5
            self.register_parameter(name.replace(".", "_"), nn.Parameter(value))

    def shapes(self):
        """Name and shape of every parameter."""
        channels, first = self.channels, self.channels[0]

        def linear(name, a, b):
            return [(f"{name}.weight", [a, b]), (f"{name}.bias", [b])]

        def kernel(name, a, b, width):
            return [(f"{name}.kernel", [b, a, width]), (f"{name}.bias", [b])]

        def norm(name, c):
            return [(f"{name}.scale", [c]), (f"{name}.shift", [c])]

        def block(name, a, b):
            skip = [] if a == b else kernel(f"{name}.skip", a, b, 1)
            ends = norm(f"{name}.1", b) + kernel(f"{name}.1", b, b, 3)
            return norm(f"{name}.0", a) + kernel(f"{name}.0", a, b, 3) + linear(f"{name}.embed", first, b) + ends + skip

        found = linear("embed.0", 12, first) + linear("embed.1", first, first) + kernel("in", 1, first, 3)
        for i, to in enumerate(channels):
            found += block(f"down.{i}", channels[max(0, i - 1)], to)
        found += block("middle", channels[-1], channels[-1])
        for i in reversed(range(len(channels) - 1)):
            found += block(f"up.{i}", channels[i + 1] + channels[i], channels[i])
        return found + norm("out", first) + kernel("out", first, 1, 3)

    def get(self, name):
        return getattr(self, name.replace(".", "_"))

    def conv(self, name, x):
        weight = self.get(f"{name}.kernel")
        return nn.functional.conv1d(x, weight, self.get(f"{name}.bias"), padding=(weight.shape[2] - 1) // 2)

    def norm(self, name, x):
        channels = x.shape[1]
        groups = max(1, min(8, channels // 4))
        while channels % groups != 0:
            groups -= 1
        return nn.functional.group_norm(x, groups, self.get(f"{name}.scale"), self.get(f"{name}.shift"))

    def linear(self, name, x):
        return torch.addmm(self.get(f"{name}.bias"), x, self.get(f"{name}.weight"))

    def block(self, name, x, to, embedding):
        silu = nn.functional.silu
        h = self.conv(f"{name}.0", silu(self.norm(f"{name}.0", x)))
        h = h + self.linear(f"{name}.embed", embedding).unsqueeze(2)
        h = self.conv(f"{name}.1", silu(self.norm(f"{name}.1", h)))
        return h + (x if x.shape[1] == to else self.conv(f"{name}.skip", x))

    def forward(self, rows):
        silu, channels = nn.functional.silu, self.channels
        x, level = rows[:, : self.length], rows[:, self.length :]
        coarsest = 2 ** (len(channels) - 1)
        x = nn.functional.pad(x, (0, -self.length % coarsest))
        angles = level * (torch.pi / 2 * 2.0 ** torch.arange(6))
        features = torch.cat([torch.sin(angles), torch.cos(angles)], 1)
        embedding = silu(self.linear("embed.1", silu(self.linear("embed.0", features))))
        h = self.conv("in", x.unsqueeze(1))
        skips = []
        for i, to in enumerate(channels):
            h = self.block(f"down.{i}", h, to, embedding)
            if i < len(channels) - 1:
                skips.append(h)
                h = nn.functional.avg_pool1d(h, 2)
        h = self.block("middle", h, channels[-1], embedding)
        for i in reversed(range(len(channels) - 1)):
            h = torch.cat([nn.functional.interpolate(h, scale_factor=2, mode="nearest"), skips[i]], 1)
            h = self.block(f"up.{i}", h, channels[i], embedding)
        h = self.conv("out", silu(self.norm("out", h)))
        return h.squeeze(1)[:, : self.length]

    def load(self, tensors):
        for name in self.names:
            self.get(name).data = tensors[name]

    def gradients(self):
        return {name: self.get(name).grad for name in self.names}


def model_of(spec, axes, outputs):
    if spec["kind"] == "unet1d":
        return Unet(spec["channels"], axes[0])
    return Lstm(1, spec["layers"], outputs) if spec["kind"] == "lstm" else Cnn(axes, spec, outputs)


def inputs_of(spec, axes, rows):
    """Flat rows as the network takes them."""
    x = torch.tensor(rows, dtype=torch.get_default_dtype())
    if spec["kind"] == "unet1d":
        return x
    x = x.reshape(len(rows), *axes)
    return x.unsqueeze(-1) if spec["kind"] == "lstm" else x.unsqueeze(1)


def record(cases):
    torch.set_default_dtype(torch.float64)
    answers = []
    for case in cases:
        spec, axes = case["spec"], case["shape"]
        model = model_of(spec, axes, case["outputs"])
        flat = torch.tensor(case["parameters"])
        tensors = {
            slot["name"]: flat[slot["offset"] : slot["offset"] + slot["size"]].reshape(slot["shape"])
            for slot in case["slots"]
        }
        model.load(tensors)
        predictions = model(inputs_of(spec, axes, case["inputs"]))
        loss = ((predictions - torch.tensor(case["targets"])) ** 2).mean()
        loss.backward()
        gradients = model.gradients()
        joined = torch.cat([gradients[slot["name"]].reshape(-1) for slot in case["slots"]])
        answers.append(
            {"predictions": predictions.flatten().tolist(), "loss": loss.item(), "gradient": joined.tolist()}
        )
    return answers


CASES = {
    "lstm": ({"kind": "lstm", "layers": [128, 64]}, [24]),
    "cnn1d": ({"kind": "cnn", "channels": [16, 32], "kernel": 3, "stride": 1, "hidden": [32]}, [24]),
    "cnn2d": ({"kind": "cnn", "channels": [8, 16], "kernel": 3, "stride": 2, "hidden": [32]}, [14, 14]),
    "unet1d": ({"kind": "unet1d", "channels": [32, 64, 64, 64]}, [24]),
}


def measure(name, steps):
    """Seconds of single training steps: batch 64, Adam."""
    spec, axes = CASES[name]
    model = model_of(spec, axes, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    count = 1
    for n in axes:
        count *= n
    series = spec["kind"] == "unet1d"
    x = inputs_of(spec, axes, torch.rand(64, count + series).tolist())
    y = torch.randn(64, count if series else 1)
    times = []
    for _ in range(steps + 5):
        start = time.perf_counter()
        optimizer.zero_grad()
        ((model(x) - y) ** 2).mean().backward()
        optimizer.step()
        times.append(time.perf_counter() - start)
    return times[5:]


if __name__ == "__main__":
    if sys.argv[1] == "record":
        json.dump(record(json.load(sys.stdin)), sys.stdout)
    else:
        torch.set_num_threads(int(sys.argv[4]) if len(sys.argv) > 4 else torch.get_num_threads())
        json.dump(measure(sys.argv[2], int(sys.argv[3])), sys.stdout)
