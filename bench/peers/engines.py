#!/usr/bin/env python3
"""Other libraries on the texts that attune learns from: engines.py ENGINE TRAIN HELD [options]

TRAIN and HELD are JSON Lines with `text` or `messages` and `label`. Prints as JSON the seconds of features and fit,
the accuracy on HELD, the microseconds of one answer (text in, probabilities out, warm, different texts), answers a
second in a batch, and the bytes of the saved model.

Forests, on TfidfVectorizer(max_features=1000, stop_words='english'), trees grown to the end, each node drawing
sqrt(1000) features, each tree a share of the rows:
  sklearn_rf, xgboost_rf (hist), lightgbm_rf
Linear, C = 1, on words 1-2 and char_wb 2-5, sublinear tf-idf:
  lbfgs, sk_liblinear (LogisticRegression with that solver), liblinear (-s 0), liblinear_dual (-s 7), linsvc
fasttext: wordNgrams 2, epoch 25, lr 0.5; its features are the text file that it reads.
"""
import argparse
import json
import math
import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait take the processor from others
import pathlib
import pickle
import statistics
import tempfile
import time


def read(path):
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    return [" ".join(r["messages"]) if "messages" in r else r["text"] for r in rows], [r["label"] for r in rows]


class Pipeline:
    """A scikit-learn vectorizer and classifier"""

    def __init__(self, vectorizer, model):
        self.vectorizer, self.model = vectorizer, model

    def features(self, texts, labels):
        self.classes = sorted(set(labels))
        code = {label: i for i, label in enumerate(self.classes)}
        self.x, self.y = self.vectorizer.fit_transform(texts), [code[label] for label in labels]

    def fit(self):
        self.model.fit(self.x, self.y)

    def proba(self, texts):
        return self.model.predict_proba(self.vectorizer.transform(texts))

    def size(self):
        self.x = self.y = None
        return len(pickle.dumps((self.vectorizer, self.model)))


class Decides(Pipeline):
    def proba(self, texts):
        import numpy
        d = self.model.decision_function(self.vectorizer.transform(texts))
        return numpy.column_stack([-d, d]) if d.ndim == 1 else d


class Liblinear(Pipeline):
    """The library itself, through its own Python interface"""

    def fit(self):
        from liblinear.liblinearutil import train
        self.fitted = train(self.y, self.x, f"-q -c 1 -B 1 -s {self.model}")
        self.order = self.fitted.get_labels()

    def proba(self, texts):
        import numpy
        from liblinear.liblinearutil import predict
        _, _, p = predict([], self.vectorizer.transform(texts), self.fitted, "-b 1 -q")
        return numpy.array(p)[:, numpy.argsort(self.order)]

    def size(self):
        from liblinear.liblinearutil import save_model
        with tempfile.NamedTemporaryFile() as out:
            save_model(out.name, self.fitted)
            return os.path.getsize(out.name) + len(pickle.dumps(self.vectorizer))


class FastText:
    def __init__(self, threads):
        self.threads, self.folder = threads, tempfile.TemporaryDirectory()

    def prepared(self, text):
        for mark in ".!?,'/()":
            text = text.replace(mark, f" {mark} ")
        return " ".join(text.lower().split())

    def features(self, texts, labels):
        self.classes = sorted(set(labels))
        code = {label: i for i, label in enumerate(self.classes)}
        self.path = pathlib.Path(self.folder.name) / "train.txt"
        with open(self.path, "w", encoding="utf-8") as out:
            for text, label in zip(texts, labels):
                out.write(f"__label__{code[label]} {self.prepared(text)}\n")

    def fit(self):
        import fasttext
        self.model = fasttext.train_supervised(str(self.path), wordNgrams=2, epoch=25, lr=0.5, thread=self.threads, verbose=0)

    def proba(self, texts):
        import numpy
        p = numpy.zeros((len(texts), len(self.classes)))
        for i, text in enumerate(texts):
            for value, label in self.model.f.predict(self.prepared(text) + "\n", -1, 0.0, "strict"):
                p[i, int(label[9:])] = value
        return p

    def size(self):
        path = pathlib.Path(self.folder.name) / "model.bin"
        self.model.save_model(str(path))
        return path.stat().st_size


def forest_of(name, trees, threads, n):
    from sklearn.feature_extraction.text import TfidfVectorizer
    vectorizer = TfidfVectorizer(max_features=1000, stop_words="english")
    share = math.sqrt(1000) / 1000
    if name == "sklearn_rf":
        from sklearn.ensemble import RandomForestClassifier
        return Pipeline(vectorizer, RandomForestClassifier(trees, random_state=42, n_jobs=threads))
    if name == "xgboost_rf":
        from xgboost import XGBRFClassifier
        return Pipeline(vectorizer, XGBRFClassifier(n_estimators=trees, max_depth=64, subsample=0.632, colsample_bynode=share,
                                                    tree_method="hist", n_jobs=threads, random_state=42))
    from lightgbm import LGBMClassifier
    return Pipeline(vectorizer, LGBMClassifier(boosting_type="rf", n_estimators=trees, num_leaves=max(2, min(n, 130000)),
                                               min_child_samples=1, subsample=0.632, subsample_freq=1, n_jobs=threads,
                                               feature_fraction_bynode=share, random_state=42, verbose=-1))


def linear_of(name):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_union
    from sklearn.svm import LinearSVC
    vectorizer = make_union(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
                            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True))
    if name == "lbfgs":
        return Pipeline(vectorizer, LogisticRegression(max_iter=1000))
    if name == "sk_liblinear":
        return Pipeline(vectorizer, LogisticRegression(solver="liblinear"))
    if name == "linsvc":
        return Decides(vectorizer, LinearSVC())
    return Liblinear(vectorizer, {"liblinear": 0, "liblinear_dual": 7}[name])


FORESTS = ("sklearn_rf", "xgboost_rf", "lightgbm_rf")
LINEAR = ("lbfgs", "sk_liblinear", "liblinear", "liblinear_dual", "linsvc")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=[*FORESTS, *LINEAR, "fasttext"])
    parser.add_argument("train")
    parser.add_argument("held")
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--one", type=int, default=300, help="answers that are timed one by one")
    args = parser.parse_args()
    texts, labels = read(args.train)
    held, truth = read(args.held)
    if args.engine == "fasttext":
        engine = FastText(args.threads)
    else:
        engine = forest_of(args.engine, args.trees, args.threads, len(texts)) if args.engine in FORESTS else linear_of(args.engine)
    marks = [time.perf_counter()]
    engine.features(texts, labels)
    marks.append(time.perf_counter())
    engine.fit()
    marks.append(time.perf_counter())
    p = engine.proba(held)
    said = [engine.classes[i] for i in p.argmax(axis=1)]
    start = time.perf_counter()
    engine.proba(held)
    per_second = len(held) / (time.perf_counter() - start)
    if hasattr(getattr(engine, "model", None), "n_jobs"):
        engine.model.n_jobs = 1  # one answer is faster without threads
    one = []
    for text in (held * (args.one // len(held) + 1))[: args.one]:
        start = time.perf_counter()
        engine.proba([text])
        one.append(1e6 * (time.perf_counter() - start))
    one.sort()
    print(json.dumps({"features": marks[1] - marks[0], "fit": marks[2] - marks[1], "one_us": statistics.median(one),
                      "one_p99_us": one[len(one) * 99 // 100], "per_second": per_second, "bytes": engine.size(),
                      "accuracy": sum(a == b for a, b in zip(said, truth)) / len(truth)}))


if __name__ == "__main__":
    main()
