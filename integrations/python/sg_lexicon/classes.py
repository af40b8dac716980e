# SPDX-License-Identifier: MIT
"""The class of each Unicode character, frozen: the rules for words must not change with the Unicode data of a Python.

`BMP` and `ASTRAL` hold, by class, the inside of a regular expression's set, for the Basic Multilingual Plane and for
what lies beyond; `SPECIAL` the class of each rarer character.
"""

from __future__ import annotations

import re

from .character_runs import CLASS_RUNS

OTHER, LETTER, JOINER, DIGIT, SPACE, NEWLINE, COMMAS, SENTENCE, OPERATOR = "ABCDEFGHI"
BACKSLASH, DOLLAR, BACKTICK, LESS, UNDERSCORE, SEGMENTED, SURROGATE, OPENER, DASH = "JKLMNOPQR"


def _character_classes() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Regular-expression sets by class for the BMP and for what lies beyond; and the class of each rarer character."""
    bmp: dict[str, str] = {}
    astral: dict[str, str] = {}
    special: dict[str, str] = {}
    at = 0
    for length, name in re.findall(r"([0-9a-z]*)([A-R])", CLASS_RUNS):
        end = at + (int(length, 36) if length else 1)
        for sets, low, high in ((bmp, at, min(end, 0x10000)), (astral, max(at, 0x10000), end)):
            if low < high:
                sets[name] = sets.get(name, "") + f"\\U{low:08x}-\\U{high - 1:08x}"
        if name not in (OTHER, LETTER, DIGIT, SPACE, SEGMENTED, SURROGATE):
            special.update((chr(point), name) for point in range(at, end))
        at = end
    return bmp, astral, special


BMP, ASTRAL, SPECIAL = _character_classes()
