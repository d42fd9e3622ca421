#!/usr/bin/env python3
"""Logistic regression and naive Bayes against scikit-learn, side by side on the same machine: the same matrices, runs
interleaved, medians.

    bench/peers/linear_speed.py build/release/bin/linear_dump_bench [--rounds N] [--large]

scikit-learn: LogisticRegression with lbfgs (the same minimum; its stock max_iter of 100 may stop it before) and with
liblinear (another minimum: it penalises the intercept, and takes several classes one by one), ComplementNB. Its solvers
use one thread on sparse rows, whatever n_jobs says; attune is shown with one and with two. `one` is predict_proba of a
single row, the median over rows. Exit 77: scikit-learn is not installed."""
import argparse, json, os, pathlib, pickle, re, statistics, subprocess, sys, tempfile, time, warnings

try:
    import numpy as np, sklearn
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import ComplementNB
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "parity"))
import forest_data as fd, linear_data as ld

PEERS = {"lbfgs": lambda C: LogisticRegression(C=C), "liblinear": lambda C: LogisticRegression(C=C, solver="liblinear"),
         "liblinear dual": lambda C: LogisticRegression(C=C, solver="liblinear", dual=True), "ComplementNB": lambda C: ComplementNB()}


def read(path):
    n, cols, values, _ = (int(v) for v in np.fromfile(path, np.uint64, 4))
    at = 32 + 8 * (n + 1)
    start = np.fromfile(path, np.uint64, n + 1, offset=32).astype(np.int32)
    col = np.fromfile(path, np.uint32, values, offset=at).astype(np.int32)
    value = np.fromfile(path, np.float32, values, offset=at + 4 * values).astype(np.float64)
    return sparse.csr_matrix((value, col, start), shape=(n, cols)), np.fromfile(path, np.uint32, n, offset=at + 8 * values)


def run_sklearn(path, peer, C):
    warnings.filterwarnings("ignore")
    x, y = read(path)
    wall, cpu = time.perf_counter(), time.process_time()
    model = PEERS[peer](C).fit(x, y)
    out = {"fit_s": time.perf_counter() - wall, "fit_cpu_s": time.process_time() - cpu,
           "peak_rss_kb": int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text()).group(1))}
    times = []
    for row in [x[i] for i in range(min(x.shape[0], 200))]:
        t = time.perf_counter()
        model.predict_proba(row)
        times.append(time.perf_counter() - t)
    out["single_us"] = statistics.median(times) * 1e6
    out["file_bytes"] = len(pickle.dumps(model))
    print(json.dumps(out))


def child(command, folder):
    env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, env=env).stdout)


def compare(program, name, path, C, rounds, folder):
    commands = {"attune linear": [program, path, "-", f"C={C}"],
                "attune linear, 2 threads": [program, path, "-", f"C={C}", "threads=2"],
                "attune bayes": [program, path, "-", "kind=bayes"]}
    for peer in PEERS:
        commands[peer] = [sys.executable, __file__, "--sklearn", path, peer, str(C)]
    runs = {who: [] for who in commands}
    for _ in range(rounds):
        for who, command in commands.items():
            runs[who].append(child(command, folder))
    mid = {who: {k: statistics.median(r[k] for r in all) for k in ("fit_s", "fit_cpu_s", "single_us", "peak_rss_kb", "file_bytes")}
           for who, all in runs.items()}
    for who, m in mid.items():
        base = mid["attune bayes" if who in ("attune bayes", "ComplementNB") else "attune linear"]
        print(f"| {name}, C={C} | {who} | {m['fit_s'] * 1e3:.1f} | {m['fit_cpu_s'] * 1e3:.1f} | {m['fit_cpu_s'] / base['fit_cpu_s']:.1f} | "
              f"{m['single_us']:.1f} | {m['single_us'] / base['single_us']:.0f} | {m['peak_rss_kb'] / 1024:.0f} | {m['file_bytes'] / 1e6:.2f} |", flush=True)


def main():
    if len(sys.argv) == 5 and sys.argv[1] == "--sklearn":
        return run_sklearn(sys.argv[2], sys.argv[3], float(sys.argv[4]))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="100 000 rows too: minutes")
    args = parser.parse_args()
    program = str(pathlib.Path(args.program).resolve())
    print(f"scikit-learn {sklearn.__version__}, medians of {args.rounds}, load {os.getloadavg()[0]:.1f}; ratios of processor time and of one row\n")
    print("| data | who | fit ms | processor ms | ratio | one row us | ratio | peak MB | model MB |\n|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(tmp)
        for name, matrix in ld.shapes(args.large):
            fd.write(folder / "data.bin", *matrix)
            for C in (1, 10) if matrix[0].shape[0] < 50000 else (1,):
                compare(program, f"{name} x {matrix[0].shape[1]}", folder / "data.bin", C, args.rounds, folder)


if __name__ == "__main__":
    main()
