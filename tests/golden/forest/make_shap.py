#!/usr/bin/env python3
"""Makes shap_*.bin here: what the shap package says about the forests of the *.bin of the same name.
Made with shap 0.46.0, scikit-learn 1.2.1, NumPy 1.24.2. Equal within 1e-9.

Layout, little-endian: u64 n_rows (the first ones of the forest's own rows); f64 base[n_classes];
f64 contribution[n_rows][n_classes][n_cols]."""
import pathlib
import numpy as np, shap
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier

here = pathlib.Path(__file__).parent


def rows(raw):
    n, cols, values, k, trees, seed, weighted, option_bytes = (int(v) for v in np.frombuffer(raw, np.uint64, 8))
    at = 64 + option_bytes
    arrays = []
    for count, dtype in ((n + 1, np.uint64), (values, np.uint32), (values, np.float32), (n, np.uint32)):
        arrays.append(np.frombuffer(raw, dtype, count, at))
        at += (count * np.dtype(dtype).itemsize + 7) // 8 * 8
    start, col, value, y = arrays
    weight = np.frombuffer(raw, np.float32, n, at) if weighted else None
    return sparse.csr_matrix((value, col.astype(np.int32), start.astype(np.int32)), shape=(n, cols)), y, weight, trees, seed


def write(name, options):
    x, y, weight, trees, seed = rows((here / f"{name}.bin").read_bytes())
    forest = RandomForestClassifier(n_estimators=trees, random_state=seed, **options).fit(x, y, sample_weight=weight)
    asked = x[:12].toarray()
    explainer = shap.TreeExplainer(forest, feature_perturbation="tree_path_dependent")
    values = np.array(explainer.shap_values(asked))
    values = np.moveaxis(values, -1, 1) if values.shape[0] == len(asked) else np.moveaxis(values, 0, 1)
    with open(here / f"shap_{name}.bin", "wb") as f:
        np.array([len(asked)], np.uint64).tofile(f)
        np.asarray(explainer.expected_value, np.float64).tofile(f)
        np.ascontiguousarray(values, np.float64).tofile(f)


write("mixed_columns", {"max_features": 3})
write("weighted", {})
