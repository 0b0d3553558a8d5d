"""Exported networks in ONNX Runtime and torchvision against `gapwise predict`.

`benchmarks/onnx.sh` calls it as `check.py GAPWISE [NAME ...]`.
"""

import csv
import datetime
import json
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import onnx
import onnx.reference
import onnxruntime
import torch
import torchvision
from PIL import Image
from safetensors import safe_open

# Answers may differ by this: probabilities as they are, log-probabilities (logits but for what they
# have in common) and numbers beyond 1 as a share of their size. A network that was hardly trained and
# is very deep makes more of its rounding alone: where the other side's answers in 32 bits are further
# from those in 64 bits than a quarter of it, four times that counts in its place.
TOLERANCE = 1e-4
# A little only, so that answers are far from 0 and 1 and tell differences.
TRAINED = ["--set", "train.epochs=1", "--set", "train.learning_rate=1e-5", "--quiet"]


def gapwise(*words, cwd):
    done = subprocess.run([GAPWISE, *map(str, words)], cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"gapwise {' '.join(map(str, words))}: {done.stderr}")
    return done.stdout


def predicted(desk, data):
    """The ids, and the scores of each class, or the number."""
    rows = list(csv.reader(gapwise("predict", "run", data, "--quiet", cwd=desk).splitlines()))
    first = 2 if len(rows[0]) > 2 else 1
    return [row[0] for row in rows[1:]], numpy.array([row[first:] for row in rows[1:]], float)


def session(path):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def exactly(path, images):
    """The file's answers in 64 bits, by ONNX's own reference."""
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            numbers = onnx.numpy_helper.to_array(tensor).astype(numpy.float64)
            tensor.CopyFrom(onnx.numpy_helper.from_array(numbers, tensor.name))
    for node in model.graph.node:
        if node.op_type == "Cast":
            node.attribute[0].i = onnx.TensorProto.DOUBLE
    return onnx.reference.ReferenceEvaluator(model).run(None, {"pixels": images})[0]


def off(found, right):
    """The largest difference, of what is beyond 1 as a share of its size."""
    return float(numpy.max(numpy.abs(found - right) / numpy.maximum(1, numpy.abs(right))))


def spread(answers):
    return float(answers[:, 0].max() - answers[:, 0].min())


# Images


def draw_images(folder, sides, channels, each=12):
    """Two classes of patches with noise, brighter above or brighter on the left."""
    numbers = numpy.random.default_rng(sum(sides) + channels)
    height, width = sides
    for label, ramp in {
        "above": numpy.linspace(1, 0, height)[:, None, None],
        "left": numpy.linspace(1, 0, width)[None, :, None],
    }.items():
        (folder / label).mkdir(parents=True)
        for at in range(each):
            noise = numbers.random((height, width, channels))
            pixels = (255 * (0.6 * ramp + 0.4 * noise)).astype(numpy.uint8)
            Image.fromarray(pixels.squeeze()).save(folder / label / f"{at:02}.png")


def pixels(folder, ids):
    def read(id):
        image = numpy.asarray(Image.open(folder / id))
        return image[None] if image.ndim == 2 else image.transpose(2, 0, 1)

    return numpy.stack([read(id) for id in ids])


def check_images(sides, channels, sets, make):
    with tempfile.TemporaryDirectory() as desk:
        desk = Path(desk)
        draw_images(desk / "photos", sides, channels)
        words = [word for setting in sets for word in ("--set", setting)]
        gapwise("run", "photos", "-o", "run", *TRAINED, *words, cwd=desk)
        ids, scores = predicted(desk, "photos")
        images = pixels(desk / "photos", ids)
        gapwise("export", "run", "-o", "net.onnx", cwd=desk)
        answers = session(desk / "net.onnx").run(["probabilities"], {"pixels": images})[0]
        alone = session(desk / "net.onnx").run(None, {"pixels": images[:1]})[0]
        found = {"ONNX": max(off(answers, scores), off(alone, scores[:1])), "spread": spread(scores)}
        gapwise("export", "run", "--format", "safetensors", "-o", "net.safetensors", cwd=desk)
        if found["ONNX"] > TOLERANCE and not make:
            found["rounding"] = off(answers, exactly(desk / "net.onnx", images))
        if make:
            network, x = in_torchvision(desk / "net.safetensors", make, images)
            with torch.no_grad():
                exact = network.double()(x.double()).log_softmax(1).numpy()
                logs = network.float()(x).log_softmax(1).numpy()
            found["torchvision"] = off(logs, numpy.log(scores))
            found["rounding"] = off(logs, exact)
        return found


def in_torchvision(path, make, images):
    """The network with the file's weights, and what it reads."""
    with safe_open(path, "pt") as file:
        said = file.metadata()
        state = {key: file.get_tensor(key) for key in file.keys()}
    assert said["names"] == "torchvision", said
    network = make(num_classes=len(json.loads(said["classes"]))).eval()
    network.load_state_dict(state, strict=True)
    mean, deviation = (
        torch.tensor(json.loads(said[key])).reshape(1, -1, 1, 1)
        for key in ("input_mean", "input_deviation")
    )
    x = torch.tensor(images, dtype=torch.float32)
    sides = json.loads(said["input"])[1:]
    if list(x.shape[2:]) != sides:
        x = torch.nn.functional.interpolate(x, sides, mode="bilinear", align_corners=False)
    return network, (x / 255 - mean) / deviation


# Tables

DAY_ZERO = datetime.date(1970, 1, 1)


def draw_table(path, seed, label):
    """Every kind of column: numbers large and small, truth values, dates, few words and many, with gaps;
    behind the first seed, words that training never saw."""
    rows, more = (800, False) if seed == 1 else (300, True)
    draw = random.Random(seed)
    with open(path, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["stamp", "small", "certain", "day", "whole", "colour", "town", "label"])
        for _ in range(rows):
            gap = lambda cell: "" if draw.random() < 0.1 else cell
            stamp, small = 1.7e9 + draw.random() * 1e4, draw.gauss(0, 1e-3)
            day = DAY_ZERO + datetime.timedelta(days=draw.randrange(-40_000, 40_000))
            certain = draw.random() < 0.3
            colour = draw.choice(["red", "green", "blue"] + (["mauve"] if more else []))
            town = f"town {draw.randrange(45 if more else 40)}"
            number = 3e4 + small * 4e6 + 500 * certain + 20 * len(colour) + day.month
            said = number if label == "number" else ("high" if number > 3e4 else "low")
            table.writerow([
                stamp, gap(small), gap("yes" if certain else "no"), gap(day.isoformat()),
                draw.randrange(100), gap(colour), gap(town), said,
            ])  # fmt: skip


def columns(path, port):
    """A column of a table as its port asks for it."""
    with open(path, newline="") as file:
        cells = [row[port.name] for row in csv.DictReader(file)]
    if port.type == "tensor(string)":
        return numpy.array(cells, dtype=object)

    def number(cell):
        if cell == "":
            return math.nan
        if port.name == "day":
            return (datetime.date.fromisoformat(cell) - DAY_ZERO).days
        return {"yes": 1, "no": 0}.get(cell) if port.name == "certain" else float(cell)

    return numpy.array([number(cell) for cell in cells], dtype=numpy.float64)


def check_rows(label, sets):
    with tempfile.TemporaryDirectory() as desk:
        desk = Path(desk)
        draw_table(desk / "old.csv", 1, label)
        draw_table(desk / "new.csv", 2, label)
        words = [word for setting in sets for word in ("--set", setting)]
        gapwise("run", "old.csv", "-o", "run", *TRAINED, *words, cwd=desk)
        _, right = predicted(desk, "new.csv")
        gapwise("export", "run", "-o", "net.onnx", cwd=desk)
        running = session(desk / "net.onnx")
        given = {port.name: columns(desk / "new.csv", port) for port in running.get_inputs()}
        answers = running.run(None, given)[0].reshape(right.shape)
        gapwise("export", "run", "--format", "safetensors", "-o", "net.safetensors", cwd=desk)
        return {"ONNX": off(answers, right), "spread": spread(right)}


# All


def cases():
    """Names with what checks them."""
    networks = torchvision.models

    def image(title, sides, *sets, channels=3, make=None):
        return title, lambda: check_images(sides, channels, sets, make)

    def rows(title, label, *sets):
        return f"rows {title}", lambda: check_rows(label, sets)

    def googlenet(sides):
        return lambda **of: networks.googlenet(**of, aux_logits=sides, init_weights=False)

    made = {"alexnet": networks.alexnet}
    made |= {f"resnet{of}": getattr(networks, f"resnet{of}") for of in (18, 34, 50, 101, 152)}
    made |= {"inception": googlenet(True), "inception-no-sides": googlenet(False)}
    # Images that are not square, and that some networks read in another size. Those that are halved five
    # times are large enough that batch normalisation has several pixels of each to go by.
    for network in json.loads(gapwise("network", "--json", cwd=".")):
        name, large = network["name"], network["input"][1] == 224
        sides = (48, 40) if large else (20, 17)
        yield image(name, sides, f"network.kind={name}", make=made.get(name))
    norm = "network.batch_norm=before-activation"
    # From 64 pixels on, VGG has torchvision's dense layers.
    yield image("vgg11 large", (64, 64), "network.kind=vgg11", make=networks.vgg11)
    yield image("vgg11 large norm", (64, 64), "network.kind=vgg11", norm, make=networks.vgg11_bn)
    yield image("vgg11 norm", (20, 17), "network.kind=vgg11", norm)
    yield image("lenet 28×28", (28, 28), "network.kind=lenet", channels=1)
    after = ["network.activation=tanh", "network.batch_norm=after-activation"]
    yield image("lenet after tanh", (28, 28), "network.kind=lenet", *after, channels=1)
    leaky = ["network.activation=leaky-relu", norm]
    yield image("small-conv leaky", (9, 13), "network.kind=small-conv", *leaky)
    yield image("conv deep", (9, 3), "network.kind=conv", "network.channels=[4,8,8,16]")
    stack = ("network.channels=[4,8,8]", "network.filter_side=[5,3]", "network.pool=[none,average]")
    yield image("conv stack", (9, 12), "network.kind=conv", *stack)
    yield image("feed-forward linear", (9, 13), "network.kind=feed-forward", "network.hidden=[]")
    for label in ["class", "number"]:
        yield rows(label, label)
        yield rows(f"{label} linear", label, "network.hidden=[]")
        yield rows(f"{label} deep", label, "network.hidden=[32,16]", *leaky)


def main(asked):
    torch.set_num_threads(2)
    worst = 0.0
    for name, check in cases():
        if asked and not any(name.startswith(word) for word in asked):
            continue
        found = check()
        spread, rounding = found.pop("spread"), found.pop("rounding", 0.0)
        # Both sides round, each in its own order.
        limit = max(TOLERANCE, 4 * rounding)
        said = ", ".join(f"{where} {value:.1e}" for where, value in found.items())
        if max(found.values()) > TOLERANCE:
            said += f" (rounding alone puts the other side {rounding:.1e} off)"
        else:
            worst = max(worst, *found.values())
        print(f"{name:20} {said}; answers spread over {spread:.3g}", flush=True)
        if not all(value <= limit for value in found.values()):
            raise SystemExit(f"{name}: further off than {limit}")
        if not spread >= 1e-3:
            raise SystemExit(f"{name}: all answers are alike, so that nothing was compared")
    print(f"the furthest off: {worst:.1e}")


if __name__ == "__main__":
    GAPWISE, *words = sys.argv[1:]
    main(words)
