#!/usr/bin/env python3
"""Writes cases.json: rows of the feature block `meaning`, reckoned from meaning_table.bin by the formula in meaning.h.

    python3 tests/golden/meaning/make.py

Which words of the table a text has is written down by hand here; doubles of the standard library (Python 3.11).
"""
import json
import math
import pathlib
import struct
import sys

here = pathlib.Path(__file__).resolve().parent
root = here.parents[2]
sys.path.insert(0, str(root / "tools"))
from make_meaning_table import hash64  # noqa: E402

data = (root / "src/feature/meaning/meaning_table.bin").read_bytes()
magic, n, dims, bits, name = struct.unpack_from("<8s4I", data)
at = 24
steps = struct.unpack_from(f"<{dims}f", data, at)
at += 4 * dims
keys = {key: i for i, key in enumerate(struct.unpack_from(f"<{n}I", data, at))}
at += 4 * n + 4 * ((1 << bits) + 1)
weights = data[at:at + n]
codes = data[at + n:]
assert magic == b"meaning\x02" and len(codes) == n * dims // 2

# text, number of words in it, how many are known, and what they stand for
CASES = [
    ("I love you so much", 5, 5, "i love you so much"),
    ("Don't you DARE!!! it's mine", 5, 5, "do not you dare it mine"),
    ("sooooo goooood, loooove it", 4, 4, "so good love it"),
    ("can't won't shouldn’t", 3, 3, "can not will not should not"),
    ("lol omg babe, what a night :) \U0001F60D", 6, 6, "lol omg babe what a night"),
    ("@someone look at #love https://example.org/a 12345 3", 3, 3, "look at love"),
    ("the the the cat", 4, 4, "the the the cat"),
    ("C'est l\u2019amour, ma belle", 4, 4, "c est l amour ma belle"),
]


def vector(word):
    i = keys[hash64(word.encode()) >> 32]
    row = codes[i * dims // 2:(i + 1) * dims // 2]
    return [weights[i] * (code - 7.5) * step for code, step in zip([c for b in row for c in (b & 15, b >> 4)], steps)]


cases = []
for text, n_words, n_known, words in CASES:
    total = [math.fsum(column) for column in zip(*map(vector, words.split()))]
    norm = math.sqrt(math.fsum(x * x for x in total))
    cases.append({"text": text, "n_words": n_words, "n_known": n_known, "row": [round(x / norm, 9) for x in total]})
(here / "cases.json").write_text("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases) + "\n]\n")
