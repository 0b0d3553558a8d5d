"""The standard workloads in PyTorch, with the weights, inputs and labels that Gapwise draws.

The tables of `crates/gapwise-nn/src/workloads` say what is drawn from what. Each parameter has a
stream of its own, in PyTorch's order and layout; inputs are stream 1,000, labels 1,001.
"""

import math

import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

INPUTS, LABELS = 1_000, 1_001
CHUNK = 1 << 20


def drawn(stream, shape, scale, about=0.0):
    """Numbers in `about` + [-scale/2, scale/2), row-major, in single precision."""
    count = math.prod(shape)
    values = np.empty(count, np.float32)
    # In parts, so that the 64-bit numbers in between take little memory.
    for start in range(0, count, CHUNK):
        x = np.arange(start, min(start + CHUNK, count), dtype=np.uint64)
        x = (x * 2654435761 + stream * 40503 + 12345) & 0xFFFFFFFF
        for _ in range(2):
            x ^= x >> 16
            x = x * 0x45D9F3B & 0xFFFFFFFF
        x ^= x >> 16
        values[start : start + CHUNK] = (x / 4294967296.0 - 0.5) * scale
    return torch.from_numpy(values + np.float32(about)).reshape(shape)


def whole(stream, count, below):
    """Whole numbers in 0..below."""
    shares = drawn(stream, [count], 1.0).double() + 0.5
    return (shares * below).long()


def fill(network):
    """Draws every parameter."""
    stream = 0
    with torch.no_grad():
        for module in network.modules():
            for name, parameter in module.named_parameters(recurse=False):
                shape, about = list(parameter.shape), 0.0
                if isinstance(module, (nn.LSTM, nn.GRU)):
                    limit = 1 / math.sqrt(module.hidden_size)
                elif isinstance(module, nn.Embedding):
                    limit = 1.0
                elif len(shape) > 1:
                    limit = math.sqrt(6 / math.prod(shape[1:]))
                else:
                    limit = 0.1
                    about = float(isinstance(module, nn.BatchNorm2d) and name == "weight")
                parameter.copy_(drawn(stream, shape, 2 * limit, about))
                stream += 1
    return network


def dense(*sizes):
    layers = [nn.Linear(*sizes[:2])]
    for pair in zip(sizes[1:], sizes[2:]):
        layers += [nn.ReLU(), nn.Linear(*pair)]
    return nn.Sequential(*layers)


def lenet():
    conv = [nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)]
    head = dense(400, 120, 84, 10)
    pooled = [nn.ReLU(), nn.AvgPool2d(2)]
    return nn.Sequential(conv[0], *pooled, conv[1], *pooled, nn.Flatten(), *head)


def resnet20(blocks=3):
    Block = torchvision.models.resnet.BasicBlock
    layers = [nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    channels = 16
    for filters in (16, 32, 64):
        for at in range(blocks):
            stride = 2 if filters > 16 and at == 0 else 1
            projection = None
            if stride == 2:
                conv = nn.Conv2d(channels, filters, 1, stride, bias=False)
                projection = nn.Sequential(conv, nn.BatchNorm2d(filters))
            layers.append(Block(channels, filters, stride, projection))
            channels = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def resnet56():
    return resnet20(blocks=9)


def vgg11():
    vgg = torchvision.models.vgg
    features = vgg.make_layers(vgg.cfgs["A"], batch_norm=True)
    return nn.Sequential(features, nn.Flatten(), nn.Linear(512, 10))


class Inception(nn.Module):
    """GoogLeNet's module as the paper has it: no batch norm, and a kernel of 5."""

    def __init__(self, channels, one, three, five, pooled):
        super().__init__()
        self.one = nn.Conv2d(channels, one, 1)
        self.to_three = nn.Conv2d(channels, three[0], 1)
        self.three = nn.Conv2d(*three, 3, padding=1)
        self.to_five = nn.Conv2d(channels, five[0], 1)
        self.five = nn.Conv2d(*five, 5, padding=2)
        self.pooled = nn.Conv2d(channels, pooled, 1)

    def forward(self, x):
        three = F.relu(self.three(F.relu(self.to_three(x))))
        five = F.relu(self.five(F.relu(self.to_five(x))))
        pooled = F.relu(self.pooled(F.max_pool2d(x, 3, 1, 1)))
        return torch.cat([F.relu(self.one(x)), three, five, pooled], 1)


def vgg16():
    return torchvision.models.vgg16(dropout=0)


def googlenet():
    return torchvision.models.googlenet(aux_logits=False, init_weights=False, dropout=0)


def alexnet():
    return torchvision.models.alexnet(dropout=0)


def inception():
    modules = [
        Inception(192, 64, (96, 128), (16, 32), 32),
        Inception(256, 128, (128, 192), (32, 96), 64),
    ]
    return nn.Sequential(*modules, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(480, 10))


class Sequence(nn.Module):
    """Recurrent layers and a dense layer at each time; logits are [batch * time, outputs]."""

    def __init__(self, recurrent, outputs, words=None):
        super().__init__()
        self.words, self.recurrent = words, recurrent
        features = recurrent.hidden_size * (2 if recurrent.bidirectional else 1)
        self.output = nn.Linear(features, outputs)

    def forward(self, x):
        if self.words is not None:
            x = self.words(x)
        return self.output(self.recurrent(x)[0].flatten(0, 1))


def recurrent(kind, features, hidden, layers=1):
    return lambda: Sequence(kind(features, hidden, layers, batch_first=True), 10)


def tagger():
    lstm = nn.LSTM(100, 128, batch_first=True, bidirectional=True)
    return Sequence(lstm, 17, nn.Embedding(10_000, 100))


class Workload:
    def __init__(self, make, batch, shape, outputs, words=None):
        self.make, self.batch, self.shape, self.outputs = make, batch, shape, outputs
        self.words = words

    def network(self):
        return fill(self.make())

    def inputs(self, batch):
        shape = [batch, *self.shape]
        if self.words:
            return whole(INPUTS, math.prod(shape), self.words).reshape(shape)
        return drawn(INPUTS, shape, 2.0)

    def labels(self):
        times = self.shape[0] if self.is_sequence() else 1
        return whole(LABELS, self.batch * times, self.outputs)

    def is_sequence(self):
        return self.words is not None or len(self.shape) == 2

    def is_image(self):
        return len(self.shape) == 3

    def learning_rate(self):
        return 1e-6 if self.shape == [3, 224, 224] or self.make in (vgg11, resnet56) else 1e-4


LSTM, GRU = nn.LSTM, nn.GRU
WORKLOADS = {
    "dense-30": Workload(lambda: dense(30, 64, 32, 10), 32, [30], 10),
    "dense-784": Workload(lambda: dense(784, 256, 128, 10), 64, [784], 10),
    "lenet": Workload(lenet, 128, [1, 28, 28], 10),
    "resnet20": Workload(resnet20, 64, [3, 32, 32], 10),
    "resnet56": Workload(resnet56, 64, [3, 32, 32], 10),
    "vgg11": Workload(vgg11, 32, [3, 32, 32], 10),
    "resnet18": Workload(torchvision.models.resnet18, 8, [3, 224, 224], 1_000),
    "resnet50": Workload(torchvision.models.resnet50, 4, [3, 224, 224], 1_000),
    "alexnet": Workload(alexnet, 16, [3, 224, 224], 1_000),
    "vgg16": Workload(vgg16, 4, [3, 224, 224], 1_000),
    "googlenet": Workload(googlenet, 8, [3, 224, 224], 1_000),
    "inception": Workload(inception, 16, [192, 28, 28], 10),
    "lstm-256": Workload(recurrent(LSTM, 128, 256), 32, [64, 128], 10),
    "lstm-128": Workload(recurrent(LSTM, 128, 128), 64, [32, 128], 10),
    "lstm-200": Workload(recurrent(LSTM, 200, 200, 2), 20, [35, 200], 10),
    "gru-256": Workload(recurrent(GRU, 128, 256), 32, [64, 128], 10),
    "gru-128": Workload(recurrent(GRU, 128, 128), 64, [32, 128], 10),
    "gru-200": Workload(recurrent(GRU, 200, 200, 2), 20, [35, 200], 10),
    "tagger": Workload(tagger, 32, [25], 17, words=10_000),
}
