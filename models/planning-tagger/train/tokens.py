"""Text to the tagger's tokens: keys, flags and offsets (code points)."""

import numpy as np
import regex

_UNSPACED = (
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}"
    r"\p{Script=Myanmar}\p{Script=Tibetan}ー]"
)
_LETTER = rf"(?:(?!{_UNSPACED})[\p{{L}}\p{{M}}])"
_TOKEN = regex.compile(
    r"(?P<space>\s+)|(?P<number>\p{Nd}+)"
    rf"|(?P<character>(?={_UNSPACED})[\p{{L}}\p{{M}}])"
    rf"|(?P<word>{_LETTER}+(?:['’]{_LETTER}+)*)|(?P<other>.)",
    regex.DOTALL,
)
_BREAK = regex.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
BREAK, NUMBER, CHARACTER, WORD, OTHER = range(5)
_KINDS = {"number": NUMBER, "character": CHARACTER, "word": WORD, "other": OTHER}


def _lower(character):
    low = character.lower()
    return low if len(low) == 1 else character


def _word(text):
    """The key of a word and the class of its case: 0 none, 1 first letter, 2 all letters, 3 mixed."""
    if text.islower() and "’" not in text:
        return text, 0
    key = "".join(map(_lower, text)).replace("’", "'")
    letters = [c for c in text if c not in "'’"]
    changed = [_lower(c) != c for c in letters]
    upper = sum(changed)
    if upper == 0:
        return key, 0
    if upper >= 2 and upper == len(letters):
        return key, 2
    return key, 1 if upper == 1 and changed[0] else 3


def tokens(text):
    """Lists (keys, flags, kinds, starts, ends) of a text's tokens; a flag is 2 * case + glued."""
    keys, flags, kinds, starts, ends = [], [], [], [], []
    last = -1  # where the token before ended, if the next can be glued to it
    for match in _TOKEN.finditer(text):
        name, start, end = match.lastgroup, match.start(), match.end()
        piece = match.group()
        case = 0
        if name == "space":
            breaks = len(_BREAK.findall(piece))
            if not breaks:
                continue
            key, kind = "\n" if breaks == 1 else "\n\n", BREAK
        else:
            kind = _KINDS[name]
            if kind == WORD:
                key, case = _word(piece)
            elif kind == NUMBER:
                key = "0"
            elif kind == CHARACTER:
                key = piece
            else:
                key = "'" if piece == "’" else piece
        keys.append(key)
        flags.append(2 * case + (kind != BREAK and last == start))
        kinds.append(kind)
        starts.append(start)
        ends.append(end)
        last = -1 if kind == BREAK else end
    return keys, flags, kinds, starts, ends


def fnv1a(text):
    """FNV-1a, 32 bits, over UTF-8."""
    h = 2166136261
    for byte in text.encode("utf-8", "replace"):
        h = ((h ^ byte) * 16777619) & 0xFFFFFFFF
    return h


MOST_FEATURES = 8


def features(key, buckets):
    """Buckets of what an unseen key shows: its length, its script's block, how it begins and ends."""
    n = len(key)
    names = [f"n{min(n, 15)}", f"u{ord(key[0]) >> 7}", "^" + key[0]]
    names += ["^" + key[:k] for k in (3, 4) if n >= k]
    names += [key[-k:] + "$" for k in (2, 3, 4) if n >= k]
    return np.array([fnv1a(name) & (buckets - 1) for name in names], np.int64)
