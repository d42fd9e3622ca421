#!/usr/bin/env python3
"""Writes cases.json: made-up messages and what scikit-learn's char_wb and word n-grams make of them.

    /usr/bin/python3 tests/golden/ngram/make.py      (scikit-learn 1.2.1, NumPy 1.24.2, Python 3.11)

The texts are such that both tokenisations agree: ASCII, no elongation, no long numbers, no shouting,
single punctuation signs, and no punctuation at all where words are compared. One message a fan, so
min_df counts fans. Values are the bits of the float32: the comparison is exact (tolerance 0).
"""
import json
import pathlib
import random
import sys

import numpy
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer

assert sklearn.__version__ == "1.2.1" and numpy.__version__ == "1.24.2"
rng = random.Random(31)
WORDS = """hey love you miss me the and are so much tonight dream work again coffee rain music when what would
could never always tell about your day thanks sweet sorry happy tired weekend movie Beach photo a I ok b4 gr8
42 7 don't it's yesterday extraordinary haha""".split()


def message(signs):
    out = []
    for _ in range(rng.randrange(1, 25)):
        word = rng.choice(WORDS)
        out.append(word + (rng.choice(",.!?") if signs and rng.random() < 0.3 else ""))
    return rng.choice([" ", "  ", " \n "]).join(out)


def rows(matrix):
    matrix.sort_indices()
    bits = matrix.data.astype(numpy.float32).view(numpy.uint32)
    for i in range(matrix.shape[0]):
        part = slice(matrix.indptr[i], matrix.indptr[i + 1])
        yield [matrix.indices[part].tolist(), bits[part].tolist()]


def case(train, test, settings, **options):
    v = TfidfVectorizer(token_pattern=r"(?u)\b\w+(?:'\w+)*\b", **options)
    fitted, applied = v.fit_transform(train), v.transform(test)
    return {"settings": settings, "terms": v.get_feature_names_out().tolist(), "rows": [*rows(fitted), *rows(applied)]}


def words(**more):
    return {"char_max": "0", "word_weight": "1", **{k: str(v).lower() for k, v in more.items()}}


def chars(**more):
    return {"word_max": "0", **{k: str(v).lower() for k, v in more.items()}}


def group(signs, cases):
    train, test = [message(signs) for _ in range(30)], [message(signs) for _ in range(5)] + ["", "zzz qqq"]
    return {"train": train, "test": test, "cases": [case(train, test, s, **o) for s, o in cases]}


wb = {"analyzer": "char_wb"}
document = [
    group(True, [
        (chars(min_fans=3), dict(**wb, ngram_range=(2, 5), sublinear_tf=True, min_df=3)),
        (chars(min_fans=2, char_min=1, char_max=3, max_df=0.5), dict(**wb, ngram_range=(1, 3), sublinear_tf=True, min_df=2, max_df=0.5)),
        (chars(min_fans=8, char_min=3, char_max=8, use_idf=False, norm="l2"), dict(**wb, ngram_range=(3, 8), sublinear_tf=True, min_df=8, use_idf=False)),
        (chars(min_fans=12, sublinear_tf=False, norm="none"), dict(**wb, ngram_range=(2, 5), min_df=12, norm=None)),
    ]),
    group(False, [
        (words(min_fans=2), dict(ngram_range=(1, 2), sublinear_tf=True, min_df=2)),
        (words(min_fans=2, word_max=5), dict(ngram_range=(1, 5), sublinear_tf=True, min_df=2)),
        (words(min_fans=2, word_min=2, word_max=3, use_idf=False), dict(ngram_range=(2, 3), sublinear_tf=True, min_df=2, use_idf=False)),
    ]),
]
path = pathlib.Path(__file__).parent / "cases.json"
path.write_text(json.dumps(document, separators=(",", ":")) + "\n")
sys.stdout.write(f"{path.stat().st_size} bytes\n")
