"""command: the whole command, from the shell to the written model.

`attune fit --data FILE` against a Python program that reads the same file, fits and pickles
(bench/peers/sklearn_pipeline.py); wall time with start-up, and the highest resident memory.
"""
from . import measure

TITLE = "Whole command: read JSON Lines, fit, write the model"


def cases(bench):
    if bench.quick:
        return [("200 short", bench.data.short(200)), ("20 profiles", bench.data.profiles(20))]
    out = [("500 profiles", bench.data.profiles(500)), ("10,000 short", bench.data.short(10000)),
           ("500 of mbti800_tf_masked", bench.data.public("mbti800_tf_masked", 500)),
           ("10,000 of meld_sentiment", bench.data.public("meld_sentiment", 10000))]
    return [case for case in out if case[1]]


def key(case):
    return case[0]


def case_run(bench, case):
    rounds = []
    for _ in range(bench.rounds):
        rounds.append({"attune": bench.attune_fit(case[1], 100), "tuned": bench.peer_fit(case[1], 100, bench.threads, True),
                       "installed": bench.peer_fit(case[1], 100, 0, True)})
    return rounds


def wall(r):
    return r["wall"]


def case_say(rounds):
    return f"{measure.spread(measure.ratios(rounds, 'tuned', 'attune', wall))} x"


def report(bench, results):
    rows = []
    for name, rounds in results.items():
        s = lambda who: measure.seconds(measure.median(rounds, who, wall))
        peak = lambda who: measure.megabytes(measure.median(rounds, who, lambda r: r["peak"]))
        cpu = lambda who: measure.seconds(measure.median(rounds, who, lambda r: r["cpu"]))
        ratio = lambda who, figure: measure.spread(measure.ratios(rounds, who, "attune", figure))
        rows.append([name, len(rounds), s("attune"), s("tuned"), ratio("tuned", wall), s("installed"),
                     ratio("installed", wall), cpu("attune"), cpu("tuned"), peak("attune"), peak("tuned"),
                     ratio("tuned", lambda r: r["peak"])])
    return "Wall seconds, and CPU seconds (of Python: tuned); peak memory in MB.\n\n" + measure.table(
        ["documents", "rounds", "attune", f"Python, n_jobs={bench.threads}", "ratio", "Python as installed", "ratio",
         "attune CPU", "Python CPU", "attune MB", "Python MB", "ratio"], rows)
