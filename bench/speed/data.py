"""Texts to measure with, made once and kept under the scratch folder.

Short documents are single messages of fans, labelled with the fan's personality; profiles are all messages
of a fan. They come from attune's own generator (demo_dump_bench, seeded, any size) and, where the public
sets are at hand (../shared/data or $ATTUNE_SHARED/data), from real people.
"""
import itertools
import json
import math
import os
import pathlib
import random
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("ATTUNE_SHARED", ROOT.parent / "shared")) / "data"


class Data:
    def __init__(self, scratch, dump):
        self.folder, self.dump = scratch / "data", dump
        self.folder.mkdir(parents=True, exist_ok=True)

    def fans(self, n, seed):
        """Generated fans as (messages, labels); one at a time."""
        with subprocess.Popen([self.dump, str(n), str(seed), "en", "fan"], stdout=subprocess.PIPE) as process:
            for line in process.stdout:
                row = json.loads(line)
                if row["messages"]:
                    yield [m["text"] for m in row["messages"]], row["labels"]
            if process.wait():
                raise OSError(f"{self.dump} ended with {process.returncode}")

    def messages(self, n, seed):
        for messages, labels in self.fans(n // 4 + 100, seed):
            for text in messages:
                yield text, labels
                n -= 1
                if not n:
                    return

    def kept(self, name, rows):
        """The file of that name, written from rows() where it is not there yet."""
        path = self.folder / name
        if not path.exists():
            part = path.with_suffix(".part")
            with open(part, "w", encoding="utf-8") as out:
                for row in rows():
                    out.write(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False))
                    out.write("\n")
            part.rename(path)
        return path

    def short(self, n, seed=1):
        rows = lambda: ({"fan_id": f"f{i}", "text": text, "label": labels["personality"]}
                        for i, (text, labels) in enumerate(self.messages(n, seed)))
        return self.kept(f"short-{n}{'' if seed == 1 else f'-{seed}'}.jsonl", rows)

    def zipf(self, n, seed=1):
        """Words by a Zipf law over 20 000, of which two classes prefer some; a fifth of the labels is wrong.
        Harder than generated chat: trees are several times as large and no two texts alike."""
        rng = random.Random(seed)
        base = [i ** -1.05 for i in range(1, 20001)]
        taste = random.Random(0)
        prefer = [list(itertools.accumulate(p * math.exp(0.4 * taste.gauss(0, 1)) for p in base)) for _ in range(2)]
        for i in range(n):
            label = rng.randrange(2)
            words = rng.choices(range(20000), cum_weights=prefer[label], k=max(1, round(rng.gauss(12, 12 ** .5))))
            said = rng.randrange(2) if rng.random() < .2 else label
            yield {"fan_id": f"f{i}", "text": " ".join(f"w{w}" for w in words), "label": "AB"[said]}

    def zipf_short(self, n):
        return self.kept(f"zipf-{n}.jsonl", lambda: self.zipf(n))

    def zipf_questions(self, n):
        """n texts that no model has seen, one a line."""
        return self.kept(f"zipf-questions-{n}.txt", lambda: (row["text"] for row in self.zipf(n, 2)))

    def profiles(self, n, seed=1):
        rows = lambda: ({"fan_id": f"f{i}", "messages": messages, "label": labels["personality"]}
                        for i, (messages, labels) in enumerate(self.fans(n, seed)))
        return self.kept(f"profiles-{n}{'' if seed == 1 else f'-{seed}'}.jsonl", rows)

    def public(self, name, n):
        """The first n rows of a public set, or None where it is not at hand."""
        packed = SHARED / f"{name}.jsonl.zst"
        if not packed.exists():
            return None

        def rows():
            text = subprocess.run(["zstd", "-dcq", packed], check=True, capture_output=True).stdout
            for i, line in enumerate(text.decode().splitlines()[:n]):
                row = json.loads(line)
                yield {"fan_id": f"f{i}", "messages": row.get("messages") or [row["text"]], "label": row["label"]}

        return self.kept(f"{name}-{n}.jsonl", rows)

    def questions(self, n):
        """n different messages that no model has seen, one a line."""
        def rows():
            seen = set()
            for text, _ in self.messages(n * 20, 2):
                if text not in seen and text.isprintable():
                    seen.add(text)
                    yield text
                    if len(seen) == n:
                        return

        return self.kept(f"questions-{n}.txt", rows)

    def conversations(self, n, size):
        """n messages, `size` a profile, with times and labels: for imports. A million different messages
        are generated; above that they come again from other fans."""
        def rows():
            bodies, profile = [], []
            for text, labels in self.messages(min(n, 1_000_000), 3):
                k = len(profile)
                profile.append({"text": text, "at": f"2026-01-{k // 24 % 28 + 1:02}T{k % 24:02}:00:00Z", "from": "fan"})
                if len(profile) == size:
                    kept = {"messages": profile, **labels}
                    bodies.append(json.dumps(kept, ensure_ascii=False)[1:])
                    profile = []
            for i in range(n // size):
                yield f'{{"fan_id": "fan-{i:08}", {bodies[i % len(bodies)]}'

        return self.kept(f"conversations-{n}-{size}.jsonl", rows)
