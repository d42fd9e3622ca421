"""Labelled sets as JSON Lines, and the training subsets that quality is measured on.

A set is NAME.jsonl or NAME.jsonl.zst with `text` or `messages` (a list), `label` and `split` (train, val, test);
`fold` (0..4) where a set is too small for one test split, `group` where rows belong to one person.

A cell is one training: (set, n, subset). The test rows are the test split, or fold number `subset` where there are
folds. The n training rows are drawn from the train split (or the other folds) by share of the class, two of each at
least, in an order that depends on the subset's number only: n = 50 lies inside n = 100. At full size everything
trains, rows of `val` serve to choose, and a set without folds has a single cell.
"""
import collections
import json
import os
import pathlib
import subprocess

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("ATTUNE_SHARED", ROOT.parent / "shared")) / "data"
SEED = 1000  # of subset 0; RandomState's stream is the same in every version of NumPy
Cell = collections.namedtuple("Cell", "set n subset")


class LabelledSet:
    def __init__(self, path):
        self.name = path.name.split(".")[0]
        raw = subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True).stdout \
            if path.suffix == ".zst" else path.read_bytes()
        self.rows = [json.loads(line) for line in raw.decode().split("\n") if line]
        self.labels = sorted({r["label"] for r in self.rows})
        if len(self.labels) < 2 or "split" not in self.rows[0]:
            raise ValueError(f"{path}: fewer than two labels, or no splits")
        code = {label: i for i, label in enumerate(self.labels)}
        self.y = np.array([code[r["label"]] for r in self.rows])
        self.truth = np.array([code[r.get("truth", r["label"])] for r in self.rows])  # where it is known
        self.texts = [" ".join(fan_texts(r["messages"])) if "messages" in r else r["text"] for r in self.rows]
        self.split = np.array([r["split"] for r in self.rows])
        self.fold = np.array([r["fold"] for r in self.rows]) if "fold" in self.rows[0] else None
        groups = {}
        self.group = np.array([groups.setdefault(r.get("group", i), len(groups)) for i, r in enumerate(self.rows)])

    def subsets(self, n, wanted):
        """How many cells of this size there are; 0 where the training rows are too few."""
        if self.fold is not None:
            return min(wanted, 5)
        if n == "full":
            return 1
        return wanted if np.count_nonzero(self.split == "train") > n else 0

    def cell(self, n, subset):
        """Row numbers (train, val, test) of a cell."""
        if self.fold is None:
            pool, val, test = (np.flatnonzero(self.split == s) for s in ("train", "val", "test"))
        else:
            pool, val, test = np.flatnonzero(self.fold != subset), np.array([], int), np.flatnonzero(self.fold == subset)
        if n == "full":
            return pool, val, test
        return self.drawn(pool, n, subset), np.array([], int), test

    def drawn(self, pool, n, subset):
        """n rows of the pool, each class by its share and two at least, in mixed order."""
        order = pool[np.random.RandomState(SEED + subset).permutation(len(pool))]
        share = np.bincount(self.y[pool], minlength=len(self.labels)) * n / len(pool)
        take = np.maximum(np.floor(share).astype(int), 2)
        while take.sum() < n:
            take[np.argmax(share - take)] += 1
        while take.sum() > n:
            take[np.argmax(take - share)] -= 1
        rows = np.concatenate([order[self.y[order] == c][:k] for c, k in enumerate(take)])
        return order[np.isin(order, rows)]

    def profile(self, i, **more):
        """Row i as attune reads it; rows of one person share the fan."""
        row = self.rows[i]
        text = {"messages": row["messages"]} if "messages" in row else {"text": row["text"]}
        return {"fan_id": f"f{self.group[i]}", **text, **more}


def fan_texts(messages):
    return [m if isinstance(m, str) else m["text"] for m in messages if isinstance(m, str) or m["from"] == "fan"]


def demo(dump, folder, n_train=2000, n_test=1000):
    """Writes generated conversations as sets, demo_personality and demo_engagement, where they are not there yet.
    `truth` of a row is its label before the generator made it wrong, as it does with one in 33."""
    folder.mkdir(parents=True, exist_ok=True)
    for target in ("personality", "engagement"):
        path = folder / f"demo_{target}.jsonl"
        if path.exists() and b'"truth"' in path.open("rb").readline():
            continue
        call = [dump, str(2 * (n_train + n_test)), "7", "en"]
        out, right = (subprocess.run([*call, *more], check=True, capture_output=True).stdout for more in ([], ["truth"]))
        rows = [{**json.loads(a), "truth": json.loads(b)["labels"]} for a, b in zip(out.splitlines(), right.splitlines())]
        rows = [r for r in rows if len(fan_texts(r["messages"])) >= 2][: n_train + n_test]
        with open(path, "w", encoding="utf-8") as lines:
            for i, r in enumerate(rows):
                lines.write(json.dumps({"id": r["fan_id"], "messages": r["messages"], "label": r["labels"][target],
                                        "truth": r["truth"][target],
                                        "split": "train" if i < n_train else "test"}, ensure_ascii=False) + "\n")
    return folder


def names(folder):
    """Labelled sets of a folder, by name."""
    found = {}
    for path in sorted([*folder.glob("*.jsonl"), *folder.glob("*.jsonl.zst")]):
        head = subprocess.run(["zstd", "-dcq", path], capture_output=True).stdout[:100000] if path.suffix == ".zst" \
            else path.open("rb").read(100000)
        first = json.loads(head.split(b"\n", 1)[0])
        if first.get("label") and "split" in first:
            found[path.name.split(".")[0]] = path
    return found
