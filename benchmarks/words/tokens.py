"""A text as both sides read it: tokens.py BOOKS.txt.gz TOKENS. Runs of letters, with an apostrophe inside, and
of digits, lower-cased, a line of the text a line.
"""

import gzip
import re
import sys

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+")

source, target = sys.argv[1:]
with gzip.open(source, "rt", encoding="utf-8", errors="replace") as text, open(target, "w") as out:
    for line in text.read().lower().replace("_", " ").split("\n"):
        words = WORD.findall(line)
        if words:
            out.write(" ".join(words) + "\n")
