#!/usr/bin/python3
"""The original pipeline as a program: what a Python team would write, and what attune is timed against.

    sklearn_pipeline.py fit DATA LABEL MODEL [--trees N] [--jobs N] [--format pickle|joblib|small]
    sklearn_pipeline.py predict MODEL TEXTS N_TIMED [--jobs N] [--seconds S] [--proba FILE]

fit reads JSON Lines, joins the messages of a profile, fits TfidfVectorizer(max_features=1000,
stop_words='english') and RandomForestClassifier, writes the model, and prints the seconds of each stage
as JSON. predict answers one document after another, then all at once. --jobs 0 leaves n_jobs at its
default. The format `small` is joblib, compressed, without the vectorizer's list of unused words.
"""
import argparse
import json
import pickle
import statistics
import time

START = time.perf_counter()
import joblib
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline


def read(path, label):
    texts, labels = [], []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            texts.append(" ".join(row["messages"]) if "messages" in row else row["text"])
            labels.append(row[label])
    return texts, labels


def save(model, path, form):
    if form == "pickle":
        with open(path, "wb") as out:
            pickle.dump(model, out, protocol=pickle.HIGHEST_PROTOCOL)
    elif form == "joblib":
        joblib.dump(model, path)
    else:
        model.steps[0][1].stop_words_ = None
        joblib.dump(model, path, compress=3)


def fit(args):
    marks = [time.perf_counter()]
    texts, labels = read(args.data, args.label)
    marks.append(time.perf_counter())
    vectorizer = TfidfVectorizer(max_features=1000, stop_words="english")
    x = vectorizer.fit_transform(texts)
    marks.append(time.perf_counter())
    forest = RandomForestClassifier(args.trees, random_state=42, n_jobs=args.jobs or None).fit(x, labels)
    marks.append(time.perf_counter())
    if args.model != "-":
        save(make_pipeline(vectorizer, forest), args.model, args.format)
    marks.append(time.perf_counter())
    seconds = dict(zip(["read", "features", "fit", "save"], (b - a for a, b in zip(marks, marks[1:]))))
    seconds["import"] = marks[0] - START
    nodes = sum(tree.tree_.node_count for tree in forest.estimators_)
    print(json.dumps({"seconds": seconds, "train_size": len(texts), "nodes": nodes}))


def predict(args):
    model = joblib.load(args.model)  # reads plain pickles too
    model.set_params(randomforestclassifier__n_jobs=args.jobs or None)
    with open(args.texts, encoding="utf-8") as lines:
        texts = lines.read().splitlines()
    for text in texts[args.n_timed : args.n_timed + 20]:
        model.predict_proba([text])
    seconds, until = [], time.perf_counter() + args.seconds
    for text in texts[: args.n_timed]:
        start = time.perf_counter()
        model.predict_proba([text])
        seconds.append(time.perf_counter() - start)
        if start > until:
            break
    start, done = time.perf_counter(), 0
    while time.perf_counter() < start + 1:
        proba = model.predict_proba(texts)
        done += len(texts)
    per_second = done / (time.perf_counter() - start)
    if args.proba:
        proba.tofile(args.proba)
    seconds.sort()
    print(json.dumps({"median_us": 1e6 * statistics.median(seconds), "p99_us": 1e6 * seconds[len(seconds) * 99 // 100],
                      "timed": len(seconds), "per_second": per_second}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("fit")
    for name in ("data", "label", "model"):
        command.add_argument(name)
    command.add_argument("--trees", type=int, default=100)
    command.add_argument("--jobs", type=int, default=0)
    command.add_argument("--format", choices=["pickle", "joblib", "small"], default="pickle")
    command.set_defaults(run=fit)
    command = commands.add_parser("predict")
    command.add_argument("model")
    command.add_argument("texts")
    command.add_argument("n_timed", type=int)
    command.add_argument("--jobs", type=int, default=0)
    command.add_argument("--seconds", type=float, default=20)
    command.add_argument("--proba")
    command.set_defaults(run=predict)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
