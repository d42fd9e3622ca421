"""import: messages a second from JSON Lines into the store, and the memory that takes.

`attune import` into a new home, the same file again (nothing may change), and a short Python script with
json and sqlite3 (bench/peers/sqlite_import.py). --full adds 10 million messages.
"""
import json
import shutil
import tempfile

from . import measure

GOAL_RATE, GOAL_BYTES = 200_000, 300_000_000
TITLE = "Import: JSON Lines into SQLite"
BYTES_A_MESSAGE = 600  # of disk: file, store, its log, and the same for the peer


def cases(bench):
    n = 20000 if bench.quick else 1_000_000
    out = [(n, 10, min(bench.rounds, 3), True), (n, 1, min(bench.rounds, 3), True)]
    return out + ([(10 * n, 10, 1, False)] if bench.full else [])


def key(case):
    return f"{case[0]:,} messages, {case[1]} a profile"


def attune_import(bench, path, home):
    done = measure.run(bench.attune, "--home", home, "--quiet", "--output", "json", "import", path)
    return {"wall": done.wall_s, "cpu": done.cpu_s, "peak": done.peak_bytes, "report": json.loads(done.stdout)}


def import_round(bench, path, n, peer):
    with tempfile.TemporaryDirectory(dir=bench.scratch) as folder:
        measure.run(bench.attune, "--home", f"{folder}/home", "--quiet", "init")
        r = {"attune": attune_import(bench, path, f"{folder}/home")}
        stored = r["attune"]["report"]["messages_new"]
        if stored != n:
            raise measure.Failed(f"{stored} of {n} messages were stored")
        r["bytes"] = measure.folder_size(f"{folder}/home")
        r["again"] = attune_import(bench, path, f"{folder}/home")
        if r["again"]["report"]["messages_new"]:
            raise measure.Failed("the second import of the same file stored messages")
        if peer:
            done = measure.run(bench.python, bench.root / "bench/peers/sqlite_import.py", path, f"{folder}/peer.db")
            r["peer"] = {"wall": done.wall_s, "cpu": done.cpu_s, "peak": done.peak_bytes}
    return r


def case_run(bench, case):
    n, size, rounds, peer = case
    free = shutil.disk_usage(bench.scratch).free
    if free < n * BYTES_A_MESSAGE:
        need = n * BYTES_A_MESSAGE
        raise measure.Failed(f"needs {need / 1e9:.1f} GB of disk in {bench.scratch}, {free / 1e9:.1f} GB are free")
    path = bench.data.conversations(n, size)
    try:
        file_bytes = path.stat().st_size
        turns = [import_round(bench, path, n, peer) for _ in range(rounds)]
        return {"n": n, "file_bytes": file_bytes, "rounds": turns}
    finally:
        path.unlink()


def rate(result, who, clock="wall"):
    return result["n"] / measure.median(result["rounds"], who, lambda r: r[clock])


def peak(result, who):
    return max(r[who]["peak"] for r in result["rounds"])


def case_say(result):
    return f"{rate(result, 'attune'):,.0f} messages/s, peak {measure.megabytes(peak(result, 'attune'))} MB"


def report(bench, results):
    rows = []
    for name, r in results.items():
        has = "peer" in r["rounds"][0]
        ratio = measure.ratios(r["rounds"], "peer", "attune", lambda x: x["wall"])
        rates = [rate(r, "attune"), rate(r, "attune", "cpu"), rate(r, "again")]
        rows.append([name, len(r["rounds"]), f"{r['file_bytes'] / 1e6:,.0f}", *(f"{x:,.0f}" for x in rates),
                     measure.megabytes(peak(r, "attune")), f"{r['rounds'][0]['bytes'] / 1e6:,.0f}",
                     f"{rate(r, 'peer'):,.0f}" if has else "-", measure.spread(ratio)])
    text = "Messages a second by the wall clock of the whole command; memory, file and home in MB.\n\n"
    text += measure.table(["data", "rounds", "file", "attune import", "a CPU second", "the same again", "peak memory", "home",
                           "Python script", "ratio"], rows)
    if not results:
        return text
    low = min(rate(r, "attune") for r in results.values())
    high = max(peak(r, "attune") for r in results.values())
    return text + (f"\n{bench.verdict(low >= GOAL_RATE)}: at least {GOAL_RATE:,} messages a second; the lowest is {low:,.0f}.\n"
                   f"{bench.verdict(high < GOAL_BYTES)}: under {GOAL_BYTES / 1e6:.0f} MB of memory; "
                   f"the highest is {high / 1e6:.0f} MB.\n")
