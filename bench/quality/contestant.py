"""attune as a user calls it: `fit` from a file, `apply` to another, JSON in and out."""
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import time

import numpy as np

import scores


class Attune:
    """options: further options of `fit`, such as ["--kind", "linear"]"""

    def __init__(self, program, options=(), threads=2):
        self.program, self.options, self.threads = str(program), list(options), threads
        self.stamp = hashlib.sha256(pathlib.Path(program).read_bytes()).hexdigest()[:16]

    def run(self, *arguments, accept=(0,)):
        env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        done = subprocess.run([self.program, "--quiet", "--output", "json", *map(str, arguments)], capture_output=True,
                              text=True, env=env)
        if done.returncode not in accept:
            raise RuntimeError(f"attune {' '.join(map(str, arguments))} ended with {done.returncode}: {done.stderr[-600:]}")
        return done.stdout

    def fit(self, rows, folder, options=()):
        """Trains on rows (dicts with `label`), and gives the report and the seconds by the wall clock."""
        data = folder / "train.jsonl"
        write(data, rows)
        start = time.perf_counter()
        report = self.run("fit", "--data", data, "--label", "label", "--save", folder / "model", "--threads", self.threads,
                          *self.options, *options)
        return json.loads(report), time.perf_counter() - start

    def apply(self, rows, folder, options=()):
        """The answers' inner objects, one a row"""
        data = folder / "new.jsonl"
        write(data, rows)
        lines = self.run("apply", "--model", folder / "model", data, "--threads", self.threads, *options).splitlines()
        return [json.loads(line)["label"] for line in lines]

    def cell(self, job):
        """The scores of a cell. An answer that is withheld counts as the class of the highest probability."""
        data = job.data
        rows = [data.profile(i, label=data.labels[data.y[i]]) for i in job.train]
        rows += [data.profile(i, label=data.labels[data.y[i]], split="val") for i in job.val]
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            report, seconds = self.fit(rows, folder)
            start = time.perf_counter()
            answers = self.apply([data.profile(i) for i in job.test], folder)
            apply_s = time.perf_counter() - start
        said, p = arrays(answers, data.labels)
        found = scores.all_of(data.y[job.test], said, p)
        return {**found, "seconds": seconds, "apply_seconds": apply_s, "said": [int(s) for s in said],
                "kind": report.get("kind"), "abstained": sum(a.get("abstained", False) for a in answers)}


def write(path, rows):
    with open(path, "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def arrays(answers, labels):
    """(classes that were answered, probabilities) in the order of `labels`"""
    p = np.array([[a["probabilities"].get(k, 0.0) for k in labels] for a in answers])
    code = {label: i for i, label in enumerate(labels)}
    said = np.array([code[a["label"]] if a["label"] is not None else int(p[i].argmax()) for i, a in enumerate(answers)])
    return said, p
