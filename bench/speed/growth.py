"""growth: time and memory as the work grows, n = 1 000 ... 1 000 000 short documents, with the slopes.

One fit for each n and kind: seconds of features and of fit inside the process, peak memory of the whole. The slope is
of the logarithms, by least squares: 1 means twice the documents, twice the time. At a million documents one tree of
scikit-learn is grown as well, by the original pipeline; the ratio is of the forest's time to a hundred times that.
Written as a picture too (DATE-growth.svg).
"""
import json
import math

from . import measure

TITLE = "Cost as work grows"
GOAL_S, GOAL_BYTES, GOAL_RATIO = 200, 600_000_000, 50
LARGEST = {"auto": 100_000, "ensemble": 100_000}


def sizes(bench):
    return (100, 200, 400) if bench.quick else (1000, 3162, 10_000, 31_623, 100_000, 316_228, 1_000_000)


def cases(bench):
    kinds = [k for k in bench.kinds() if k != "majority"]
    out = [(kind, n) for kind in kinds for n in sizes(bench) if n <= LARGEST.get(kind, n)]
    return out + ([("scikit-learn, 1 tree", sizes(bench)[-1])] if bench.has_sklearn else [])


def key(case):
    return f"{case[0]}, {case[1]:,}"


def case_run(bench, case):
    kind, n = case
    path = bench.data.short(n)
    if kind.startswith("scikit-learn"):
        done = measure.run(bench.python, bench.root / "bench/peers/sklearn_pipeline.py", "fit", path, "label", "-",
                           "--trees", 1, "--jobs", 1, timeout_s=7200)
    else:
        parity = ["--parity", "sklearn"] if kind == "forest" else []
        done = measure.run(bench.attune, "--quiet", "--output", "json", "fit", "--data", path, "--label", "label", "--save",
                           bench.scratch / "growth", "--threads", bench.threads, "--kind", kind, *parity, timeout_s=7200)
    seconds = json.loads(done.stdout)["seconds"]
    return {"kind": kind, "n": n, "text_bytes": text_bytes(path), "features": seconds["features"], "fit": seconds["fit"], "wall": done.wall_s,
            "peak": done.peak_bytes}


def text_bytes(path):
    return sum(len(json.loads(line)["text"].encode()) for line in open(path, encoding="utf-8"))


def case_say(r):
    return f"{measure.seconds(r['features'] + r['fit'])} s, {measure.megabytes(r['peak'])} MB"


def slope(points):
    x, y = [math.log(a) for a, _ in points], [math.log(max(b, 1e-6)) for _, b in points]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y)) / sum((a - mx) ** 2 for a in x)


def lines(results):
    """{kind: [results by n]}, attune's kinds only"""
    found = {}
    for r in sorted(results.values(), key=lambda r: r["n"]):
        if not r["kind"].startswith("scikit-learn"):
            found.setdefault(r["kind"], []).append(r)
    return found


def report(bench, results):
    rows = [[r["kind"], f"{r['n']:,}", *(measure.seconds(r[k]) for k in ("features", "fit", "wall")), measure.megabytes(r["peak"]),
             f"{r['text_bytes'] / r['features'] / bench.threads / 1e6:.0f}"] for r in sorted(results.values(), key=lambda r: (r["kind"], r["n"]))]
    text = "The last column is bytes of text by the seconds of features and the number of threads.\n\n"
    text += measure.table(["kind", "documents", "features s", "fit s", "whole command s", "peak MB", "MB/s a thread"], rows)
    text += "\nSlopes on a log-log plot, from the third size on:\n\n"
    slopes = []
    for kind, rs in lines(results).items():
        far = rs[2:] if len(rs) > 3 else rs
        if len(far) > 1:
            slopes.append([kind, *(f"{slope([(r['n'], r[k]) for r in far]):.2f}" for k in ("features", "fit", "wall", "peak"))])
    text += measure.table(["kind", "features", "fit", "whole command", "memory"], slopes)
    path = (bench.scratch if bench.quick else bench.results) / f"{bench.today}-growth.svg"
    path.write_text(picture(lines(results)))
    return text + f"\nPicture: {path.name}\n" + verdicts(bench, results)


def verdicts(bench, results):
    n = sizes(bench)[-1]
    mine, tree = results.get(f"forest, {n:,}"), results.get(f"scikit-learn, 1 tree, {n:,}")
    if not mine:
        return ""
    text = (f"\n{bench.verdict(mine['wall'] <= GOAL_S)}: a forest of 100 trees on {n:,} documents within {GOAL_S} s; it takes "
            f"{measure.seconds(mine['wall'])} s.\n{bench.verdict(mine['peak'] <= GOAL_BYTES)}: in {GOAL_BYTES / 1e9} GB; it takes "
            f"{mine['peak'] / 1e9:.2f} GB.\n")
    if tree:
        ratio = 100 * tree["fit"] / bench.threads / mine["fit"]
        text += (f"{bench.verdict(ratio >= GOAL_RATIO)}: at least {GOAL_RATIO} x scikit-learn on {bench.threads} cores, 100 trees "
                 f"reckoned from one of {measure.seconds(tree['fit'])} s; it is {ratio:.0f} x.\n")
    return text


COLOURS = ("#1b6ca8", "#c1440e", "#3f7d20", "#7b3fa0", "#946c00", "#444444")


def picture(kinds):
    """Two log-log plots as SVG: seconds of the whole command, and peak memory"""
    plots = [plot(kinds, "wall", 1, "whole command, seconds", 0), plot(kinds, "peak", 1e-6, "peak memory, MB", 420)]
    return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 360" font-family="sans-serif" font-size="12">\n'
            '<rect width="840" height="360" fill="white"/>\n' + "\n".join(plots) + "\n</svg>\n")


def plot(kinds, figure, unit, title, left):
    points = {k: [(math.log10(r["n"]), math.log10(max(r[figure] * unit, 1e-4))) for r in rs] for k, rs in kinds.items()}
    xs, ys = zip(*(p for line in points.values() for p in line))
    x0, x1, y0, y1 = math.floor(min(xs)), math.ceil(max(xs)), math.floor(min(ys)), math.ceil(max(ys))
    across = lambda x: left + 60 + 330 * (x - x0) / (x1 - x0)
    down = lambda y: 310 - 260 * (y - y0) / (y1 - y0)
    out = [f'<text x="{left + 60}" y="30" font-weight="bold">{title}</text>']
    for x in range(x0, x1 + 1):
        out.append(f'<path d="M{across(x):.1f} 50V310" stroke="#ddd"/><text x="{across(x):.1f}" y="328" text-anchor="middle">{10 ** x:,}</text>')
    for y in range(y0, y1 + 1):
        out.append(f'<path d="M{left + 60} {down(y):.1f}h330" stroke="#ddd"/><text x="{left + 54}" y="{down(y) + 4:.1f}" text-anchor="end">{10.0 ** y:g}</text>')
    for i, (kind, line) in enumerate(points.items()):
        colour = COLOURS[i % len(COLOURS)]
        path = "L".join(f"{across(x):.1f} {down(y):.1f}" for x, y in line)
        out.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
                   f'<text x="{left + 70}" y="{66 + 15 * i}" fill="{colour}">{kind}</text>')
    out.append(f'<text x="{left + 225}" y="348" text-anchor="middle">documents</text>')
    return "\n".join(out)
