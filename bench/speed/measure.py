"""Starts programs one at a time, and gives their output, wall time and peak memory.

Pairs are interleaved: each round runs every contestant once, and ratios are taken within a round, so that
a machine that is slow for a minute is slow for both.
"""
import collections
import os
import pathlib
import signal
import statistics
import subprocess
import tempfile
import time

TIME = "/usr/bin/time"
Run = collections.namedtuple("Run", "stdout wall_s cpu_s peak_bytes")


class Failed(Exception):
    pass


def environment():
    """The caller's, without what pins a peer's linear algebra to a slower kernel."""
    return {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}


def run(*command, timeout_s=1800):
    """Raises Failed. time(1) in between reads the peak memory: a child of this process would start with ours."""
    if not os.path.exists(TIME):
        raise Failed(f"{TIME} is missing (apt-get install time)")
    command = [str(c) for c in command]
    with tempfile.NamedTemporaryFile("r") as note:
        measured = [TIME, "-f", "%M %U %S", "-o", note.name, *command]
        start = time.perf_counter()
        done = subprocess.Popen(measured, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
                                start_new_session=True)
        try:
            stdout, stderr = done.communicate(timeout=timeout_s)
        except BaseException as problem:  # nothing goes on running behind an interrupted measurement
            os.killpg(done.pid, signal.SIGKILL)
            done.wait()
            if isinstance(problem, subprocess.TimeoutExpired):
                raise Failed(f"{' '.join(command)}: longer than {timeout_s} s") from None
            raise
        wall = time.perf_counter() - start
        if done.returncode:
            raise Failed(f"{' '.join(command)} ended with {done.returncode}: {stderr.strip()[-800:]}")
        kilobytes, user, system = note.read().split()[-3:]
    return Run(stdout, wall, float(user) + float(system), int(kilobytes) * 1024)


def spread(values, form="{:.1f}"):
    """median (lowest - highest); the bare figure where there is one only"""
    values = list(values)
    if not values:
        return "-"
    text = form.format(statistics.median(values))
    return text if len(values) < 2 else f"{text} ({form.format(min(values))} - {form.format(max(values))})"


def ratios(rounds, slow, fast, figure):
    """figure(slow) / figure(fast) of each round that has both"""
    return [figure(r[slow]) / figure(r[fast]) for r in rounds if slow in r and fast in r]


def median(rounds, who, figure):
    return statistics.median([figure(r[who]) for r in rounds if who in r])


def seconds(value):
    return f"{value:.4f}" if value < 0.1 else f"{value:.3f}" if value < 10 else f"{value:.1f}"


def megabytes(value):
    return f"{value / 1e6:.1f}" if value < 1e7 else f"{value / 1e6:.0f}"


def folder_size(path):
    return sum(f.stat().st_size for f in pathlib.Path(path).rglob("*") if f.is_file())


def table(head, rows):
    """A Markdown table; every column but the first to the right."""
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(str(c) for c in line) + " |" for line in lines) + "\n"
