# SPDX-License-Identifier: MIT
"""Words and clauses of a text, by the rules of sg-mine's src/text/words.ts: what is counted there is marked here."""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect_left
from collections.abc import Callable
from typing import Optional

from . import classes

# The rules count UTF-16 units, as JavaScript does. A text with characters beyond the BMP is therefore scanned with two
# stand-ins for each (noncharacters, which text does not have): for a letter, for a letter of a script written without
# spaces, and for anything else. The second one alone is no letter, just as half a character in JavaScript.
_ASTRAL_LETTER, _ASTRAL_SEGMENTED, _ASTRAL_OTHER = "\ufdd1\ufdd3", "\ufdd2\ufdd3", "\ufdd0\ufdd3"
_IS_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_IS_STAND_IN = re.compile("[\ufdd0-\ufdd3]")
_NEEDS_STAND_INS = re.compile("[\ufdd0-\ufdd3\U00010000-\U0010ffff]")
_IS_ASTRAL_LETTER = re.compile(f"[{classes.ASTRAL[classes.LETTER]}]")
_IS_ASTRAL_SEGMENTED = re.compile(f"[{classes.ASTRAL[classes.SEGMENTED]}]")

_L = classes.BMP[classes.LETTER]
_D = classes.BMP[classes.DIGIT]
_LETTERS = f"(?:[{_L}]+|{_ASTRAL_LETTER})+"
_WORD = f"{_LETTERS}(?:[{classes.BMP[classes.JOINER]}]{_LETTERS})*"
_IDENTIFIER = re.compile(f"[{_L}{_D}_]*")
_NEXT = re.compile(
    f"[{classes.BMP[classes.SPACE]}]*(?:"
    f"({_WORD})([{_D}_(]?)"  # 1, 2: a word and what makes it none
    f"|({_ASTRAL_SEGMENTED}|[{classes.BMP[classes.SEGMENTED]}])"  # 3: a character of a script written without spaces
    f"|([{classes.BMP[classes.COMMAS]}])"  # 4
    f"|([{classes.BMP[classes.NEWLINE]}]+)"  # 5
    f"|([{_D}](?:[{_L}{_D}_]|[.,](?=[{_D}]))*)"  # 6: a number
    f"|([\\s\\S]))"  # 7: anything else
)
_IS_LETTER = re.compile(f"[{_L}]")
_IS_DIGIT = re.compile(f"[{_D}]")
_IS_SPACE = re.compile(f"[{classes.BMP[classes.SPACE]}{classes.BMP[classes.NEWLINE]}]")
_JS_SPACE = "\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff"
_TAG = re.compile(f"<[/|]?[A-Za-z][A-Za-z0-9_|.:-]*(?:[{_JS_SPACE}][^<>\\n]{{0,200}})?[/|]?>")
# What chat templates write that looks unlike a tag: DeepSeek's, Mistral's and Kimi's marks.
_CHAT_MARK = re.compile(
    "<\uff5c[^<>\uff5c\\n]{1,60}\uff5c>"
    "|\\[/?(?:INST|THINK|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|CALL_ID|ARGS)\\]"
    "|\u25c1/?[a-z]{1,20}\u25b7"
)
# Marks at which a turn or its thinking ends: code that was left open ends there too.
_TURN_END = re.compile(
    "<\\|[A-Za-z0-9_-]{1,40}\\|>|<\uff5c[^<>\uff5c\\n]{1,60}\uff5c>|\\[/?INST\\]|</?think>|\\[/?THINK\\]"
    "|\u25c1/?think\u25b7|<(?:start|end)_of_turn>|</s>"
    "|</?(?:tool_call|tool_response|interpreter|information|observation)>"
)
_IS_NEWLINE = re.compile(f"[{classes.BMP[classes.NEWLINE]}]")
_LONGEST_QUOTE = 12  # characters of "> > "
_LONGEST_FORMULA = 4000
_LONGEST_INLINE_CODE = 300

# What stands before a word: a space, a comma, or a clause's end, told by the last thing before the word.
GAP_SPACE, GAP_COMMA, MARK, STOP, MATH, CODE, COMMA = range(7)


def scan(text: str) -> tuple[list[int], list[int], list[int], Optional[int]]:
    """Words of a text: their starts and ends in code points, and the gap before each. As `scan` in words.ts.

    The fourth is where code begins that nobody closes and that takes all that follows; None if there is none.
    """
    starts: list[int] = []
    ends: list[int] = []
    gaps: list[int] = []
    pairs: list[int] = []
    if not text.isascii() and _NEEDS_STAND_INS.search(text):
        text, pairs = _as_units(text)
    n = len(text)
    closes = _next_of(text, "\\)"), _next_of(text, "\\]")
    # The gap being read: whether a clause ended in it and with what, or else whether it has a comma.
    broken, last, comma = True, STOP, False
    left_open = None
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
                    gaps.append(last if broken else GAP_COMMA if comma else GAP_SPACE)
                    broken = comma = False
                    continue
                kind = MATH  # a letter of its own is a variable
            elif after == "(":
                if end - start > 1:
                    kind = CODE
                elif text[start] in "aAiI" or text[start] > "\x7f":
                    starts.append(start)
                    ends.append(end)
                    gaps.append(last if broken else GAP_COMMA if comma else GAP_SPACE)
                    broken = comma = False
                    i = end
                    continue
                else:
                    kind = MATH
                i = end
            else:
                kind = CODE if after == "_" else MATH
                i = _IDENTIFIER.match(text, end).end()  # type: ignore[union-attr]
        elif which == 3:
            starts.append(match.start(3))
            ends.append(i)
            gaps.append(last if broken else GAP_COMMA if comma else GAP_SPACE)
            broken = comma = False
            continue
        elif which == 4:
            if broken:
                last = COMMA
            else:
                comma = True
            continue
        elif which == 5:
            kind = STOP
        elif which == 6:
            kind = MATH
        else:
            at = i - 1
            i, kind = _end_of_other(text, at, n, broken, closes)
            if i == n and text.startswith("```", at) and not text.endswith("```"):
                left_open = at
        if not broken:
            broken = True
            last = kind
        elif kind != MARK:
            last = kind
    if pairs:
        starts = [start - bisect_left(pairs, start) for start in starts]
        ends = [end - bisect_left(pairs, end) for end in ends]
        left_open = None if left_open is None else left_open - bisect_left(pairs, left_open)
    return starts, ends, gaps, left_open


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
    name = classes.SPECIAL.get(char)
    following = text[i + 1] if i + 1 < n else ""
    if name is None:
        return i + 1, MARK
    if name == classes.SENTENCE:
        # "module.name" and "http://" are code; "end. Next" is a sentence end
        glued = following == "/" or _IS_LETTER.match(following)
        inside = glued and char < "\x80" and i > 0 and _IS_LETTER.match(text[i - 1])
        return i + 1, CODE if inside else STOP
    if char in "[<\u25c1":
        mark = _CHAT_MARK.match(text, i)
        if mark:
            return mark.end(), STOP
    if name in (classes.OPENER, classes.DASH):
        return i + 1, STOP
    if name == classes.OPERATOR:
        return i + 1, MARK if char == ">" and _quotes(text, i) else MATH
    if name == classes.UNDERSCORE:
        j = _IDENTIFIER.match(text, i + 1).end() if following == "_" else i + 1  # type: ignore[union-attr]
        return j, CODE if j > i + 1 else MARK
    if name == classes.JOINER:
        # a spaced hyphen is a dash or a minus; at the start of a line, a bullet
        if char != "-" or broken:
            return i + 1, MARK
        return i + 1, MATH if _IS_DIGIT.match(following) else STOP
    if name == classes.BACKSLASH:
        return _end_of_command(text, i, following, closes)
    if name == classes.DOLLAR:
        return _end_of_dollars(text, i, n), MATH
    if name == classes.BACKTICK:
        j = _end_of_backticks(text, i, n)
        return j, CODE if j > i + 1 else MARK
    # "<"
    tag = _TAG.match(text, i) if following in ("/", "|") or _IS_LETTER.match(following) else None
    return (tag.end(), STOP) if tag else (i + 1, MATH)


def _end_of_command(text: str, i: int, following: str, closes: tuple[_NextOf, _NextOf]) -> tuple[int, int]:
    if following and following in "([":
        close = closes["([".index(following)](i + 2)
        return (close + 2 if close - i < _LONGEST_FORMULA else i + 2), MATH
    if _IS_LETTER.match(following):
        after = text[i + 2 : i + 3]
        if following in ("n", "r", "t") and (not _IS_LETTER.match(after) or "A" <= after <= "Z"):
            return i + 2, MARK if following == "t" else STOP
        return _IDENTIFIER.match(text, i + 2).end(), MATH  # type: ignore[union-attr]
    return i + 2, MARK if following in ('"', "'") and following else MATH


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


def _quotes(text: str, i: int) -> bool:
    """Whether the ">" at i quotes a line: nothing but others and spaces stand before it there."""
    for j in range(i - 1, i - 1 - _LONGEST_QUOTE, -1):
        if j < 0 or _IS_NEWLINE.match(text[j]):
            return True
        if text[j] != ">" and not _IS_SPACE.match(text[j]):
            return False
    return False


def _end_of_backticks(text: str, i: int, n: int) -> int:
    if text.startswith("```", i):
        close = text.find("```", i + 3)
        end = close + 3 if close >= 0 else n
        turn = _TURN_END.search(text, i + 3, end)
        return turn.start() if turn else end
    limit = min(n, i + _LONGEST_INLINE_CODE)
    line = text.find("\n", i + 1, limit)
    close = text.find("`", i + 1, limit if line < 0 else line)
    return close + 1 if close >= 0 else i + 1


def key_of(word: str) -> str:
    """The form under which words are compared: lower case, straight apostrophe, plain hyphen, NFC."""
    if word.isascii():
        return word.lower()
    word = word.lower().replace("\u2019", "'").replace("\u2010", "-").replace("\u2011", "-")
    return unicodedata.normalize("NFC", word)
