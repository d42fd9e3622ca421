"""Matrices for comparing logistic regressions and naive Bayes: words and pairs of words, and letters 2 to 5 at a
time inside words, of the public texts where ../shared/data is at hand, else of synthetic ones; made by scikit-learn."""
import json, subprocess
import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize
import forest_data as fd


def ngrams(texts, labels, min_df):
    """One row of length 1 for each text; terms of fewer than min_df texts are left out."""
    parts = [TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=min_df),
             TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=min_df)]
    x = sparse.hstack([part.fit_transform(texts) for part in parts]).tocsr()
    x = sparse.csr_matrix(normalize(x), dtype=np.float32)
    x.sort_indices()
    classes, y = np.unique(labels, return_inverse=True)
    return x, y.astype(np.uint32), len(classes)


def dialogue_lines(n):
    """Lines of chat; the class is whether one opens, goes on with, or closes its dialogue."""
    folder = fd.shared_folder()
    if not folder or not (folder / "dailydialog_chat.jsonl.zst").exists():
        return None
    raw = subprocess.run(["zstd", "-dc", folder / "dailydialog_chat.jsonl.zst"], capture_output=True, check=True).stdout
    texts, labels = [], []
    for line in raw.decode().splitlines():
        lines = json.loads(line)["messages"]
        for i, m in enumerate(lines):
            texts.append(m if isinstance(m, str) else m["text"])
            labels.append(0 if i < 2 else 2 if i >= len(lines) - 2 else 1)
    return texts[:n], labels[:n]


def cut(pair, n, words=None):
    texts, labels = pair
    return [" ".join(t.split()[:words]) if words else t for t in texts[:n]], labels[:n]


def shapes(large=False):
    """name, matrix; the sizes that the figures in docs/ are about"""
    mbti, p4g = fd.shared_texts("mbti800_tf_masked"), fd.shared_texts("p4g_engagement")
    meld, dialogue = fd.shared_texts("meld_sentiment"), dialogue_lines(100000) if large else None
    if not mbti:
        print("the public texts (../shared/data or $ATTUNE_SHARED) are not here: synthetic text only", flush=True)
    yield "500 profiles, 2 classes", ngrams(*(cut(mbti, 500, 350) if mbti else fd.zipf_texts(500, 350, 2, 1)), 5)
    yield "500 profiles, 3 classes", ngrams(*(cut(p4g, 500) if p4g else fd.zipf_texts(500, 120, 3, 2)), 5)
    yield "10 000 short, 3 classes", ngrams(*(cut(meld, 10000) if meld else fd.zipf_texts(10000, 12, 3, 3)), 5)
    if large:
        yield "100 000 short, 3 classes", ngrams(*(dialogue or fd.zipf_texts(100000, 12, 3, 4)), 5)
