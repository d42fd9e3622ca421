"""predict: one document at a time, warm, and many at once.

attune answers 2 000 different documents through the public C API, text in and probabilities out, and once
more as JSON in and JSON out; scikit-learn through pipeline.predict_proba([text]). The probabilities of both
are compared. "Zipf" is made of random words with a fifth of the labels wrong, the worst case for a forest.
"""
import array
import json

from . import measure

GOAL = 300
GOALS_US = {"100 short": 5, "10,000 short": 20, "100,000 short": 40, "10,000 Zipf": 20, "100,000 Zipf": 40}
TITLE = "Predict: one document, warm"
N_TIMED, N_WARM = 2000, 500


def cases(bench):
    """name, file, trees, file of questions"""
    d, n = bench.data, N_TIMED + N_WARM
    short = [(f"{k:,} short", d.short(k), 100, d.questions(n))
             for k in ((200,) if bench.quick else (100, 10000, 100000))]
    return short + [(f"{k:,} Zipf", d.zipf_short(k), 100, d.zipf_questions(n))
                    for k in ((200,) if bench.quick else (10000, 100000))]


def key(case):
    return f"{case[0]}, {case[2]} trees"


def difference(bench):
    """Largest difference between the probabilities of both, or None where their number differs"""
    mine, theirs = array.array("d"), array.array("d")
    mine.frombytes((bench.scratch / "attune.proba").read_bytes())
    theirs.frombytes((bench.scratch / "peer.proba").read_bytes())
    return max(abs(a - b) for a, b in zip(mine, theirs)) if len(mine) == len(theirs) else None


def case_run(bench, case):
    _, path, trees, questions = case
    model = bench.attune_fit(path, trees)["folder"]
    pickled = bench.peer_model(path, trees)
    peer = [bench.python, bench.root / "bench/peers/sklearn_pipeline.py", "predict", pickled, questions, N_TIMED,
            "--seconds", 1 if bench.quick else 20, "--proba", bench.scratch / "peer.proba", "--jobs"]
    rounds = []
    for _ in range(min(bench.rounds, 3)):
        rounds.append({
            "attune": json.loads(measure.run(bench.build / "bin/predict_latency", model, questions, N_TIMED,
                                             bench.threads, bench.scratch / "attune.proba").stdout),
            "installed": json.loads(measure.run(*peer, 0).stdout),
            "tuned": json.loads(measure.run(*peer, bench.threads).stdout),
            "difference": difference(bench)})
    return rounds


def best(r):
    """scikit-learn's better setting: for one document that is one thread"""
    return min(r["installed"], r["tuned"], key=lambda p: p["median_us"])


def single_ratios(rounds, way="session", figure="median_us"):
    return [best(r)[figure] / r["attune"][way][figure] for r in rounds]


def case_say(rounds):
    return f"{measure.spread(single_ratios(rounds), '{:.0f}')} x  ({rounds[0]['attune']['session']['median_us']:.1f} us)"


def report(bench, results):
    single, many, worst = [], [], None
    median = lambda rounds, figure: measure.statistics.median(figure(r) for r in rounds)
    for name, rounds in results.items():
        ratio = single_ratios(rounds)
        worst = min(filter(None, [worst, measure.statistics.median(ratio)]))
        us = lambda figure: f"{median(rounds, figure):,.1f}"
        single.append([name, us(lambda r: r["attune"]["session"]["median_us"]),
                       us(lambda r: r["attune"]["session"]["p99_us"]), us(lambda r: r["attune"]["json"]["median_us"]),
                       us(lambda r: r["installed"]["median_us"]), us(lambda r: r["installed"]["p99_us"]),
                       us(lambda r: r["tuned"]["median_us"]), measure.spread(ratio, "{:.0f}"),
                       measure.spread(single_ratios(rounds, figure="p99_us"), "{:.0f}")])
        rate = lambda figure: f"{median(rounds, figure):,.0f}"
        batch = [r["attune"]["per_second"] / max(r["installed"]["per_second"], r["tuned"]["per_second"]) for r in rounds]
        wrong = max((r["difference"] is None, r["difference"] or 0) for r in rounds)
        many.append([name, rate(lambda r: r["attune"]["per_second_1"]), rate(lambda r: r["attune"]["per_second"]),
                     rate(lambda r: r["installed"]["per_second"]), rate(lambda r: r["tuned"]["per_second"]),
                     measure.spread(batch), f"{median(rounds, lambda r: r['attune']['open_us']):,.0f}",
                     "DIFFERENT" if wrong[0] or wrong[1] > 1e-12 else f"{wrong[1]:.0e}" if wrong[1] else "none"])
    t = bench.threads
    text = (f"Microseconds for one document, {N_TIMED:,} different ones each once; the ratio is against the better of "
            f"n_jobs=None and {t}.\n\n")
    text += measure.table(["trained on", "attune median", "p99", "JSON in and out", "sk as installed", "p99",
                           f"sk n_jobs={t}", "ratio of medians", "ratio of p99"], single)
    text += "\nMany at once, documents a second; microseconds to open a model; largest difference of a probability:\n\n"
    text += measure.table(["trained on", "attune, 1 thread", f"{t} threads", "sk as installed", f"sk n_jobs={t}",
                           "ratio", "open", "difference"], many)
    if worst is None:
        return text
    for name, rounds in results.items():
        goal = GOALS_US.get(name.rsplit(", ", 1)[0])
        us = median(rounds, lambda r: r["attune"]["session"]["median_us"])
        text += f"\n{bench.verdict(us <= goal)}: {name}: one document within {goal} us; it takes {us:.1f} us." if goal else ""
    return text + f"\n{bench.verdict(worst >= GOAL)}: at least {GOAL} x for one document; the lowest median is {worst:.0f} x.\n"
