#!/usr/bin/env python3
"""Solvers for logistic regression: processor time until each is within 1e-4, 1e-6, 1e-8 of the same minimum, one thread
(docs/decisions/0012-logistic-regression.md).

    bench/peers/linear_solvers.py build/release/bin/linear_solvers_bench [--large]

liblinear (as scikit-learn brings it) penalises the intercept. It is brought near the same minimum by making the column of
the intercept large, and takes several classes one by one, so it is compared where there are two. Its time is that of
the whole fit for the loosest tol that reaches the gap; '-' where none does. Exit 77: scikit-learn is not installed."""
import argparse, json, os, pathlib, subprocess, sys, tempfile, time, warnings

try:
    import numpy as np, sklearn
    from sklearn.linear_model import LogisticRegression
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "parity"))
import forest_data as fd, linear_data as ld

GAPS = (1e-4, 1e-6, 1e-8)
warnings.filterwarnings("ignore")


def liblinear(x, y, C, dual, minimum):
    cells = {}
    for scale in (1, 10, 100):
        for tol in (1e-1, 1e-2, 1e-3, 1e-4, 1e-5):
            begin = time.process_time()
            model = LogisticRegression(C=C, solver="liblinear", dual=dual, tol=tol, intercept_scaling=scale, max_iter=20000,
                                       random_state=1).fit(x, y)
            took = time.process_time() - begin
            z = x @ model.coef_[0] + model.intercept_[0]
            f = 0.5 * (model.coef_ ** 2).sum() + C * np.logaddexp(0, np.where(y, -z, z)).sum()
            for gap in GAPS:
                if f <= minimum * (1 + gap):
                    cells[gap] = min(took, cells.get(gap, 1e9))
            if took > 20:
                break
    return [f"{cells[g] * 1e3:.0f}" if g in cells else "-" for g in GAPS]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--large", action="store_true", help="100 000 rows too: minutes")
    args = parser.parse_args()
    program = str(pathlib.Path(args.program).resolve())
    print(f"scikit-learn {sklearn.__version__}; processor ms to a gap of 1e-4 / 1e-6 / 1e-8 (products with the data); load {os.getloadavg()[0]:.1f}\n")
    print("| data | C | Newton | L-BFGS | liblinear trust region | liblinear dual |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as tmp:
        path = pathlib.Path(tmp) / "data.bin"
        for name, (x, y, n_classes) in ld.shapes(args.large):
            fd.write(path, x, y, n_classes)
            for C in (0.1, 1, 10) if x.shape[0] < 50000 else (1,):
                got = json.loads(subprocess.run([program, path, str(C)], capture_output=True, text=True, check=True).stdout)
                row = [" / ".join(f"{p['cpu_s'] * 1e3:.0f} ({p['products']})" for p in got[k]) for k in ("newton", "lbfgs")]
                wide = x.astype(np.float64)
                row += [" / ".join(liblinear(wide, y, C, dual, got["minimum"])) if n_classes == 2 else "" for dual in (False, True)]
                print(f"| {name} x {x.shape[1]} | {C} | " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
