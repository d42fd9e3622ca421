#!/usr/bin/env python3
"""Writes the lines that the weights of language identification are trained on.

    make_language_data.py --udhr DIR --cldr DIR --langdetect DIR --out DIR

README.md beside this script names the inputs, their versions, licences and SHA-256. Nothing but the
standard library is used, and the same inputs give the same lines with every Python from 3.9 on.
"""
import argparse
import html
import json
import os
import random
import re
import unicodedata
from bisect import bisect
from itertools import accumulate

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# tag: share of the snippets, UDHR text, CLDR annotations, langdetect profile
LANGUAGES = {
    'en': (3, 'en', 'en', 'en'), 'fr': (2, 'fr', 'fr', 'fr'), 'de': (2, 'de', 'de', 'de'),
    'es': (2, 'es', 'es', 'es'), 'it': (2, 'it', 'it', 'it'), 'pt': (2, 'pt', 'pt', 'pt'),
    'nl': (1.3, 'nl', 'nl', 'nl'), 'sv': (1, 'sv', 'sv', 'sv'), 'da': (1, 'da', 'da', 'da'),
    'no': (1, 'nb', 'no', 'no'), 'fi': (1, 'fi', 'fi', 'fi'), 'pl': (1.3, 'pl', 'pl', 'pl'),
    'cs': (1, 'cs', 'cs', 'cs'), 'sk': (.8, 'sk', 'sk', 'sk'), 'ro': (1, 'ro', 'ro', 'ro'),
    'hu': (1, 'hu', 'hu', 'hu'), 'tr': (1.3, 'tr', 'tr', 'tr'), 'id': (1.3, 'id', 'id', 'id'),
    'vi': (1, 'vi', 'vi', 'vi'), 'tl': (1, 'tl', 'fil', 'tl'), 'hr': (1, 'hr', 'hr', 'hr'),
    'ca': (.5, 'ca', 'ca', 'ca'), 'hi-Latn': (1.5, None, 'hi_Latn', None),
    'ru': (1.5, 'ru', 'ru', 'ru'), 'uk': (1, 'uk', 'uk', 'uk'), 'bg': (1, 'bg', 'bg', 'bg'),
    'sr': (1, 'sr-Cyrl', 'sr', None),
    'ar': (4, 'ar', 'ar', 'ar'), 'fa': (1, 'fa', 'fa', 'fa'), 'ur': (1, 'ur', 'ur', 'ur'),
    'hi': (1, 'hi', 'hi', 'hi'), 'mr': (.5, 'mr', 'mr', 'mr'), 'ne': (.5, 'ne', 'ne', 'ne'),
}
# languages that are answered with "und", so that they are not taken for a neighbour
OTHERS = [('sq', 'sq', 'sq'), ('so', 'so', 'so'), ('sw', 'sw', 'sw'), ('et', 'et', 'et'),
          ('lt', 'lt', 'lt'), ('lv', 'lv', 'lv'), ('sl', 'sl', 'sl'), ('cy', 'cy', 'cy'),
          ('eu', 'eu', None), ('is', 'is', None), ('ga', 'ga', None), ('ha-NG', 'ha', None),
          ('yo', 'yo', None), ('uz', 'uz', None), ('az', 'az', None), ('mt', 'mt', None),
          ('zu', 'zu', None), ('ht', None, None), ('eo', None, None), ('la', None, None)]
OTHERS_CYRILLIC = [('be', 'be', None), ('mk', 'mk', 'mk'), ('kk', 'kk', None), ('mn', 'mn', None),
                   ('ky', 'ky', None), ('tg', 'tg', None)]
OTHERS_ARABIC = [('ckb', 'ckb', None), (None, 'ps', None), ('ug', 'ug', None), ('sd', 'sd', None)]

SOURCES = {'chat': .5, 'udhr': .22, 'cldr': .14, 'made': .14}
LENGTHS = [(1, .14), (2, .16), (3, .16), (4, .1), (5, .08), (6, .08), (8, .1), (12, .1), (20, .08)]


def words_of(text):
    return [w for w in re.split(r'\s+', text) if any(c.isalpha() for c in w)]


def chat_lines(tag):
    path = os.path.join(HERE, 'chat', tag + '.txt')
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8') as f:
        return [words_of(line) for line in f if words_of(line)]


def demo_lines(rng, name):
    """The demo's grammar without its rules: what stands in it literally."""
    out = []
    with open(os.path.join(ROOT, 'src', 'data', 'demo', name), encoding='utf-8') as f:
        for line in f:
            if line[0] in '#[+=' and not line.startswith('=>'):
                continue
            while '{' in line:
                line, n = re.subn(r'\{([^{}]*)\}', lambda m: rng.choice(m[1].split('|'))
                                  if '|' in m[1] or ' ' in m[1] else ' ', line)
                if not n:
                    break
            out += [words_of(part) for part in line.split('=>') if len(words_of(part)) > 1]
    return out


def udhr_lines(folder, name):
    if name is None:
        return []
    with open(os.path.join(folder, name + '.txt'), encoding='utf-8', errors='replace') as f:
        return [words_of(part) for part in re.split(r'[\n.;:]', f.read()) if words_of(part)]


def cldr_lines(folder, name):
    if name is None:
        return []
    with open(os.path.join(folder, name + '.xml'), encoding='utf-8') as f:
        found = re.findall(r'<annotation [^>]*>([^<]*)<', f.read())
    seen = {}
    for entry in found:
        for phrase in html.unescape(entry).split('|'):
            if words_of(phrase):
                seen[phrase.strip()] = None
    return [words_of(p) for p in seen]


def made_words(rng, folder, name, n):
    """Words drawn letter by letter from the counts of trigrams in a large text."""
    if name is None:
        return []
    with open(os.path.join(folder, name), encoding='utf-8') as f:
        freq = json.load(f)['freq']
    follow = {}
    for gram, count in freq.items():
        if len(gram) == 3:
            low = gram.lower()
            if len(low) == 3:
                follow.setdefault(low[:2], {}).setdefault(low[2], 0)
                follow[low[:2]][low[2]] += count
        elif len(gram) == 2 and gram[0] == ' ' and len(gram.lower()) == 2:
            follow.setdefault(' ', {}).setdefault(gram[1].lower(), 0)
            follow[' '][gram[1].lower()] += count
    draw = {k: (list(v), list(accumulate(v.values()))) for k, v in follow.items()}
    if ' ' not in draw:
        return []
    out = []
    while len(out) < n:
        word = ' ' + pick(rng, *draw[' '])
        while len(word) < 14:
            choices = draw.get(word[-2:])
            letter = pick(rng, *choices) if choices else ' '
            word += letter
            if letter == ' ':
                break
        if word.strip():
            out.append([word.strip()])
    return out


def pick(rng, values, cumulated):
    return values[bisect(cumulated, rng.random() * cumulated[-1])] if cumulated else values[0]


CONSONANTS = dict(zip('कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहळ',
                      'k kh g gh n ch chh j jh n t th d dh n t th d dh n p ph b bh m y r l v sh sh s h l'.split()))
VOWELS = dict(zip('अआइईउऊएऐओऔऋऑ', 'a aa i ee u oo e ai o au ri o'.split()))
SIGNS = dict(zip('ािीुूेैोौृॉ', 'a i i u u e ai o au ri o'.split()))


def romanised(word):
    """Hindi as it is typed on a Latin keyboard, roughly: the last short a is not written."""
    out = ''
    word = unicodedata.normalize('NFD', word).replace('\u093c', '')
    for i, c in enumerate(word):
        rest = word[i + 1:i + 2]
        if c in CONSONANTS:
            out += CONSONANTS[c] + ('' if rest in SIGNS or rest == '्' or not rest else 'a')
        elif c in 'ंँ':
            out += 'n'
        elif c == '्':
            continue
        else:
            out += VOWELS.get(c, SIGNS.get(c, c if c.isascii() else ''))
    return re.sub(r'([aeiou][^aeiou]+)a([^aeiou]+[aeiou])', r'\1\2', out)


def without_accents(text):
    text = text.replace('ß', 'ss').replace('ø', 'o').replace('ł', 'l').replace('ı', 'i').replace('đ', 'd')
    return ''.join(c for c in unicodedata.normalize('NFD', text) if not unicodedata.combining(c))


def noise(rng):
    kind = rng.random()
    if kind < .3:
        return [''.join(rng.choice('asdfghjklqwertyuiopzxcvbnm') for _ in range(rng.randint(1, 9)))]
    if kind < .5:
        return [rng.choice(['ha', 'ah', 'he', 'hi', 'ja', 'xa', 'hua', 'jk', 'sd', 'k', 'x', 'm'])
                * rng.randint(1, 5)]
    return None


def sources_of(rng, args, tag):
    _, udhr, cldr, profile = LANGUAGES[tag]
    s = {'chat': chat_lines(tag), 'udhr': udhr_lines(args.udhr, udhr),
         'cldr': cldr_lines(args.cldr, cldr), 'made': made_words(rng, args.langdetect, profile, 30000)}
    if tag == 'en':
        s['chat'] += demo_lines(rng, 'english.txt')
    if tag == 'fr':
        s['chat'] += demo_lines(rng, 'french.txt')
    if tag == 'hi-Latn':
        hindi = udhr_lines(args.udhr, 'hi') + cldr_lines(args.cldr, 'hi')
        s['udhr'] = [w for w in ([r for r in map(romanised, line) if r] for line in hindi) if w]
    return s


def other_sources(rng, args, others):
    s = {'udhr': [], 'cldr': [], 'made': [], 'chat': []}
    for udhr, cldr, profile in others:
        s['udhr'] += udhr_lines(args.udhr, udhr)
        s['cldr'] += cldr_lines(args.cldr, cldr)[::4]
        s['made'] += made_words(rng, args.langdetect, profile, 5000)
    return s


def snippet(rng, lines, n):
    """n words from a random place on; a short line is followed by others."""
    line = rng.choice(lines)
    start = rng.randrange(len(line)) if len(line) > n and rng.random() < .6 else 0
    out = line[start:start + n]
    while len(out) < n and rng.random() < .7:
        out = out + rng.choice(lines)[:n - len(out)]
    return out


def write_snippets(rng, out, tag, sources, n):
    names = [k for k in SOURCES if sources.get(k)]
    cumulated = list(accumulate(SOURCES[k] for k in names))
    lengths, length_sums = [k for k, _ in LENGTHS], list(accumulate(p for _, p in LENGTHS))
    for _ in range(n):
        words = snippet(rng, sources[pick(rng, names, cumulated)], pick(rng, lengths, length_sums))
        text = ' '.join(words)
        if rng.random() < .3:
            text = without_accents(text)
        out.append(tag + '\t' + text)


def all_sources(rng, args):
    found = {tag: sources_of(rng, args, tag) for tag in LANGUAGES}
    for key, others in (('und', OTHERS), ('und Cyrillic', OTHERS_CYRILLIC), ('und Arabic', OTHERS_ARABIC)):
        found[key] = other_sources(rng, args, others)
    return found


def without_held_out(found, keep_every):
    """Every tenth line of the chat is what the confidence is fitted on."""
    train, held = {}, {}
    for tag, s in found.items():
        held[tag] = {'chat': s['chat'][::10]}
        train[tag] = dict(s, chat=[l for i, l in enumerate(s['chat']) if keep_every or i % 10])
    return train, held


def write(rng, path, found, n, with_noise):
    out = []
    chat = [w[0] for w in ([' '.join(l)] for l in chat_lines('und'))]
    for tag, s in found.items():
        if not any(s.values()):
            continue
        share = LANGUAGES[tag][0] if tag in LANGUAGES else {'und': 1.2}.get(tag, .4)
        write_snippets(rng, out, tag.split()[0], s, int(share * n))
    for _ in range(int(with_noise * n)):
        out.append('und\t' + ' '.join(noise(rng) or [rng.choice(chat)]))
    rng.shuffle(out)
    with open(path, 'w', encoding='utf-8') as f:
        f.write('\n'.join(out) + '\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ('udhr', 'cldr', 'langdetect', 'out'):
        parser.add_argument('--' + name, required=True)
    parser.add_argument('--lines', type=int, default=25000, help='lines of a language of share 1')
    args = parser.parse_args()
    rng = random.Random(7)
    found = all_sources(rng, args)
    os.makedirs(args.out, exist_ok=True)
    train, held = without_held_out(found, False)
    write(rng, os.path.join(args.out, 'first.tsv'), train, args.lines, .5)
    write(rng, os.path.join(args.out, 'held_out.tsv'), held, 3000, .3)
    write(rng, os.path.join(args.out, 'all.tsv'), found, args.lines, .5)


if __name__ == '__main__':
    main()
