#!/usr/bin/env python3
"""Writes the seeds of meaning_load_fuzz: the params of a meaning block, sound and with one thing wrong.

    python3 tests/corpora/make_meaning_load.py
"""
import pathlib
import struct

here = pathlib.Path(__file__).resolve().parent
out = here / "meaning_load"
out.mkdir(exist_ok=True)
table = (here.parents[1] / "src/feature/meaning/meaning_table.bin").read_bytes()
NAME = struct.unpack_from("<I", table, 20)[0]


def seed(name, version=1, n_cols=64, which=NAME, weight=1.0, share=0.9):
    (out / name).write_bytes(struct.pack("<4I2d", version, n_cols, which, 0, weight, share))


seed("good")
seed("off", weight=0.0)
seed("heavy", weight=100.0, share=0.0)
seed("newer", version=2)
seed("columns", n_cols=65)
seed("other_table", which=NAME ^ 1)
seed("share_not_a_number", share=float("nan"))
(out / "short").write_bytes(b"\x01\0\0\0")
