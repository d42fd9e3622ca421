#!/usr/bin/env python3
"""Forest against scikit-learn, side by side on the same machine: the same matrices, the same trees, two
threads each, runs interleaved, medians.

    bench/peers/forest_speed.py build/release/bin/forest_dump_bench [--rounds N] [--threads N]

Wall times suffer from whatever else runs on the machine; processor times less. Both are printed.
`one` is predict_proba of a single row, the median over rows; scikit-learn with n_jobs=1, which is faster for one. Exit 77: scikit-learn is not installed."""
import argparse, json, os, pathlib, pickle, re, statistics, subprocess, sys, tempfile, time

try:
    import numpy as np, sklearn
    from scipy import sparse
    from sklearn.ensemble import RandomForestClassifier
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "parity"))
import forest_data as fd

# name, documents, words each (short texts, profiles), trees; the largest with fewer trees
SHAPES = [("100 short", 100, 12, 100), ("1 000 short", 1000, 12, 100), ("10 000 short", 10000, 12, 100),
          ("100 000 short", 100000, 12, 10), ("500 profiles", 500, 300, 100), ("10 000 profiles", 10000, 300, 100)]


def run_sklearn(path, trees, threads):
    n, cols, values, _ = (int(v) for v in np.fromfile(path, np.uint64, 4))
    at = 32 + 8 * (n + 1)
    start = np.fromfile(path, np.uint64, n + 1, offset=32).astype(np.int32)
    col = np.fromfile(path, np.uint32, values, offset=at).astype(np.int32)
    value = np.fromfile(path, np.float32, values, offset=at + 4 * values)
    y = np.fromfile(path, np.uint32, n, offset=at + 8 * values)
    x = sparse.csr_matrix((value, col, start), shape=(n, cols))
    wall, cpu = time.perf_counter(), time.process_time()
    forest = RandomForestClassifier(trees, random_state=1, n_jobs=threads).fit(x, y)
    out = {"fit_s": time.perf_counter() - wall, "fit_cpu_s": time.process_time() - cpu,
           "peak_rss_kb": int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text()).group(1))}
    forest.n_jobs = 1  # one row is answered faster without threads
    rows = [x[i] for i in range(min(n, 40))]
    times = []
    for row in rows:
        t = time.perf_counter()
        forest.predict_proba(row)
        times.append(time.perf_counter() - t)
    out["single_us"] = statistics.median(times) * 1e6
    out["file_bytes"] = len(pickle.dumps(forest))
    print(json.dumps(out))


def child(command, folder):
    env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, env=env).stdout)


def compare(program, shape, rounds, threads, folder):
    name, n, words, trees = shape
    path = folder / "data.bin"
    fd.write(path, *fd.matrix(*fd.zipf_texts(n, words, 2, 9)))
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(child([program, path, "-", f"threads={threads}", "seed=1", f"n_estimators={trees}"], folder))
        theirs.append(child([sys.executable, __file__, "--sklearn", path, str(trees), str(threads)], folder))
    mid = lambda runs, key: statistics.median(r[key] for r in runs)
    a, b = ({k: mid(runs, k) for k in ours[0] if k in theirs[0]} for runs in (ours, theirs))
    print(f"{name:16} {trees:3}  {a['fit_s']:8.3f} {b['fit_s']:8.3f} {b['fit_s'] / a['fit_s']:6.1f}x  "
          f"{a['fit_cpu_s']:8.3f} {b['fit_cpu_s']:8.3f} {b['fit_cpu_s'] / a['fit_cpu_s']:6.1f}x  "
          f"{a['single_us']:7.1f} {b['single_us']:8.0f} {b['single_us'] / a['single_us']:6.0f}x  "
          f"{a['peak_rss_kb'] / 1024:5.0f} {b['peak_rss_kb'] / 1024:5.0f}  "
          f"{a['file_bytes'] / 1e6:7.2f} {b['file_bytes'] / 1e6:7.2f} {b['file_bytes'] / a['file_bytes']:5.1f}x", flush=True)


def main():
    if len(sys.argv) == 5 and sys.argv[1] == "--sklearn":
        return run_sklearn(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    print(f"scikit-learn {sklearn.__version__}, {args.threads} threads, medians of {args.rounds}; attune, scikit-learn, ratio")
    print(f"{'':16} trees {'fit wall s':>24}  {'fit processor s':>24}  {'one, us':>24}  {'peak MB':>11}  {'model MB':>22}")
    with tempfile.TemporaryDirectory() as folder:
        for shape in SHAPES:
            compare(str(pathlib.Path(args.program).resolve()), shape, args.rounds, args.threads, pathlib.Path(folder))


if __name__ == "__main__":
    main()
