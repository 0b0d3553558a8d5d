"""Writes images.csv: what PyTorch answers for the layers of images, and their gradients.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 torch==2.15.0
    venv/bin/python images.py > images.csv

In 64-bit floats, of numbers from `drawn`. What goes in is drawn from the streams 1, 2, … in the order in
which it is given; the cost is the sum of the answers times numbers of stream 0. A line is a case, a tensor,
and its values: the answers, or the gradient of what is named.
"""

import torch
from torch.nn import functional as F

from drawn import drawn, line


def case(name, function, shapes):
    given = {of: drawn(at, shape).requires_grad_() for at, (of, shape) in enumerate(shapes.items(), 1)}
    answers = function(*given.values())
    line(name, "answers", answers)
    (answers * drawn(0, answers.shape)).sum().backward()
    for of, tensor in given.items():
        line(name, of, tensor.grad)


def convolution(name, images, weight, activation=lambda x: x, **options):
    shapes = {"images": images, "weight": weight, "bias": weight[:1]}
    case(name, lambda x, w, b: activation(F.conv2d(x, w, b, **options)), shapes)


convolution("padding", [2, 3, 4, 4], [5, 3, 3, 3], padding=1)
convolution("stride", [2, 3, 4, 5], [5, 3, 3, 2], stride=(2, 1), padding=(2, 1))
convolution("stride beyond the kernel", [2, 3, 4, 4], [5, 3, 1, 1], stride=2)
convolution("dilation", [1, 2, 5, 6], [4, 2, 2, 3], padding=(1, 0), dilation=(2, 1))
convolution("groups", [2, 4, 3, 4], [8, 2, 2, 2], groups=2)
convolution("a group for each channel", [1, 3, 4, 4], [3, 1, 3, 3], padding=1, groups=3)
convolution("19 filters and ReLU", [1, 2, 3, 3], [19, 2, 2, 2], torch.relu)

CHANNELS, EPSILON = 5, 1e-5


def in_training(x, gamma, beta, residual):
    return torch.relu(F.batch_norm(x, None, None, gamma, beta, True, eps=EPSILON) + residual)


x = {"x": [3, CHANNELS, 2, 3]}
lines = {"gamma": [CHANNELS], "beta": [CHANNELS]}
case("in training", in_training, {**x, **lines, "residual": x["x"]})
batch = drawn(1, x["x"])
line("in training", "mean", batch.mean((0, 2, 3)))
line("in training", "variance", batch.var((0, 2, 3), correction=0))

images, weight, bias = drawn(1, [2, 3, 4, 4]), drawn(2, [CHANNELS, 3, 3, 3]), drawn(3, [CHANNELS])
gamma, beta, mean, variance = (drawn(stream, [CHANNELS]) for stream in [4, 5, 6, 7])
filtered = F.conv2d(images, weight, bias, padding=1)
normalised = F.batch_norm(filtered, mean, variance + 1.5, gamma, beta, eps=EPSILON)
line("in evaluation", "answers", torch.relu(normalised + drawn(8, filtered.shape)))

pooled = {"images": [2, 3, 5, 6]}
window = {"kernel_size": 3, "stride": 2, "padding": 1}
case("largest", lambda x: F.max_pool2d(x, **window), pooled)
case("mean with padding", lambda x: F.avg_pool2d(x, **window), pooled)
case("mean without padding", lambda x: F.avg_pool2d(x, **window, count_include_pad=False), pooled)
case("mean of all pixels", lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1), pooled)
parts = {"first": [2, 2, 3, 2], "second": [2, 1, 3, 2], "third": [2, 3, 3, 2]}
case("side by side", lambda *x: torch.cat(x, 1), parts)
