"""Writes recurrent.csv: what PyTorch answers for recurrent layers, and their gradients.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 torch==2.15.0
    venv/bin/python recurrent.py > recurrent.csv

Two layers in both directions over examples of 6, 2 and 4 steps, from initial states, in 64-bit floats.
All numbers that go in come from `drawn`, which both sides compute to the same bits from whole numbers;
the cost is the sum of outputs and final states times drawn numbers. A line is a case, a tensor, and its
values; of the gradient of a weight its inner product with drawn numbers and its norm.
"""

import torch
from torch import nn
from torch.nn.utils import rnn

from drawn import drawn, line

BATCH, TIME, FEATURES, HIDDEN, LAYERS, LENGTHS = 3, 6, 3, 5, 2, [6, 2, 4]


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
    line(case, "outputs", outputs)
    for at, state in enumerate(last):
        line(case, f"last {at}", state)
        line(case, f"gradient of initial {at}", initial[at].grad)
    line(case, "gradient of x", x.grad)
    for name, parameter in network.named_parameters():
        product = (parameter.grad * drawn(6, parameter.shape)).sum()
        line(case, f"gradient of {name}", torch.stack([product, parameter.grad.norm()]))


sizes = {"num_layers": LAYERS, "bidirectional": True, "batch_first": True}
answers("tanh", nn.RNN(FEATURES, HIDDEN, nonlinearity="tanh", **sizes), 1)
answers("relu", nn.RNN(FEATURES, HIDDEN, nonlinearity="relu", **sizes), 1)
answers("lstm", nn.LSTM(FEATURES, HIDDEN, **sizes), 2)
answers("gru", nn.GRU(FEATURES, HIDDEN, **sizes), 1)
