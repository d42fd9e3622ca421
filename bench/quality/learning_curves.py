#!/usr/bin/env python3
"""Learning curves: attune beside its peers on labelled sets, for n = 50, 100, 200, 500 and all training rows.

    build/peers/bin/python bench/quality/learning_curves.py [SET ...] [--data DIR] [--n 50,100,200,500,full]
                                                            [--kind linear --kind forest ...] [--tables]

Sets, subsets and folds: labelled_sets.py. Peers: baselines.py. Scores: scores.py. Every cell that was measured is
kept in the cache with the versions that made it; attune's under the hash of its program, so that a new build is
measured anew while the peers' stand. Prints one line a cell as it is done, then the tables; --results FILE writes
them too. Ranks: 1 is best, of macro-F1, accuracy and log-loss, over the contestants shown, equal ones share.
"""
import argparse
import datetime
import json
import os
import pathlib
import sys

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
sys.dont_write_bytecode = True
try:
    import numpy as np
except ImportError:
    sys.exit("skipped: NumPy is not installed; script/bench installs the peers into build/peers")
import curve_tables
import labelled_sets
from contestant import Attune

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ("seed_rf", "logreg", "logreg_bal", "linsvc", "fasttext", "cnb")


class Cache:
    """One file a set: scores by contestant, version, n and subset."""

    def __init__(self, folder, name):
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{name}.json"
        self.found = json.loads(self.path.read_text()) if self.path.exists() else {}

    def get(self, who, version, cell):
        return self.found.get(who, {}).get(version, {}).get(f"{cell.n}/{cell.subset}")

    def put(self, who, version, cell, result):
        # other processes may have written since: read, add, replace
        now = json.loads(self.path.read_text()) if self.path.exists() else {}
        now.setdefault(who, {}).setdefault(version, {})[f"{cell.n}/{cell.subset}"] = result
        part = self.path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(now))
        part.rename(self.path)
        self.found = now


class Cells:
    """The cells of one set with what they need, made when first asked for."""

    def __init__(self, data, sizes, subsets):
        self.data, self.counts = data, None
        self.cells = [labelled_sets.Cell(data.name, n, s) for n in sizes for s in range(data.subsets(n, subsets))]

    def job(self, cell, peer):
        import baselines
        if peer and self.counts is None:
            self.counts = baselines.Counts(self.data.texts)
        return baselines.Job(self.data, cell, self.counts)


class Rows:
    """Row numbers of a cell, for attune"""

    def __init__(self, data, cell):
        self.data = data
        self.train, self.val, self.test = data.cell(cell.n, cell.subset)


def measure(args, name, path, attunes, peer_version):
    """All contestants over all cells of a set: {who: {(n, subset): scores}}"""
    data = labelled_sets.LabelledSet(path)
    cache, cells, found = Cache(args.cache, name), Cells(data, args.n, args.subsets), {}
    for cell in cells.cells:
        job = None
        for who in args.peers:
            result = cache.get(who, peer_version, cell)
            if result is None and not args.tables:
                import baselines
                job = job or cells.job(cell, True)
                result = {**baselines.run(job, who), "folds": data.fold is not None}
                cache.put(who, peer_version, cell, result)
                say(cell, who, result)
            keep(found, who, cell, result)
        for who, attune in attunes.items():
            result = cache.get(who, attune.stamp, cell)
            if result is None and not args.tables:
                result = {**attune.cell(Rows(data, cell)), "folds": data.fold is not None}
                cache.put(who, attune.stamp, cell, result)
                say(cell, who, result)
            keep(found, who, cell, result)
    return data, found


def keep(found, who, cell, result):
    if result is not None:
        found.setdefault(who, {})[cell.n, cell.subset] = result


def say(cell, who, r):
    print(f"{cell.set:18} n={cell.n:<5} {cell.subset}  {who:16} macro-F1 {r['macro_f1']:.3f}  accuracy {r['accuracy']:.3f}  "
          f"log-loss {r['log_loss']:.3f}  ECE {r['ece']:.3f}  {r['seconds']:6.2f} s", flush=True)


def peer_version(args):
    """What made the peers' scores; where they are not installed, what the cache was last made with"""
    note = args.cache / "versions.txt"
    try:
        import baselines
        args.cache.mkdir(parents=True, exist_ok=True)
        note.write_text(baselines.versions())
    except ImportError as missing:
        if not note.exists():
            print(f"skipped: the peers, {missing.name} is not installed; script/bench installs them into build/peers")
            args.peers = []
            return "-"
    return note.read_text()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--data", type=pathlib.Path, default=labelled_sets.SHARED, help="folder of sets")
    parser.add_argument("--n", type=lambda s: [v if v == "full" else int(v) for v in s.split(",")],
                        default=[50, 100, 200, 500, "full"])
    parser.add_argument("--subsets", type=int, default=5)
    parser.add_argument("--peers", type=lambda s: [p for p in s.split(",") if p], default=list(PEERS),
                        help="some of " + ",".join(PEERS) + "; '' for none")
    parser.add_argument("--attune", type=pathlib.Path, default=ROOT / "build/release/bin/attune")
    parser.add_argument("--kind", action="append", default=[], help="a kind of attune, again for more; default is none named")
    parser.add_argument("--options", default="", help="more options of `attune fit`")
    parser.add_argument("--no-attune", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / "build/bench/scores")
    parser.add_argument("--tables", action="store_true", help="measure nothing, show what the cache has")
    parser.add_argument("--results", type=pathlib.Path, help="write the tables to this file, and the figures beside it as JSON")
    args = parser.parse_args()
    unknown = [p for p in args.peers if p not in PEERS]
    if unknown:
        parser.error(f"unknown peer {unknown[0]}; known are {', '.join(PEERS)}")
    return args


def contestants(args):
    if args.no_attune:
        return {}
    if not args.attune.exists():
        sys.exit(f"there is no {args.attune}; script/bench builds it, or name one with --attune")
    more = args.options.split()
    name = lambda kind: " ".join(["attune", *([kind] if kind else []), *more])
    return {name(kind): Attune(args.attune, [*(["--kind", kind] if kind else []), *more], args.threads)
            for kind in args.kind or [""]}


def main():
    args = arguments()
    if not args.data.is_dir():
        print(f"skipped: there is no {args.data} (set ATTUNE_SHARED or --data)")
        return 77
    paths = labelled_sets.names(args.data)
    missing = [s for s in args.sets if s not in paths]
    if missing:
        sys.exit(f"{args.data} has no set {missing[0]}; it has {', '.join(paths)}")
    version, attunes = peer_version(args), contestants(args)
    results = {name: measure(args, name, path, attunes, version)
               for name, path in paths.items() if not args.sets or name in args.sets}
    stamps = ", ".join(f"{who} {a.stamp}" for who, a in attunes.items())
    text = (f"{datetime.date.today()}; peers: {version}; {stamps or 'without attune'}\n"
            + curve_tables.report({k: v[1] for k, v in results.items()}, {k: v[0] for k, v in results.items()},
                                  args.n, list(attunes)))
    print("\n" + text)
    if args.results:
        args.results.write_text(text)
        figures = {s: {who: {f"{n}/{i}": {k: v for k, v in r.items() if k != "said"} for (n, i), r in cells.items()}
                       for who, cells in found.items()} for s, (_, found) in results.items()}
        args.results.with_suffix(".json").write_text(json.dumps(figures, indent=1))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
