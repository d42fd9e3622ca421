#!/usr/bin/env python3
"""Wrong labels: are they found, and what does cleaning bring back?

    build/peers/bin/python bench/quality/label_noise.py [SET ...] [--n 500] [--flip .1]

In each subset of labelled_sets.py a tenth of the training labels is replaced by another class, drawn evenly with a
seed. `attune check --data` names suspects among them. Precision and recall are of the flipped rows among them.
Then three trainings are scored on the test rows: with the right labels (clean), with the flips (noisy), and after
cleaning: `dropped` leaves every suspect out; `reviewed` is what a person makes of the list, who puts right the ones
that are wrong and keeps the others. Restored is (cleaned - noisy) / (clean - noisy) of macro-F1, of the sums over
the subsets; where noise cost less than half a point there is nothing to restore. Without --data the generated
conversations of the demo are measured beside the public sets; the few labels that the generator makes wrong by itself
are put right before, so that a tenth of them is wrong in the end. In the public sets nobody knows how many are.
The interval of the restored share is a bootstrap over the subsets (in the last row, over all of them).

Goal over all sets: precision >= .5, recall >= .7, at least 70 % restored.
"""
import argparse
import json
import os
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
try:
    import numpy as np
except ImportError:
    sys.exit("skipped: NumPy is not installed; script/bench installs the peers into build/peers")
import labelled_sets
import scores
from contestant import Attune, arrays, write
from curve_tables import table

ROOT = pathlib.Path(__file__).resolve().parents[2]


def suspects(attune, rows, folder):
    """Fans whose label `check` doubts"""
    data = folder / "rows.jsonl"
    write(data, rows)
    report = json.loads(attune.run("check", "--data", data, "--label", "label", "--threads", attune.threads, accept=(0, 1, 3)))
    found = [f for f in report["findings"] if f["code"] == "suspect_label"]
    if found and len(found[0]["suspects"]) != found[0]["count"]:
        raise RuntimeError("check counts more suspects than it names")
    return {s["fan_id"] for f in found for s in f["suspects"]}


def macro_f1(attune, data, y, train, test):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        attune.fit([data.profile(i, label=data.labels[y[i]]) for i in train], folder)
        said, _ = arrays(attune.apply([data.profile(i) for i in test], folder), data.labels)
    return scores.macro_f1(data.truth[test], said, len(data.labels))


def measure(attune, data, n, subset, flip):
    train, _, test = data.cell(n, subset)
    draw = np.random.RandomState(2000 + subset)
    flipped = draw.choice(train, round(flip * len(train)), replace=False)
    y = data.truth.copy()
    y[flipped] = (y[flipped] + draw.randint(1, len(data.labels), len(flipped))) % len(data.labels)
    with tempfile.TemporaryDirectory() as folder:
        rows = [{**data.profile(i, label=data.labels[y[i]]), "fan_id": f"r{i}"} for i in train]
        doubted = np.array(sorted(int(f[1:]) for f in suspects(attune, rows, pathlib.Path(folder))), int)
    reviewed = y.copy()
    reviewed[doubted] = data.truth[doubted]
    hits = len(np.intersect1d(doubted, flipped))
    return {"suspects": len(doubted), "flipped": len(flipped), "hits": hits,
            "clean": macro_f1(attune, data, data.truth, train, test), "noisy": macro_f1(attune, data, y, train, test),
            "dropped": macro_f1(attune, data, y, np.setdiff1d(train, doubted), test),
            "reviewed": macro_f1(attune, data, reviewed, train, test)}


def restored(total, way):
    lost = total["clean"] - total["noisy"]
    return (total[way] - total["noisy"]) / lost if lost > 0 else float("nan")


def spread(results, way, repeats=2000):
    """95 % interval of the restored share, subsets drawn with replacement"""
    draw, values = np.random.RandomState(1), []
    for _ in range(repeats):
        picked = [results[i] for i in draw.randint(0, len(results), len(results))]
        total = {k: sum(r[k] for r in picked) for k in picked[0]}
        values.append(restored(total, way))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return f"{100 * low:.0f} .. {100 * high:.0f}"


def row(name, results):
    total = {k: sum(r[k] for r in results) for k in results[0]}
    lost = (total["clean"] - total["noisy"]) / len(results)
    share = lambda way: f"{100 * restored(total, way):.0f} % ({spread(results, way)})" if lost >= 0.005 else "-"
    f1 = lambda k: f"{total[k] / len(results):.3f}"
    return [name, f"{total['suspects'] / len(results):.0f}", f"{total['hits'] / max(total['suspects'], 1):.2f}",
            f"{total['hits'] / total['flipped']:.2f}", f1("clean"), f1("noisy"), f1("dropped"), f1("reviewed"),
            share("dropped"), share("reviewed")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--data", type=pathlib.Path, help="folder of sets")
    parser.add_argument("--n", type=int, default=500)
    parser.add_argument("--subsets", type=int, default=5)
    parser.add_argument("--flip", type=float, default=0.1)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--options", default="", help="more options of `attune fit`")
    parser.add_argument("--results", type=pathlib.Path)
    args = parser.parse_args()
    folders = [args.data] if args.data else [labelled_sets.SHARED]
    if not args.data:
        folders.append(labelled_sets.demo(args.build / "bin/demo_dump_bench", ROOT / "build/bench/demo_sets"))
    for folder in folders:
        if not folder.is_dir():
            print(f"skipped: there is no {folder} (set ATTUNE_SHARED or --data)")
    paths = {k: v for folder in folders if folder.is_dir() for k, v in labelled_sets.names(folder).items()}
    attune, rows, everything = Attune(args.build / "bin/attune", args.options.split()), [], []
    for name, path in paths.items():
        if args.sets and name not in args.sets:
            continue
        data = labelled_sets.LabelledSet(path)
        results = [measure(attune, data, args.n, s, args.flip) for s in range(data.subsets(args.n, args.subsets))]
        if results:
            rows.append(row(name, results))
            everything += results
            print(*rows[-1], flush=True)
    rows.append(row("all", everything))
    text = (f"{args.flip:.0%} of {args.n} labels flipped, {args.subsets} subsets a set; macro-F1\n\n" + table(
        ["set", "suspects", "precision", "recall", "clean", "noisy", "dropped", "reviewed", "restored, dropped",
         "restored, reviewed"], rows))
    print("\n" + text)
    if args.results:
        args.results.write_text(text)


if __name__ == "__main__":
    main()
