"""forests, linear: attune's kinds beside other libraries on the same texts, one process each, in turns.

Per engine: seconds of features and fit, one answer and a batch, accuracy on other texts, size and peak memory
(bench/peers/engines.py says how each is set). The forests of XGBoost and LightGBM are not the same trees, so the
accuracy stands beside the time. Needs the peers of bench/requirements.txt.
"""
import json
import statistics

from . import measure

COLUMNS = (("features", measure.seconds), ("fit", measure.seconds), ("total", measure.seconds),
           ("one_us", "{:,.1f}".format), ("per_second", "{:,.0f}".format), ("accuracy", "{:.3f}".format),
           ("bytes", "{:,.0f}".format), ("peak", measure.megabytes))


class Part:
    def __init__(self, title, kind, options, engines, slow):
        self.TITLE, self.kind, self.options, self.engines = title, kind, options, engines
        self.slow = slow  # engine: the largest number of documents that it is asked to learn

    def missing(self, bench):
        if self.kind not in bench.kinds():
            return f"this attune has no kind {self.kind}"
        return None if bench.current else "build/peers is not there: script/bench installs bench/requirements.txt"

    def cases(self, bench):
        d = bench.data
        if bench.quick:
            return [("200 short", 200, d.short(200), d.short(300, 2), 1)]
        short = [(f"{n:,} short", n, d.short(n), d.short(2000, 2), 1 if n > 10000 else bench.rounds)
                 for n in (100, 1000, 10000, 100000)]
        long = [(f"{n:,} profiles", n, d.profiles(n), d.profiles(500, 2), bench.rounds if n < 1000 else 3)
                for n in (100, 500, 10000)]
        return short + long

    def key(self, case):
        return case[0]

    def case_run(self, bench, case):
        _, n, train, held, rounds = case
        questions = bench.data.questions(2500)
        turns = []
        for _ in range(rounds):
            turn = {"attune": attune(bench, self, train, held, questions)}
            for name in self.engines:
                if n <= self.slow.get(name, n):
                    done = measure.run(bench.current, bench.root / "bench/peers/engines.py", name, train, held,
                                       "--threads", bench.threads, *(("--one", 20, "--trees", 10) if bench.quick else ()))
                    turn[name] = {**json.loads(done.stdout), "peak": done.peak_bytes}
            for result in turn.values():
                result["total"] = result["features"] + result["fit"]
            turns.append(turn)
        return turns

    def case_say(self, turns):
        fastest = min((e for e in turns[0] if e != "attune"), key=lambda e: measure.median(turns, e, total))
        return f"{measure.spread(measure.ratios(turns, fastest, 'attune', total))} x to {fastest}, the next fastest"

    def report(self, bench, results):
        text = ("Seconds inside the process; `one` is microseconds of one answer, the median, with one thread; answers a "
                "second in a batch; accuracy on texts that were not learnt from; bytes of the saved model; peak memory in "
                "MB. The ratios are of features and fit together, and of one answer.\n\n")
        rows = []
        for name, turns in results.items():
            for engine in turns[0]:
                row = [name, engine, *(form(measure.median(turns, engine, lambda r: r[c])) for c, form in COLUMNS)]
                row += ["", ""] if engine == "attune" else [
                    measure.spread(measure.ratios(turns, engine, "attune", total)),
                    measure.spread(measure.ratios(turns, engine, "attune", lambda r: r["one_us"]), "{:.0f}")]
                rows.append(row)
        return text + measure.table(["learnt from", "engine", "features", "fit", "both", "one", "batch", "accuracy", "bytes",
                                     "peak", "ratio, fit", "ratio, one"], rows)


def total(r):
    return r["total"]


def attune(bench, part, train, held, questions):
    folder = bench.scratch / "engine"
    done = measure.run(bench.attune, "--quiet", "--output", "json", "fit", "--data", train, "--label", "label", "--save",
                       folder, "--threads", bench.threads, "--kind", part.kind, *part.options)
    seconds = json.loads(done.stdout)["seconds"]
    one = json.loads(measure.run(bench.build / "bin/predict_latency", folder, questions, 2000, bench.threads,
                                 bench.scratch / "engine.proba").stdout)
    truth = [json.loads(line)["label"] for line in open(held, encoding="utf-8")]
    lines = measure.run(bench.attune, "--quiet", "--output", "json", "apply", "--model", folder, held).stdout.splitlines()
    said = [best(json.loads(line)["label"]["probabilities"]) for line in lines]
    return {"features": seconds["features"], "fit": seconds["fit"], "one_us": one["session"]["median_us"],
            "one_p99_us": one["session"]["p99_us"], "per_second": one["per_second"], "peak": done.peak_bytes,
            "bytes": (folder / "model.attune").stat().st_size,
            "accuracy": statistics.fmean(a == b for a, b in zip(said, truth))}


def best(probabilities):
    return max(probabilities, key=probabilities.get)


FORESTS = Part("Forests of other libraries", "forest", ["--parity", "sklearn"], ("sklearn_rf", "xgboost_rf", "lightgbm_rf"),
               {"xgboost_rf": 10000, "lightgbm_rf": 10000})
LINEAR = Part("Linear models of other libraries", "linear", [],
              ("lbfgs", "sk_liblinear", "liblinear", "liblinear_dual", "linsvc", "fasttext"), {})
