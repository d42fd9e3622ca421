"""fit: time of the whole pipeline inside the process, from texts in memory to a fitted model.

attune gives `seconds` of `fit --output json`, scikit-learn is timed around fit_transform and fit. Both grow
the same trees (--parity sklearn), on two threads; "as installed" is scikit-learn's default of one. The current
scikit-learn of bench/requirements.txt, on two threads, stands beside Debian's.
"""
from . import measure

GOALS = {"100 short": 8, "10,000 short": 8, "10,000 profiles": 8, "100,000 short": 15}
TITLE = "Fit: TF-IDF and random forest, seconds inside the process"


def cases(bench):
    """name, file, trees, rounds, rounds of scikit-learn as installed"""
    d, n = bench.data, bench.rounds
    if bench.quick:
        return [("200 short", d.short(200), 100, n, n), ("20 profiles", d.profiles(20), 100, n, n)]
    out = [(f"{k:,} short", d.short(k), 100, n, n) for k in (100, 1000, 10000)]
    out.append(("100,000 short", d.short(100000), 10, min(n, 3), min(n, 1)))
    out.append(("100,000 short", d.short(100000), 100, 1, 0))
    out += [(f"{k:,} profiles", d.profiles(k), 100, n, n) for k in (500, 10000)]
    real = [("meld_sentiment", 100), ("meld_sentiment", 1000), ("meld_sentiment", 10000), ("tweeteval_emotion", 5000),
            ("mbti800_tf_masked", 500)]
    out += [(f"{k:,} of {s}", d.public(s, k), 100, min(n, 3), min(n, 1)) for s, k in real]
    return [case for case in out if case[1]]


def key(case):
    return f"{case[0]}, {case[2]} trees"


def case_run(bench, case):
    name, path, trees, n, n_installed = case
    rounds = []
    for i in range(n):
        r = {"attune": bench.attune_fit(path, trees)}
        # what takes minutes is kept, part `predict` asks it
        r["tuned"] = bench.peer_fit(path, trees, bench.threads) if n_installed else bench.peer_keep(path, trees)
        if i < n_installed:
            r["installed"] = bench.peer_fit(path, trees, 0)
            if bench.current:
                r["current"] = bench.current_fit(path, trees, bench.threads)
        rounds.append(r)
    return rounds


def total(r):
    return r["features"] + r["fit"]


def case_say(rounds):
    ratio = measure.ratios(rounds, "tuned", "attune", total)
    return f"{measure.spread(ratio)} x  ({measure.seconds(measure.median(rounds, 'attune', total))} s)"


def report(bench, results):
    whole, stages, verdicts = [], [], ""
    for name, rounds in results.items():
        both = measure.ratios(rounds, "tuned", "attune", total)
        goal = GOALS.get(name.rsplit(", ", 1)[0])
        if goal:
            ratio = measure.statistics.median(both)
            verdicts += f"{bench.verdict(ratio >= goal)}: {name}: at least {goal} x; it is {ratio:.1f} x.\n"
        s = lambda who, figure: measure.seconds(measure.median(rounds, who, figure))
        has = any("installed" in r for r in rounds)
        whole.append([name, len(rounds), s("attune", total), s("tuned", total), measure.spread(both),
                      s("installed", total) if has else "-",
                      measure.spread(measure.ratios(rounds, "installed", "attune", total)),
                      s("current", total) if any("current" in r for r in rounds) else "-",
                      measure.spread(measure.ratios(rounds, "current", "attune", total))])
        row = [name]
        for figure in (lambda r: r["features"], lambda r: r["fit"]):
            row += [s("attune", figure), s("tuned", figure),
                    measure.spread(measure.ratios(rounds, "tuned", "attune", figure))]
        row += [measure.megabytes(measure.median(rounds, w, lambda r: r["peak"])) for w in ("attune", "tuned")]
        stages.append(row)
    t = bench.threads
    text = measure.table(["documents", "rounds", "attune", f"scikit-learn, n_jobs={t}", "ratio",
                          "scikit-learn as installed", "ratio", f"current one, n_jobs={t}", "ratio"], whole)
    text += f"\nBy stage, against n_jobs={t}; peak memory in MB of the whole process:\n\n"
    text += measure.table(["documents", "tf-idf", "sk", "ratio", "forest", "sk", "ratio", "attune MB", "sk MB"], stages)
    return f"{text}\n{verdicts}"
