# SPDX-License-Identifier: MIT
"""Planning-token masks for Python trainers: which tokens belong to a strategic gram of an sg-mine lexicon.

One file without dependencies; copy it into a project or put its folder on the path. It reads a lexicon (`grams.json`)
or a token-ids export (`sg-mine export LEXICON --for token-ids --tokenizer DIR`) and marks the same tokens as
`sg-mine tag`: ids are spelled out as bytes, the bytes read as text, and the text split into words and clauses by the
rules of sg-mine's src/grams/words.ts and src/lexicon/match.ts.

    from sg_lexicon import PlanningMatcher, hicra_advantage

    matcher = PlanningMatcher.load("grams.token-ids.json")
    mask = matcher.mask(completion_ids)                    # lists, numpy or torch, the same shape as the ids
    advantages = hicra_advantage(advantages, mask)         # A + alpha * |A| on planning tokens

`python sg_lexicon.py EXPORT < FILE.jsonl` prints the mask of each line's `token_ids`.
"""

from __future__ import annotations

import codecs
import json
import re
import sys
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Optional, Union

__all__ = ["PlanningMatcher", "Span", "grpo_advantage", "hicra_advantage", "hicra_grpo_trainer", "register_hicra"]

# Character classes of src/grams/words.ts, from U+0000 on: run length in base 36 (none: 1), then the class.
# BEGIN TABLE (scripts/python-classes.mjs)
_RUNS = (
    "9AE4FiAEH2AK2ICQ2AIGCHIaD2HM2IHIqBQJAINLqBQIAI6AFqAE9ABAI4AI2DAB3ADBA3DAnBIvBIcqB4AcBeA5B7ABABhA39BA2B2A4BAB6A"
    "BA3BABAkBA2bBI3vBA4tBA12B2AB6A15B8A19BABA2BA2BAB8ArB4A4BjA3I3AG3AbBH3AH1sBaD4A2uBA8B2AaBA6BaD3B2ABgA1nB2A2tBeA"
    "aD18B4AB2AB2A1aBiAsB4AbB5AoBA7B7A23BA3lBHAaDAjBA8B2A2B2AmBA7BAB3A4B2A9B2A2B2A4B8AB4A2BA5B2AaD2B2A6D2ABAB2A3BA6"
    "B4A2B2AmBA7BA2BA2BA2B2ABA5B4A2B2A3B3AB7A4BAB7AaD6BbA3BA9BA3BAmBA7BA2BA5B2AaBA3BA3B2ABfA4B2AaD9A7BA3BA8B2A2B2Am"
    "BA7BA2BA5B2A9B2A2B2A3B7A3B4A2BA5B2AaDAB6DaA2BA6B3A3BA4B3A2BABA2B3A2B3A3B3AcB4A5B3A3BA4B2AB6ABeAdDdAdBA3BAnBAgB"
    "2A9BA3BA4B7A2BA3BA2B2A4B2AaD8A7DA4BA8BA3BAnBAaBA5B2A9BA3BA4B7A2B5A3BA4B2AaDA3BcAdBA3BA1fBA3BA5B5A4B7D5B2AjDA6B"
    "A3BAiB3AoBA9BAB2A7B3AB4A6BABA8B6AaD2A2BdA1mO5AfOAaD13A2OAOA5OAoOAOAnO2A5OAOA7OAaD2A4OwABnA2B6AkDABABAB4AaBA10B"
    "4AkBAiBA10B9AB1lA1sOaD6A1sOaD4O2A12BAB5AB2A17BA99BA4B2A7BABA4B2A15BA4B2AxBA4B2A7BABA4B2AfBA1lBA4B2A1vB2A3B9AkD"
    "3AgBgA2eB2A6B3Ah8B2AhBEqB5A23B3A3D8B7AmB9AmBbAkBcAdBA3BA2BcA2cO3AO4A2O2AaD6AaDhA3BABaD6A2hB7A17B5A1yBaAvBAcB4A"
    "cBaAaDuB2A5BbA18B4AqB6AbD11AsB4A1rBAtB2ABaD6AaDdAB8A1aB2AcBkA25B3AaDhA9BcA1cBaD1mBcA1kB8AaD3A3BaD10B2AbB5A17B2"
    "A3BgA3BA13B5AeuB2A6B2A12B2A6B2A8BABABABAvB2A1hBA7BAB3A3BA7B3A4B2A6B4AdB5A3BA7B3AbE5A2CA3R3AC2AQ9AHA2F5AEkAIdAI"
    "cAEgADB2A6D3I2ABaD3I3AdB1fAxBhAB4AB2AaBAB2AI5B6ABABABA4BAbB2A4B5I5BAI2ABA1fD2B5D6A5I5A2I4AI2AI2AI7AIvA2I2AIAIv"
    "A7gIwA2I2iAIuApI14A6I3iA1oD26AmD53AI9AI1iA8I33AI7aAuD18A5I2AvIaAgI74A3nImA1rI4AwI2A76I1cAlI2A6I4zA6dB6A9B9AD2A"
    "12BAB5AB2A1kB7ABfAoB9A7BA7BA7BA7BA7BA7BA7BA7BAwB1bABcwAEGH2AOBD2AQAQAQAQgA9D6BA5B2A3DOB4A2eO2A2B2A3OA2iOAB3O5A"
    "17BA2mB3A4DaAwB1cAgOwAaDuA8DAfDwAaD13AfD8wA534O1sAg74OwdB1vA1aB2A7hB3AgBaD2BkA1fBAaBA2vBaD2B11A9B2A2vB2A2aBkA1"
    "jB4AB3A6DaA1gBcA1yBaAaD6AoB3ABA3BaD10B2A10BcAtB3A1tBeABaD6AgOaD5OA1jB9AeB2AaD6AnO3A6O1vBoA3B2AgB2A5BaA6B2A6B2A"
    "6B9A7BA7BA17BAeB6A3fBA2B2AaD6A8mcBcAnB4A1dB4A1kwP4xsAa6O2A2yO12A7BcA5B5AcBIdBA5BABA2BA2BA30BxAa3BiA1sB2A1iB14A"
    "cB4AgBgAgB1eAIA3I9A5BA3rB4AH6AQ2AIG3AaD2H3IHAqB6AqBAIAI7AaOB19OxB3A6B2A6B2A6B2A3B5AI6A4IjAcBAqBAjBA2BAfB2AeByA"
    "3fB76AB3mAtB3A1dBfABvAwBdAkBA8B6A17B5AuB2A10B4A8B1cA4eBiA10B4A10B4A14B8A1gBcAbBAfBA7BA2BAbBAfBA7BA2B3A1gBcA8nB"
    "9AmBaA8BoA6BA16BA9B1xA6B2ABA18BA2B3AB2AnBaAnB9AvB1tAjBA2BaAmBaAqB6AqB12A1kB6A2B1sA4BA2B5A8BA3BAtB2A3B4ABwAtB3A"
    "tBzA8BAuBpA1iBaAmBaAjBdAiB32A21B1jA1fBdA1fBdA14ByAsB3A5BAnB6yA16BA2B3A2BgA6B1eAzBaAB8AxBvAmB16AlBrAnB9A1zB15A6"
    "B9A1oB7ABdApBnA1hBfA4B8A10B2AB9A1xB4A4BA2BaABABzAiBA11B6A4B1qA7BABA4BAfBAaB7A1nBlA4BA8B2A2B2AmBA7BA2BA5BAaB2A2"
    "B2A3B2AB6AB5A7B2A7B3A5BbAaBAB2ABA12BAaBAB2ABA4BA8BdA2BtA23BjA4BuA1yBAB54A1iB2A9BnA6ByA1tB3AB1nA1lB1zArB2AfBkA7"
    "B55A1nB2tA1sBvA8B2AB2A8BA2BAuBA2B2A9B2kA8B2A1aB2A8BA2BrA1rB8AB8A22B3ABiA21B2vA8B2gAxBvA9BA19BA9B1dAuB2AmBAeB21"
    "A7BA2BA18B3ABA2BA9BoA6BA2BA11BA2BA6BnA18B78AnB9AhBA15B3A5BnAB2dAB27ApmB6eA5gB218A2pBfAtsBgAmBaA32zB5Ag7B5a1A1c"
    "B1cgAftB7AvBhA27BhAuB2A5BbA1jB9A4BvAlB5AjBc0A19B5vA1sBwApB2ApB18A23B4A1lB7AhB1sA2BAOBbA4OcA5p2B15AwB2pA37B6ppA"
    "4OA7OA2OA83OfAOtA3O2AOeA4O8Ab0B1s4A2zB5AdB3A9B7AaB3A2B3mpA1aB2AnBf2A5B3A6B8A8B2A7BuA4B44A3BcbA2dBA1zBA2B2AB2A2"
    "B2A4BAcBABA7BA1tBA4B2A8BA7BAsBA4BA5BAB3A7BA9gB2ApBApBAvBApBAvBApBAvBApBAvBApBA8BfoA1jB4A1eB8ABeABmA5BAfBuoAvB6"
    "A6B5xA7BAhB2A7BA2BA5B5A1qBxAB34A19B3AeBgAB8xAvBhA1cBdcAwB68AxB5rAvBAmB8A2B68A7BA4BA2BAfBA5hBbA7B15A24BxgA4BArB"
    "A2BAB2ABAaBA4BABAB6AB4ABABABA3BA2BAB2ABABABABABA2BAB2A4BA7BA4BA4BABAaBAhB5A3BA5BAhB3esAwyoOwA3dqO2A4geO2A5rlOf"
    "AhaO1wiAf2O15uA3t7O5A6juOf62uA6oB47bkA"
)
# END TABLE

_OTHER, _LETTER, _JOINER, _DIGIT, _SPACE, _NEWLINE, _COMMAS, _SENTENCE, _OPERATOR = "ABCDEFGHI"
_BACKSLASH, _DOLLAR, _BACKTICK, _LESS, _UNDERSCORE, _SEGMENTED, _SURROGATE, _OPENER, _DASH = "JKLMNOPQR"


def _character_classes() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Regular-expression sets by class for the BMP and for what lies beyond; and the class of each rarer character."""
    bmp: dict[str, str] = {}
    astral: dict[str, str] = {}
    special: dict[str, str] = {}
    at = 0
    for length, name in re.findall(r"([0-9a-z]*)([A-R])", _RUNS):
        end = at + (int(length, 36) if length else 1)
        for sets, low, high in ((bmp, at, min(end, 0x10000)), (astral, max(at, 0x10000), end)):
            if low < high:
                sets[name] = sets.get(name, "") + f"\\U{low:08x}-\\U{high - 1:08x}"
        if name not in (_OTHER, _LETTER, _DIGIT, _SPACE, _SEGMENTED, _SURROGATE):
            special.update((chr(point), name) for point in range(at, end))
        at = end
    return bmp, astral, special


_BMP, _ASTRAL, _SPECIAL = _character_classes()

# The rules count UTF-16 units, as JavaScript does. A text with characters beyond the BMP is therefore scanned with two
# stand-ins for each (noncharacters, which text does not have): for a letter, for a letter of a script written without
# spaces, and for anything else. The second one alone is no letter, just as half a character in JavaScript.
_ASTRAL_LETTER, _ASTRAL_SEGMENTED, _ASTRAL_OTHER = "\ufdd1\ufdd3", "\ufdd2\ufdd3", "\ufdd0\ufdd3"
_IS_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_IS_STAND_IN = re.compile("[\ufdd0-\ufdd3]")
_NEEDS_STAND_INS = re.compile("[\ufdd0-\ufdd3\U00010000-\U0010ffff]")
_IS_ASTRAL_LETTER = re.compile(f"[{_ASTRAL[_LETTER]}]")
_IS_ASTRAL_SEGMENTED = re.compile(f"[{_ASTRAL[_SEGMENTED]}]")

_L = _BMP[_LETTER]
_D = _BMP[_DIGIT]
_LETTERS = f"(?:[{_L}]+|{_ASTRAL_LETTER})+"
_WORD = f"{_LETTERS}(?:[{_BMP[_JOINER]}]{_LETTERS})*"
_IDENTIFIER = re.compile(f"[{_L}{_D}_]*")
_NEXT = re.compile(
    f"[{_BMP[_SPACE]}]*(?:"
    f"({_WORD})([{_D}_(]?)"  # 1, 2: a word and what makes it none
    f"|({_ASTRAL_SEGMENTED}|[{_BMP[_SEGMENTED]}])"  # 3: a character of a script written without spaces
    f"|([{_BMP[_COMMAS]}])"  # 4
    f"|([{_BMP[_NEWLINE]}]+)"  # 5
    f"|([{_D}](?:[{_L}{_D}_]|[.,](?=[{_D}]))*)"  # 6: a number
    f"|([\\s\\S]))"  # 7: anything else
)
_IS_LETTER = re.compile(f"[{_L}]")
_IS_DIGIT = re.compile(f"[{_D}]")
_IS_SPACE = re.compile(f"[{_BMP[_SPACE]}{_BMP[_NEWLINE]}]")
_JS_SPACE = "\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff"
_TAG = re.compile(f"<[/|]?[A-Za-z][A-Za-z0-9_|.:-]*(?:[{_JS_SPACE}][^<>\\n]{{0,200}})?[/|]?>")
_LONGEST_FORMULA = 4000
_LONGEST_INLINE_CODE = 300

# What stands before a word: a space, a comma, or a clause's end, told by the last thing before the word.
_GAP_SPACE, _GAP_COMMA, _MARK, _STOP, _MATH, _CODE, _COMMA = range(7)


def _scan(text: str) -> tuple[list[int], list[int], list[int]]:
    """Words of a text: their starts and ends in code points, and the gap before each. As `scan` in words.ts."""
    starts: list[int] = []
    ends: list[int] = []
    gaps: list[int] = []
    pairs: list[int] = []
    if not text.isascii() and _NEEDS_STAND_INS.search(text):
        text, pairs = _as_units(text)
    n = len(text)
    closes = _next_of(text, "\\)"), _next_of(text, "\\]")
    # The gap being read: whether a clause ended in it and with what, or else whether it has a comma.
    broken, last, comma = True, _STOP, False
    i = 0
    next_match = _NEXT.match
    while i < n:
        match = next_match(text, i)
        if match is None:  # only spaces are left
            break
        which = match.lastindex
        i = match.end()
        if which == 2:
            start, end = match.span(1)
            after = match.group(2)
            if not after:
                if end - start > 1 or text[start] in "aAiI" or text[start] > "\x7f":
                    starts.append(start)
                    ends.append(end)
                    gaps.append(last if broken else _GAP_COMMA if comma else _GAP_SPACE)
                    broken = comma = False
                    continue
                kind = _MATH  # a letter of its own is a variable
            elif after == "(":
                if end - start > 1:
                    kind = _CODE
                elif text[start] in "aAiI" or text[start] > "\x7f":
                    starts.append(start)
                    ends.append(end)
                    gaps.append(last if broken else _GAP_COMMA if comma else _GAP_SPACE)
                    broken = comma = False
                    i = end
                    continue
                else:
                    kind = _MATH
                i = end
            else:
                kind = _CODE if after == "_" else _MATH
                i = _IDENTIFIER.match(text, end).end()  # type: ignore[union-attr]
        elif which == 3:
            starts.append(match.start(3))
            ends.append(i)
            gaps.append(last if broken else _GAP_COMMA if comma else _GAP_SPACE)
            broken = comma = False
            continue
        elif which == 4:
            if broken:
                last = _COMMA
            else:
                comma = True
            continue
        elif which == 5:
            kind = _STOP
        elif which == 6:
            kind = _MATH
        else:
            i, kind = _end_of_other(text, i - 1, n, broken, closes)
        if not broken:
            broken = True
            last = kind
        elif kind != _MARK:
            last = kind
    if pairs:
        starts = [start - bisect_left(pairs, start) for start in starts]
        ends = [end - bisect_left(pairs, end) for end in ends]
    return starts, ends, gaps


def _as_units(text: str) -> tuple[str, list[int]]:
    """The text with two stand-ins for each character beyond the BMP, and the offsets at which these begin."""
    text = _IS_STAND_IN.sub("\x1a", text)
    pairs: list[int] = []

    def stand_in(match: re.Match[str]) -> str:
        pairs.append(match.start() + len(pairs))
        char = match.group()
        if _IS_ASTRAL_LETTER.match(char):
            return _ASTRAL_LETTER
        return _ASTRAL_SEGMENTED if _IS_ASTRAL_SEGMENTED.match(char) else _ASTRAL_OTHER

    return _IS_ASTRAL.sub(stand_in, text), pairs


_NextOf = Callable[[int], int]  # where something stands next, from a place on


def _next_of(text: str, pattern: str) -> _NextOf:
    """Looks for a pattern from ever later places; the text is read once in all, however many formulas never end."""
    at = -1

    def next_of(start: int) -> int:
        nonlocal at
        if at < start:
            at = text.find(pattern, start)
            if at < 0:
                at = sys.maxsize
        return at

    return next_of


def _end_of_other(text: str, i: int, n: int, broken: bool, closes: tuple[_NextOf, _NextOf]) -> tuple[int, int]:
    """For what is neither word, number, comma nor line break: where reading goes on, and the kind of clause end."""
    char = text[i]
    name = _SPECIAL.get(char)
    following = text[i + 1] if i + 1 < n else ""
    if name is None:
        return i + 1, _MARK
    if name == _SENTENCE:
        # "module.name" and "http://" are code; "end. Next" is a sentence end
        glued = following == "/" or _IS_LETTER.match(following)
        inside = glued and char < "\x80" and i > 0 and _IS_LETTER.match(text[i - 1])
        return i + 1, _CODE if inside else _STOP
    if name in (_OPENER, _DASH):
        return i + 1, _STOP
    if name == _OPERATOR:
        return i + 1, _MATH
    if name == _UNDERSCORE:
        j = _IDENTIFIER.match(text, i + 1).end() if following == "_" else i + 1  # type: ignore[union-attr]
        return j, _CODE if j > i + 1 else _MARK
    if name == _JOINER:
        # a spaced hyphen is a dash or a minus; at the start of a line, a bullet
        if char != "-" or broken:
            return i + 1, _MARK
        return i + 1, _MATH if _IS_DIGIT.match(following) else _STOP
    if name == _BACKSLASH:
        return _end_of_command(text, i, following, closes)
    if name == _DOLLAR:
        return _end_of_dollars(text, i, n), _MATH
    if name == _BACKTICK:
        j = _end_of_backticks(text, i, n)
        return j, _CODE if j > i + 1 else _MARK
    # "<"
    tag = _TAG.match(text, i) if following in ("/", "|") or _IS_LETTER.match(following) else None
    return (tag.end(), _STOP) if tag else (i + 1, _MATH)


def _end_of_command(text: str, i: int, following: str, closes: tuple[_NextOf, _NextOf]) -> tuple[int, int]:
    if following and following in "([":
        close = closes["([".index(following)](i + 2)
        return (close + 2 if close - i < _LONGEST_FORMULA else i + 2), _MATH
    if _IS_LETTER.match(following):
        after = text[i + 2 : i + 3]
        if following in ("n", "r", "t") and (not _IS_LETTER.match(after) or "A" <= after <= "Z"):
            return i + 2, _MARK if following == "t" else _STOP
        return _IDENTIFIER.match(text, i + 2).end(), _MATH  # type: ignore[union-attr]
    return i + 2, _MARK if following in ('"', "'") and following else _MATH


def _end_of_dollars(text: str, i: int, n: int) -> int:
    if text.startswith("$", i + 1):
        close = text.find("$$", i + 2)
        return close + 2 if close >= 0 and close - i < _LONGEST_FORMULA else i + 2
    if i + 1 >= n or _IS_SPACE.match(text[i + 1]):
        return i + 1
    close = text.find("$", i + 2, min(n, i + _LONGEST_FORMULA))
    if close < 0 or text.find("\n\n", i + 2, close) >= 0:
        return i + 1
    if not _IS_SPACE.match(text[close - 1]) and not _IS_DIGIT.match(text[close + 1 : close + 2]):
        return close + 1
    return i + 1


def _end_of_backticks(text: str, i: int, n: int) -> int:
    if text.startswith("```", i):
        close = text.find("```", i + 3)
        return close + 3 if close >= 0 else n
    limit = min(n, i + _LONGEST_INLINE_CODE)
    line = text.find("\n", i + 1, limit)
    close = text.find("`", i + 1, limit if line < 0 else line)
    return close + 1 if close >= 0 else i + 1


def _key(word: str) -> str:
    """The form under which words are compared: lower case, straight apostrophe, plain hyphen, NFC."""
    if word.isascii():
        return word.lower()
    word = word.lower().replace("\u2019", "'").replace("\u2010", "-").replace("\u2011", "-")
    return unicodedata.normalize("NFC", word)


@dataclass(frozen=True)
class Span:
    """One planning span: code points [start, end) of a text and the lexicon's entry found there."""

    start: int
    end: int
    gram: str
    weight: float
    function: Optional[str] = None
    cluster: Optional[int] = None


# GPT-2's alphabet: each byte as one printable character (bytes_to_unicode in its encoder.py).
_PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
_BYTE_OF = {byte: byte for byte in _PRINTABLE}
_BYTE_OF.update(zip((256 + i for i in range(68)), (byte for byte in range(256) if byte not in set(_PRINTABLE))))
_UNKNOWN = b"\x1a"
_CONTROL_Z = "sg_lexicon_control_z"
# A byte that is part of no character becomes a character that is part of no word, one for one.
codecs.register_error(_CONTROL_Z, lambda error: ("\x1a" * (error.end - error.start), error.end))  # type: ignore[attr-defined]

Ids = Any  # list of ints or of lists of ints, numpy array or torch tensor


class PlanningMatcher:
    """Finds a lexicon's grams in texts and in token ids."""

    def __init__(self, entries: Sequence[dict[str, Any]], tokens: Optional[Sequence[Optional[bytes]]] = None) -> None:
        """`entries` as in a lexicon file, best first; `tokens`: the bytes of each token id, needed for masks only."""
        self.entries = list(entries)
        self.tokens = tokens
        # Per node the next words and, under "", the entries whose gram ends there.
        self._root: dict[str, Any] = {}
        self._vocabulary: set[str] = set()
        self._known: dict[str, str] = {}
        for index, entry in enumerate(self.entries):
            for spelling in [entry["gram"], *entry.get("spellings", [])]:
                starts, ends, gaps = _scan(spelling)
                if not starts or any(gap >= _MARK for gap in gaps[1:]):
                    continue  # no word, or a clause ends inside: nothing that could be found
                if any(char.isalnum() for char in spelling[: starts[0]] + spelling[ends[-1] :]):
                    continue  # "let x": its words alone would be another gram
                node = self._root
                for start, end in zip(starts, ends):
                    key = _key(spelling[start:end])
                    self._vocabulary.add(key)
                    node = node.setdefault(key, {})
                ending = node.setdefault("", [])
                if index not in ending:
                    ending.append(index)

    @classmethod
    def load(cls, path: Union[str, Path], tokenizer: Any = None) -> "PlanningMatcher":
        """Reads a token-ids export, or a lexicon (format 1, an array of grams, an object with `grams`).

        A lexicon needs `tokenizer` for masks: a `transformers` fast tokenizer, a `tokenizers.Tokenizer`, or the path
        of a tokenizer.json or of the folder with it. Raises ValueError for a file that is neither, or a tokenizer
        whose tokens do not spell bytes.
        """
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        if isinstance(data, dict) and data.get("format") == "sg-token-ids/1":
            return cls(data["entries"], [None if t is None else _from_alphabet(t) for t in data["tokens"]])
        entries = data.get("entries") if isinstance(data, dict) else None
        if entries is None:
            grams = data.get("grams") if isinstance(data, dict) else data
            if not isinstance(grams, list) or not all(isinstance(gram, str) for gram in grams):
                raise ValueError(f"{path}: expected an sg-mine lexicon, a token-ids export or a JSON array of grams")
            entries = [{"gram": gram} for gram in grams]
        return cls(entries, None if tokenizer is None else _token_bytes(tokenizer))

    def find(self, text: str) -> list[Span]:
        """The planning spans of a text, in the order of their starts; they may overlap."""
        starts, ends, gaps = _scan(text)
        return [
            Span(starts[first], ends[last], entry["gram"], entry.get("weight", 1.0), entry.get("function"), entry.get("cluster"))
            for first, last, entry in self._occurrences(text, starts, ends, gaps)
        ]

    def _occurrences(
        self, text: str, starts: list[int], ends: list[int], gaps: list[int]
    ) -> Iterable[tuple[int, int, dict[str, Any]]]:
        """Per starting word the longest occurrence that counts: first word, last word, entry."""
        keys = [self._key_of(text[start:end]) for start, end in zip(starts, ends)]
        root = self._root
        n = len(keys)
        for first, key in enumerate(keys):
            node = root.get(key) if key else None
            if node is None:
                continue
            longest = None
            last = first
            while True:
                if "" in node:
                    for index in node[""]:
                        if self._counts(self.entries[index], gaps[first]):
                            longest = (first, last, self.entries[index])
                            break
                last += 1
                if last >= n or gaps[last] >= _MARK or not keys[last]:
                    break
                node = node.get(keys[last])
                if node is None:
                    break
            if longest:
                yield longest

    @staticmethod
    def _counts(entry: dict[str, Any], gap: int) -> bool:
        """Whether an occurrence counts as planning; as `counts` in match.ts."""
        if entry.get("position") == "clause-start":
            return gap in (_GAP_COMMA, _STOP)
        return True

    def _key_of(self, word: str) -> str:
        key = self._known.get(word)
        if key is None:
            key = _key(word)
            if key not in self._vocabulary:
                key = ""
            if len(self._known) >= 1 << 18:
                self._known.clear()
            self._known[word] = key
        return key

    def mask(self, ids: Ids, keep: Any = None, weighted: bool = False) -> Any:
        """Which tokens are planning: 1 where any character of the token lies in a planning span, else 0.

        `ids`: one sequence or a batch of them (lists may differ in length), each read from its start. `keep` (same
        shape): ids where it is 0, such as padding, are passed over. With `weighted`, the highest weight of the
        entries found there instead of 1. Lists give lists; numpy and torch give the shape (and device) of `ids`,
        integers, or floats with `weighted`.
        """
        if self.tokens is None:
            raise ValueError("this matcher knows no tokens: load a token-ids export, or pass tokenizer=… to load()")
        rows = ids.tolist() if hasattr(ids, "tolist") else list(ids)
        kept = keep.tolist() if hasattr(keep, "tolist") else keep
        if rows and isinstance(rows[0], (list, tuple)):
            out: Any = [
                self._mask_row(row, None if kept is None else kept[i], weighted) for i, row in enumerate(rows)
            ]
        else:
            out = self._mask_row(rows, kept, weighted) if len(rows) else rows
        if hasattr(ids, "new_tensor"):  # torch
            return ids.new_tensor(out, dtype=_torch_float() if weighted else None)
        if hasattr(ids, "__array_interface__"):  # numpy
            import numpy

            return numpy.asarray(out, dtype=float if weighted else ids.dtype).reshape(ids.shape)
        return out

    def _mask_row(self, ids: Sequence[int], keep: Optional[Sequence[Any]], weighted: bool) -> list[Any]:
        tokens = self.tokens
        assert tokens is not None
        count = len(tokens)
        parts = [
            (tokens[i] or _UNKNOWN) if 0 <= i < count else _UNKNOWN for i in ids
        ]
        if keep is not None:
            parts = [part if on else b"" for part, on in zip(parts, keep)]
        data = b"".join(parts)
        text = data.decode("utf-8", _CONTROL_Z)
        mask: list[Any] = [0.0 if weighted else 0] * len(parts)
        spans = list(self.find(text))
        if not spans:
            return mask
        ends = array("q")
        at = 0
        for part in parts:
            at += len(part)
            ends.append(at)
        token = point = start = 0
        for span in spans:  # their starts ascend, so the first token to look at does too
            start += len(text[point : span.start].encode("utf-8"))
            point = span.start
            end = start + len(text[point : span.end].encode("utf-8"))
            while token < len(parts) and ends[token] <= start:
                token += 1
            at = token
            while at < len(parts):
                begin = ends[at] - len(parts[at])
                if begin >= end:
                    break
                if ends[at] > begin:
                    mask[at] = max(mask[at], span.weight) if weighted else 1
                at += 1
        return mask


def _from_alphabet(piece: str) -> bytes:
    return piece.translate(_BYTE_OF).encode("latin-1")


def _token_bytes(tokenizer: Any) -> list[Optional[bytes]]:
    """The bytes of each id, from a tokenizer or its tokenizer.json; as src/trainers/tokenizer.ts."""
    if hasattr(tokenizer, "backend_tokenizer"):
        tokenizer = tokenizer.backend_tokenizer
    if hasattr(tokenizer, "to_str"):
        spec = json.loads(tokenizer.to_str())
    else:
        path = Path(tokenizer)
        spec = json.loads((path / "tokenizer.json" if path.is_dir() else path).read_text(encoding="utf-8"))
    model = spec["model"]
    decoders = list(_steps(spec.get("decoder")))
    vocabulary = model["vocab"]
    pieces = vocabulary.items() if isinstance(vocabulary, dict) else ((row[0], i) for i, row in enumerate(vocabulary))
    if model.get("type", "BPE") == "BPE" and any(step["type"] == "ByteLevel" for step in decoders):
        alphabet = {chr(code) for code in _BYTE_OF}

        def spell(piece: str) -> bytes:
            return _from_alphabet(piece) if alphabet.issuperset(piece) else piece.encode("utf-8")

    elif model.get("type", "BPE") in ("BPE", "Unigram") and any(
        step["type"] == "Metaspace" or (step["type"] == "Replace" and "\u2581" in str(step.get("pattern")))
        for step in decoders
    ):

        def spell(piece: str) -> bytes:
            byte = re.fullmatch(r"<0x([0-9A-Fa-f]{2})>", piece)
            return bytes([int(byte.group(1), 16)]) if byte else piece.replace("\u2581", " ").encode("utf-8")

    else:
        raise ValueError(
            f"a {model.get('type')} tokenizer, whose tokens do not spell the text's bytes; "
            "supported are byte-level BPE and SentencePiece"
        )
    added = {token["id"]: token["content"].encode("utf-8") for token in spec.get("added_tokens", [])}
    by_id = {**{i: spell(piece) for piece, i in pieces}, **added}
    return [by_id.get(i) for i in range(max(by_id) + 1)]


def _steps(step: Any) -> Iterable[dict[str, Any]]:
    if step:
        yield step
        for inner in step.get("decoders", []):
            yield from _steps(inner)


def _torch_float() -> Any:
    import torch

    return torch.float32


def grpo_advantage(rewards: Sequence[float], groups: Sequence[Any], normalize_std: bool = False) -> list[float]:
    """GRPO's advantage per rollout: the reward less its group's mean, over the group's standard deviation if asked.

    The standard deviation is the sample's (n - 1), with 1e-4 added, as in TRL. Groups of one, and groups whose rewards
    are all equal, give 0.
    """
    members: dict[Any, list[float]] = {}
    for reward, group in zip(rewards, groups):
        members.setdefault(group, []).append(reward)
    out = []
    for reward, group in zip(rewards, groups):
        values = members[group]
        if min(values) == max(values):
            out.append(0.0)
            continue
        mean = sum(values) / len(values)
        advantage = reward - mean
        if normalize_std:
            advantage /= (sum((value - mean) ** 2 for value in values) / (len(values) - 1)) ** 0.5 + 1e-4
        out.append(advantage)
    return out


def hicra_advantage(advantages: Any, mask: Any, alpha: float = 0.2) -> Any:
    """HICRA (arXiv 2509.03646): A + alpha * |A| on planning tokens, A elsewhere.

    `advantages`: one number per sequence, or one per token; `mask`: 0/1 (or a weight) per token, a batch of sequences.
    Lists, numpy arrays or torch tensors; the result has the shape of `mask`. A negative advantage becomes less
    negative on planning tokens: a failure's planning is penalised less. Raises ValueError unless 0 < alpha < 1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, got {alpha}")
    if hasattr(mask, "shape"):
        if len(advantages.shape) == len(mask.shape) - 1:
            advantages = advantages[..., None]
        return advantages + alpha * mask * abs(advantages)
    if mask and isinstance(mask[0], (list, tuple)):
        return [hicra_advantage(advantage, row, alpha) for advantage, row in zip(advantages, mask)]
    per_token = advantages if isinstance(advantages, (list, tuple)) else [advantages] * len(mask)
    return [a + alpha * m * abs(a) for a, m in zip(per_token, mask)]


def hicra_grpo_trainer(matcher: PlanningMatcher, alpha: float = 0.2, base: Any = None) -> Any:
    """TRL: a subclass of GRPOTrainer (or of `base`) whose advantages are HICRA's.

    GRPOTrainer computes one advantage per completion and accepts one per token: `HicraTrainer(model=…, …)` with
    `HicraTrainer = hicra_grpo_trainer(PlanningMatcher.load("grams.token-ids.json"))`, everything else as before.
    """
    if base is None:
        base = import_module("trl").GRPOTrainer

    class HicraTrainer(base):  # type: ignore[misc]
        def _generate_and_score_completions(self, inputs: Any) -> Any:
            output = super()._generate_and_score_completions(inputs)
            mask = matcher.mask(output["completion_ids"], keep=output["completion_mask"])
            self._metrics["train" if self.model.training else "eval"]["planning_share"].append(
                (mask.sum() / output["completion_mask"].sum().clamp(min=1)).item()
            )
            output["advantages"] = hicra_advantage(output["advantages"], mask, alpha)
            return output

    return HicraTrainer


def register_hicra(matcher: PlanningMatcher, alpha: float = 0.2, name: str = "hicra") -> Any:
    """verl: registers an advantage estimator, chosen with `algorithm.adv_estimator=hicra`.

    verl passes rewards, mask and group to an estimator but not the token ids, so `compute_advantage` of its trainers is
    wrapped to keep the batch's `responses` at hand. Call it in the process that runs the trainer, before training.
    Whether the advantages are divided by the standard deviation is verl's `algorithm.norm_adv_by_std_in_grpo`.
    """
    import contextvars
    import functools

    core_algos: Any = import_module("verl.trainer.ppo.core_algos")
    ray_trainer: Any = import_module("verl.trainer.ppo.ray_trainer")
    responses: contextvars.ContextVar[Any] = contextvars.ContextVar("responses")

    def compute_hicra_advantage(
        token_level_rewards: Any, response_mask: Any, index: Any, config: Any = None, **kwargs: Any
    ) -> tuple[Any, Any]:
        normalise = True if config is None else config.get("norm_adv_by_std_in_grpo", True)
        advantages, returns = core_algos.compute_grpo_outcome_advantage(
            token_level_rewards=token_level_rewards,
            response_mask=response_mask,
            index=index,
            norm_adv_by_std_in_grpo=normalise,
        )
        mask = matcher.mask(responses.get(), keep=response_mask)
        return hicra_advantage(advantages, mask, alpha) * response_mask, returns

    core_algos.register_adv_est(name)(compute_hicra_advantage)
    original = ray_trainer.compute_advantage

    @functools.wraps(original)
    def compute_advantage(data: Any, *args: Any, **kwargs: Any) -> Any:
        token = responses.set(data.batch["responses"])
        try:
            return original(data, *args, **kwargs)
        finally:
            responses.reset(token)

    # Modules that took the function by name have it under theirs.
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("verl.") and getattr(module, "compute_advantage", None) is original:
            setattr(module, "compute_advantage", compute_advantage)
    return compute_hicra_advantage


def _main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: sg_lexicon.py EXPORT < FILE.jsonl   (lines with token_ids)")
    matcher = PlanningMatcher.load(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(matcher.mask(json.loads(line)["token_ids"]), separators=(",", ":")))


if __name__ == "__main__":
    _main()
