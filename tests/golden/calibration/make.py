#!/usr/bin/python3
"""Writes cases.json: calibrations as SciPy 1.10.1 and scikit-learn 1.2.1 (NumPy 1.24.2) give them.

temperature  scipy.optimize.minimize_scalar on the loss that pipeline/temperature.h states
isotonic     CalibratedClassifierCV(method="isotonic", cv="prefit") around a classifier that passes
             probabilities through, its curves clipped to Laplace's limits
venn_abers   two IsotonicRegression fits for each query and class

Tolerances in the test: 1e-6 for T (the minimum is flat), 1e-10 for probabilities.
Run: /usr/bin/python3 make.py > cases.json
"""
import json
import sys

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.isotonic import IsotonicRegression

assert (scipy.__version__, sklearn.__version__, np.__version__) == ("1.10.1", "1.2.1", "1.24.2")


class Through(ClassifierMixin, BaseEstimator):
    """Its features are its probabilities."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return X


def temperature(p, y):
    logs = np.log(np.maximum(p, min(1e-3, p[p > 0].min() / 2)))

    def loss(u):
        z = np.exp(u) * logs
        return (logsumexp(z, axis=1) - z[np.arange(len(y)), y]).sum() + 10 * u**2

    grid = np.linspace(-8, 3, 111)
    best = grid[np.argmin([loss(u) for u in grid])]
    found = minimize_scalar(loss, bounds=(best - 0.1, best + 0.1), method="bounded", options={"xatol": 1e-12})
    return float(np.exp(-found.x))


def isotonic(p, y, queries):
    n, k = p.shape
    model = CalibratedClassifierCV(Through().fit(p, np.arange(k)), method="isotonic", cv="prefit").fit(p, y)
    for curve in model.calibrated_classifiers_[0].calibrators:
        curve.y_thresholds_ = np.clip(curve.y_thresholds_, 1 / (n + 2), (n + 1) / (n + 2))
        curve._build_f(curve.X_thresholds_, curve.y_thresholds_)
    return model.predict_proba(queries)


def venn_abers(p, y, queries):
    n, k = p.shape
    low, high = np.zeros((len(queries), k)), np.zeros((len(queries), k))
    for c in range(k):
        for i, score in enumerate(queries[:, c]):
            for label, out in ((0, low), (1, high)):
                fit = IsotonicRegression().fit(np.append(p[:, c], score), np.append(y == c, label))
                out[i, c] = fit.predict([score])[0]
    point = high / (1 - low + high)
    best = point.argmax(axis=1)
    width = (high - low)[np.arange(len(queries)), best]
    return point / point.sum(axis=1)[:, None], width


def case(name, gen, n, k, strength, sharp, decimals=None):
    """`sharp` above 1 makes the probabilities too sure, `decimals` makes ties."""

    def draw(m):
        y = gen.randint(k, size=m)
        z = sharp * (gen.normal(size=(m, k)) + strength * np.eye(k)[y])
        p = np.exp(z - logsumexp(z, axis=1)[:, None])
        return y, p if decimals is None else np.round(p, decimals)

    y, p = draw(n)
    y[:k] = np.arange(k)  # scikit-learn wants every class
    _, queries = draw(12)
    queries[:2] = p[:2]  # scores that the fit has seen
    venn, width = venn_abers(p, y, queries)
    return {
        "name": name, "k": k, "p": p.ravel().tolist(), "y": y.tolist(), "queries": queries.ravel().tolist(),
        "temperature": temperature(p, y), "isotonic": isotonic(p, y, queries).ravel().tolist(),
        "venn_abers": venn.ravel().tolist(), "width": width.tolist(),
    }


def main():
    g = np.random.RandomState(20240301)
    cases = [
        case("two classes, too sure", g, 120, 2, 1.0, 3.0),
        case("two classes, too shy", g, 120, 2, 2.0, 0.4),
        case("three classes", g, 150, 3, 1.0, 2.0),
        case("three classes, ties", g, 150, 3, 1.0, 1.5, 2),
        case("six classes, ties and zeros", g, 120, 6, 2.0, 3.0, 1),
        case("twelve rows", g, 12, 2, 1.0, 1.0),
        case("no signal", g, 100, 3, 0.0, 2.0),
        case("nearly always right", g, 80, 2, 6.0, 0.5),
    ]
    versions = f"SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}, NumPy {np.__version__}"
    json.dump({"made_with": versions, "cases": cases}, sys.stdout, separators=(",", ":"))
    print()


main()
