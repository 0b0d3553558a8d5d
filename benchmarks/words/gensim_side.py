"""Trains with gensim and scores vectors, for benchmarks/words.sh.

train TOKENS OUT MODEL LOSS DIMENSIONS THREADS EPOCHS SEED RATE FROM: prints seconds of training alone.
FROM is `file`, gensim's fastest way, which needs no Python while it trains, but within an epoch lets the
learning rate fall by a share of 1 / THREADS of what is due; or `lines`, where it falls in a straight line, as
ours does. Speeds are compared with the first, quality with the second.
score FILE DATA...: prints Spearman's rho of each pairs file and the share of right analogies.
Written for gensim 4.4, NumPy 2 and SciPy 1.
"""

import json
import os
import sys
import time

import gensim
from gensim.models import KeyedVectors, Word2Vec
from gensim.models.word2vec import LineSentence


def train(tokens, out, model, loss, dimensions, threads, epochs, seed, rate, come_from):
    network = Word2Vec(
        vector_size=int(dimensions),
        window=5,
        min_count=5,
        sample=1e-3,
        sg=int(model == "skip-gram"),
        hs=int(loss == "hierarchical-softmax"),
        negative=0 if loss == "hierarchical-softmax" else 5,
        alpha=float(rate),
        min_alpha=float(rate) * 1e-4,
        workers=int(threads),
        epochs=int(epochs),
        seed=int(seed),
    )
    network.build_vocab(LineSentence(tokens))
    source = {"corpus_file": tokens} if come_from == "file" else {"corpus_iterable": LineSentence(tokens)}
    start = time.perf_counter()
    network.train(
        **source,
        total_examples=network.corpus_count,
        total_words=network.corpus_total_words,
        epochs=int(epochs),
    )
    seconds = time.perf_counter() - start
    network.wv.save_word2vec_format(out, binary=True)
    words = network.corpus_total_words * int(epochs)
    print(json.dumps({"seconds": seconds, "words": words, "version": gensim.__version__}))


def score(file, data):
    binary = not file.endswith((".txt", ".vec"))
    vectors = KeyedVectors.load_word2vec_format(file, binary=binary, limit=None)
    found = {}
    for path in data:
        name = os.path.basename(path)
        if name.startswith("questions"):
            share, sections = vectors.evaluate_word_analogies(path, dummy4unknown=False)
            found[name] = 100 * share
        else:
            delimiter = "\t" if "\t" in open(path, encoding="utf-8").readline() else " "
            _, (rho, _), missing = vectors.evaluate_word_pairs(path, delimiter=delimiter)
            found[name] = float(rho)
    print(json.dumps(found))


if __name__ == "__main__":
    if sys.argv[1] == "train":
        train(*sys.argv[2:])
    else:
        score(sys.argv[2], sys.argv[3:])
