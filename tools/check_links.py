#!/usr/bin/env python3
"""Finds links between documents that lead nowhere: check_links.py FILE.md...

A link to a file must exist; one to a heading (#...) must have that heading. Addresses on the web are
not followed.
"""
import pathlib
import re
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def anchors(path):
    """The anchors of a document's headings, as code hosts make them."""
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    found = set()
    for heading in re.findall(r"^#+ +(.+?) *$", text, flags=re.MULTILINE):
        word = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(word.replace(" ", "-"))
    return found


def broken(path, target):
    if re.match(r"[a-z]+:", target):
        return False
    name, _, anchor = target.partition("#")
    file = path.parent / name if name else path
    if not file.exists():
        return True
    return bool(anchor) and file.suffix == ".md" and anchor not in anchors(file)


def main(names):
    bad = 0
    for path in map(pathlib.Path, names):
        for target in LINK.findall(CODE.sub("", path.read_text())):
            if broken(path, target):
                print(f"{path}: '{target}' leads nowhere")
                bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
