#!/usr/bin/env python3
"""Real conversations through attune and through the original pipeline, side by side.

    /usr/bin/python3 bench/quality/real_sets.py [--attune build/release/bin/attune] [--seeds 3] [SET ...]

Needs python3-sklearn and zstd, and the labelled sets in ../shared/data (or $ATTUNE_SHARED/data); says so and
skips where they are missing. Three ways to the same figure, mean over the seeds, accuracy / macro-F1:

  sklearn   TfidfVectorizer(max_features=1000, stop_words='english') + RandomForestClassifier(100)
  fit       attune fit --kind forest --parity sklearn: must give the same probabilities, row by row
  store     attune init, import, train --parity sklearn, evaluate --on FILE, predict; 5 % of the training rows are its
            own hold-out and not learnt from, and a version that its gate refuses is judged all the same

Sets with folds are judged on all five, each held out once.
"""
import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    import sklearn
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics import accuracy_score, f1_score
except ImportError as missing:
    sys.exit(f"skipped: {missing.name} is not installed (apt-get install python3-sklearn)")

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("ATTUNE_SHARED", ROOT.parent / "shared")) / "data"
SETS = {  # name: (target in the store, label names there)
    "p4g_engagement": ("engagement", {}),
    "mbti800_tf_masked": ("personality", {"feeling": "Emotional", "thinking": "Conqueror"}),
    "tweeteval_emotion": ("emotion", {}),
    "tweeteval_irony": ("irony", {}),
    "sms_spam_dedup": ("spam", {}),
    "sst2": ("sentiment", {}),
    "umsab_fr": ("sentiment", {}),
    "meld_sentiment": ("sentiment", {}),
}


def read(name):
    path = SHARED / f"{name}.jsonl.zst"
    if not path.exists():
        return None
    text = subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True).stdout
    return [json.loads(line) for line in text.decode().splitlines()]


def joined(row):
    return " ".join(row["messages"]) if "messages" in row else row["text"]


def splits(rows):
    """(train, test) pairs: by fold where there are folds, else by split; validation rows train."""
    if "fold" in rows[0]:
        for fold in range(5):
            yield [r for r in rows if r["fold"] != fold], [r for r in rows if r["fold"] == fold]
    else:
        yield [r for r in rows if r["split"] == "train"], [r for r in rows if r["split"] == "test"]


def run(*command, stdin=None):
    done = subprocess.run([str(c) for c in command], input=stdin, capture_output=True, text=True)
    if done.returncode not in (0, 4):
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr[-600:]}")
    return done.stdout


def write(path, rows, **more):
    with open(path, "w") as out:
        for r in rows:
            profile = {"fan_id": str(r["id"]), "messages": r.get("messages") or [r["text"]]}
            profile.update({k: v(r) for k, v in more.items()})
            out.write(json.dumps(profile, ensure_ascii=False) + "\n")


def original(train, test, seed):
    vectorizer = TfidfVectorizer(max_features=1000, stop_words="english")
    x = vectorizer.fit_transform(joined(r) for r in train)
    forest = RandomForestClassifier(n_estimators=100, random_state=seed, n_jobs=2)
    forest.fit(x, [r["label"] for r in train])
    x = vectorizer.transform(joined(r) for r in test)
    # trees summed in their order: n_jobs adds them in the order in which they finish
    return forest.classes_, sum(t.predict_proba(x.toarray().astype(numpy.float32)) for t in forest.estimators_) / 100


def fitted(attune, folder, train, test, seed):
    data, rows = folder / "train.jsonl", folder / "test.jsonl"
    write(data, train, label=lambda r: r["label"])
    write(rows, test)
    run(attune, "fit", "--data", data, "--label", "label", "--kind", "forest", "--parity", "sklearn", "--seed", seed,
        "--save", folder / "model", "--output", "json", "--quiet")
    lines = run(attune, "apply", "--model", folder / "model", rows, "--output", "json", "--quiet").splitlines()
    answers = [json.loads(line)["label"]["probabilities"] for line in lines]
    return sorted(answers[0]), numpy.array([[a[k] for k in sorted(a)] for a in answers])


def stored(attune, folder, name, train, test, seed):
    target, names = SETS[name]
    rename = lambda r: names.get(r["label"], r["label"])
    labels = sorted({rename(r) for r in train})
    home = folder / "home"
    run("rm", "-rf", home)
    run(attune, "--home", home, "init", "--quiet")
    (home / "config.json").write_text(json.dumps({
        "targets": {target: {"labels": labels}}, "data": {"min_rows": 1, "min_received": 1, "newest_messages": 1000},
        "train": {"test_fraction": 0.05}}))
    write(folder / "import.jsonl", train, **{target: rename})
    write(folder / "new.jsonl", test, **{target: rename})
    run(attune, "--home", home, "import", folder / "import.jsonl", "--quiet")
    report = json.loads(run(attune, "--home", home, "train", "--force", "--parity", "sklearn", "--seed", seed, "--output", "json", "--quiet"))
    inner = report["models_trained"][target]
    own = inner["accuracy"], inner["accuracy_interval"]
    judged = json.loads(run(attune, "--home", home, "evaluate", "--model-type", target, "--version", inner["version"],
                            "--on", folder / "new.jsonl", "--output", "json", "--quiet"))[target]["forest"]
    if inner["promoted"]:
        lines = run(attune, "--home", home, "predict", folder / "new.jsonl", "--target", target, "--min-confidence", 0,
                    "--output", "json", "--quiet").splitlines()
        said = [json.loads(line)[target]["label"] for line in lines]
        if abs(accuracy_score([rename(r) for r in test], said) - judged["accuracy"]) > 1e-9:
            sys.exit(f"{name}: predict and evaluate disagree")
    return judged, own, inner["promoted"]


def scores(truth, classes, p):
    said = [classes[i] for i in p.argmax(axis=1)]
    return accuracy_score(truth, said), f1_score(truth, said, average="macro")


def mean(values):
    return " / ".join(f"{v:.3f}" for v in numpy.mean(values, axis=0))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attune", default=ROOT / "build/release/bin/attune")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("sets", nargs="*", default=list(SETS))
    args = parser.parse_args()
    print(f"scikit-learn {sklearn.__version__}, NumPy {numpy.__version__}; {args.seeds} seeds; accuracy / macro-F1")
    print(f"{'set':20} {'test rows':>9}  {'sklearn':>15} {'attune fit':>15} {'same rows':>15}  {'store path':>15}  "
          f"own hold-out in its interval")
    for name in args.sets:
        rows = read(name)
        if rows is None:
            print(f"{name:20} skipped: {SHARED / (name + '.jsonl.zst')} is missing")
            continue
        table = collections.defaultdict(list)
        same = total = inside = runs = n_test = 0
        for seed in range(args.seeds):
            for train, test in splits(rows):
                n_test += len(test)
                truth = [r["label"] for r in test]
                with tempfile.TemporaryDirectory() as folder:
                    folder = pathlib.Path(folder)
                    classes, p = original(train, test, seed)
                    table["sklearn"].append(scores(truth, classes, p))
                    classes, q = fitted(args.attune, folder, train, test, seed)
                    table["fit"].append(scores(truth, classes, q))
                    same += int((numpy.abs(p - q) < 1e-15).all(axis=1).sum())
                    total += len(test)
                    judged, own, promoted = stored(args.attune, folder, name, train, test, seed)
                    table["store"].append((judged["accuracy"], judged["macro_f1"]))
                    inside += own[1][0] <= judged["accuracy"] <= own[1][1]
                    runs += 1
        print(f"{name:20} {n_test // args.seeds:9}  {mean(table['sklearn']):>15} {mean(table['fit']):>15} "
              f"{f'{same}/{total}':>15}  {mean(table['store']):>15}  {inside}/{runs}", flush=True)


if __name__ == "__main__":
    main()
