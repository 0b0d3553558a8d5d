"""Writes recurrent.csv: what PyTorch answers for recurrent layers, and their gradients.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 torch==2.15.0
    venv/bin/python recurrent.py > recurrent.csv

Two layers in both directions over examples of 6, 2 and 4 steps, from initial states, in 64-bit floats.
All numbers that go in come from `drawn`, which both sides compute to the same bits from whole numbers;
the cost is the sum of outputs and final states times drawn numbers. A line is a case, a tensor, and its
values; of the gradient of a weight its inner product with drawn numbers and its norm.
"""

import math

import numpy as np
import torch
from torch import nn
from torch.nn.utils import rnn

torch.set_default_dtype(torch.float64)

BATCH, TIME, FEATURES, HIDDEN, LAYERS, LENGTHS = 3, 6, 3, 5, 2, [6, 2, 4]


def drawn(stream, shape):
    """Numbers in [-1, 1) that look random, row-major, rounded to 32 bits."""
    x = np.arange(math.prod(shape), dtype=np.uint64) * 2654435761 + stream * 40503 + 12345
    x &= 0xFFFFFFFF
    for _ in range(2):
        x ^= x >> 16
        x = x * 0x45D9F3B & 0xFFFFFFFF
    x ^= x >> 16
    values = ((x / 4294967296.0 - 0.5) * 2.0).astype(np.float32)
    return torch.tensor(values.astype(np.float64)).reshape(shape)


def line(case, name, values):
    print(",".join([case, name, *(f"{value:.9g}" for value in values)]))


def answers(case, network, states):
    for stream, parameter in enumerate(network.parameters()):
        parameter.data = drawn(10 + stream, parameter.shape)
    x = drawn(0, [BATCH, TIME, FEATURES]).requires_grad_()
    shape = [2 * LAYERS, BATCH, HIDDEN]
    initial = [drawn(1 + at, shape).requires_grad_() for at in range(states)]
    given = rnn.pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    outputs, last = network(given, tuple(initial) if states == 2 else initial[0])
    outputs, _ = rnn.pad_packed_sequence(outputs, batch_first=True)
    last = last if states == 2 else [last]
    cost = (outputs * drawn(3, outputs.shape)).sum()
    cost += sum((state * drawn(4 + at, shape)).sum() for at, state in enumerate(last))
    cost.backward()
    line(case, "outputs", outputs.flatten().tolist())
    for at, state in enumerate(last):
        line(case, f"last {at}", state.flatten().tolist())
        line(case, f"gradient of initial {at}", initial[at].grad.flatten().tolist())
    line(case, "gradient of x", x.grad.flatten().tolist())
    for name, parameter in network.named_parameters():
        product = (parameter.grad * drawn(6, parameter.shape)).sum()
        line(case, f"gradient of {name}", [product.item(), parameter.grad.norm().item()])


sizes = {"num_layers": LAYERS, "bidirectional": True, "batch_first": True}
answers("tanh", nn.RNN(FEATURES, HIDDEN, nonlinearity="tanh", **sizes), 1)
answers("relu", nn.RNN(FEATURES, HIDDEN, nonlinearity="relu", **sizes), 1)
answers("lstm", nn.LSTM(FEATURES, HIDDEN, **sizes), 2)
answers("gru", nn.GRU(FEATURES, HIDDEN, **sizes), 1)
