#!/usr/bin/env python3
"""Seeds for score_load_fuzz: small valid linear and naive Bayes models, and the same with one thing wrong."""
import pathlib, struct
out = pathlib.Path(__file__).parent / "score_load"
out.mkdir(exist_ok=True)


def model(kind, n_features, n_classes, known, intercept, weight, link=0, layout=1):
    head = struct.pack("<BBBH", kind, len(known), len(intercept), len(weight))
    body = struct.pack("<IIQQ", layout, link, n_features, n_classes) + struct.pack(f"<{len(known)}I", *known)
    return head + body + struct.pack(f"<{len(intercept)}d", *intercept) + struct.pack(f"<{len(weight)}f", *weight)


w3 = [0.5, -1, 0.5, 2, 0, -2]
seeds = {
    "two_classes": model(0, 3, 2, [0, 1], [0.25], [1, -2, 0.5]),
    "three_classes": model(0, 2, 3, [0, 1, 2], [0.1, 0.2, -0.3], w3),
    "three_classes_ovr": model(0, 2, 3, [0, 1, 2], [0.1, 0.2, -0.3], w3, link=1),
    "one_known": model(0, 2, 2, [1], [], []),
    "bayes_absent_class": model(1, 2, 5, [0, 2, 4], [-1, -2, -3], w3),
    "classes_out_of_order": model(0, 2, 3, [0, 2, 1], [0.1, 0.2, -0.3], w3),
    "class_out_of_range": model(0, 2, 3, [0, 1, 3], [0.1, 0.2, -0.3], w3),
    "weight_missing": model(0, 3, 3, [0, 1, 2], [0.1, 0.2, -0.3], w3),
    "weight_not_finite": model(0, 3, 2, [0, 1], [0.25], [1, float("nan"), 0.5]),
    "intercept_not_finite": model(1, 3, 2, [0, 1], [float("inf")], [1, 2, 0.5]),
    "too_new": model(0, 3, 2, [0, 1], [0.25], [1, -2, 0.5], layout=2),
    "features_huge": model(0, 2**40, 2, [0, 1], [0.25], [1, -2, 0.5]),
}
for name, data in seeds.items():
    (out / name).write_bytes(data)
