"""Writes networks.json: what PyTorch answers for the networks of this crate.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 torch==2.15.0
    venv/bin/python make.py > networks.json

PyTorch computes in 64-bit floats, so that what differs is this crate's rounding. Weights, inputs
and labels come from `drawn`, which both sides compute to the same bits from whole numbers; the file
keeps the scale of each tensor, the logits, and of each gradient a few values, its sum, its norm and
its inner product with a drawn tensor (which tells a transposed gradient from the right one).
"""

import json
import math
import re

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)


def drawn(stream, shape, scale):
    """Numbers in [-scale/2, scale/2) that look random, row-major, rounded to 32 bits."""
    x = np.arange(math.prod(shape), dtype=np.uint64) * 2654435761 + stream * 40503 + 12345
    x &= 0xFFFFFFFF
    for _ in range(2):
        x ^= x >> 16
        x = x * 0x45D9F3B & 0xFFFFFFFF
    x ^= x >> 16
    values = ((x / 4294967296.0 - 0.5) * scale).astype(np.float32)
    return torch.tensor(values.astype(np.float64)).reshape(shape)


def whole(stream, count, below):
    """Whole numbers in 0..below."""
    return ((drawn(stream, [count], 1.0) + 0.5) * below).floor().long()


class PopulationNorm(nn.modules.batchnorm._BatchNorm):
    """Batch normalisation whose running statistics are averages v_t = 0.9 v + 0.1 x, corrected by
    1 / (1 - 0.9^t), of means and population variances."""

    def _check_input_dim(self, x):
        pass

    def forward(self, x):
        before = self.running_var.clone()
        # The corrected average as a step of PyTorch's, whose momentum is the share of the batch.
        self.momentum = 0.1 / (1 - 0.9 ** (self.num_batches_tracked.item() + 1))
        y = super().forward(x)
        if self.training:
            # PyTorch has added so much of n / (n - 1) times the variance of the batch.
            n = x.numel() // x.shape[1]
            kept = (1 - self.momentum) * before
            self.running_var = kept + (self.running_var - kept) * (n - 1) / n
        return y


class Hidden(nn.Module):
    """What the networks share: what stands behind the weights of a hidden layer."""

    def __init__(self, place, activation):
        super().__init__()
        self.place, self.biased = place, place != "before"
        self.activation = {"relu": F.relu, "tanh": torch.tanh, "leaky": F.leaky_relu}[activation]

    def norm(self, units):
        return None if self.place == "off" else PopulationNorm(units)

    def behind(self, x, norm):
        if self.place == "off":
            return self.activation(x)
        return self.activation(norm(x)) if self.place == "before" else norm(self.activation(x))


class LeNet(Hidden):
    def __init__(self, channels, padding, outputs, place="off", activation="relu"):
        super().__init__(place, activation)
        self.conv1 = nn.Conv2d(channels, 6, 5, padding=padding, bias=self.biased)
        self.norm1 = self.norm(6)
        self.conv2 = nn.Conv2d(6, 16, 5, bias=self.biased)
        self.norm2 = self.norm(16)
        self.dense1 = nn.Linear(400, 120, bias=self.biased)
        self.norm3 = self.norm(120)
        self.dense2 = nn.Linear(120, 84, bias=self.biased)
        self.norm4 = self.norm(84)
        self.output = nn.Linear(84, outputs)

    def forward(self, x):
        x = F.avg_pool2d(self.behind(self.conv1(x), self.norm1), 2)
        x = F.avg_pool2d(self.behind(self.conv2(x), self.norm2), 2)
        x = self.behind(self.dense1(x.flatten(1)), self.norm3)
        return self.output(self.behind(self.dense2(x), self.norm4))


class SmallConv(Hidden):
    def __init__(self, channels, height, width, outputs, place="off", activation="relu"):
        super().__init__(place, activation)
        self.conv1 = nn.Conv2d(channels, 16, 3, padding="same", bias=self.biased)
        self.norm1 = self.norm(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding="same", bias=self.biased)
        self.norm2 = self.norm(32)
        self.dense = nn.Linear(32 * (height // 2) * (width // 2), 64, bias=self.biased)
        self.norm3 = self.norm(64)
        self.output = nn.Linear(64, outputs)

    def forward(self, x):
        x = self.behind(self.conv1(x), self.norm1)
        x = self.behind(self.conv2(x), self.norm2)
        x = self.behind(self.dense(F.max_pool2d(x, 2).flatten(1)), self.norm3)
        return self.output(x)


class FeedForward(Hidden):
    def __init__(self, features, embeddings, hidden, outputs, place="off", activation="relu"):
        super().__init__(place, activation)
        self.embeddings = nn.ModuleList(nn.Embedding(*sizes) for sizes in embeddings)
        inputs = features + sum(dimensions for _, dimensions in embeddings)
        sizes = [inputs, *hidden]
        layers = (nn.Linear(*pair, bias=self.biased) for pair in zip(sizes, sizes[1:]))
        self.hidden = nn.ModuleList(layers)
        self.norms = nn.ModuleList(self.norm(units) for units in hidden)
        self.output = nn.Linear(sizes[-1], outputs)

    def forward(self, dense, codes=None):
        looked_up = [table(codes[:, column]) for column, table in enumerate(self.embeddings)]
        x = torch.cat([dense, *looked_up], 1)
        for layer, norm in zip(self.hidden, self.norms):
            x = self.behind(layer(x), norm)
        return self.output(x)


# Sides of filters, and what stands behind each convolution.
STACK = [5, 3, 3], [None, F.avg_pool2d, F.avg_pool2d]


class Conv(Hidden):
    def __init__(self, channels, filters, features, hidden, outputs, place, activation="relu", stack=None):
        super().__init__(place, activation)
        sizes = [channels, *filters]
        sides, self.pools = stack or ([3] * len(filters), [F.max_pool2d] * len(filters))
        steps = zip(sizes, sizes[1:], sides)
        convs = (nn.Conv2d(*step, padding="same", bias=self.biased) for step in steps)
        self.convs = nn.ModuleList(convs)
        self.norms = nn.ModuleList(self.norm(units) for units in filters)
        self.dense = FeedForward(features, [], hidden, outputs, place, activation)

    def forward(self, x):
        for conv, norm, pool in zip(self.convs, self.norms, self.pools):
            x = self.behind(conv(x), norm)
            x = pool(x, 2) if pool and min(x.shape[2:]) > 1 else x
        return self.dense(x.flatten(1))


def fill(network):
    """Draws the network's parameters and running statistics, and says how."""
    tensors = []
    statistics = [(n, b) for n, b in network.named_buffers() if "num_batches" not in n]
    named = [*network.named_parameters(), *statistics]
    for stream, (name, tensor) in enumerate(named):
        shape = list(tensor.shape)
        # Uniform with the variance of He where there are inputs to count.
        scale = math.sqrt(24 / math.prod(shape[1:])) if len(shape) > 1 else 0.2
        # Scales and variances are about one.
        about_one = "norm" in name and name.endswith(("weight", "running_var"))
        tensor.data = drawn(stream, shape, scale) + float(about_one)
        tensor.data = tensor.data.float().double()
        tensors.append({"name": name, "shape": shape, "scale": scale})
        if about_one:
            tensors[-1]["about"] = 1.0
    return tensors


def sketch(tensor):
    """What is kept of a tensor."""
    tensor = tensor.detach()
    return {
        "first": tensor.flatten()[:3].tolist(),
        "sum": tensor.sum().item(),
        "norm": tensor.norm().item(),
        "product": (tensor * drawn(99, list(tensor.shape), 2.0)).sum().item(),
    }


def gradients(name, network, inputs, outputs):
    tensors = fill(network)
    batch = len(inputs[0])
    logits = network(*inputs)
    loss = F.cross_entropy(logits, whole(51, batch, outputs))
    loss.backward()
    reference = {
        "name": name,
        "tensors": tensors,
        "inputs": list(inputs[0].shape),
        "logits": logits.tolist(),
        "loss": loss.item(),
        "gradients": {n: sketch(p.grad) for n, p in network.named_parameters()},
    }
    statistics = dict(network.named_buffers())
    if statistics:
        for stream in [70, 71]:
            network(drawn(stream, list(inputs[0].shape), 4.0), *inputs[1:])
        kept = {n: b.tolist() for n, b in network.named_buffers() if "num_batches" not in n}
        network.eval()
        reference["statistics"] = kept
        reference["evaluated"] = network(*inputs).tolist()
    return reference


def images(name, network, shape):
    return gradients(name, network, [drawn(50, shape, 4.0)], 5)


def rows(name, place, activation):
    network = FeedForward(3, [(4, 2), (6, 3)], [10, 7], 5, place, activation)
    return gradients(name, network, with_embeddings, 5)


STEPS, RATE, L2 = 5, 0.01, 0.003


def training(name, schedule, outputs):
    """Five steps of Adam over all of twelve examples, through two embeddings."""
    network = FeedForward(3, [(4, 2), (6, 3)], [5], outputs)
    tensors = fill(network)
    dense = drawn(50, [12, 3], 4.0)
    # A feature so small that its gradients are of the size of a wrong epsilon.
    dense[:, 2] = (dense[:, 2] * 2.0**-16).float().double()
    codes = torch.stack([whole(60, 12, 4), whole(61, 12, 6)], 1)
    classes, numbers = whole(51, 12, outputs), drawn(52, [12, 1], 3.0)
    adam = torch.optim.Adam(network.parameters(), lr=RATE, betas=(0.9, 0.999), eps=1e-8)
    losses = []
    for step in range(STEPS):
        logits = network(dense, codes)
        if outputs > 1:
            loss = F.cross_entropy(logits, classes)
        else:
            loss = F.mse_loss(logits, numbers)
        losses.append(loss.item())
        weights = (p for p in network.parameters() if p.dim() > 1)
        adam.zero_grad()
        (loss + L2 * sum((weight**2).sum() for weight in weights)).backward()
        done = step / STEPS if schedule == "cosine" else 0
        adam.param_groups[0]["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * done))
        adam.step()
    return {
        "name": name,
        "tensors": tensors,
        "schedule": schedule,
        "losses": losses,
        "weights": {n: p.detach().flatten().tolist() for n, p in network.named_parameters()},
    }


def one_line(text):
    """JSON with every list of numbers on one line."""
    return re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text)


with_embeddings = [drawn(50, [6, 3], 4.0), torch.stack([whole(60, 6, 4), whole(61, 6, 6)], 1)]
reference = {
    "torch": torch.__version__,
    "numpy": np.__version__,
    "steps": STEPS,
    "learning_rate": RATE,
    "l2": L2,
    "networks": [
        images("LeNet, 28×28", LeNet(1, 2, 5), [3, 1, 28, 28]),
        images("LeNet, 32×32", LeNet(3, 0, 5), [3, 3, 32, 32]),
        images("SmallConv, 8×8", SmallConv(1, 8, 8, 5), [3, 1, 8, 8]),
        images("SmallConv, 9×13", SmallConv(3, 9, 13, 5), [3, 3, 9, 13]),
        images("LeNet, batch norm before", LeNet(1, 2, 5, "before"), [3, 1, 28, 28]),
        images("SmallConv, batch norm after", SmallConv(1, 8, 8, 5, "after"), [3, 1, 8, 8]),
        images("Conv", Conv(1, [4, 6], 6, [7], 5, "off"), [3, 1, 5, 4]),
        images("Conv, batch norm before", Conv(3, [4, 6, 5], 10, [7], 5, "before"), [3, 3, 9, 19]),
        images("Conv, batch norm after", Conv(1, [4, 6], 6, [7, 8], 5, "after", "tanh"), [3, 1, 5, 4]),
        # 8×7, to 4×3 behind the second and 2×1 behind the third: 5·2·1 features.
        images("Conv, written out", Conv(2, [3, 4, 5], 10, [6], 5, "off", stack=STACK), [3, 2, 8, 7]),
        rows("FeedForward", "off", "relu"),
        rows("FeedForward, tanh", "off", "tanh"),
        rows("FeedForward, leaky ReLU", "off", "leaky"),
        rows("FeedForward, batch norm before", "before", "relu"),
        rows("FeedForward, batch norm after", "after", "tanh"),
    ],
    "training": [
        training("classes", "cosine", 4),
        training("number", "constant", 1),
    ],
}
print(one_line(json.dumps(reference, indent=1, ensure_ascii=False)))
