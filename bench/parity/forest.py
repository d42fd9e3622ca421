#!/usr/bin/env python3
"""Compares every node of every tree, and every probability to the last bit, with the scikit-learn that
is installed (1.2.1 in Debian 12).

    bench/parity/forest.py build/release/bin/forest_dump_bench [--trees N]

Exit 0: everything equal; 1: a difference; 77: scikit-learn is not installed."""
import argparse, os, pathlib, subprocess, sys, tempfile

try:
    import numpy as np, sklearn
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forest_data as fd


def shapes():
    """name, texts and labels, options"""
    emotion, sst2 = fd.shared_texts("tweeteval_emotion"), fd.shared_texts("sst2")
    french, mbti = fd.shared_texts("umsab_fr"), fd.shared_texts("mbti800_tf_masked")
    meld = fd.shared_texts("meld_sentiment")
    cut = lambda t, n: (t[0][:n], t[1][:n])
    if emotion:
        yield "emotion 100", cut(emotion, 100), {}
        yield "emotion 1000", cut(emotion, 1000), {}
        yield "emotion all", emotion, {"max_depth": 40, "min_samples_leaf": 3}
        yield "emotion profiles of 10", fd.group(*emotion, 10), {}
        yield "sst2 all", sst2, {}
        yield "sst2 profiles of 20", fd.group(*sst2, 20), {"max_features": "log2"}
        yield "mbti profiles", mbti, {}
        yield "french 2000, entropy", cut(french, 2000), {"criterion": "entropy"}
        yield "french 3000, no bootstrap", french, {"bootstrap": False, "max_features": 0.1}
        yield "meld 13 000", meld, {"min_impurity_decrease": 1e-5}
    else:
        print("the public texts (../shared/data or $ATTUNE_SHARED) are not here: synthetic text only")
    yield "zipf 100", fd.zipf_texts(100, 12, 2, 1), {}
    yield "zipf 500 profiles", fd.zipf_texts(500, 300, 3, 2), {}
    yield "zipf 1000, 5 classes", fd.zipf_texts(1000, 12, 5, 3), {"min_samples_split": 8}
    extra = {"splitter": "random"}
    yield "zipf 1000, extra trees", fd.zipf_texts(1000, 12, 3, 7), extra
    yield "zipf 500 profiles, extra", fd.zipf_texts(500, 300, 2, 8), {**extra, "bootstrap": True, "min_samples_leaf": 2}
    yield "zipf 10 000, extra trees", fd.zipf_texts(10000, 12, 2, 9), extra
    yield "zipf 10 000", fd.zipf_texts(10000, 12, 2, 4), {}
    yield "zipf 20 000", fd.zipf_texts(20000, 12, 3, 5), {}
    yield "zipf 5000 profiles", fd.zipf_texts(5000, 300, 2, 6), {"max_samples": 0.5}


def as_settings(options):
    text = {True: "true", False: "false"}
    return [f"{k}={text.get(v, v) if isinstance(v, bool) else v}" for k, v in options.items()]


def compare_tree(raw, at, tree, k):
    n = int(np.frombuffer(raw, np.uint64, 1, at)[0])
    at += 8
    take = lambda dtype, count, size: (np.frombuffer(raw, dtype, count, at), at + size * count)
    feature, at = take(np.int32, n, 4)
    right, at = take(np.uint32, n, 4)
    samples, at = take(np.uint32, n, 4)
    threshold, at = take(np.float64, n, 8)
    value, at = take(np.float64, n * k, 8)
    if n != tree.node_count:
        return at, n, f"{n} nodes, scikit-learn has {tree.node_count}"
    split = tree.feature >= 0
    checks = {
        "feature": np.array_equal(np.where(split, tree.feature, -1), feature),
        "threshold": np.array_equal(tree.threshold[split], threshold[split]),
        "left child": np.array_equal(tree.children_left[split], np.nonzero(split)[0] + 1),
        "right child": np.array_equal(tree.children_right[split], right[split]),
        "rows": np.array_equal(tree.n_node_samples, samples),
        "class weights": np.array_equal(tree.value.reshape(n, k), value.reshape(n, k)),
    }
    wrong = [name for name, same in checks.items() if not same]
    return at, n, "; ".join(wrong)


def compare(program, name, texts, options, trees, folder):
    x, y, k = fd.matrix(*texts)
    data, out = folder / "data.bin", folder / "out.bin"
    fd.write(data, x, y, k)
    seed = 42
    subprocess.run([program, data, out, "threads=2", f"seed={seed}", f"n_estimators={trees}", *as_settings(options)],
                   check=True, stdout=subprocess.DEVNULL, cwd=folder)
    theirs = {k: v for k, v in options.items() if k != "splitter"}
    peer = ExtraTreesClassifier if options.get("splitter") == "random" else RandomForestClassifier
    forest = peer(n_estimators=trees, random_state=seed, n_jobs=2, **theirs).fit(x, y)
    raw, at, nodes, bad = out.read_bytes(), 0, 0, []
    for t, e in enumerate(forest.estimators_):
        at, n, wrong = compare_tree(raw, at, e.tree_, k)
        nodes += n
        if wrong:
            bad.append(f"tree {t}: {wrong}")
            break
    if not bad:
        proba = np.frombuffer(raw, np.float64, x.shape[0] * k, at).reshape(-1, k)
        mean = np.zeros((x.shape[0], k))
        for e in forest.estimators_:
            mean += e.predict_proba(x)
        if not np.array_equal(proba, mean / trees):
            bad.append("predict_proba")
    print(f"{name:28} {x.shape[0]:6} x {x.shape[1]:4}  {x.nnz / x.shape[0]:6.1f} values a row  {k} classes  "
          f"{trees} trees, {nodes:8} nodes  {'EQUAL' if not bad else 'DIFFERENT: ' + bad[0]}", flush=True)
    return not bad


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--trees", type=int, default=100)
    args = parser.parse_args()
    program = str(pathlib.Path(args.program).resolve())
    print(f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        same = [compare(program, *shape, args.trees, pathlib.Path(folder)) for shape in shapes()]
    print(f"{sum(same)} of {len(same)} shapes equal in every node and every probability")
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
