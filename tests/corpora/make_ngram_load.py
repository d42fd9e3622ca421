#!/usr/bin/env python3
"""Writes the seeds of ngram_load_fuzz: sections of an ngram block (see the fuzz target for the form).

    python3 tests/corpora/make_ngram_load.py
"""
import pathlib
import struct

NAMES = ["params", "df", "words", "words.start", "chars", "chars.start", "buckets"]
out = pathlib.Path(__file__).resolve().parent / "ngram_load"
out.mkdir(exist_ok=True)


def params(version=1, hash_bits=0, use_idf=1, norm=2):
    return struct.pack("<10IQd", version, 1, 2, 2, 5, norm, 1, use_idf, hash_bits, 2, 9, 0.6)


def numbers(*values):
    return struct.pack(f"<{len(values)}I", *values)


def seed(name, **sections):
    data = b""
    for section, content in sections.items():
        data += struct.pack("<BH", NAMES.index(section.replace("_", ".")), len(content)) + content
    (out / name).write_bytes(data)


words = dict(words=b"loveyou", words_start=numbers(0, 4, 7), chars=b" youlov", chars_start=numbers(0, 4, 7))
seed("good", params=params(), df=numbers(2, 3, 9, 4), **words)
seed("no_idf", params=params(use_idf=0, norm=0), df=numbers(2, 3, 9, 4), **words)
seed("df_too_large", params=params(), df=numbers(2, 3, 10, 4), **words)
seed("unsorted", params=params(), df=numbers(2, 3), words=b"youlove", words_start=numbers(0, 3, 7))
seed("newer", params=params(version=2))
seed("hashed", params=params(hash_bits=10), df=numbers(2, 3, 9), buckets=numbers(0, 77, 2047))
seed("bucket_out_of_range", params=params(hash_bits=10), df=numbers(2, 3), buckets=numbers(1, 2048))
