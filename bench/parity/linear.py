#!/usr/bin/env python3
"""Compares the kinds linear and bayes with the scikit-learn that is installed (1.2.1 in Debian 12): the value of what
is minimised, and every probability of the training rows.

    bench/parity/linear.py build/release/bin/linear_dump_bench

lbfgs runs to tol 1e-8. Allowed: 1e-4 of the minimum, 1e-3 in a probability; naive Bayes 1e-5 in a probability.
Exit 0: all within; 1: not; 77: scikit-learn is not installed."""
import json, os, pathlib, subprocess, sys, tempfile, warnings

try:
    import numpy as np, sklearn
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import ComplementNB, MultinomialNB
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forest_data as fd, linear_data as ld

warnings.filterwarnings("ignore")
SETS = ["tweeteval_emotion", "tweeteval_irony", "sms_spam_dedup", "sst2", "umsab_fr", "meld_sentiment", "p4g_engagement"]
CASES = [("linear", {}), ("linear", {"C": 10, "class_weight": "balanced"}), ("linear", {"multi_class": "ovr"}),
         ("bayes", {}), ("bayes", {"variant": "multinomial", "alpha": 0.1}), ("bayes", {"norm": True})]


def ours(program, path, kind, options, shape, folder):
    text = {True: "true", False: "false"}
    settings = [f"{k}={text.get(v, v) if isinstance(v, bool) else v}" for k, v in options.items()]
    out = folder / "proba.bin"
    done = subprocess.run([program, path, out, f"kind={kind}", *settings], check=True, cwd=folder, capture_output=True, text=True)
    said = json.loads(done.stdout)["said"]
    return np.fromfile(out).reshape(shape), float(said.split("objective ")[1]) if "objective" in said else None


def theirs(kind, options, x, y):
    if kind == "bayes":
        kinds = {"complement": ComplementNB, "multinomial": MultinomialNB}
        rest = {k: v for k, v in options.items() if k != "variant"}
        return kinds[options.get("variant", "complement")](**rest).fit(x, y)
    return LogisticRegression(tol=1e-8, max_iter=5000, **{"multi_class": "auto", **options}).fit(x, y)


def objective(model, options, x, y):
    """What lbfgs minimised, times C: 1/2 |w|^2 + C * the sum of the losses; not of one-vs-rest, which are several."""
    weight = np.ones(len(y))
    if options.get("class_weight") == "balanced":
        counts = np.bincount(y)
        weight = (len(y) / (len(counts) * counts))[y]
    p = model.predict_proba(x)[np.arange(len(y)), y]
    return 0.5 * (model.coef_ ** 2).sum() - options.get("C", 1) * (weight * np.log(p)).sum()


def main():
    program, bad = str(pathlib.Path(sys.argv[1]).resolve()), 0
    sets = [(name, fd.shared_texts(name)) for name in SETS]
    sets = [(name, (t[0][:6000], t[1][:6000])) for name, t in sets if t]
    if not sets:
        print("the public texts (../shared/data or $ATTUNE_SHARED) are not here: synthetic text only")
    sets.append(("zipf, 3 classes", fd.zipf_texts(2000, 30, 3, 1)))
    print(f"scikit-learn {sklearn.__version__}")
    for name, pair in sets:
        x, y, n_classes = ld.ngrams(*pair, 3)
        wide = x.astype(np.float64)
        with tempfile.TemporaryDirectory() as tmp:
            folder = pathlib.Path(tmp)
            fd.write(folder / "data.bin", x, y, n_classes)
            for kind, options in CASES:
                model = theirs(kind, options, wide, y)
                p = model.predict_proba(wide)
                q, value = ours(program, folder / "data.bin", kind, options, p.shape, folder)
                worst = abs(p - q).max()
                fine = worst <= (1e-3 if kind == "linear" else 1e-5)
                line = f"{name:18} {x.shape[0]:6} x {x.shape[1]:6}  {kind:6} {str(options):42} probabilities {worst:.1e}"
                if kind == "linear" and (n_classes == 2 or "multi_class" not in options):
                    gap = value / objective(model, options, wide, y) - 1
                    fine = fine and gap <= 1e-4
                    line += f"  objective {gap:+.1e}"
                bad += not fine
                print(line, "" if fine else "  TOO FAR", flush=True)
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
