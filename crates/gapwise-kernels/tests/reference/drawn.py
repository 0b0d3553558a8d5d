"""What the scripts of this folder share: the numbers that both sides draw, and the lines of a table."""

import math

import numpy as np
import torch

torch.set_default_dtype(torch.float64)


def drawn(stream, shape):
    """Numbers in [-1, 1) that look random, row-major, rounded to 32 bits.

    Computed from whole numbers, so that the tests draw the same bits.
    """
    x = np.arange(math.prod(shape), dtype=np.uint64) * 2654435761 + stream * 40503 + 12345
    x &= 0xFFFFFFFF
    for _ in range(2):
        x ^= x >> 16
        x = x * 0x45D9F3B & 0xFFFFFFFF
    x ^= x >> 16
    values = ((x / 4294967296.0 - 0.5) * 2.0).astype(np.float32)
    return torch.tensor(values.astype(np.float64)).reshape(shape)


def line(case, name, values):
    """Writes a tensor of a case, row-major."""
    print(",".join([case, name, *(f"{value:.9g}" for value in values.flatten().tolist())]))
