"""quality: scores beside the peers', by the scripts of bench/quality; runs for an hour or more the first time."""
import subprocess

from . import data, measure

TITLE = "Quality beside other systems"
SCRIPTS = {  # name: arguments
    "learning_curves": ["--threads", "{threads}"],
    "abstention": ["--build", "{build}"],
    "label_noise": ["--build", "{build}"],
    "leak": ["--build", "{build}"],
    "behaviour_gain": ["--build", "{build}"],
}
QUICK = {"leak": ["--fans", "60", "--seeds", "2"]}


def missing(bench):
    return None if bench.current else "build/peers is not there: script/bench installs bench/requirements.txt"


def cases(bench):
    return list(QUICK) if bench.quick else list(SCRIPTS)


def key(case):
    return case


def case_run(bench, case):
    out = (bench.scratch if bench.quick else bench.results) / f"{bench.today}-{case.replace('_', '-')}.txt"
    values = {"build": bench.build, "threads": bench.threads}
    command = [bench.current, bench.root / f"bench/quality/{case}.py", "--results", out]
    command += [a.format(**values) for a in SCRIPTS[case]] + (QUICK[case] if bench.quick else [])
    if case == "learning_curves":
        command += ["--attune", bench.attune, "--cache", bench.scratch / "scores"]
    done = subprocess.run([str(c) for c in command], env=measure.environment(), stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 77):
        raise measure.Failed(done.stderr.strip()[-800:])
    return {"file": out.name, "text": out.read_text() if out.exists() else f"skipped: there is no {data.SHARED}\n"}


def case_say(result):
    return result["file"]


def report(bench, results):
    return "\n".join(f"## {name}\n\n```\n{r['text']}```\n" for name, r in results.items())
