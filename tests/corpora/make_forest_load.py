#!/usr/bin/env python3
"""Seeds for forest_load_fuzz: small valid forests, and the same with one thing wrong."""
import math, pathlib, struct
out = pathlib.Path(__file__).parent / "forest_load"
out.mkdir(exist_ok=True)


def forest(n_features, n_classes, trees, shares):
    """trees: list of (root, [slot]); a slot is (threshold, feature, right), or (None, 0, leaf) for a left leaf"""
    start, roots, slots, weights = [0], [], [], b""
    width = min(n_features, 32767)
    for root, tree in trees:
        roots.append(root)
        slots += tree
        start.append(len(slots))
        weights += b"\1" * sum((t is None) + (t is not None and r < 0) for t, _, r in tree)
    tests = [2 * width if t is None else f % width + (0 if t >= 0 else width) for t, f, _ in slots]
    high = [f // width for _, f, _ in slots] if n_features > width else []
    body = struct.pack("<IIQQQ", 3, 0, n_features, n_classes, len(trees))
    body += struct.pack(f"<{len(start)}Q", *start) + struct.pack(f"<{len(roots)}i", *roots)
    body += struct.pack(f"<{len(tests)}H", *tests) + struct.pack(f"<{len(high)}H", *high)
    for t, _, r in slots:
        body += struct.pack("<fi", math.nan if t is None else t, r)
    body += struct.pack(f"<{len(shares)}d", *shares) + weights
    sizes = [len(start), len(roots), len(tests), len(high), len(slots), len(shares), len(weights)]
    return struct.pack("<7I", *sizes) + body


pure = [1.0, 0.0, 0.0, 1.0]
left = lambda leaf: (None, 0, leaf)
one = [(0.5, 1, -2), left(-1)]
chain = [(0.5, 0, -2), (0.25, 3, -1), (-0.1, 2, 4), left(-2), (1.5, 3, -3), left(-1)]
seeds = {
    "one_leaf": forest(4, 2, [(-1, [])], pure),
    "one_node": forest(4, 2, [(0, one)], pure),
    "chain": forest(5, 2, [(0, chain), (0, one)], pure + [0.25, 0.75]),
    "three_classes": forest(70, 3, [(0, [(0.0, 69, -2), left(-4)])], [1.0, 0, 0, 0, 1, 0, 0, 0, 1, 0.5, 0.25, 0.25]),
    "wide": forest(40000, 2, [(0, [(0.5, 1, -2), (0.5, 32768, -1), left(-2)])], pure),
    "cycle": forest(4, 2, [(0, [(0.5, 1, 0), left(-1)])], pure),
    "no_left_leaf": forest(4, 2, [(0, [(0.5, 1, -2)])], pure),
    "two_leaves": forest(4, 2, [(0, one + [left(-1)])], pure),
    "right_to_a_leaf": forest(4, 2, [(0, [(0.5, 1, 1), left(-1)])], pure),
    "feature_out_of_range": forest(40000, 2, [(0, [(0.5, 40000, -2), left(-1)])], pure),
    "leaf_out_of_range": forest(4, 2, [(0, [(0.5, 1, -9), left(-1)])], pure),
    "share_above_one": forest(4, 2, [(-1, [])], [1.5, -0.5, 0, 1]),
}
for name, data in seeds.items():
    (out / name).write_bytes(data)
