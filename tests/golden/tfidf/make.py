#!/usr/bin/env python3
"""Writes cases.json: small made-up profiles and what scikit-learn makes of them.

    /usr/bin/python3 tests/golden/tfidf/make.py      (scikit-learn 1.2.1, NumPy 1.24.2, Python 3.11)

Values are the bits of the float32, so the comparison is exact (tolerance 0). `argsort` holds counts and
numpy.argsort(-counts), among them sequences that drive the sort into its heap sort.
"""
import json
import pathlib
import random
import sys

import numpy
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer

assert sklearn.__version__ == "1.2.1" and numpy.__version__ == "1.24.2"
rng = random.Random(20)

ENGLISH = """hey love you miss me the and are so much tonight dream work again coffee rain music when what
would could never always tell about your day thanks sweet sorry happy tired weekend movie Beach photo""".split()
FRENCH = """salut tu es où la soirée était géniale Été à bientôt je t'aime beaucoup l'école ça va très bien
merci cœur demain peut-être garçon ÇA forêt naïve""".split()
ODD = """😍 ❤️ 👍🏽 don't e\u0301te\u0301 İstanbul ΟΔΥΣΣΕΥΣ ΣΑΣ ὈΔΥΣΣΕΎΣ straße ǅungla 2nite x² Ⅷth 你好 世界你好 हिन्दी
under_score __init__ a b I 42 3.14 ﬁne K9 ȺȺ""".split()


def message():
    words = []
    for _ in range(rng.randrange(9)):
        words.append(rng.choice(rng.choice([ENGLISH, ENGLISH, FRENCH, ODD])))
    return rng.choice([" ", "  ", ", ", "... ", "! "]).join(words)


def profile():
    return [message() for _ in range(rng.randrange(1, 5))]


train, test = [profile() for _ in range(60)], [profile() for _ in range(12)]
test.append([])
test.append(["zzz unknown words only"])

CASES = [
    dict(max_features=40),
    dict(max_features=60, stop_words="english", ngram_range=(1, 2), sublinear_tf=True),
    dict(max_features=None, min_df=2, max_df=0.3, smooth_idf=False),
    dict(max_features=25, use_idf=False, norm="l1"),
    dict(max_features=None, ngram_range=(2, 2), min_df=2, norm=None),
    dict(max_features=70, binary=True, ngram_range=(1, 3), min_df=0.02, max_df=1.0),
    dict(max_features=33, stop_words="english", norm=None, use_idf=False, sublinear_tf=True),
]


def settings(options):
    out = {"ties": "numpy-scalar"}
    for name, value in options.items():
        if name == "max_features":
            value = value or 0
        elif name == "ngram_range":
            value = "%d,%d" % value
        elif name in ("norm", "stop_words"):
            value = value or "none"
        out[name] = str(value).lower()
    return out


def rows(matrix):
    matrix.sort_indices()
    bits = matrix.data.astype(numpy.float32).view(numpy.uint32)
    for i in range(matrix.shape[0]):
        part = slice(matrix.indptr[i], matrix.indptr[i + 1])
        yield [matrix.indices[part].tolist(), bits[part].tolist()]


def case(train, test, options):
    vectorizer = TfidfVectorizer(**options)
    fitted = vectorizer.fit_transform(map(" ".join, train))
    applied = vectorizer.transform(map(" ".join, test))
    return {
        "options": settings(options),
        "terms": vectorizer.get_feature_names_out().tolist(),
        "rows": [*rows(fitted), *rows(applied)],
    }


def median_of_three_killer(n):
    v, k = [0] * n, n // 2
    for i in range(1, k + 1):
        if i % 2:
            v[i - 1] = i
            if i < k:
                v[i] = k + i
        v[k + i - 1] = 2 * i
    return v


def argsorts():
    arrays = [[], [3], [1] * 16, [1] * 17, [rng.randrange(4) for _ in range(300)], list(range(40))]
    arrays.append([min(int(rng.paretovariate(0.7)), 50) for _ in range(700)])
    # counts are compared negated, so the sequence is turned round; halves and thirds make ties
    for n, part in ((500, 2), (1000, 2), (1000, 3)):
        arrays.append([(2 * n - x) // part for x in median_of_three_killer(n)])
    for counts in arrays:
        yield {"counts": counts, "order": (-numpy.array(counts, numpy.float64)).argsort().tolist()}


# Rows whose norm, summed from the first column to the last instead of from the last to the first, gives
# other float32 values (found by trying 10^8 rows): document frequencies of twelve terms in 60 profiles,
# and how often each comes in the row.
ORDER = [
    ([44, 18, 8, 32, 49, 6, 46, 39, 42, 9, 19, 31], [20, 11, 22, 13, 18, 5, 29, 22, 11, 9, 6, 1]),
    ([26, 41, 9, 38, 4, 19, 35, 59, 37, 37, 37, 54], [15, 13, 1, 18, 4, 15, 27, 16, 5, 4, 12, 6]),
]


def order_group(frequencies, counts):
    names = ["term%02d" % i for i in range(12)]
    documents = [[" ".join(t for t, df in zip(names, frequencies) if i < df)] for i in range(60)]
    row = [" ".join(" ".join([t] * n) for t, n in zip(names, counts))]
    return {"train": documents, "test": [row], "cases": [case(documents, [row], dict(max_features=None))]}


groups = [{"train": train, "test": test, "cases": [case(train, test, c) for c in CASES]}]
groups += [order_group(*o) for o in ORDER]
document = {"groups": groups, "argsort": list(argsorts())}
path = pathlib.Path(__file__).parent / "cases.json"
path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")
sys.stdout.write(f"{path.stat().st_size} bytes\n")
