"""Writes the files in pytorch/: small ones as `torch.save` makes them, among them hostile ones.

    python -m venv venv && venv/bin/pip install torch==2.15.0
    venv/bin/python pytorch_files.py pytorch

What they hold stands in ../it/weight_files.rs.
"""

import collections
import os
import sys

import torch

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)


def save(name, value, **how):
    torch.save(value, os.path.join(folder, name), **how)


class Runs:
    """Creates a file when it is unpickled."""

    def __reduce__(self):
        return os.system, ("touch ran-out-of-a-pickle",)


def layers():
    network = torch.nn.Sequential(
        collections.OrderedDict(conv=torch.nn.Conv2d(1, 2, 1), norm=torch.nn.BatchNorm2d(2))
    )
    with torch.no_grad():
        for start, tensor in enumerate(network.state_dict().values()):
            tensor.copy_(torch.arange(tensor.numel()).reshape(tensor.shape) + start)
    return network


network = layers()
storage = torch.arange(6.0)
views = collections.OrderedDict(
    whole=storage.reshape(2, 3),
    transposed=storage.reshape(2, 3).t(),
    part=storage[4:],
    every_other=storage[1::2],
    tied=storage.reshape(2, 3),
    single=torch.tensor(7.0),
    empty=torch.zeros(0, 3),
    parameter=torch.nn.Parameter(torch.tensor([8.0])),
)
types = {
    "f16": torch.tensor([1.5, -2.0], dtype=torch.float16),
    "bf16": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
    "f64": torch.tensor([1.5, -2.0], dtype=torch.float64),
    "i64": torch.tensor([3, -4]),
    "i32": torch.tensor([3, -4], dtype=torch.int32),
    "i16": torch.tensor([3, -4], dtype=torch.int16),
    "i8": torch.tensor([3, -4], dtype=torch.int8),
    "u8": torch.tensor([3, 250], dtype=torch.uint8),
    "bool": torch.tensor([True, False]),
}

save("network.pt", network.state_dict())
save("views_2.pt", views, pickle_protocol=2)
save("views_5.pt", views, pickle_protocol=5)
save("views_legacy.pt", views, _use_new_zipfile_serialization=False)
save("types.pt", types)
save("types_legacy_5.pt", types, pickle_protocol=5, _use_new_zipfile_serialization=False)
optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
checkpoint = {
    "epoch": 3,
    "state_dict": torch.nn.DataParallel(network).state_dict(),
    "optimizer": optimiser.state_dict(),
    "best": torch.tensor(0.5),
}
save("checkpoint.pt", checkpoint)
save("runs.pt", {"weight": torch.ones(2), "more": Runs()})
save("runs_legacy.pt", {"weight": torch.ones(2), "more": Runs()}, _use_new_zipfile_serialization=False)
save("whole_network.pt", network)
save("expanded.pt", {"weight": torch.ones(1).expand(1 << 30)})
shared = torch.ones(1000)
save("shared.pt", {f"weight{number}": shared[:] for number in range(40)})
save("list.pt", [torch.ones(2)])
