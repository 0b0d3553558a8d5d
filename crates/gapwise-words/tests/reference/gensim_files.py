"""Writes gensim.bin and gensim.txt, small files of vectors as gensim writes them, beside this script, and
checks that gensim reads what `gapwise words convert` made of them.

  python gensim_files.py [FILE...]

With FILEs, each is read and held to the same words and numbers. Written for gensim 4.4 and NumPy 2.
"""

import pathlib
import sys

import numpy
from gensim.models import KeyedVectors

WORDS = ["river", "été", "猫", "don't"]
NUMBERS = numpy.array(
    [[0.1, -2.5, 1e-7, 3.4e38], [1.0, 0.0, -0.0, 1 / 3], [-1e-30, 7.25, 2.0**-126, 42.0], [5.0, 6.0, 7.0, 8.5]],
    dtype=numpy.float32,
)

if len(sys.argv) == 1:
    vectors = KeyedVectors(4, count=0)
    vectors.add_vectors(WORDS, NUMBERS)
    here = pathlib.Path(__file__).parent
    vectors.save_word2vec_format(str(here / "gensim.bin"), binary=True)
    vectors.save_word2vec_format(str(here / "gensim.txt"), binary=False)
for path in sys.argv[1:]:
    vectors = KeyedVectors.load_word2vec_format(path, binary=path.endswith(".bin"))
    assert vectors.index_to_key == WORDS, vectors.index_to_key
    assert vectors.vectors.tobytes() == NUMBERS.tobytes(), vectors.vectors
    print(f"{path}: the same words and bits")
