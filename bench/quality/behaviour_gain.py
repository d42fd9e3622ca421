#!/usr/bin/env python3
"""Engagement with and without interaction patterns: what the habits of a fan add to the words.

    build/peers/bin/python bench/quality/behaviour_gain.py [--n 50,100,200,500] [--kind KIND]

Generated fans (whole conversations: times, both sides; 5 seeds, judged on 500 other fans), and p4g_engagement where
the public sets are at hand (what the person wrote, without times; five folds, n = full: all other folds). Two
trainings of the same rows: with habits at the weight 0, and as they come. The interval is of the gain, over seeds or
folds.
"""
import argparse
import json
import os
import pathlib
import subprocess
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
from contestant import Attune, arrays
from curve_tables import table

ROOT = pathlib.Path(__file__).resolve().parents[2]
WAYS = {"words": ["--behaviour.weight", "0"], "both": []}


def demo(dump, n, seed, target):
    """(n fans to learn from, 500 to judge on)"""
    out = subprocess.run([dump, str(n + 600), str(seed), "en", "spending"], check=True, capture_output=True).stdout
    rows = [json.loads(line) for line in out.splitlines()]
    rows = [{"fan_id": r["fan_id"], "messages": r["messages"], "label": r["labels"][target]}
            for r in rows if sum(m["from"] == "fan" for m in r["messages"]) >= 2]
    return rows[:n], rows[n:n + 500]


def p4g(data, n, subset):
    train, _, test = data.cell(n, subset)
    row = lambda i: data.profile(i, label=data.labels[data.y[i]])
    return [row(i) for i in train], [row(i) for i in test]


def judged(attune, train, test, options):
    labels = sorted({r["label"] for r in train + test})
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        attune.fit(train, folder, options)
        said, p = arrays(attune.apply([{k: v for k, v in r.items() if k != "label"} for r in test], folder), labels)
    return scores.all_of(np.array([labels.index(r["label"]) for r in test]), said, p)


def measure(attune, name, n, pairs, kind):
    found = {way: [] for way in WAYS}
    for train, test in pairs:
        for way, options in WAYS.items():
            found[way].append(judged(attune, train, test, [*options, *(["--kind", kind] if kind else [])]))
    row = [name, n]
    for figure in ("macro_f1", "accuracy", "log_loss"):
        values = {way: np.array([r[figure] for r in rs]) for way, rs in found.items()}
        row += [f"{values[way].mean():.3f}" for way in WAYS]
        gain = values["both"] - values["words"]
        row.append(f"{gain.mean():+.3f} +-{scores.interval(gain):.3f}")
    print(*row, flush=True)
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=lambda s: [int(v) for v in s.split(",")], default=[50, 100, 200, 500])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--kind", default="")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--results", type=pathlib.Path)
    args = parser.parse_args()
    attune, dump, rows = Attune(args.build / "bin/attune"), args.build / "bin/demo_dump_bench", []
    for target in ("engagement", "personality"):
        for n in args.n:
            pairs = [demo(dump, n, seed, target) for seed in range(1, args.seeds + 1)]
            rows.append(measure(attune, f"demo, {target}", n, pairs, args.kind))
    path = labelled_sets.SHARED / "p4g_engagement.jsonl.zst"
    if path.exists():
        data = labelled_sets.LabelledSet(path)
        for n in [*args.n, "full"]:
            rows.append(measure(attune, "p4g_engagement", n, [p4g(data, n, s) for s in range(5)], args.kind))
    else:
        print(f"skipped: p4g_engagement, there is no {path} (set ATTUNE_SHARED)")
    head = [f"{figure}: {way}" if way == "words" else way for figure in ("macro-F1", "accuracy", "log-loss")
            for way in (*WAYS, "gain")]
    text = "words alone, both; gain of both over words\n\n" + table(["data", "n", *head], rows)
    print("\n" + text)
    if args.results:
        args.results.write_text(text)


if __name__ == "__main__":
    main()
