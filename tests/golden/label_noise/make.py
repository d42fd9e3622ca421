#!/usr/bin/env python3
"""Writes cases.json: suspect labels as cleanlab 2.9.0 finds and ranks them.

filter_by="low_normalized_margin", ranked by normalized margin (cleanlab's (p_given - p_other + 1) / 2;
attune leaves out the shift and the half). cleanlab gives a row with several believed classes the class
with the largest probability, believed or not; the paper and attune take the largest of the believed
ones. No case holds a row where that differs.
Run: python3 -m venv venv && venv/bin/pip install cleanlab==2.9.0 && venv/bin/python make.py > cases.json
"""
import importlib.metadata
import json
import sys

import numpy as np
from cleanlab.count import compute_confident_joint, get_confident_thresholds
from cleanlab.filter import find_label_issues

VERSION = importlib.metadata.version("cleanlab")
assert VERSION == "2.9.0", "made with this version"


def unambiguous(y, p, thresholds):
    believed = p >= thresholds - 1e-6
    return (believed.sum(axis=1) < 2) | believed[np.arange(len(y)), p.argmax(axis=1)]


def case(name, gen, n, k, strength, flipped, shares=None):
    truth = gen.choice(k, n, p=shares)
    truth[:k] = np.arange(k)
    z = gen.normal(size=(n, k)) + strength * np.eye(k)[truth]
    p = np.exp(z) / np.exp(z).sum(axis=1)[:, None]
    p = np.round(p, 6)  # short in the file
    y = np.where(gen.uniform(size=n) < flipped, gen.choice(k, n), truth)
    y[:k] = np.arange(k)
    while True:
        thresholds = get_confident_thresholds(y, p)
        keep = unambiguous(y, p, thresholds)
        if keep.all():
            break
        y, p = y[keep], p[keep]
    issues = find_label_issues(y, p, filter_by="low_normalized_margin", return_indices_ranked_by="normalized_margin")
    others = p.copy()
    others[np.arange(len(y)), y] = -1
    margin = p[np.arange(len(y)), y] - others.max(axis=1)
    return {
        "name": name, "k": k, "y": y.tolist(), "p": p.ravel().tolist(), "threshold": thresholds.tolist(),
        "joint": compute_confident_joint(y, p, calibrate=False).ravel().tolist(),
        "suspects": issues.tolist(), "margin": margin[issues].tolist(),
    }


def main():
    g = np.random.RandomState(20240311)
    cases = [
        case("two classes", g, 120, 2, 2.0, 0.2),
        case("three classes", g, 150, 3, 2.0, 0.2),
        case("three classes, weak", g, 120, 3, 0.5, 0.1),
        case("one is rare", g, 150, 3, 2.0, 0.2, [0.7, 0.25, 0.05]),
        case("seven classes", g, 150, 7, 3.0, 0.3),
        case("no flips, strong", g, 60, 2, 6.0, 0.0),
        case("all flips", g, 60, 2, 4.0, 1.0),
    ]
    json.dump({"made_with": f"cleanlab {VERSION}, NumPy {np.__version__}", "cases": cases}, sys.stdout,
              separators=(",", ":"))
    print()


main()
