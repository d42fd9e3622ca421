#!/usr/bin/env python3
"""How fast text becomes rows: attune's blocks beside scikit-learn's TfidfVectorizer, CPU seconds of one core.

    /usr/bin/python3 bench/peers/vectorizer_speed.py FILE [BUILD_DIR]

FILE has one document a line. Each program measures itself in the same run, one after the other; best of
five for attune, of three for scikit-learn. Same terms on both sides but for the tokenizer: 5 profiles or
fans at least, sublinear tf, idf, l2.
"""
import re
import subprocess
import sys
import time

import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer

path, build = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "build/release"
texts = open(path, encoding="utf-8").read().split("\n")[:-1]
megabytes = sum(len(t.encode()) + 1 for t in texts) / 1e6
word = dict(sublinear_tf=True, min_df=5)
piece = dict(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=5)
CASES = [
    ("words", "tfidf_bench", ["max_features=0", "min_fans=5", "sublinear_tf=true"], [word]),
    ("chat tokens", "ngram_bench", ["word_max=1", "char_max=0"], [word]),
    ("chat tokens 1-2", "ngram_bench", ["char_max=0"], [dict(word, ngram_range=(1, 2))]),
    ("tokens 1-2 and pieces 2-5", "ngram_bench", [], [dict(word, ngram_range=(1, 2)), piece]),
    ("the same, hash_bits=18", "ngram_bench", ["hash_bits=18"], [dict(word, ngram_range=(1, 2)), piece]),
]


def own(program, options):
    out = subprocess.run([f"{build}/bin/{program}", path, *options], capture_output=True, text=True, check=True).stdout
    speed = {m[1].strip(): float(m[2]) for m in re.finditer(r"^(.+?)\s+[\d.]+ ms\s+([\d.]+) MB/s", out, re.M)}
    cols, memory = re.search(r"(\d+) columns, peak memory (\d+) MB", out).groups()
    return speed, int(cols), int(memory)


def peer(options):
    best = [1e9, 1e9]
    for _ in range(3):
        seconds = [0.0, 0.0]
        for o in options:
            v = TfidfVectorizer(**o)
            times = [time.process_time()]
            for step in (v.fit_transform, v.transform):
                step(texts)
                times.append(time.process_time())
            seconds = [s + b - a for s, a, b in zip(seconds, times, times[1:])]
        best = [min(b, s) for b, s in zip(best, seconds)]
    return [megabytes / s for s in best]


known = {}
print(f"{len(texts)} documents, {megabytes:.1f} MB; MB/s of text on one core; scikit-learn {sklearn.__version__}\n")
print("| terms | columns | memory | fit | fit and rows | scikit-learn | ratio | transform | scikit-learn | ratio |")
print("|---|---|---|---|---|---|---|---|---|---|")
for name, program, settings, options in CASES:
    speed, cols, memory = own(program, settings)
    key = repr(options)
    if key not in known:
        known[key] = peer(options)
    fit, transform = known[key]
    print(f"| {name} | {cols} | {memory} MB | {speed['fit']:.0f} | {speed['fit and rows']:.1f} | {fit:.2f} "
          f"| {speed['fit and rows'] / fit:.1f}x | {speed['transform']:.1f} | {transform:.2f} "
          f"| {speed['transform'] / transform:.1f}x |", flush=True)
