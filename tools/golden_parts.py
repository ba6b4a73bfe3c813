"""What the scripts that make golden values share: the layer of CoLA as the paper's loop, and how numbers are written."""

import json

import numpy as np
import torch
from torch import nn


class ColaLinear(nn.Module):
    """y = W x + b + s (sum over P of B_j A_i x - sum over P of B0_j A0_i x), as the paper's loop over pairs."""

    def __init__(self, linear, m, n, pairs, rank, scaling, random):
        super().__init__()
        self.linear = linear
        self.pairs = pairs
        self.scaling = scaling
        rows = (rank, linear.in_features)
        columns = (linear.out_features, rank)
        self.A = nn.ParameterList(gaussian(random, 0.1, *rows) for _ in range(m))
        self.B = nn.ParameterList(gaussian(random, 0.1, *columns) for _ in range(n))
        self.A0 = [gaussian(random, 0.1, *rows) for _ in range(m)]
        self.B0 = [gaussian(random, 0.1, *columns) for _ in range(n)]

    def forward(self, x):
        y = self.linear(x)
        for i, j in self.pairs:
            y = y + self.scaling * (x @ self.A[i].T @ self.B[j].T - x @ self.A0[i].T @ self.B0[j].T)
        return y

    def tensors(self):
        groups = {"A": self.A, "B": self.B, "A0": self.A0, "B0": self.B0}
        return {f"{group}.{i}": factor for group, factors in groups.items() for i, factor in enumerate(factors)}


def adapt(model, targets, m, n, pairs, rank, scaling, random):
    """Puts a ColaLinear around every linear layer whose name ends in one of targets; freezes the rest.

    Returns the layers by name, in the model's order.
    """
    model.requires_grad_(False)
    adapted = {}
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and name.endswith(targets):
            adapted[name] = ColaLinear(module, m, n, pairs, rank, scaling, random)
            model.set_submodule(name, adapted[name])
    return adapted


def gaussian(random, deviation, *shape):
    """float64 numbers that float32 holds exactly."""
    return torch.from_numpy((deviation * random.standard_normal(shape)).astype(np.float32)).double()


def write_json(path, content):
    """One line a field or element, so that differences can be read; 9 significant digits."""
    if isinstance(content, list):
        lines = [json.dumps(nine_digits(v)) for v in content]
        path.write_text("[\n  " + ",\n  ".join(lines) + "\n]\n")
        return
    lines = [f"{json.dumps(k)}: {json.dumps(nine_digits(v))}" for k, v in content.items()]
    path.write_text("{\n  " + ",\n  ".join(lines) + "\n}\n")


def nine_digits(value):
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, (list, tuple)):
        return [nine_digits(v) for v in value]
    if isinstance(value, dict):
        return {key: nine_digits(v) for key, v in value.items()}
    return value
