#!/usr/bin/env python3
"""Language identification beside two libraries, on whole messages, three words and one word of them.

    compare.py TEXTS.tsv --attune build/release/bin/language_bench --peers peers --textcat FOLDER > table.md

TEXTS.tsv has lines "set TAB language TAB text", one message each; at most 900 of a set are taken. peers is made from
peers.cc beside this script; FOLDER is /usr/share/libexttextcat. Links, @names and #tags are taken out before anyone
sees a text. "85 (90 @ 95)": 85 % of all are right; of the 95 % that are answered as reliable, 90 % are right.
"""
import argparse
import collections
import os
import random
import re
import subprocess
import tempfile

LENGTHS = {"a whole message": None, "three words": 3, "one word": 1}
OURS = ("en fr de es it pt nl sv da nb fi pl cs sk ro hu tr id vi tl hr ca ru uk bg sr-Cyrl ar fa ur hi mr ne ja ko "
        "zh-Hans th el he").split()


def clean(text):
    return " ".join(w for w in text.split() if not w.startswith(("@", "#", "http", "www.")))


def samples(path):
    """(set, language, length, text), the same at every run."""
    by_set = collections.defaultdict(list)
    with open(path, encoding="utf-8") as f:
        for line in f:
            name, tag, text = line.rstrip("\n").split("\t", 2)
            if clean(text):
                by_set[name, tag].append(clean(text))
    for (name, tag), texts in by_set.items():
        rng = random.Random(3)
        rng.shuffle(texts)
        for text in texts[:900]:
            words = [w for w in text.split() if re.search(r"[^\W\d_]", w)]
            for length, n in LENGTHS.items():
                if n is None:
                    yield name, tag, length, text
                elif len(words) >= n:
                    at = rng.randrange(len(words) - n + 1)
                    yield name, tag, length, " ".join(words[at:at + n])


def primary(tag):
    return {"nb": "no"}.get(tag.lower(), tag.lower().split("-")[0])


def ask(command, texts):
    lines = subprocess.run(command, input="\n".join(texts) + "\n", capture_output=True, text=True,
                           check=True).stdout.splitlines()
    assert len(lines) == len(texts), command
    return [(primary(tag), sure == "1") for tag, sure, *_ in map(str.split, lines)]


def systems(args, texts):
    few = tempfile.NamedTemporaryFile("w", suffix=".conf")
    with open(os.path.join(args.textcat, "fpdb.conf"), encoding="utf-8") as f:
        few.writelines(line for line in f if line.split() and line.split()[0].removesuffix(".lm") in OURS)
    few.flush()
    folder = os.path.join(args.textcat, "")
    yield "CLD2", ask([args.peers, "cld2"], texts)
    yield "CLD2, best effort", ask([args.peers, "cld2-best-effort"], texts)
    yield "exttextcat", ask([args.peers, "exttextcat", folder + "fpdb.conf", folder], texts)
    yield "exttextcat, our languages", ask([args.peers, "exttextcat", few.name, folder], texts)
    yield "attune", ask([args.attune, "-"], texts)


def figures(rows, said, picked):
    right = sum(said[i][0] == rows[i][1] for i in picked)
    sure = [i for i in picked if said[i][1]]
    sure_right = sum(said[i][0] == rows[i][1] for i in sure)
    return [100 * right / len(picked), 100 * sure_right / max(1, len(sure)), 100 * len(sure) / len(picked)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts")
    for name in ("attune", "peers", "textcat"):
        parser.add_argument("--" + name, required=True)
    args = parser.parse_args()
    rows = list(samples(args.texts))
    said = dict(systems(args, [r[3] for r in rows]))
    for length in LENGTHS:
        print(f"\n{length}\n\n| set | {' | '.join(said)} |\n|---{'|---' * len(said)}|")
        sums = {name: [0, 0, 0] for name in said}
        sets = list(dict.fromkeys(r[0] for r in rows))
        for name in sets:
            picked = [i for i, r in enumerate(rows) if r[0] == name and r[2] == length]
            cells = {s: figures(rows, answers, picked) for s, answers in said.items()}
            print(f"| {name} | " + " | ".join("%.0f (%.0f @ %.0f)" % tuple(c) for c in cells.values()) + " |")
            for s, c in cells.items():
                sums[s] = [a + b / len(sets) for a, b in zip(sums[s], c)]
        print("| **mean** | " + " | ".join("**%.1f** (%.1f @ %.1f)" % tuple(c) for c in sums.values()) + " |")


if __name__ == "__main__":
    main()
