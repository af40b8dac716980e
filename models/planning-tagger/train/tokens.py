"""Text to the tagger's tokens, and what the spelling of an unseen word shows."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "integrations" / "python"))
from sg_lexicon.stream import stream  # noqa: E402


def tokens(text):
    """Lists (keys, flags, kinds, starts, ends) of a text's tokens; a flag is 2 * case + glued, offsets are code points."""
    keys, starts, ends, kinds, cases, glued = stream(text)
    flags = 2 * cases.astype(np.int64) + glued
    return keys, flags.tolist(), kinds.tolist(), starts.tolist(), ends.tolist()

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
