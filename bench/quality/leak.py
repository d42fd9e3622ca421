#!/usr/bin/env python3
"""What attune says about its own quality where there is nothing to learn: it has to be chance.

    build/peers/bin/python bench/quality/leak.py [--fans 200] [--seeds 20]

Three stores, labels drawn by coin in all of them, the same number of each:

  noise    generated fans; nothing is to be learnt, and whatever a search over models finds by luck must not count
  person   every conversation is there three times, as three profiles of the same words in another order and with a
           changed word here and there, under different names, with the same label: to know one is to know all
  copy     as person, but whole profiles are copied

`train` holds fans out by itself and `evaluate --on cv` cross-validates; both have to put what is alike on one side.
Beside it: a random forest in an ordinary, ungrouped cross-validation, which shows that the leak is there to be found.
Goal: the mean over the seeds not more than two standard errors above chance. It may lie a little below: what is held
out is drawn by class, so where heads are held out, tails are left, and a model of noise learns to say tails.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
try:
    import numpy as np
except ImportError:
    sys.exit("skipped: NumPy is not installed; script/bench installs the peers into build/peers")
from contestant import Attune, write
from curve_tables import table

ROOT = pathlib.Path(__file__).resolve().parents[2]


def fans(dump, n, seed):
    out = subprocess.run([dump, str(n * 3), str(seed), "en", "fan"], check=True, capture_output=True).stdout
    rows = [[m["text"] for m in json.loads(line)["messages"]] for line in out.splitlines()]
    rows = [r for r in rows if len(r) >= 6][:n]
    assert len(rows) == n, "too few long conversations"
    return rows


def changed(messages, draw):
    """The same words in another order, one of them left out"""
    messages = draw.sample(messages, len(messages))
    words = messages[0].split()
    if len(words) > 3:
        del words[draw.randrange(len(words))]
    return [" ".join(words), *messages[1:]]


def store(kind, dump, n, seed):
    """Rows of a store: n conversations, coin labels, copies where there are any"""
    draw = random.Random(seed)
    texts = fans(dump, n, seed)
    labels = ["heads", "tails"] * (len(texts) // 2 + 1)
    draw.shuffle(labels)
    rows = []
    for i, (messages, label) in enumerate(zip(texts, labels)):
        copies = 1 if kind == "noise" else 3
        for c in range(copies):
            said = messages if kind != "person" or c == 0 else changed(messages, draw)
            rows.append({"fan_id": f"{i}-{c}", "messages": said, "coin": label})
    draw.shuffle(rows)
    return rows


def told(attune, rows, seed, models):
    """(accuracy that train reports, accuracy that evaluate --on cv reports)"""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        home, data = folder / "home", folder / "rows.jsonl"
        write(data, rows)
        attune.run("--home", home, "init")
        (home / "config.json").write_text(json.dumps({"targets": {"coin": {"labels": ["heads", "tails"]}},
                                                      "data": {"min_rows": 1, "min_received": 1}}))
        attune.run("--home", home, "import", data)
        report = json.loads(attune.run("--home", home, "train", "--force", "--seed", seed, *models, accept=(0, 4)))
        inner = report["models_trained"]["coin"]
        cv = json.loads(attune.run("--home", home, "evaluate", "--model-type", "coin", "--version", inner["version"], "--on", "cv"))
        return inner["accuracy"], next(iter(cv["coin"].values()))["accuracy"]


def naive(rows):
    """A forest in a cross-validation that does not look who is who"""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    model = make_pipeline(TfidfVectorizer(max_features=1000), RandomForestClassifier(100, random_state=0))
    return cross_val_score(model, [" ".join(r["messages"]) for r in rows], [r["coin"] for r in rows], cv=5).mean()


def shown(values):
    return f"{np.mean(values):.3f} +-{2 * np.std(values, ddof=1) / len(values) ** 0.5:.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fans", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--models", default="", help="for train --models")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--results", type=pathlib.Path)
    args = parser.parse_args()
    attune, dump, rows = Attune(args.build / "bin/attune"), args.build / "bin/demo_dump_bench", []
    for kind in ("noise", "person", "copy"):
        said = []
        for seed in range(args.seeds):
            content = store(kind, dump, args.fans, seed + 1)
            said.append((*told(attune, content, seed, ["--models", args.models] if args.models else []),
                         naive(content) if seed < 3 else np.nan))
        trained, cv, other = np.array(said).T
        error = lambda v: np.std(v, ddof=1) / len(v) ** 0.5
        good = all(np.mean(v) - 2 * error(v) <= 0.5 for v in (trained, cv))
        rows.append([kind, shown(trained), shown(cv), f"{np.nanmean(other):.3f}", "chance" if good else "ABOVE CHANCE"])
        print(*rows[-1], flush=True)
    text = (f"Accuracy that attune reports, {args.fans} conversations, {args.seeds} seeds, two standard errors; chance is .5\n\n"
            + table(["store", "train", "evaluate --on cv", "ungrouped forest", ""], rows))
    print("\n" + text)
    if args.results:
        args.results.write_text(text)


if __name__ == "__main__":
    main()
