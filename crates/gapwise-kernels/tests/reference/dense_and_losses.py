"""Writes dense_and_losses.csv: what PyTorch answers for dense layers and losses, and their gradients.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 torch==2.15.0
    venv/bin/python dense_and_losses.py > dense_and_losses.csv

In 64-bit floats, of numbers from `drawn`, which both sides compute to the same bits from whole numbers. A
line is a case, a tensor, and its values.
"""

import torch
from torch.nn import functional as F

from drawn import drawn, line

BATCH, INPUTS, UNITS = 5, 7, 3


def dense(case, activation):
    x, weight, bias = drawn(1, [BATCH, INPUTS]), drawn(2, [INPUTS, UNITS]), drawn(3, [UNITS])
    given = {"x": x, "weight": weight, "bias": bias}
    for tensor in given.values():
        tensor.requires_grad_()
    answers = activation(F.linear(x, weight.T, bias))
    (answers * drawn(4, [BATCH, UNITS])).sum().backward()
    line(case, "answers", answers)
    for name, tensor in given.items():
        line(case, name, tensor.grad)


def loss(case, function):
    logits = drawn(5, [BATCH, UNITS]).requires_grad_()
    value = function(logits)
    value.backward()
    line(case, "loss", value)
    line(case, "logits", logits.grad)


dense("None", lambda x: x)
dense("Relu", torch.relu)
dense("LeakyRelu", lambda x: F.leaky_relu(x, 0.01))
dense("Tanh", torch.tanh)
dense("Sigmoid", torch.sigmoid)

classes, of_classes = torch.tensor([2, 0, 1, 1, 2]), torch.tensor([0.5, 2.0, 1.5])
targets = (drawn(6, [BATCH, UNITS]) + 1) / 2
weights = (drawn(7, [BATCH, UNITS]) + 1) / 2
loss("softmax", lambda x: F.cross_entropy(x, classes))
loss("softmax by class", lambda x: F.cross_entropy(x, classes, of_classes))
loss("sigmoid", lambda x: F.binary_cross_entropy_with_logits(x, targets))
loss(
    "sigmoid by weight",
    lambda x: F.binary_cross_entropy_with_logits(x, targets, weights, reduction="sum"),
)
loss("squared", lambda x: F.mse_loss(x, targets))
