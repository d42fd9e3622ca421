#!/usr/bin/env python3
"""Advice on size, never a failure: check_sizes.py FILE.c...

Names files of 500 lines and functions of 60 lines or more, and functions with more than 5 parameters
besides the error. Such a thing may be right as it is; it should have been asked once. Relies on
clang-format: a function body opens with a brace in column one and closes with one.
"""
import pathlib
import re
import sys

FILE_LINES, FUNCTION_LINES, PARAMETERS = 500, 60, 5


def functions(lines):
    """(first line, number of lines, signature) of every function."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            head = start - 1
            while head > 1 and lines[head - 2] and not re.search(r"[;}/]$|^#", lines[head - 2]):
                head -= 1
            yield head, number - start + 1, " ".join(lines[head - 1 : start - 1])
            start = None


def parameters(signature):
    inner = re.sub(r"\([^()]*\)\s*\([^()]*\)", "", signature.partition("(")[2])
    return inner.count(",") + ("attune_error *err" not in inner)


def main(names):
    for name in names:
        lines = pathlib.Path(name).read_text().splitlines()
        if len(lines) >= FILE_LINES:
            print(f"advice: {name} has {len(lines)} lines")
        for number, length, signature in functions(lines):
            if length >= FUNCTION_LINES:
                print(f"advice: {name}:{number}: a function of {length} lines")
            if parameters(signature) > PARAMETERS:
                print(f"advice: {name}:{number}: a function of {parameters(signature)} parameters")


if __name__ == "__main__":
    main(sys.argv[1:])
