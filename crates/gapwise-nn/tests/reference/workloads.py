"""Writes workloads.json: what PyTorch and torchvision answer for the standard workloads.

    python -m venv venv
    venv/bin/pip install --requirement ../../../../benchmarks/pytorch/requirements.txt
    venv/bin/python workloads.py > workloads.json

Networks, weights, inputs and labels are those of `benchmarks/pytorch/networks.py`; PyTorch computes
in 64-bit floats. Of the logits of the first example in evaluation the first 16 and the norm are
kept, and of the workloads that a test can train, the losses of the first steps.
"""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "benchmarks" / "pytorch"))

import torch
from networks import WORKLOADS
from torch.nn import functional as F

TRAINED = ["dense-30", "lenet", "resnet20", "inception", "gru-128", "tagger"]


def losses(workload):
    network, inputs = workload.network().double(), workload.inputs(workload.batch)
    inputs = inputs if inputs.dtype == torch.int64 else inputs.double()
    for name, parameter in network.named_parameters():
        # Gapwise has one of two biases that are only ever added.
        if "bias_hh" in name and not isinstance(network.recurrent, torch.nn.GRU):
            parameter.requires_grad_(False)
        elif "bias_hh" in name:
            mask = torch.ones_like(parameter)
            mask[: 2 * network.recurrent.hidden_size] = 0
            parameter.register_hook(lambda gradient, mask=mask: gradient * mask)
    optimiser = torch.optim.Adam(network.parameters(), workload.learning_rate())
    steps = []
    for _ in range(2):
        optimiser.zero_grad()
        loss = F.cross_entropy(network(inputs), workload.labels())
        loss.backward()
        optimiser.step()
        steps.append(loss.item())
    return steps


def row(name, workload):
    network, inputs = workload.network().double().eval(), workload.inputs(1)
    with torch.no_grad():
        logits = network(inputs if inputs.dtype == torch.int64 else inputs.double()).flatten()
    return {
        "name": name,
        "logits": [float(f"{value:.9g}") for value in logits[:16]],
        "norm": float(f"{logits.norm().item():.9g}"),
        "losses": losses(workload) if name in TRAINED else [],
    }


rows = [json.dumps(row(*item)) for item in WORKLOADS.items()]
print("[\n" + ",\n".join(rows) + "\n]")
