"""Logits and gradients of torchvision's networks with drawn weights, for `tests/it/torchvision.rs`.

    pip install torch==2.15.0 torchvision==0.29.2
    python image_networks.py > torchvision.json

Every tensor of a state dict is drawn by its place among the sorted names, which the test does too.
All is computed in 64 bits: in 32 a sum near zero falls on either side of a ReLU, which moves first
gradients by some percent from one of PyTorch's layouts to the other. How far is kept beside them.
"""

import json
import math
import sys

import numpy as np

sys.path.pop(0)  # Or this file would stand for torchvision.
import torch
import torchvision
from torchvision import models

SIDE, BATCH, CLASSES, INPUTS = 64, 2, 5, 10_000
KEPT = 6


def drawn(stream, shape, limit, about=0.0):
    x = np.arange(math.prod(shape), dtype=np.uint64)
    x = (x * 2654435761 + stream * 40503 + 12345) & 0xFFFFFFFF
    for _ in range(2):
        x ^= x >> 16
        x = x * 0x45D9F3B & 0xFFFFFFFF
    x ^= x >> 16
    values = ((x / 4294967296.0 - 0.5) * (2 * limit)).astype(np.float32) + np.float32(about)
    return torch.from_numpy(values).reshape(shape)


def fill(network):
    state = network.state_dict()
    for stream, name in enumerate(sorted(state)):
        shape = list(state[name].shape)
        if name.endswith("num_batches_tracked"):
            continue
        if name.endswith("running_var"):
            state[name] = drawn(stream, shape, 0.25, 1.0)
        elif len(shape) > 1:
            state[name] = drawn(stream, shape, math.sqrt(6 / math.prod(shape[1:])))
        elif name.endswith("weight"):
            state[name] = drawn(stream, shape, 0.25, 1.0)
        else:
            state[name] = drawn(stream, shape, 0.1)
    network.load_state_dict(state)


def on_small_images(network):
    """A VGG as the field has it for 32x32 images: one dense layer behind the last pooling."""
    network.avgpool = torch.nn.Identity()
    last = torch.nn.Linear(512, CLASSES)
    network.classifier = torch.nn.Sequential(*[torch.nn.Identity() for _ in range(6)], last)
    return network


def networks():
    yield "alexnet", models.alexnet(num_classes=CLASSES, dropout=0.0), 224
    yield "resnet34", models.resnet34(num_classes=CLASSES), SIDE
    yield "resnet50", models.resnet50(num_classes=CLASSES), SIDE
    yield "inception", models.googlenet(
        num_classes=CLASSES, aux_logits=True, init_weights=False, dropout=0.0, dropout_aux=0.0
    ), 96
    yield "vgg16", on_small_images(models.vgg16(init_weights=False)), 32
    # The test has batch normalisation in those of 11 and 13 layers.
    yield "vgg11", on_small_images(models.vgg11_bn(init_weights=False)), 32


def ends(parameters):
    """The first numbers of the gradient of the first weight, and of the last one's."""
    return [parameters[at].grad.flatten()[:KEPT].tolist() for at in (0, -2)]


def passed(network, images):
    """Logits and those of side branches in training, with gradients left behind."""
    network.train()
    network.zero_grad()
    logits, sides = network(images), []
    if isinstance(logits, tuple):
        logits, second, first = logits
        sides = [first, second]
    loss = logits.square().sum() + sum(0.3 * side.square().sum() for side in sides)
    loss.backward()
    main = [p for name, p in network.named_parameters() if not name.startswith("aux")]
    return logits, sides, ends(main)


found = {"torch": torch.__version__, "torchvision": torchvision.__version__, "networks": {}}
for name, network, side in networks():
    fill(network)
    state = {key: value.clone() for key, value in network.state_dict().items()}
    images = drawn(INPUTS, [BATCH, 3, side, side], 1.0)
    # What PyTorch's own 32 bits are off by, in two orders of memory.
    single = []
    for layout in (torch.contiguous_format, torch.channels_last):
        network.to(memory_format=layout)
        single.append(passed(network, images.to(memory_format=layout))[2])
    network.load_state_dict(state)
    network.double().eval()
    with torch.no_grad():
        evaluated = network(images.double())
    logits, sides, gradients = passed(network, images.double())
    off = [
        max(abs(one - right) for one, right in zip(of[at], gradients[at]))
        / max(map(abs, gradients[at]))
        for at in (0, 1)
        for of in single
    ]
    found["networks"][name] = {
        "side": side,
        "evaluated": evaluated.tolist(),
        "trained": logits.tolist(),
        "sides": [of.tolist() for of in sides],
        "gradients": gradients,
        "off": [max(off[:2]), max(off[2:])],
        "names": len(network.state_dict()),
    }
# Too large to compute in a test.
found["vgg13"] = sorted(models.vgg13_bn(num_classes=CLASSES).state_dict())
print(json.dumps(found, indent=1))
