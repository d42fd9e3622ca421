"""determinism: the SHA-256 of model.attune for 1, 2 and 4 threads in every fresh build that is there."""
import hashlib

from . import machine, measure

TITLE = "Determinism: SHA-256 of model.attune"


def cases(bench):
    n = 200 if bench.quick else 2000
    data = [(f"{n:,} short", bench.data.short(n)), (f"{n // 10:,} profiles", bench.data.profiles(n // 10))]
    recipes = [("--parity sklearn", ["--parity", "sklearn"]),
               ("the default", []),
               ("1-2-grams, entropy", ["--kind", "forest", "--ngram-range", "1,2", "--max-features", "5000",
                                       "--criterion", "entropy"])]
    return [(f"{name}, {recipe}", path, options) for name, path in data for recipe, options in recipes]


def key(case):
    return case[0]


def builds(bench):
    """The build that is measured, and those beside it whose program is newer than every source"""
    newest = max(p.stat().st_mtime for p in (bench.root / "src").rglob("*.[ch]"))
    beside = [] if bench.quick else bench.build.parent.glob("*/bin/attune")
    fresh = {p.parent.parent for p in beside if p.stat().st_mtime >= newest}
    return sorted(fresh | {bench.build})


def case_run(bench, case):
    hashes = {}
    for build in builds(bench):
        for threads in (1, 2, 4):
            out = bench.scratch / "determinism"
            measure.run(build / "bin/attune", "--quiet", "fit", "--data", case[1], "--label", "label", "--save", out,
                        "--threads", threads, *case[2])
            hashes[f"{build.name}, {threads}"] = hashlib.sha256((out / "model.attune").read_bytes()).hexdigest()
    return hashes


def case_say(hashes):
    return f"{len(hashes)} models, {len(set(hashes.values()))} different"


def report(bench, results):
    short = lambda h: " ".join(sorted({x[:16] for x in h.values()}))
    rows = [[name, len(h), len(set(h.values())), short(h)] for name, h in results.items()]
    text = "Builds, each with 1, 2 and 4 threads:\n\n"
    text += "".join(f"- {b.name}: {machine.build(b)}\n" for b in builds(bench)) + "\n"
    text += measure.table(["model", "files", "different", "SHA-256"], rows)
    same = all(len(set(h.values())) == 1 for h in results.values())
    return text + f"\n{bench.verdict(same)}: the same file from every build with any number of threads.\n"
