#!/usr/bin/python3
"""Writes cases.json: metrics, reports and bootstrap limits as scikit-learn 1.2.1 and NumPy 1.24.2 give them.

The bootstrap limits come from scikit-learn's f1_score on resamples drawn by a Python copy of attune's
generator, so that they check the whole way from seed to limit. Tolerance in the test: 1e-12.
Run: /usr/bin/python3 make.py > cases.json
"""
import json
import re
import sys
import warnings

import numpy as np
import sklearn
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

assert sklearn.__version__ == "1.2.1" and np.__version__ == "1.24.2", "made with these versions"
warnings.simplefilter("ignore")
MASK = (1 << 64) - 1


class Rng:
    """xoshiro256++ seeded through splitmix64, and Lemire's bounded draw (base/rng.c)."""

    def __init__(self, seed):
        self.s = [self.mix(seed + i * 0x9E3779B97F4A7C15) for i in range(4)]

    @staticmethod
    def mix(x):
        x = (x + 0x9E3779B97F4A7C15) & MASK
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
        return x ^ (x >> 31)

    @staticmethod
    def rotl(x, k):
        return ((x << k) | (x >> (64 - k))) & MASK

    def next(self):
        s = self.s
        out = (self.rotl((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = self.rotl(s[3], 45)
        return out

    def below(self, n):
        m = self.next() * n
        if (m & MASK) < n:
            while (m & MASK) < (-n & MASK) % n:
                m = self.next() * n
        return m >> 64


def losses(y, p):
    eps = np.finfo(float).eps
    q = np.clip(p, eps, 1 - eps)
    q = q / q.sum(axis=1)[:, None]
    return -np.log(q[np.arange(len(y)), y])


def reliability(right, confidence, strategy="uniform"):
    """(rows, mean confidence, share of right answers) of the bins that are not empty, as calibration_curve."""
    accuracy, mean = calibration_curve(right, confidence, n_bins=15, pos_label=1, strategy=strategy)
    edges = np.linspace(0, 1, 16) if strategy == "uniform" else np.percentile(confidence, np.linspace(0, 1, 16) * 100)
    rows = np.bincount(np.searchsorted(edges[1:-1], confidence), minlength=15)
    return rows, mean, accuracy


def ece(right, confidence, strategy="uniform"):
    rows, mean, accuracy = reliability(right, confidence, strategy)
    return float(np.sum(rows[rows > 0] * abs(mean - accuracy)) / len(right))


def equal_mass(right, confidence):
    """None where a quantile falls on a row: NumPy's rounding then decides on which side that row is."""
    exact = any((len(right) - 1) * cut % 15 == 0 for cut in range(1, 15)) and len(set(confidence)) > 1
    return None if exact else ece(right, confidence, "quantile")


def coverage(right, confidence):
    """By brute force: at each of the 20 coverages the highest threshold that answers at least so many."""
    points = {}
    for step in range(1, 21):
        for t in sorted(set(confidence), reverse=True):
            if np.mean(confidence >= t) >= step / 20 - 1e-9:
                points[t] = [t, np.mean(confidence >= t), np.mean(right[confidence >= t])]
                break
    return [[float(x) for x in point] for point in points.values()]


def finite(x):
    return None if x is None or np.isnan(x) else float(x)


def auc(y, p):
    k = p.shape[1]
    areas = []
    for c in [1] if k == 2 else range(k):
        if 0 < (y == c).sum() < len(y):
            areas.append(sk.roc_auc_score(y == c, p[:, c]))
    return np.mean(areas) if areas else None


def brier(y, p):
    if p.shape[1] == 2:
        return sk.brier_score_loss(y, np.clip(p[:, 1], 0, 1), pos_label=1)
    return np.mean(np.sum((p - np.eye(p.shape[1])[y]) ** 2, axis=1))


def resampled(y, answers, p, draws, seed):
    rng, n, loss = Rng(seed), len(y), losses(y, p)
    f1, ll, gap = [], [], []
    right, confidence = (answers == y).astype(int), p.max(axis=1)
    for _ in range(draws):
        i = np.array([rng.below(n) for _ in range(n)])
        f1.append(sk.f1_score(y[i], answers[i], average="macro"))
        ll.append(loss[i].mean())
        gap.append(ece(right[i], confidence[i]))
    return [*np.percentile(f1, [2.5, 97.5]), *np.percentile(ll, [2.5, 97.5]), *np.percentile(gap, [2.5, 97.5])]


def case(name, labels, y, p, draws=60, seed=7):
    y, p = np.asarray(y), np.asarray(p, float)
    k, answers = len(labels), p.argmax(axis=1)
    shown = [labels[c] for c in sorted(set(y) | set(answers))]

    def text(digits):
        made = sk.classification_report(y, answers, target_names=shown, zero_division=0, digits=digits)
        # Without a single hit scikit-learn 1.2.1 counts the support in floating point and prints "2.0".
        return re.sub(r"(\d+)\.0\n", r"  \1\n", made)

    as_dict = sk.classification_report(y, answers, target_names=shown, zero_division=0, output_dict=True)
    for row in as_dict.values():
        if isinstance(row, dict):
            row["support"] = int(row["support"])
    right, confidence = (answers == y).astype(int), p.max(axis=1)
    rows, mean, share = reliability(right, confidence)
    kappa = sk.cohen_kappa_score(y, answers)
    limits = resampled(y, answers, p, draws, seed)
    return {
        "name": name, "labels": labels, "y": y.tolist(), "p": p.ravel().tolist(),
        "draws": draws, "seed": seed, "limits": [float(x) for x in limits],
        "accuracy": float(sk.accuracy_score(y, answers)),
        "balanced_accuracy": float(sk.balanced_accuracy_score(y, answers)),
        "log_loss": float(sk.log_loss(y, p, labels=range(k))),
        "brier": float(brier(y, p)), "roc_auc": finite(auc(y, p)),
        "mcc": float(sk.matthews_corrcoef(y, answers)),
        "kappa": 0.0 if np.isnan(kappa) else float(kappa),
        "ece": ece(right, confidence), "ece_equal_mass": equal_mass(right, confidence),
        "reliability": [rows.tolist(), mean.tolist(), share.tolist()], "coverage": coverage(right, confidence),
        "confusion": sk.confusion_matrix(y, answers, labels=range(k)).ravel().tolist(),
        "text2": text(2), "text4": text(4), "text14": text(14), "text17": text(17),
        "dict": as_dict,
    }


def noisy(gen, n, k, strength, decimals=None, classes=None):
    """Probabilities that favour the truth; `decimals` rounds them, which makes ties."""
    y = gen.choice(classes if classes is not None else k, n)
    logits = gen.normal(size=(n, k)) + strength * np.eye(k)[y]
    p = np.exp(logits) / np.exp(logits).sum(axis=1)[:, None]
    return y, p if decimals is None else np.round(p, decimals)


def never_answered(gen):
    """Four classes, of which class 2 is neither true nor answered."""
    y, p = noisy(gen, 40, 4, 1.0, None, [0, 1, 3])
    p[:, 2] = 0.001
    return y, p / p.sum(axis=1)[:, None]


def main():
    g = np.random.RandomState(20240101)
    two, three = ["Emotional", "Conqueror"], ["low", "medium", "high"]
    cases = [
        case("two classes", two, *noisy(g, 80, 2, 1.5)),
        case("three classes", three, *noisy(g, 90, 3, 1.0)),
        case("six classes", list("abcdef"), *noisy(g, 60, 6, 2.0)),
        case("twenty classes", [f"c{i:02}" for i in range(20)], *noisy(g, 120, 20, 2.5, 3)),
        case("two classes, ties", two, *noisy(g, 60, 2, 1.0, 1)),
        case("three classes, ties", three, *noisy(g, 60, 3, 0.5, 1)),
        case("a class absent from the truth", three, *noisy(g, 40, 3, 1.0, None, [0, 2])),
        case("a class absent from both", ["a", "b", "never", "c"], *never_answered(g)),
        case("always the same answer", two, g.choice(2, 30), np.tile([0.7, 0.3], (30, 1))),
        case("perfect", three, [0, 1, 2, 0, 1, 2, 2], np.eye(3)[[0, 1, 2, 0, 1, 2, 2]]),
        case("all wrong", two, [0, 1, 0, 1], np.eye(2)[[1, 0, 1, 0]]),
        case("one class only, all right", two, [1] * 5, np.tile([0.2, 0.8], (5, 1))),
        case("one class only, some wrong", two, [0] * 6, [[0.9, 0.1], [0.4, 0.6]] * 3),
        case("one row", two, [1], [[0.25, 0.75]]),
        case("certain and wrong", two, [0, 1, 1, 0], [[0, 1], [1, 0], [1e-300, 1], [1, 1e-17]]),
        case("long and foreign names", ["Émotionnelle et très bavarde", "征服者"], *noisy(g, 25, 2, 1.0)),
    ]
    json.dump({"made_with": f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}", "cases": cases},
              sys.stdout, ensure_ascii=False, separators=(",", ":"))
    print()


main()
