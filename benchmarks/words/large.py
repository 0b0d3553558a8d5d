"""Many words, for benchmarks/words.sh.

text FILE WORDS: so many words, seven times each, ten a line.
vectors FILE WORDS: vectors of 300 numbers around 2,000 centres, in word2vec's binary format.
peak COMMAND...: the most memory that a command takes, in MiB.
seconds COMMAND...: how long it takes, as a whole.
Written for NumPy 2.
"""

import resource
import subprocess
import sys
import time


def text(file, words):
    with open(file, "w") as out:
        for start in range(0, 7 * words, 10):
            out.write(" ".join(f"word{(start + at) % words}" for at in range(10)) + "\n")


def vectors(file, words):
    import numpy

    random = numpy.random.default_rng(5)
    basis = random.standard_normal((60, 300)).astype("f4")
    centres = random.standard_normal((2_000, 60)).astype("f4")
    with open(file, "wb") as out:
        out.write(b"%d 300\n" % words)
        for start in range(0, words, 50_000):
            count = min(50_000, words - start)
            place = centres[random.integers(0, 2_000, count)]
            place = place + 0.7 * random.standard_normal((count, 60)).astype("f4")
            rows = place @ basis + 1.5 * random.standard_normal((count, 300)).astype("f4")
            for at, row in enumerate(rows.astype("<f4")):
                out.write(b"w%d " % (start + at) + row.tobytes())


def peak(command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, "MiB", flush=True)


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(round(time.perf_counter() - start, 3), "s", flush=True)


if sys.argv[1] in ("text", "vectors"):
    globals()[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
else:
    globals()[sys.argv[1]](sys.argv[2:])
