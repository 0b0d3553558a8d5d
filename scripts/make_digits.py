"""Writes examples/digits: a folder of 8-bit grey PNGs per class.

The pictures are those of scikit-learn's `load_digits`, the test part of the UCI set "Optical
Recognition of Handwritten Digits". They are the files that this script wrote with

    Python 3.11.7, scikit-learn 1.9.1, numpy 2.4.6, Pillow 13.0.0

    python3 -m venv venv && venv/bin/pip install scikit-learn==1.9.1 pillow==13.0.0
    venv/bin/python scripts/make_digits.py

A value v of 0..16 becomes the grey value round(v * 255 / 16), with ties away from zero. The name
of a file is the place of its picture in `load_digits`, from 0.
"""

import shutil
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

TARGET = Path(__file__).resolve().parent.parent / "examples" / "digits"


def main() -> None:
    digits = load_digits()
    assert digits.images.shape == (1797, 8, 8)
    assert digits.images.min() == 0 and digits.images.max() == 16

    grey = np.floor(digits.images * 255 / 16 + 0.5).astype(np.uint8)
    for digit in range(10):
        shutil.rmtree(TARGET / str(digit), ignore_errors=True)
        (TARGET / str(digit)).mkdir(parents=True)
    for index, (pixels, digit) in enumerate(zip(grey, digits.target)):
        path = TARGET / str(digit) / f"{index:04}.png"
        Image.fromarray(pixels).save(path, optimize=True)

    # Read back: what was written is what was meant.
    for index, (pixels, digit) in enumerate(zip(grey, digits.target)):
        with Image.open(TARGET / str(digit) / f"{index:04}.png") as image:
            assert image.mode == "L" and np.array_equal(np.asarray(image), pixels)


if __name__ == "__main__":
    main()
