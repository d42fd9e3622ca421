#!/usr/bin/env python3
"""Seeds for forest_load_fuzz: small valid forests, and the same with one thing wrong."""
import pathlib, struct
out = pathlib.Path(__file__).parent / "forest_load"
out.mkdir(exist_ok=True)


def forest(n_features, n_classes, trees, shares):
    """trees: list of (root, [(threshold, feature, left, right)])"""
    start, roots, nodes = [0], [], []
    for root, tree in trees:
        roots.append(root)
        nodes += tree
        start.append(len(nodes))
    body = struct.pack("<IIQQQ", 1, 0, n_features, n_classes, len(trees))
    body += struct.pack(f"<{len(start)}Q", *start) + struct.pack(f"<{len(roots)}i", *roots)
    for n in nodes:
        body += struct.pack("<fIii", *n)
    body += struct.pack(f"<{len(shares)}d", *shares)
    return struct.pack("<4I", len(start), len(roots), len(nodes), len(shares)) + body


pure = [1.0, 0.0, 0.0, 1.0]
chain = [(0.5, 0, 1, -2), (0.25, 3, 2, -1), (-0.1, 2, -2, 3), (1.5, 3, -1, -3)]
seeds = {
    "one_leaf": forest(4, 2, [(-1, [])], pure),
    "one_node": forest(4, 2, [(0, [(0.5, 1, -1, -2)])], pure),
    "chain": forest(5, 2, [(0, chain), (0, [(0.5, 1, -1, -2)])], pure + [0.25, 0.75]),
    "three_classes": forest(70, 3, [(0, [(0.0, 69, -4, -2)])], [1.0, 0, 0, 0, 1, 0, 0, 0, 1, 0.5, 0.25, 0.25]),
    "cycle": forest(4, 2, [(0, [(0.5, 1, 0, -2)])], pure),
    "feature_out_of_range": forest(4, 2, [(0, [(0.5, 4, -1, -2)])], pure),
    "leaf_out_of_range": forest(4, 2, [(0, [(0.5, 1, -1, -9)])], pure),
    "share_above_one": forest(4, 2, [(-1, [])], [1.5, -0.5, 0, 1]),
}
for name, data in seeds.items():
    (out / name).write_bytes(data)
