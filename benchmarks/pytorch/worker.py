"""One workload in PyTorch or ONNX Runtime, doing as lines on standard input say.

    worker.py WORKLOAD SIDE THREADS

SIDE is `eager` (PyTorch as users run it), `best` (channels last, fused Adam), `compiled` (that and
`torch.compile`) or `onnx` (ONNX Runtime on the exported network; it answers and does not train).
The lines are those of `gapwise bench-worker`: see `crates/gapwise/src/bench/worker.rs`.
"""

import io
import os
import sys
import time

workload_name, side, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.environ["OMP_NUM_THREADS"] = str(threads)

import torch
from torch.nn import functional as F

from networks import WORKLOADS

torch.set_num_threads(threads)
torch.set_num_interop_threads(1)
# What PyTorch has imported is no memory of a step.
workload = WORKLOADS[workload_name]


def status(field):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024


before = status("VmRSS")


class Training:
    def __init__(self, one_bias=False):
        self.network = workload.network()
        self.inputs, self.labels = workload.inputs(workload.batch), workload.labels()
        if one_bias:
            keep_one_bias(self.network)
        fast = side in ("best", "compiled")
        if fast and workload.is_image():
            self.network = self.network.to(memory_format=torch.channels_last)
            self.inputs = self.inputs.to(memory_format=torch.channels_last)
        self.optimiser = torch.optim.Adam(
            self.network.parameters(), workload.learning_rate(), fused=fast or None
        )
        self.forward = torch.compile(self.network) if side == "compiled" else self.network

    def step(self):
        self.optimiser.zero_grad(set_to_none=True)
        loss = F.cross_entropy(self.forward(self.inputs), self.labels)
        loss.backward()
        self.optimiser.step()
        return loss.detach()


def keep_one_bias(network):
    """Of two biases that are only ever added, Gapwise has one: the other stays as it was drawn.
    Timings leave both as they are."""
    for module in network.modules():
        if not isinstance(module, (torch.nn.LSTM, torch.nn.GRU)):
            continue
        for name, parameter in module.named_parameters(recurse=False):
            if name.startswith("bias_hh") and isinstance(module, torch.nn.LSTM):
                parameter.requires_grad_(False)
            elif name.startswith("bias_hh"):
                # The last third is the candidate's, which stands inside the reset.
                mask = torch.ones_like(parameter)
                mask[: 2 * module.hidden_size] = 0
                parameter.register_hook(lambda gradient, mask=mask: gradient * mask)


class Answering:
    def __init__(self):
        self.network, self.inputs = workload.network().eval(), workload.inputs(1)

    def answer(self):
        with torch.inference_mode():
            return self.network(self.inputs)


class Onnx:
    def __init__(self):
        import onnxruntime

        network, inputs = workload.network().eval(), workload.inputs(1)
        file = io.BytesIO()
        program = torch.onnx.export(network, (inputs,), dynamo=True, verbose=False)
        program.model_proto  # Raises where it cannot be one file.
        file.write(program.model_proto.SerializeToString())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            file.getvalue(), options, providers=["CPUExecutionProvider"]
        )
        self.inputs = {self.session.get_inputs()[0].name: inputs.numpy()}

    def answer(self):
        return torch.from_numpy(self.session.run(None, self.inputs)[0])


kept = {}


def made(kind):
    if kind not in kept:
        kept[kind] = kind()
    return kept[kind]


def seconds(times, work):
    began = time.perf_counter()
    for _ in range(times):
        work()
    return str(time.perf_counter() - began)


def spaced(values):
    return " ".join(str(float(value)) for value in values)


def answer(line):
    what, *times = line.split()
    times = int(times[0]) if times else 0
    answering = Onnx if side == "onnx" else Answering
    match what:
        case "losses":
            training = Training(one_bias=True)
            return spaced(training.step() for _ in range(times))
        case "logits":
            return spaced(made(answering).answer().flatten())
        case "steps":
            return seconds(times, made(Training).step)
        case "answers":
            return seconds(times, made(answering).answer)
        case "memory":
            training = Training()
            try:
                with open("/proc/self/clear_refs", "w") as peak:
                    peak.write("5")
            except OSError:
                pass
            for _ in range(times):
                training.step()
            return str(max(status("VmHWM") - before, 0))
    return "?"


# Anything that a library prints must not be taken for an answer.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for line in sys.stdin:
    print(answer(line), file=answers, flush=True)
