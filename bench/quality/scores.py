"""Scores of a classifier's answers: accuracy, macro-F1, log-loss, expected calibration error.

`said` is the class that was answered, `p` the probabilities (rows x classes). Log-loss takes a probability of 0 as
1e-15, as scikit-learn did for long. ECE has 15 bins of equal width over the highest probability, against whether the
class of that probability is right; it is never 0 for a finite test side, about 0.08 for 160 rows of an honest
classifier, so where a set is cut into folds the bins of all folds are added up first. Macro-F1 is over the classes that occur in truth or answers.
"""
import numpy as np

NAMES = ("macro_f1", "accuracy", "log_loss", "ece")


def macro_f1(truth, said, n_classes):
    f1 = []
    for c in range(n_classes):
        hit, both = np.sum((truth == c) & (said == c)), np.sum(truth == c) + np.sum(said == c)
        if both:
            f1.append(2 * hit / both)
    return float(np.mean(f1))


def reliability(truth, p, bins=15):
    """[rows, sum of the confidences, right ones] of each bin; those of several test sides can be added"""
    top, right = p.max(axis=1), p.argmax(axis=1) == truth
    at = np.minimum((top * bins).astype(int), bins - 1)
    return [[int(np.sum(at == b)), float(np.sum(top[at == b])), int(np.sum(right[at == b]))] for b in range(bins)]


def ece(bins):
    return sum(abs(said - right) for _, said, right in bins) / sum(n for n, _, _ in bins)


def all_of(truth, said, p):
    bins = reliability(truth, p)
    return {"bins": bins, "macro_f1": macro_f1(truth, said, p.shape[1]), "accuracy": float(np.mean(truth == said)),
            "log_loss": float(-np.mean(np.log(np.clip(p[np.arange(len(truth)), truth], 1e-15, 1)))), "ece": ece(bins)}


def interval(values):
    """Half the width of the 95 % interval of a mean (Student's t)."""
    t = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}
    n = len(values)
    return float("nan") if n < 2 else t.get(n, 2.0) * np.std(values, ddof=1) / n**0.5


def bootstrap(figure, n_rows, repeats=1000, seed=1):
    """95 % interval of figure(rows) over test rows drawn with replacement."""
    draw = np.random.RandomState(seed)
    values = [figure(draw.randint(0, n_rows, n_rows)) for _ in range(repeats)]
    return float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5))
