"""What a careful person would build instead of attune: the peers of the quality tables.

  seed_rf       TfidfVectorizer(max_features=1000) + RandomForestClassifier(100), one seed a subset, the mean of
                three at full size
  logreg        words 1-2 and characters (char_wb) 2-5, sublinear tf-idf, multinomial logistic regression; C chosen
  logreg_bal    the same with class_weight='balanced'
  linsvc        the same features, LinearSVC; C chosen; probabilities by Platt's sigmoid for each class on decisions
                of rows that were held out, normalised; the answer is the decision's
  fasttext      wordNgrams 2, epoch 25, lr 0.5, on text prepared as fastText's tutorial does; one thread, so that it
                can be repeated
  cnb           words 1-2, counts or tf-idf, ComplementNB; both and alpha chosen; probabilities as it gives them

Chosen means: by macro-F1 on the val rows where there are some, else in a 5-fold cross-validation of the training
rows (stratified, rows of one person in one fold, fewer folds where a class is too small); the fold's vocabulary and
idf come from its training part alone.

Up to 1500 rows the linear models are trained on the matrix's coordinates in the space that the training rows span,
instead of on its columns. A linear model with an L2 penalty is the same in both (its weights are a combination of
the rows), and it takes milliseconds.
"""
import tempfile
import time

import numpy as np
import scipy
import scipy.sparse as sparse
import sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

import scores

GRID_LOGREG = [0.1, 0.3, 1, 3, 10, 30, 100]
GRID_SVC = [0.01, 0.03, 0.1, 0.3, 1, 3, 10]
GRID_NB = [0.01, 0.03, 0.1, 0.3, 1, 3, 10]
SMALL = 1500


def versions():
    line = f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}, SciPy {scipy.__version__}"
    try:
        import importlib.metadata
        return f"{line}, fastText {importlib.metadata.version('fasttext-wheel')}"
    except importlib.metadata.PackageNotFoundError:
        return line


class Counts:
    """Counts of every term of a whole set, taken once; training keeps the columns that its rows have."""

    def __init__(self, texts):
        self.words = CountVectorizer(ngram_range=(1, 2), dtype=np.float64).fit_transform(texts).tocsr()
        self.chars = CountVectorizer(analyzer="char_wb", ngram_range=(2, 5), dtype=np.float64).fit_transform(texts).tocsr()


def weighted(counts, train, others, sublinear=True):
    """tf-idf of the rows `train` and of each of `others`, as TfidfVectorizer fitted on `train` gives them"""
    kept = np.flatnonzero(np.bincount(counts[train].indices, minlength=counts.shape[1]))
    tfidf = TfidfTransformer(sublinear_tf=sublinear).fit(counts[train][:, kept])
    return [tfidf.transform(counts[rows][:, kept]) for rows in (train, *others)]


def spanned(x, others):
    """Coordinates in the space of x's rows: x' x'^T = x x^T"""
    values, vectors = np.linalg.eigh((x @ x.T).toarray())
    good = values > 1e-9 * values[-1]
    root, vectors = np.sqrt(values[good]), vectors[:, good]
    return [vectors * root] + [(o @ x.T) @ (vectors / root) for o in others]


def linear_features(counts, train, others):
    both = zip(weighted(counts.words, train, others), weighted(counts.chars, train, others))
    x = [sparse.hstack(pair).tocsr() for pair in both]
    return spanned(x[0], x[1:]) if len(train) <= SMALL else x


def raw_counts(counts, train, others):
    kept = np.flatnonzero(np.bincount(counts.words[train].indices, minlength=counts.words.shape[1]))
    return [counts.words[rows][:, kept] for rows in (train, *others)]


class Job:
    """One cell: the rows, and the pairs (learnt from, judged on) that choose options."""

    def __init__(self, data, cell, counts):
        self.data, self.cell, self.counts, self.y = data, cell, counts, data.y
        self.train, val, self.test = data.cell(cell.n, cell.subset)
        self.seed = cell.subset
        self.pairs = [(self.train, val)] if len(val) else list(self.folds())
        self.made = {}

    def folds(self):
        y, group = self.y[self.train], self.data.group[self.train]
        k = int(min(5, max(2, np.min(np.bincount(y)[np.unique(y)]))))
        grouped = len(np.unique(group)) < len(group)
        split = (StratifiedGroupKFold if grouped else StratifiedKFold)(k, shuffle=True, random_state=0)
        for a, b in split.split(y, y, group if grouped else None):
            yield self.train[a], self.train[b]

    def features(self, name, make):
        """Per pair, and for the final fit: [x of the rows learnt from, x of the others]; made once"""
        if name not in self.made:
            self.made[name] = [make(self.counts, a, [b]) for a, b in self.pairs], make(self.counts, self.train, [self.test])
        return self.made[name]

    def choose(self, name, make, models):
        """The model of best macro-F1 over the pairs, and that score; the first of equals"""
        best = None
        pairs, _ = self.features(name, make)
        truth = np.concatenate([self.y[b] for _, b in self.pairs])
        for model in models:
            said = [model.fit(x, self.y[a]).predict(z) for (a, _), (x, z) in zip(self.pairs, pairs)]
            score = scores.macro_f1(truth, np.concatenate(said), len(self.data.labels))
            if best is None or score > best[1]:
                best = model, score
        return best


def spread_out(job, classes, p):
    """Columns of every label of the set, also of those that training did not see"""
    out = np.zeros((len(p), len(job.data.labels)))
    out[:, classes] = p
    return out


def seed_rf(job):
    seeds = [job.seed] if job.cell.n != "full" else [0, 1, 2]
    texts = np.array(job.data.texts, dtype=object)
    tfidf = TfidfVectorizer(max_features=1000)
    x, z = tfidf.fit_transform(texts[job.train]), tfidf.transform(texts[job.test])
    for seed in seeds:
        forest = RandomForestClassifier(100, random_state=seed).fit(x, job.y[job.train])
        p = spread_out(job, forest.classes_, forest.predict_proba(z))
        yield p.argmax(axis=1), p


def logreg(job, weight=None):
    model, _ = job.choose("linear", linear_features,
                          [LogisticRegression(C=c, class_weight=weight, max_iter=500) for c in GRID_LOGREG])
    x, z = job.features("linear", linear_features)[1]
    p = spread_out(job, model.fit(x, job.y[job.train]).classes_, model.predict_proba(z))
    yield p.argmax(axis=1), p


def logreg_bal(job):
    return logreg(job, "balanced")


def decisions(model, x):
    d = model.decision_function(x)
    return np.column_stack([-d, d]) if d.ndim == 1 else d


def platt(held, y, d):
    """Sigmoid of one class with Platt's targets, as CalibratedClassifierCV fits it"""
    n1 = np.sum(y)
    n0 = len(y) - n1
    up = np.where(y, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))
    fit = LogisticRegression(C=1e6).fit(np.tile(held, 2)[:, None], np.repeat([1, 0], len(y)), np.concatenate([up, 1 - up]))
    return fit.predict_proba(d[:, None])[:, 1]


def linsvc(job):
    model, _ = job.choose("linear", linear_features,
                          [LinearSVC(C=c, dual=True, random_state=0, max_iter=3000) for c in GRID_SVC])
    pairs, (x, z) = job.features("linear", linear_features)
    classes = np.unique(job.y[job.train])
    held, truth = [], []
    for (a, b), (xa, xb) in zip(job.pairs, pairs):
        if np.array_equal(np.unique(job.y[a]), classes):
            held.append(decisions(model.fit(xa, job.y[a]), xb))
            truth.append(job.y[b])
    held, truth = np.concatenate(held), np.concatenate(truth)
    d = decisions(model.fit(x, job.y[job.train]), z)
    p = np.column_stack([platt(held[:, i], truth == c, d[:, i]) for i, c in enumerate(classes)])
    p /= np.maximum(p.sum(axis=1, keepdims=True), 1e-300)
    yield classes[d.argmax(axis=1)], spread_out(job, classes, p)


def prepared(text):
    for mark in ".!?,'/()":
        text = text.replace(mark, f" {mark} ")
    return " ".join(text.lower().split())


def fasttext(job):
    import fasttext as library
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as out:
        for i in job.train:
            out.write(f"__label__{job.y[i]} {prepared(job.data.texts[i])}\n")
        out.flush()
        model = library.train_supervised(out.name, wordNgrams=2, epoch=25, lr=0.5, thread=1, verbose=0, seed=job.seed)
    p = np.zeros((len(job.test), len(job.data.labels)))
    for row, i in enumerate(job.test):
        for value, label in model.f.predict(prepared(job.data.texts[i]) + "\n", -1, 0.0, "strict"):
            p[row, int(label[len("__label__"):])] = value
        if not p[row].any():  # no known word at all: fastText says nothing
            p[row] = np.bincount(job.y[job.train], minlength=p.shape[1]) / len(job.train)
    p /= p.sum(axis=1, keepdims=True)
    yield p.argmax(axis=1), p


def cnb(job):
    tfidf = lambda counts, train, others: weighted(counts.words, train, others, sublinear=False)
    ways = {"counts": raw_counts, "tfidf": tfidf}
    found = {name: job.choose(name, make, [ComplementNB(alpha=a) for a in GRID_NB]) for name, make in ways.items()}
    name = max(found, key=lambda k: found[k][1])
    x, z = job.features(name, ways[name])[1]
    model = found[name][0].fit(x, job.y[job.train])
    p = spread_out(job, model.classes_, model.predict_proba(z))
    yield p.argmax(axis=1), p


PEERS = {f.__name__: f for f in (seed_rf, logreg, logreg_bal, linsvc, fasttext, cnb)}


def run(job, name):
    """The scores of a peer in a cell (means over its seeds), its answers and its seconds."""
    start, found, said = time.perf_counter(), [], None
    for said, p in PEERS[name](job):
        found.append(scores.all_of(job.y[job.test], said, p))
    mean = {k: float(np.mean([f[k] for f in found])) for k in scores.NAMES}
    return {**mean, "seconds": time.perf_counter() - start, "said": [int(s) for s in said]}
