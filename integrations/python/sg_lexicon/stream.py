# SPDX-License-Identifier: MIT
"""A text as the stream of tokens that the planning tagger reads; as sg-mine's src/tagger/stream.ts. Needs numpy."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from .character_runs import CLASS_RUNS, LOWER_RUNS

# Kinds of token.
OTHER, WORD, CHARACTER, NUMBER, BREAK = range(5)

_APOSTROPHE, _SPACE, _NEWLINE = 5, 6, 7
_CLASS_OF_NAME = {"B": WORD, "O": CHARACTER, "D": NUMBER, "E": _SPACE, "F": _NEWLINE}


def _classes() -> np.ndarray:
    table = np.zeros(0x110000, np.uint8)
    at = 0
    for length, name in re.findall(r"([0-9a-z]*)([A-R])", CLASS_RUNS):
        end = at + (int(length, 36) if length else 1)
        table[at:end] = _CLASS_OF_NAME.get(name, OTHER)
        at = end
    table[[0x27, 0x2019]] = _APOSTROPHE
    return table


def _lower() -> np.ndarray:
    table = np.arange(0x110000, dtype=np.uint32)
    at = 0
    for run in LOWER_RUNS.split(","):
        gap, count, step, distance = (int(digits, 36) for digits in run.split(" "))
        at += gap
        table[at : at + count * step : step] += np.uint32(distance & 0xFFFFFFFF)
        at += (count - 1) * step
    return table


_CLASS = _classes()
_LOWER = _lower()
_LOWER_ASCII = _LOWER[:128].astype(np.uint8)


class Stream(NamedTuple):
    """The tokens of one text: lists and arrays of one length; offsets count code points."""

    keys: list[str]  #: lower case with straight apostrophes; "0" for a number, line breaks for a break
    starts: np.ndarray
    ends: np.ndarray
    kinds: np.ndarray  #: OTHER, WORD, CHARACTER (of a script without spaces), NUMBER or BREAK
    cases: np.ndarray  #: 0 all lower, 1 only the first character upper, 2 all upper (two or more), 3 else
    glued: np.ndarray  #: whether the token before ends where this one starts, neither being a break


def stream(text: str) -> Stream:
    """Cuts a text into tokens: words, numbers, single characters, and line breaks with the space around them."""
    n = len(text)
    if n == 0:
        nothing = np.zeros(0, np.int64)
        return Stream([], nothing, nothing, nothing, nothing, nothing.astype(bool))
    if text.isascii():
        points = np.frombuffer(text.encode("ascii"), np.uint8)
        lower = _LOWER_ASCII[points]
    else:
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        lower = _LOWER[points]
    classes = _CLASS[points]
    upper = lower != points
    # An apostrophe between two letters belongs to their word; elsewhere it is a character like others.
    apostrophes = np.flatnonzero(classes == _APOSTROPHE)
    inner = apostrophes[(apostrophes > 0) & (apostrophes < n - 1)]
    inner = inner[(classes[inner - 1] == WORD) & (classes[inner + 1] == WORD)]
    classes[apostrophes] = OTHER
    classes[inner] = WORD
    if len(apostrophes):
        lower[apostrophes] = 0x27
    # A carriage return and the line feed after it are one line break.
    newline = classes == _NEWLINE
    breaks = newline.copy()
    breaks[1:] &= ~((points[1:] == 10) & (points[:-1] == 13))
    classes[newline] = _SPACE

    first = np.empty(n, bool)
    first[0] = True
    np.not_equal(classes[1:], classes[:-1], out=first[1:])
    first |= (classes == OTHER) | (classes == CHARACTER)
    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], n)
    kinds = classes[starts].astype(np.int64)
    white = kinds == _SPACE
    lines = np.add.reduceat(breaks, starts, dtype=np.int64)
    kinds[white & (lines > 0)] = BREAK
    kept = ~white | (lines > 0)
    capitals = np.add.reduceat(upper, starts, dtype=np.int64)[kept]
    apostrophe = np.zeros(n, bool)
    apostrophe[inner] = True
    letters = ((ends - starts) - np.add.reduceat(apostrophe, starts, dtype=np.int64))[kept]
    starts, ends, kinds, lines = starts[kept], ends[kept], kinds[kept], lines[kept]

    cases = np.where(
        capitals == 0, 0, np.where((capitals > 1) & (capitals == letters), 2, np.where((capitals == 1) & upper[starts], 1, 3))
    )
    glued = np.zeros(len(starts), bool)
    glued[1:] = (starts[1:] == ends[:-1]) & (kinds[1:] != BREAK) & (kinds[:-1] != BREAK)

    if lower.dtype == np.uint8:
        lowered = lower.tobytes().decode("ascii")
    else:
        lowered = lower.tobytes().decode("utf-32-le", "surrogatepass")
    keys = [lowered[start:end] for start, end in zip(starts.tolist(), ends.tolist())]
    for i in np.flatnonzero(kinds == NUMBER).tolist():
        keys[i] = "0"
    for i in np.flatnonzero(kinds == BREAK).tolist():
        keys[i] = "\n" if lines[i] == 1 else "\n\n"
    return Stream(keys, starts, ends, kinds, cases, glued)
