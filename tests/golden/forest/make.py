#!/usr/bin/env python3
"""Makes the *.bin here: small matrices with every node that scikit-learn grows on them.
Made with scikit-learn 1.2.1, NumPy 1.24.2, SciPy 1.10.1 (Debian 12). All numbers are to be equal,
but in balanced*.bin.

Layout, little-endian: u64 n_rows, n_cols, n_values, n_classes, n_trees, seed, weighted, option_bytes;
options as "name=value\\n", NUL-padded to 8; u64 start[n_rows + 1]; u32 col[]; f32 value[]; u32 y[n_rows];
f32 weight[n_rows] if weighted; for each tree: u32 n_nodes, u32 0, i32 feature[], u32 right[],
u32 n_samples[], f64 threshold[], f64 value[n_nodes * n_classes]; f64 proba[n_rows * n_classes]."""
import pathlib, sys
import numpy as np, sklearn
from scipy import sparse
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

here = pathlib.Path(__file__).parent


def write(name, x, y, n_classes, options, seed=7, trees=8, weight=None):
    x = sparse.csr_matrix(x, dtype=np.float32)
    theirs = {k: v for k, v in options.items() if k != "splitter"}
    peer = ExtraTreesClassifier if options.get("splitter") == "random" else RandomForestClassifier
    forest = peer(n_estimators=trees, random_state=seed, **theirs).fit(x, y, sample_weight=weight)
    text = "".join(f"{k}={str(v).lower()}\n" for k, v in options.items()).encode() + f"n_estimators={trees}\n".encode()
    text += b"\0" * (-len(text) % 8)
    even = lambda a: a if a.size % 2 == 0 else np.append(a, a.dtype.type(0))
    with open(here / f"{name}.bin", "wb") as f:
        np.array([*x.shape, x.nnz, n_classes, trees, seed, weight is not None, len(text)], np.uint64).tofile(f)
        f.write(text)
        x.indptr.astype(np.uint64).tofile(f)
        # each u32 or f32 array is padded to a multiple of 8 bytes
        even(x.indices.astype(np.uint32)).tofile(f)
        even(x.data.astype(np.float32)).tofile(f)
        even(np.asarray(y).astype(np.uint32)).tofile(f)
        if weight is not None:
            even(weight.astype(np.float32)).tofile(f)
        proba = np.zeros((x.shape[0], n_classes))
        for e in forest.estimators_:
            t = e.tree_
            split = t.feature >= 0
            np.array([t.node_count, 0], np.uint32).tofile(f)
            even(np.where(split, t.feature, -1).astype(np.int32)).tofile(f)
            even(np.where(split, t.children_right, 0).astype(np.uint32)).tofile(f)
            even(t.n_node_samples.astype(np.uint32)).tofile(f)
            np.where(split, t.threshold, 0).astype(np.float64).tofile(f)
            t.value.reshape(-1).astype(np.float64).tofile(f)
            proba += e.predict_proba(x)
        (proba / trees).tofile(f)


def words(rng, n, n_cols, per_row, n_classes):
    """Rows like tf-idf: few words each, by a Zipf law, of length 1."""
    y = rng.randint(0, n_classes, n)
    p = 1 / np.arange(1, n_cols + 1)
    x = np.zeros((n, n_cols), np.float32)
    for i in range(n):
        for w in rng.choice(n_cols, per_row, p=p / p.sum()):
            x[i, (w + 3 * y[i]) % n_cols] += 1 + rng.random_sample()
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32), y


def mixed(rng, n):
    """Constant and nearly constant columns, ties, negative and explicit zero values, doubled rows."""
    y = rng.randint(0, 2, n)
    x = np.zeros((n, 12), np.float32)
    x[:, 0] = 1
    x[:, 1] = np.float32(0.5) + rng.randint(0, 2, n) * np.float32(5e-8)
    x[:, 2] = rng.randint(0, 4, n) / 4
    x[:, 3] = rng.randint(-2, 3, n) / 2 + y / 2
    x[:, 4] = (rng.random_sample(n) - 0.5) * (rng.random_sample(n) < 0.4)
    x[:, 5] = rng.randint(0, 9, n) * np.float32(4e-8) - np.float32(1.6e-7)
    x[:, 6] = -rng.random_sample(n) * (rng.random_sample(n) < 0.3)
    x[:, 7] = rng.random_sample(n)
    x[:, 8:] = rng.randint(0, 3, (n, 4)) * (rng.random_sample((n, 4)) < 0.5)
    x[n // 2:] = x[:n - n // 2]
    s = sparse.csr_matrix(x)
    s.data[rng.choice(s.nnz, s.nnz // 20, replace=False)] = 0
    return s, y


def main():
    print(f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}", file=sys.stderr)
    rng = np.random.RandomState(1)
    write("words_two_classes", *words(rng, 120, 90, 8, 2), 2, {})
    write("words_three_classes", *words(rng, 100, 150, 10, 3), 3, {"max_features": "log2"})
    write("limits", *words(rng, 150, 60, 12, 5), 5,
          {"max_depth": 6, "min_samples_leaf": 3, "min_samples_split": 9, "min_impurity_decrease": 0.001})
    write("mixed_columns", *mixed(rng, 90), 2, {"max_features": 3})
    write("entropy", *words(rng, 80, 40, 6, 3), 3, {"criterion": "entropy", "bootstrap": False, "max_features": 0.5})
    write("samples", *words(rng, 90, 40, 6, 2), 2, {"max_samples": 0.35})
    x, y = words(rng, 90, 40, 6, 3)
    write("weighted", x, y, 3, {}, weight=rng.choice([0.5, 1.0, 1.75, 4.0], 90))
    write("extra_trees", *words(rng, 120, 90, 8, 3), 3, {"splitter": "random"})
    write("extra_trees_mixed", *mixed(rng, 90), 2,
          {"splitter": "random", "max_features": 3, "min_samples_leaf": 2, "bootstrap": True})
    # few of class 0; fractional weights: the same but for splits that tie, hence compared by their answers
    for weight in ("balanced", "balanced_subsample"):
        x, y = words(rng, 300, 60, 8, 3)
        keep = (y > 0) | (rng.random_sample(300) < 0.2)
        write(weight, x[keep], y[keep], 3, {"class_weight": weight, "max_depth": 4}, trees=20)


main()
