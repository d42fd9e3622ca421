#!/usr/bin/python3
"""How hard the demo conversations are: accuracy of scikit-learn's default pipeline on them.

    bench/quality/demo_scores.py [path of demo_dump_bench]      (default: build/release/bin/demo_dump_bench)

For each n: 5 demo seeds, n fans each, stratified 80/20 split; TfidfVectorizer(max_features=1000,
stop_words='english') over the fan's own messages joined by one space, RandomForestClassifier(100).
Prints mean (lowest - highest) accuracy, the size of the vocabulary, and the majority's share.
"""
import json, pathlib, subprocess, sys
import numpy as np, sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.model_selection import train_test_split

TARGETS = ["personality", "engagement", "spending_potential"]
root = pathlib.Path(__file__).resolve().parents[2]
dump = sys.argv[1] if len(sys.argv) > 1 else str(root / "build/release/bin/demo_dump_bench")


def fans(n, seed, languages):
    out = subprocess.run([dump, str(n), str(seed), languages, "spending", "fan"], check=True, capture_output=True)
    rows = [json.loads(line) for line in out.stdout.splitlines()]
    rows = [r for r in rows if len(r["messages"]) >= 2]  # as training does
    return [" ".join(m["text"] for m in r["messages"]) for r in rows], {t: [r["labels"][t] for r in rows] for t in TARGETS}


def score(texts, y, seed):
    train, test, y_train, y_test = train_test_split(texts, y, test_size=0.2, stratify=y, random_state=seed)
    tfidf = TfidfVectorizer(max_features=1000, stop_words="english")
    forest = RandomForestClassifier(n_estimators=100, random_state=seed, n_jobs=2)
    forest.fit(tfidf.fit_transform(train), y_train)
    return forest.score(tfidf.transform(test), y_test)


print(f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}; 5 seeds, mean (lowest - highest)")
print(f"{'languages':10}{'fans':>6}{'words':>8}  " + "".join(f"{t:>24}" for t in TARGETS))
for languages in ["en", "fr", "en,fr"]:
    for n in [100, 500, 1000]:
        scores, words = {t: [] for t in TARGETS}, []
        for seed in range(1, 6):
            texts, labels = fans(n, seed, languages)
            words.append(len(CountVectorizer().fit(texts).vocabulary_))
            for t in TARGETS:
                scores[t].append(score(texts, labels[t], seed))
        cells = [f"{np.mean(s):.3f} ({min(s):.2f} - {max(s):.2f})" for s in scores.values()]
        print(f"{languages:10}{n:>6}{np.mean(words):>8.0f}  " + "".join(f"{c:>24}" for c in cells), flush=True)
