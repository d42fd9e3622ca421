#!/usr/bin/env python3
"""Compares the tfidf block with the scikit-learn that is installed, bit by bit in float32.

    /usr/bin/python3 bench/parity/vectorizer.py [BUILD_DIR] [--random N]

Every labelled set of ../shared/data (or $ATTUNE_SHARED/data), each with several option sets: the training
split is fitted, the test split transformed (in attune after a save and a load). Equal means: the same
vocabulary in the same order, the same columns in each row, the same 32 bits in each value. Then N texts
of random Unicode, where a difference of the tokenizer would show.
"""
import argparse
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import time

import numpy
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OPTIONS = [
    dict(max_features=1000),
    dict(max_features=1000, stop_words="english"),
    dict(max_features=5000, ngram_range=(1, 2), sublinear_tf=True),
    dict(max_features=None, min_df=2, max_df=0.5, smooth_idf=False),
    dict(max_features=300, use_idf=False, norm="l1"),
    dict(max_features=2000, ngram_range=(2, 3), min_df=0.001, binary=True, norm=None, stop_words="english"),
]


def to_settings(options):
    """scikit-learn's arguments as attune's options."""
    for name, value in options.items():
        if name == "max_features":
            value = value or 0
        elif name == "ngram_range":
            value = "%d,%d" % value
        elif name in ("norm", "stop_words"):
            value = value or "none"
        elif isinstance(value, bool):
            value = str(value).lower()
        yield f"{name}={value}"


def pack(train, test):
    out = [struct.pack("<II", len(train), len(test))]
    for messages in train + test:
        out.append(struct.pack("<I", len(messages)))
        for text in messages:
            data = text.encode()
            out += [struct.pack("<I", len(data)), data]
    return b"".join(out)


def run_attune(program, train, test, options, threads):
    with tempfile.TemporaryDirectory() as folder:
        command = [program, str(threads), f"{folder}/model", "ties=numpy-scalar", *to_settings(options)]
        result = subprocess.run(command, input=pack(train, test), stdout=subprocess.PIPE, check=True).stdout
    at = 0

    def u32():
        nonlocal at
        at += 4
        return struct.unpack_from("<I", result, at - 4)[0]

    terms, rows = [], []
    for _ in range(u32()):
        n = u32()
        terms.append(result[at : at + n].decode())
        at += n
    for _ in range(len(train) + len(test)):
        n = u32()
        rows.append((numpy.frombuffer(result, "<u4", n, at), numpy.frombuffer(result, "<u4", n, at + 4 * n)))
        at += 8 * n
    assert at == len(result)
    return terms, rows


def differences(program, train, test, options, threads=2):
    """(terms that differ, rows that differ, values compared)"""
    vectorizer = TfidfVectorizer(**options)
    matrices = [vectorizer.fit_transform(map(" ".join, train)), vectorizer.transform(map(" ".join, test))]
    terms, rows = run_attune(program, train, test, options, threads)
    wanted = vectorizer.get_feature_names_out().tolist()
    n_values = n_rows = at = 0
    for matrix in matrices:
        matrix.sort_indices()
        bits = matrix.data.astype(numpy.float32).view(numpy.uint32)
        for i in range(matrix.shape[0]):
            part = slice(matrix.indptr[i], matrix.indptr[i + 1])
            columns, values = rows[at]
            same = numpy.array_equal(columns, matrix.indices[part]) and numpy.array_equal(values, bits[part])
            n_rows += not same
            at += 1
        n_values += matrix.nnz
    n_terms = len(set(terms) ^ set(wanted)) if terms != wanted else 0
    return n_terms + (terms != wanted), n_rows, n_values


def read_sets(folder):
    for path in sorted(folder.glob("*.jsonl.zst")):
        lines = subprocess.run(["zstd", "-dcq", path], stdout=subprocess.PIPE, check=True).stdout.splitlines()
        train, test = [], []
        rows = [json.loads(line) for line in lines]
        if not any("label" in row for row in rows):
            continue
        for row in rows:
            messages = row.get("messages") or [row["text"]]
            held = row["fold"] == 0 if row.get("fold") is not None else row["split"] == "test"
            (test if held else train).append(messages)
        yield path.name.split(".")[0], train, test


def random_messages(rng):
    """A profile of odd characters; few different letters, so that words repeat."""
    odd = "\u03a3\u03c3\u03c2\u0130\u0131\u0307\u2019'.\u00ad\u02b0\u0345\u0301\u023a\u212a\U0001f60d\u200d\ufe0f\u0903\u0660\u00b2\u2164\u24b6\u01c5\u00a0\u2003\u0085_"
    messages = []
    for _ in range(rng.randrange(4)):
        text = []
        for _ in range(rng.randrange(60)):
            kind = rng.random()
            if kind < 0.45:
                text.append(rng.choice("abcABCé\u00c9\u03b1\u0391 "))
            elif kind < 0.65:
                text.append(" ")
            elif kind < 0.9:
                text.append(rng.choice(odd))
            else:
                c = rng.randrange(1, 0x110000)
                text.append(chr(c) if not 0xD800 <= c < 0xE000 else "x")
        messages.append("".join(text))
    return messages


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", nargs="?", default=str(ROOT / "build/release"))
    parser.add_argument("--random", type=int, default=20000, help="documents of random Unicode")
    args = parser.parse_args()
    program = f"{args.build}/bin/tfidf_dump_bench"
    shared = pathlib.Path(os.environ.get("ATTUNE_SHARED", ROOT.parent / "shared")) / "data"
    print(f"scikit-learn {sklearn.__version__}, NumPy {numpy.__version__}, Python {sys.version.split()[0]}")
    if not shared.is_dir():
        print(f"skipped: there is no {shared} (set ATTUNE_SHARED)")
        sets = []
    else:
        sets = list(read_sets(shared))
    equal = total = values = 0
    for name, train, test in sets:
        for options in OPTIONS:
            start = time.time()
            n_terms, n_rows, n = differences(program, train, test, options)
            total += 1
            equal += not n_terms and not n_rows
            values += n
            verdict = "equal" if not n_terms and not n_rows else f"{n_terms} terms, {n_rows} rows DIFFER"
            print(f"{name:20} {len(train):6} + {len(test):5} {n:9} values  {verdict}  {options}  {time.time() - start:.1f} s")
    rng = random.Random(5)
    texts = [random_messages(rng) for _ in range(args.random)]
    for options in (dict(max_features=None), dict(max_features=200, ngram_range=(1, 2), sublinear_tf=True)):
        n_terms, n_rows, n = differences(program, texts, texts[:100], options)
        total += 1
        equal += not n_terms and not n_rows
        values += n
        print(f"{'random Unicode':20} {len(texts):6} {n:9} values  {n_terms} terms, {n_rows} rows differ  {options}")
    print(f"{equal} of {total} combinations are float32-identical ({values} values)")
    return equal != total


if __name__ == "__main__":
    sys.exit(main())
