"""kinds: every kind of attune over 500 profiles and 10 000 short texts, the whole command; and the goals of time.

The default has to answer within seconds, whatever it tries. Wall and CPU seconds of `attune fit`, and peak memory.
"""
import json

from . import measure

TITLE = "Every kind: the whole command"
GOALS = {("500 profiles", "forest"): 0.05, ("500 profiles", "auto"): 3, ("10,000 short", "auto"): 60,
         ("10,000 of meld_sentiment", "auto"): 60}


def cases(bench):
    d = bench.data
    sets = [("200 short", d.short(200))] if bench.quick else [
        ("100 short", d.short(100)), ("500 profiles", d.profiles(500)), ("10,000 short", d.short(10000)),
        ("10,000 of meld_sentiment", d.public("meld_sentiment", 10000)),
        ("500 of mbti800_tf_masked", d.public("mbti800_tf_masked", 500))]
    return [(name, kind, path) for name, path in sets if path for kind in bench.kinds() if kind != "majority"]


def key(case):
    return f"{case[0]}, {case[1]}"


def case_run(bench, case):
    _, kind, path = case
    rounds = []
    for _ in range(bench.rounds):
        done = measure.run(bench.attune, "--quiet", "--output", "json", "fit", "--data", path, "--label", "label", "--save",
                           bench.scratch / "kind", "--threads", bench.threads, "--kind", kind)
        rounds.append({"wall": done.wall_s, "cpu": done.cpu_s, "peak": done.peak_bytes,
                       "seconds": json.loads(done.stdout)["seconds"],
                       "bytes": (bench.scratch / "kind/model.attune").stat().st_size})
    return rounds


def middle(rounds, figure):
    return measure.statistics.median(r[figure] for r in rounds)


def case_say(rounds):
    return f"{measure.seconds(middle(rounds, 'wall'))} s"


def report(bench, results):
    rows, text = [], ""
    for name, rounds in results.items():
        data, kind = name.rsplit(", ", 1)
        goal = GOALS.get((data, kind))
        wall = middle(rounds, "wall")
        rows.append([data, kind, measure.spread([r["wall"] for r in rounds], "{:.3f}"),
                     measure.seconds(middle(rounds, "cpu")), measure.megabytes(middle(rounds, "peak")),
                     f"{middle(rounds, 'bytes'):,.0f}", f"<= {goal} s" if goal else ""])
        if goal:
            text += f"{bench.verdict(wall <= goal)}: {name} within {goal} s; it takes {measure.seconds(wall)} s.\n"
    return measure.table(["data", "kind", "wall s", "CPU s", "peak MB", "bytes", "goal"], rows) + "\n" + text
