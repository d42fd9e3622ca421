#!/usr/bin/env python3
"""Makes the *.bin here: small matrices with the weights and probabilities that scikit-learn learns from them.
Made with scikit-learn 1.2.1, NumPy 1.24.2, SciPy 1.10.1 (Debian 12). lbfgs runs to tol 1e-10, so the objective is the
minimum; attune's may be larger by 1e-4 of it and its probabilities differ by 1e-3. Naive Bayes: probabilities within 1e-5.

Layout, little-endian: u64 n_rows, n_cols, n_values, n_classes, weighted, option_bytes; options as "name=value\\n",
NUL-padded to 8, the first is kind; u64 start[n_rows + 1]; u32 col[]; f32 value[]; u32 y[n_rows]; f32 weight[n_rows] if
weighted, each padded to 8 bytes; f64 objective (0: none); f64 proba[n_rows * n_classes]."""
import pathlib
import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB, MultinomialNB

here = pathlib.Path(__file__).parent


def loss(model, x, y, C, weight):
    """What lbfgs minimises, times C: 1/2 |w|^2 + C * sum of weighted losses. Multinomial or two classes."""
    p = model.predict_proba(x)
    return 0.5 * (model.coef_ ** 2).sum() - C * (weight * np.log(p[np.arange(len(y)), np.searchsorted(model.classes_, y)])).sum()


def write(name, x, y, n_classes, model, settings, objective=0.0, weight=None):
    text = "".join(f"{k}={v}\n" for k, v in settings.items()).encode()
    text += b"\0" * (8 - len(text) % 8)
    even = lambda a: a if a.size % 2 == 0 else np.append(a, a.dtype.type(0))
    proba = np.zeros((x.shape[0], n_classes))
    proba[:, model.classes_] = model.predict_proba(x)  # classes without rows: 0
    with open(here / f"{name}.bin", "wb") as f:
        np.array([*x.shape, x.nnz, n_classes, weight is not None, len(text)], np.uint64).tofile(f)
        f.write(text)
        x.indptr.astype(np.uint64).tofile(f)
        even(x.indices.astype(np.uint32)).tofile(f)
        even(x.data.astype(np.float32)).tofile(f)
        even(y.astype(np.uint32)).tofile(f)
        if weight is not None:
            even(weight.astype(np.float32)).tofile(f)
        np.array([objective]).tofile(f)
        proba.tofile(f)


def words(seed, n, n_cols, per_row, n_classes, shares=None):
    """Rows like tf-idf: few words each, by a Zipf law, of length 1; every class prefers some words."""
    rng = np.random.RandomState(seed)
    y = rng.choice(n_classes, n, p=shares)
    p = 1 / np.arange(1, n_cols + 1)
    x = np.zeros((n, n_cols), np.float32)
    for i in range(n):
        for w in rng.choice(n_cols, per_row, p=p / p.sum()):
            x[i, (w + 3 * y[i]) % n_cols] += 1 + rng.random_sample()
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    return sparse.csr_matrix(x, dtype=np.float32), y, rng


def logistic(name, x, y, n_classes, settings, weight=None):
    options = dict(C=float(settings.get("C", 1)), multi_class=settings.get("multi_class", "auto"),
                   class_weight=settings.get("class_weight"))
    model = LogisticRegression(solver="lbfgs", tol=1e-10, max_iter=20000, **options)
    wide = x.astype(np.float64)
    model.fit(wide, y, sample_weight=weight)
    objective = 0.0
    if options["multi_class"] != "ovr":
        w = np.ones(len(y)) if weight is None else weight.astype(np.float64)
        if options["class_weight"] == "balanced":
            counts = np.bincount(y, minlength=n_classes)
            w = w * (len(y) / ((counts > 0).sum() * np.maximum(counts, 1)))[y]
        objective = loss(model, wide, y, options["C"], w)
    write(name, x, y, n_classes, model, {"kind": "linear", **settings}, objective, weight)


def bayes(name, x, y, n_classes, settings, weight=None):
    kinds = {"complement": ComplementNB, "multinomial": MultinomialNB}
    options = {"alpha": float(settings.get("alpha", 1))}
    if settings.get("norm") == "true":
        options["norm"] = True
    model = kinds[settings.get("variant", "complement")](**options).fit(x.astype(np.float64), y, sample_weight=weight)
    write(name, x, y, n_classes, model, {"kind": "bayes", **settings}, 0.0, weight)


def main():
    x, y, rng = words(1, 80, 200, 12, 2)
    logistic("two_classes", x, y, 2, {})
    logistic("two_classes_balanced", x, y, 2, {"C": "10", "class_weight": "balanced", "tol": "0.0001"})
    x, y, rng = words(2, 120, 300, 15, 3, [0.6, 0.3, 0.1])
    weight = (1 + rng.randint(0, 4, len(y))).astype(np.float32) / 2
    logistic("three_classes", x, y, 3, {})
    logistic("three_classes_weighted", x, y, 3, {"C": "0.3"}, weight)
    logistic("three_classes_balanced", x, y, 3, {"C": "5", "class_weight": "balanced"})
    logistic("three_classes_ovr", x, y, 3, {"multi_class": "ovr"})
    logistic("three_classes_ovr_balanced", x, y, 3, {"C": "2", "multi_class": "ovr", "class_weight": "balanced"})
    bayes("complement", x, y, 3, {}, weight)
    bayes("complement_norm", x, y, 3, {"alpha": "0.1", "norm": "true"})
    bayes("multinomial", x, y, 3, {"variant": "multinomial", "alpha": "0.5"}, weight)
    x, y, rng = words(3, 100, 150, 10, 7)
    y[y == 4] = 5  # a class without rows
    wide = sparse.hstack([x, sparse.csr_matrix(3 * rng.standard_normal((100, 2)))]).tocsr().astype(np.float32)
    wide.sort_indices()
    logistic("absent_class_mixed_columns", wide, y, 7, {"C": "3"})
    bayes("absent_class", x, y, 7, {})
    x, y, rng = words(4, 60, 100, 10, 2)
    bayes("multinomial_two_classes", x, y, 2, {"variant": "multinomial"})
    bayes("complement_two_classes", x, y, 2, {"alpha": "0.01"})


main()
