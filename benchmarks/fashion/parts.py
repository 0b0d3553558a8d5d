"""Parts of Fashion-MNIST as idx files, for depth.sh and transfer.sh.

    python3 parts.py FASHION-MNIST DIRECTORY

    depth/train, depth/validation    the first 10,000 training images, and the next 1,000
    pretraining                      the training images of classes 0 to 4
    few-S/train, few-S/validation    of classes 5 to 9: 20 training images of each, drawn by the
                                     seed S of 1 to 5, and 50 others of each
    few/test                         the test images of classes 5 to 9
"""

import gzip
import os
import random
import struct
import sys

source, out = sys.argv[1:]


def read(name):
    with gzip.open(os.path.join(source, name)) as file:
        return file.read()


def examples(part):
    images = read(f"{part}-images-idx3-ubyte.gz")
    labels = read(f"{part}-labels-idx1-ubyte.gz")[8:]
    places = range(16, len(images), 784)
    return [(images[at : at + 784], label) for at, label in zip(places, labels)]


def write(folder, chosen):
    folder = os.path.join(out, folder)
    os.makedirs(folder, exist_ok=True)
    images, labels = zip(*chosen)
    for name, content in [
        ("train-images-idx3-ubyte.gz", struct.pack(">4I", 0x803, len(chosen), 28, 28) + b"".join(images)),
        ("train-labels-idx1-ubyte.gz", struct.pack(">2I", 0x801, len(chosen)) + bytes(labels)),
    ]:
        with gzip.GzipFile(os.path.join(folder, name), "wb", mtime=0) as file:
            file.write(content)


train, test = examples("train"), examples("t10k")
write("depth/train", train[:10_000])
write("depth/validation", train[10_000:11_000])
write("pretraining", [example for example in train if example[1] < 5])
write("few/test", [example for example in test if example[1] >= 5])
for seed in range(1, 6):
    draw = random.Random(seed)
    few, others = [], []
    for label in range(5, 10):
        drawn = draw.sample([example for example in train if example[1] == label], 70)
        few += drawn[:20]
        others += drawn[20:]
    write(f"few-{seed}/train", few)
    write(f"few-{seed}/validation", others)
