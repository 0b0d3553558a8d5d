"""Writes optimisers.json: fifty steps of every optimiser, and the rates of every schedule.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 torch==2.15.0
    venv/bin/python optimisers.py > optimisers.json

The network, its weights and its batches are those of make.py: 64-bit floats, drawn numbers. Gradients
are always PyTorch's own. So are the updates of descent, momentum at a constant rate, RMSprop and
Adam with ε outside the root, AdamW, and clipping; where the notes print another form than PyTorch
has, the update is written out here.
"""

import contextlib
import io
import json
import math

import torch

with contextlib.redirect_stdout(io.StringIO()):
    from make import FeedForward, drawn, fill, one_line, whole
from torch.nn import functional as F
from torch.optim import lr_scheduler

STEPS, BATCH, EXAMPLES = 50, 4, 12
INSIDE, OUTSIDE = "inside_root", "outside_root"


def short(values):
    """Nine digits, a hundred times what is compared."""
    return [float(f"{value:.9g}") for value in values]


class Printed(torch.optim.Optimizer):
    """The notes' forms that PyTorch does not have."""

    def __init__(self, groups, lr, rule):
        super().__init__(groups, {"lr": lr})
        self.rule = rule

    @torch.no_grad()
    def step(self):
        (name, options), = self.rule.items()
        for group in self.param_groups:
            rate = group["lr"]
            for p in group["params"]:
                s = self.state[p]
                s["t"] = s.get("t", 0) + 1
                m, v = s.get("m", 0), s.get("v", 0)
                if name == "momentum":
                    v = options["beta"] * v + rate * p.grad
                    change = v
                elif name == "rmsprop":
                    v = options["gamma"] * v + (1 - options["gamma"]) * p.grad**2
                    change = rate * p.grad / (v + 1e-8).sqrt()
                elif name == "adam":
                    b1, b2 = options["beta1"], options["beta2"]
                    m = b1 * m + (1 - b1) * p.grad
                    v = b2 * v + (1 - b2) * p.grad**2
                    m_hat, v_hat = m / (1 - b1 ** s["t"]), v / (1 - b2 ** s["t"])
                    change = rate * m_hat / (v_hat + 1e-8).sqrt()
                s["m"], s["v"] = m, v
                p -= change


def optimiser(rule, groups, rate, fixed_rate):
    if rule == "descent":
        return torch.optim.SGD(groups, lr=rate)
    (name, options), = rule.items()
    if name == "momentum" and fixed_rate:
        return torch.optim.SGD(groups, lr=rate, momentum=options["beta"])
    if options.get("epsilon") == OUTSIDE and name == "rmsprop":
        return torch.optim.RMSprop(groups, lr=rate, alpha=options["gamma"], eps=1e-8)
    if options.get("epsilon") == OUTSIDE and name == "adam":
        betas = (options["beta1"], options["beta2"])
        return torch.optim.AdamW(groups, lr=rate, betas=betas, eps=1e-8)
    return Printed(groups, rate, rule)


def training(name, rule, rate, decay=1.0, average=None, **settings):
    network = FeedForward(3, [(4, 2), (6, 3)], [5], 4)
    fill(network)
    dense = drawn(50, [EXAMPLES, 3], 4.0)
    codes = torch.stack([whole(60, EXAMPLES, 4), whole(61, EXAMPLES, 6)], 1)
    classes = whole(51, EXAMPLES, 4)
    parameters = list(network.parameters())
    weights = [p for p in parameters if p.dim() > 1]
    others = [p for p in parameters if p.dim() == 1]
    groups = [
        {"params": weights, "weight_decay": settings.get("weight_decay", 0.0)},
        {"params": others, "weight_decay": 0.0},
    ]
    # Only AdamW decays apart from the cost.
    assert "weight_decay" not in settings or rule["adam"]["epsilon"] == OUTSIDE
    steps = optimiser(rule, groups, rate, decay == 1.0)
    averages = [torch.zeros_like(p) for p in parameters]
    losses = []
    for step in range(STEPS):
        at = [(step * BATCH + place) % EXAMPLES for place in range(BATCH)]
        loss = F.cross_entropy(network(dense[at], codes[at]), classes[at])
        losses.append(loss.item())
        cost = loss
        if "l2" in settings:
            cost = cost + settings["l2"] * sum((w**2).sum() for w in weights)
        if "l1" in settings:
            cost = cost + settings["l1"] * sum(w.abs().sum() for w in weights)
        steps.zero_grad()
        cost.backward()
        if "clip_value" in settings:
            torch.nn.utils.clip_grad_value_(parameters, settings["clip_value"])
        if "clip_norm" in settings:
            norm = torch.nn.utils.get_total_norm([p.grad for p in parameters])
            # PyTorch's own clipping adds 1e-6 to the norm.
            if norm > settings["clip_norm"]:
                for p in parameters:
                    p.grad *= settings["clip_norm"] / norm
        for group in steps.param_groups:
            group["lr"] = rate * decay**step
        steps.step()
        if average is not None:
            averages = [average * v + (1 - average) * p.detach() for v, p in zip(averages, parameters)]
    found = {n: short(p.detach().flatten().tolist()) for n, p in network.named_parameters()}
    if average is not None:
        corrected = [v / (1 - average**STEPS) for v in averages]
        names = [n for n, _ in network.named_parameters()]
        found_average = {n: short(v.flatten().tolist()) for n, v in zip(names, corrected)}
    return {
        "name": name,
        "settings": {"rule": rule, **settings},
        "learning_rate": rate,
        "decay": decay,
        "average": average,
        "losses": short(losses),
        "weights": found,
        "averaged": found_average if average is not None else {},
    }


def rates(name, schedule, epochs, batches, scheduler, warm_up=0):
    """The rate of every step; the epoch's schedulers step once an epoch, the others every step."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    steps = torch.optim.SGD([parameter], lr=0.4)
    every_step, scheduler = scheduler(steps)
    warming = lr_scheduler.LambdaLR(
        torch.optim.SGD([parameter], lr=1.0), lambda step: min(1, (step + 1) / (warm_up + 1))
    )
    found = []
    for step in range(epochs * batches):
        found.append(scheduler.get_last_lr()[0] * warming.get_last_lr()[0])
        steps.step()
        warming.optimizer.step()
        warming.step()
        if every_step or step % batches == batches - 1:
            scheduler.step()
    return {
        "name": name,
        "schedule": schedule,
        "epochs": epochs,
        "batches": batches,
        "warm_up": warm_up / batches,
        "rates": short(found),
    }


MOMENTUM = {"momentum": {"beta": 0.9}}
RMSPROP = {e: {"rmsprop": {"gamma": 0.9, "epsilon": e}} for e in (INSIDE, OUTSIDE)}
ADAM = {e: {"adam": {"beta1": 0.9, "beta2": 0.999, "epsilon": e}} for e in (INSIDE, OUTSIDE)}


def cosine(steps):
    return True, lr_scheduler.CosineAnnealingLR(steps, T_max=6 * 7)


reference = {
    "torch": torch.__version__,
    "batch": BATCH,
    "tensors": fill(FeedForward(3, [(4, 2), (6, 3)], [5], 4)),
    "training": [
        training("descent", "descent", 0.1),
        training("momentum", MOMENTUM, 0.02),
        training("momentum while the rate falls", MOMENTUM, 0.02, decay=0.95),
        training("rmsprop", RMSPROP[INSIDE], 0.003),
        training("rmsprop, epsilon outside", RMSPROP[OUTSIDE], 0.003),
        training("adam", ADAM[OUTSIDE], 0.01),
        training("adam, epsilon inside", ADAM[INSIDE], 0.01),
        training("l2", ADAM[OUTSIDE], 0.01, l2=0.02),
        training("l1", "descent", 0.1, l1=0.01),
        training("decoupled decay", ADAM[OUTSIDE], 0.01, weight_decay=0.2),
        training("clipping by value", "descent", 0.1, clip_value=0.05),
        training("clipping by norm", "descent", 0.1, clip_norm=0.3),
        training("average", MOMENTUM, 0.02, average=0.9),
        training(
            "everything",
            ADAM[OUTSIDE],
            0.01,
            decay=0.97,
            average=0.95,
            l1=0.001,
            l2=0.01,
            weight_decay=0.1,
            clip_value=0.2,
            clip_norm=0.3,
        ),
    ],
    "schedules": [
        rates("constant", "constant", 6, 7, lambda o: (True, lr_scheduler.ConstantLR(o, 1.0))),
        rates("cosine", "cosine", 6, 7, cosine),
        rates("cosine, warmed up", "cosine", 6, 7, cosine, warm_up=10),
        rates(
            "by epoch",
            {"by-epoch": {"rate": 0.3}},
            6,
            7,
            lambda o: (False, lr_scheduler.LambdaLR(o, lambda epoch: 1 / (1 + 0.3 * epoch))),
            warm_up=7,
        ),
        rates(
            "steps",
            {"steps": {"factor": 0.9, "every": 5}},
            12,
            3,
            lambda o: (False, lr_scheduler.StepLR(o, step_size=5, gamma=0.9)),
        ),
    ],
}
print(one_line(json.dumps(reference, indent=1, ensure_ascii=False)))
