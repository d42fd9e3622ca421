#!/usr/bin/env python3
"""Does attune keep what it promises when it says nothing? Target precision, and conformal coverage.

    build/peers/bin/python bench/quality/abstention.py [SET ...] [--n 200,500,full] [--targets .8,.9]
                                                       [--conformal .1] [--repeats 1000]

Precision: `fit --target-precision P` on the cells of labelled_sets.py; of the answers on the test rows that were not
withheld, the share that is right, and how many were given at all. Goal: within 2 points of P (or above it), where
anything is answered; the interval is over the pooled answers of a set (Wilson). `short` counts the single trainings
of a cell that are more than 2 points under P on their test rows, of those that answer anything; where few rows are
answered, some of it is the luck of these rows.

Conformal: `fit --conformal ALPHA` again and again, each time on other generated fans and judged on others still; the
share of answers whose set of labels holds the true one. The mean over the repetitions has to lie within
[1 - ALPHA, 1 - ALPHA + 1/(n + 1)], give or take two standard errors of that mean.
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
from contestant import Attune
from curve_tables import table

ROOT = pathlib.Path(__file__).resolve().parents[2]


def wilson(hits, n, z=1.96):
    if not n:
        return float("nan"), float("nan")
    p, d = hits / n, 1 + z * z / n
    half = z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5 / d
    return (p + z * z / (2 * n)) / d - half, (p + z * z / (2 * n)) / d + half


def cell_answers(attune, data, cell, options):
    train, val, test = data.cell(cell.n, cell.subset)
    rows = [data.profile(i, label=data.labels[data.y[i]]) for i in train]
    rows += [data.profile(i, label=data.labels[data.y[i]], split="val") for i in val]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        attune.fit(rows, folder, options)
        return attune.apply([data.profile(i) for i in test], folder), [data.labels[data.y[i]] for i in test]


def precision_table(args, attune):
    rows, misses, covered, all_short, all_answering = [], 0, [], 0, 0
    for name, path in labelled_sets.names(args.data).items():
        if args.sets and name not in args.sets:
            continue
        data = labelled_sets.LabelledSet(path)
        for n in args.n:
            for target in args.targets:
                given = right = asked = short = answering = 0
                for s in range(data.subsets(n, args.subsets)):
                    answers, truth = cell_answers(attune, data, labelled_sets.Cell(name, n, s), ["--target-precision", target])
                    told = [(a["label"], t) for a, t in zip(answers, truth) if not a["abstained"]]
                    hits = sum(a == t for a, t in told)
                    asked, given, right = asked + len(truth), given + len(told), right + hits
                    answering, short = answering + bool(told), short + (hits < (target - 0.02) * len(told))
                if not asked:
                    continue
                low, high = wilson(right, given)
                bad = given and right / given < target - 0.02
                misses, all_short, all_answering = misses + bool(bad), all_short + short, all_answering + answering
                covered.append(given / asked)
                rows.append([name, n, target, f"{right / given:.3f}" if given else "-", f"{low:.3f} .. {high:.3f}",
                             f"{given / asked:.3f}", f"{short}/{answering}", "no answers" if not given else "MISSED" if bad else "kept"])
                print(*rows[-1], flush=True)
    return table(["set", "n", "target", "reached", "95 % interval", "coverage", "short", ""], rows) + (
        f"{misses} of {len(rows)} missed; of single trainings with answers {all_short} of {all_answering} are short; "
        f"mean coverage {np.mean(covered or [0]):.3f}\n")


def demo_fans(dump, n, seed):
    out = subprocess.run([dump, str(n), str(seed), "en", "fan"], check=True, capture_output=True).stdout
    rows = [json.loads(line) for line in out.splitlines()]
    return [{"fan_id": r["fan_id"], "messages": [m["text"] for m in r["messages"]], "label": r["labels"]["engagement"]}
            for r in rows if r["messages"]]


def conformal_table(args, attune):
    text = ""
    for n in args.conformal_n:
        covered, sizes = [], []
        for repeat in range(args.repeats):
            rows = demo_fans(args.dump, n + 100, 10000 + repeat)
            train, test = rows[:n], rows[n:]
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                attune.fit(train, folder, ["--conformal", args.conformal])
                answers = attune.apply([{k: v for k, v in r.items() if k != "label"} for r in test], folder)
            if "prediction_set" not in answers[0]:
                return "skipped: the answers of this attune carry no prediction_set\n"
            held = [a["prediction_set"] for a in answers]
            covered.append(np.mean([r["label"] in h for r, h in zip(test, held)]))
            sizes.append(np.mean([len(h) for h in held]))
        mean, error = np.mean(covered), np.std(covered, ddof=1) / len(covered) ** 0.5
        low, high = 1 - args.conformal, 1 - args.conformal + 1 / (n + 1)
        good = low - 2 * error <= mean <= high + 2 * error
        text += (f"n = {n}, {len(covered)} repetitions: coverage {mean:.4f} (standard error {error:.4f}; a single one "
                 f"{np.min(covered):.2f} .. {np.max(covered):.2f}), bounds {low:.4f} .. {high:.4f}: "
                 f"{'inside' if good else 'OUTSIDE'}; labels in a set {np.mean(sizes):.2f}\n")
        print(text.splitlines()[-1], flush=True)
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--data", type=pathlib.Path, default=labelled_sets.SHARED)
    parser.add_argument("--n", type=lambda s: [v if v == "full" else int(v) for v in s.split(",")], default=[200, 500, "full"])
    parser.add_argument("--subsets", type=int, default=5)
    parser.add_argument("--targets", type=lambda s: [float(v) for v in s.split(",")], default=[0.8, 0.9])
    parser.add_argument("--conformal", type=float, default=0.1, metavar="ALPHA")
    parser.add_argument("--conformal-n", type=lambda s: [int(v) for v in s.split(",")], default=[100, 300])
    parser.add_argument("--repeats", type=int, default=1000, help="0: no conformal part")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--options", default="", help="more options of `attune fit`")
    parser.add_argument("--results", type=pathlib.Path)
    args = parser.parse_args()
    args.dump = args.build / "bin/demo_dump_bench"
    attune = Attune(args.build / "bin/attune", args.options.split())
    text = ""
    if args.data.is_dir():
        text += "Precision of what is answered\n\n" + precision_table(args, attune)
    else:
        print(f"skipped: precision, there is no {args.data} (set ATTUNE_SHARED or --data)")
    if args.repeats:
        text += f"\nConformal sets, alpha = {args.conformal}\n\n" + conformal_table(args, attune)
    print("\n" + text)
    if args.results:
        args.results.write_text(text)


if __name__ == "__main__":
    main()
