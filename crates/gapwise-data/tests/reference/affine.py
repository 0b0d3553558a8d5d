"""Writes affine.csv: a picture rotated and sheared by torchvision, to hold the map of places and the
interpolation against. Edge pixels are repeated far enough that nothing from beyond them is seen.

    python affine.py > affine.csv

Made with torchvision 0.29.2, torch 2.15.0.
"""

import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import affine, pad

HEIGHT, WIDTH, BEYOND = 5, 6, 24


def picture():
    """Whole numbers without a pattern: 37 y + 11 x y + 23 x, modulo 64."""
    y, x = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
    return ((37 * y + 11 * x * y + 23 * x) % 64).double()[None]


def changed(rotate, shear):
    wide = pad(picture(), [BEYOND] * 4, padding_mode="edge")
    wide = affine(
        wide, rotate, [0, 0], 1.0, [shear, 0.0], interpolation=InterpolationMode.BILINEAR
    )
    return wide[0, BEYOND : BEYOND + HEIGHT, BEYOND : BEYOND + WIDTH]


print("rotate,shear,pixels")
for rotate, shear in [(30.0, 0.0), (-75.5, 0.0), (0.0, 20.0), (0.0, -55.0), (25.0, 40.0), (160.0, -15.0)]:
    pixels = " ".join(f"{pixel:.4f}" for pixel in changed(rotate, shear).flatten().tolist())
    print(f"{rotate},{shear},{pixels}")
