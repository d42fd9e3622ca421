"""Matrices for comparing forests: public texts where ../shared/data is at hand, else synthetic Zipf
text; always through scikit-learn's own TfidfVectorizer(max_features=1000)."""
import json, os, pathlib, subprocess
import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

ROOT = pathlib.Path(__file__).resolve().parents[2]


def shared_folder():
    folder = pathlib.Path(os.environ.get("ATTUNE_SHARED", ROOT / ".." / "shared")) / "data"
    return folder if folder.is_dir() else None


def shared_texts(name):
    """Texts and labels of one public set, or None where it is not at hand."""
    folder = shared_folder()
    if not folder or not (folder / f"{name}.jsonl.zst").exists():
        return None
    raw = subprocess.run(["zstd", "-dc", folder / f"{name}.jsonl.zst"], capture_output=True, check=True).stdout
    rows = [json.loads(line) for line in raw.decode().splitlines()]
    return [r.get("text") or " ".join(r["messages"]) for r in rows], [r["label"] for r in rows]


def zipf_texts(n, words_each, n_classes, seed):
    """Words by a Zipf law over 20 000; each class prefers some of them, a fifth of the labels is wrong."""
    rng = np.random.RandomState(seed)
    y = rng.randint(0, n_classes, n)
    base = 1 / np.arange(1, 20001) ** 1.05
    prefer = [base * np.exp(0.4 * rng.standard_normal(base.size)) for _ in range(n_classes)]
    cdf = [np.cumsum(p / p.sum()) for p in prefer]
    texts = []
    for c in y:
        k = max(1, rng.poisson(words_each))
        texts.append(" ".join("w%d" % w for w in np.searchsorted(cdf[c], rng.random_sample(k))))
    wrong = rng.random_sample(n) < 0.2
    return texts, [str(c) for c in np.where(wrong, rng.randint(0, n_classes, n), y)]


def matrix(texts, labels):
    x = sparse.csr_matrix(TfidfVectorizer(max_features=1000, stop_words="english").fit_transform(texts), dtype=np.float32)
    x.sort_indices()
    classes, y = np.unique(labels, return_inverse=True)
    return x, y.astype(np.uint32), len(classes)


def write(path, x, y, n_classes):
    with open(path, "wb") as f:
        np.array([x.shape[0], x.shape[1], x.nnz, n_classes], np.uint64).tofile(f)
        x.indptr.astype(np.uint64).tofile(f)
        x.indices.astype(np.uint32).tofile(f)
        x.data.astype(np.float32).tofile(f)
        y.astype(np.uint32).tofile(f)


def group(texts, labels, size):
    """Profiles: `size` texts of one label joined."""
    by = {}
    for t, l in zip(texts, labels):
        by.setdefault(l, []).append(t)
    out, lab = [], []
    for l, ts in by.items():
        for i in range(0, len(ts) - size + 1, size):
            out.append(" ".join(ts[i:i + size]))
            lab.append(l)
    order = np.random.RandomState(0).permutation(len(out))
    return [out[i] for i in order], [lab[i] for i in order]
