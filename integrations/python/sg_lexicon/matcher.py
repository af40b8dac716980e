# SPDX-License-Identifier: MIT
"""Finds a lexicon's grams in texts and in token ids."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Union

from .shapes import Rows, rows_of, same_shape
from .tokens import CONTROL_Z, from_alphabet, spelled, token_bytes, without_padding
from .words import GAP_COMMA, MARK, STOP, key_of, scan

if TYPE_CHECKING:
    from .tagger import PlanningTagger  # needs numpy

FUNCTIONS = ("goal", "deduction", "branching", "backtracing")


@dataclass(frozen=True)
class Span:
    """One planning span: code points [start, end) of a text and the lexicon's entry found there.

    By context `gram` is None for a span that belongs to no entry, `weight` the probability that the span plans, and
    `function` what it does there, None where that cannot be told.
    """

    start: int
    end: int
    gram: Optional[str]
    weight: float
    function: Optional[str] = None
    cluster: Optional[int] = None


class PlanningMatcher:
    """Finds planning in texts and in token ids: a lexicon's grams or, with a tagger, planning by its context."""

    def __init__(
        self,
        entries: Sequence[dict[str, Any]],
        tokens: Optional[Sequence[Optional[bytes]]] = None,
        tagger: Optional[PlanningTagger] = None,
    ) -> None:
        """`entries` as in a lexicon file, best first; `tokens`: the bytes of each token id, needed for masks only.

        With a `tagger` its spans are what plans, as in `sg-mine tag` by context, and the entries only name them.
        """
        self.entries = list(entries)
        self.tokens = tokens
        self.tagger = tagger
        # Per node the next words and, under "", the entries whose gram ends there.
        self._root: dict[str, Any] = {}
        self._vocabulary: set[str] = set()
        self._known: dict[str, str] = {}
        for index, entry in enumerate(self.entries):
            for spelling in [entry["gram"], *entry.get("spellings", [])]:
                starts, ends, gaps, _ = scan(spelling)
                if not starts or any(gap >= MARK for gap in gaps[1:]):
                    continue  # no word, or a clause ends inside: nothing that could be found
                if any(char.isalnum() for char in spelling[: starts[0]] + spelling[ends[-1] :]):
                    continue  # "let x": its words alone would be another gram
                node = self._root
                for start, end in zip(starts, ends):
                    key = key_of(spelling[start:end])
                    self._vocabulary.add(key)
                    node = node.setdefault(key, {})
                ending = node.setdefault("", [])
                if index not in ending:
                    ending.append(index)

    @classmethod
    def load(
        cls, path: Union[str, Path], tokenizer: Any = None, tagger: Optional[PlanningTagger] = None
    ) -> "PlanningMatcher":
        """Reads a token-ids export, or a lexicon (format 1, an array of grams, an object with `grams`).

        A lexicon needs `tokenizer` for masks: a `transformers` fast tokenizer, a `tokenizers.Tokenizer`, or the path
        of a tokenizer.json or of the folder with it. Raises ValueError for a file that is neither, or a tokenizer
        whose tokens do not spell bytes. With a `tagger` (`PlanningTagger.load`) planning is found by its context.
        """
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        if isinstance(data, dict) and data.get("format") == "sg-token-ids/1":
            return cls(data["entries"], [None if t is None else from_alphabet(t) for t in data["tokens"]], tagger)
        entries = data.get("entries") if isinstance(data, dict) else None
        if entries is None:
            grams = data.get("grams") if isinstance(data, dict) else data
            if not isinstance(grams, list) or not all(isinstance(gram, str) for gram in grams):
                raise ValueError(f"{path}: expected an sg-mine lexicon, a token-ids export or a JSON array of grams")
            entries = [{"gram": gram} for gram in grams]
        return cls(entries, None, tagger) if tokenizer is None else cls.of(entries, tokenizer, tagger)

    @classmethod
    def of(
        cls, entries: Sequence[dict[str, Any]], tokenizer: Any, tagger: Optional[PlanningTagger] = None
    ) -> "PlanningMatcher":
        """A matcher of a lexicon's entries for the ids of a tokenizer (as for `load`)."""
        return cls(entries, token_bytes(tokenizer), tagger)

    def __repr__(self) -> str:
        tokens = "no tokens" if self.tokens is None else f"{len(self.tokens)} tokens"
        context = "" if self.tagger is None else f", {self.tagger!r}"
        return f"PlanningMatcher({len(self.entries)} entries, {tokens}{context})"

    @property
    def functions(self) -> list[str]:
        """The functions that spans can have, in the order of the alphabet: with a tagger all, else those of the entries."""
        if self.tagger:
            return sorted(FUNCTIONS)
        return sorted({entry["function"] for entry in self.entries if entry.get("function")})

    def find(self, text: str) -> list[Span]:
        """The planning spans of a text, in the order of their starts; they may overlap."""
        return self._read(text)[0]

    def _read(self, text: str) -> tuple[list[Span], Optional[int]]:
        """The spans of a text, and where code begins in it that nobody closes."""
        starts, ends, gaps, left_open = scan(text)
        if self.tagger:
            return self._by_context(text, self.tagger, starts, list(self._occurrences(text, starts, ends, gaps))), None
        spans = [
            Span(starts[first], ends[last], entry["gram"], entry.get("weight", 1.0), entry.get("function"), entry.get("cluster"))
            for first, last, entry in self._occurrences(text, starts, ends, gaps)
        ]
        return spans, left_open

    @staticmethod
    def _by_context(
        text: str, tagger: PlanningTagger, starts: list[int], occurrences: list[tuple[int, int, dict[str, Any]]]
    ) -> list[Span]:
        """The tagger's spans, each with the entry that has most of its words; as `createContextMarker` in marks.ts."""
        spans = []
        for span in tagger.spans(text):
            first, last = bisect_left(starts, span.start), bisect_left(starts, span.end) - 1
            most, best = 0, None
            for left, right, entry in occurrences:
                common = min(last, right) - max(first, left) + 1
                if common > most and 2 * common >= right - left + 1:
                    most, best = common, entry
            gram, cluster = (best["gram"], best.get("cluster")) if best else (None, None)
            spans.append(Span(span.start, span.end, gram, span.probability, span.function, cluster))
        return spans

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
                if last >= n or gaps[last] >= MARK or not keys[last]:
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
            return gap in (GAP_COMMA, STOP)
        return True

    def _key_of(self, word: str) -> str:
        key = self._known.get(word)
        if key is None:
            key = key_of(word)
            if key not in self._vocabulary:
                key = ""
            if len(self._known) >= 1 << 18:
                self._known.clear()
            self._known[word] = key
        return key

    def mask(self, ids: Any, keep: Any = None, weighted: bool = False) -> Any:
        """Which tokens are planning: 1 where any character of the token lies in a planning span, else 0.

        `ids`: one sequence or a batch of them, as lists (of lists, arrays or tensors), a numpy array or a torch tensor,
        jagged ones too; each is read from its start. `keep` (same shape): tokens where it is 0 (prompts, the output of
        tools) are read, for what the model says stands beside them, but never marked; and padding, one id repeated at
        either end of a sequence and not kept, is not read at all. With `weighted`, the highest weight of the entries
        found there instead of 1.

        Gives the kind, shape and device of `ids`: whole numbers of its type, or floats with `weighted`. Raises
        ValueError for a matcher without tokens, for what is no batch of ids, and for a `keep` of another shape.
        """
        rows, rebuild = rows_of(ids, "ids")
        out = []
        for row, kept in zip(rows, self._kept(rows, keep)):
            mask: list[Any] = [0.0 if weighted else 0] * len(row)
            for first, after, span in self._token_spans(row, kept):
                for token in range(first, after):
                    if kept is None or kept[token]:
                        mask[token] = max(mask[token], span.weight) if weighted else 1
            out.append(mask)
        return rebuild(out, weighted)

    def shares(self, ids: Any, keep: Any = None) -> dict[str, float]:
        """Which share of a batch's tokens plans, in all (`planning_share`) and by function (`planning_share/goal`, …).

        `ids` and `keep` as for `mask`; tokens that are not kept count for nothing. A dict of the same keys whatever is
        found, as dashboards want it: every function that the lexicon's entries have.
        """
        rows, _ = rows_of(ids, "ids")
        marked = {function: 0 for function in self.functions}
        planning = tokens = 0
        for row, kept in zip(rows, self._kept(rows, keep)):
            tokens += len(row) if kept is None else sum(map(bool, kept))
            found: dict[int, set[str]] = {}
            for first, after, span in self._token_spans(row, kept):
                for token in range(first, after):
                    if kept is None or kept[token]:
                        found.setdefault(token, set()).update([span.function] if span.function else [])
            planning += len(found)
            for functions in found.values():
                for function in functions:
                    marked[function] += 1
        tokens = max(1, tokens)
        return {
            "planning_share": planning / tokens,
            **{f"planning_share/{function}": count / tokens for function, count in marked.items()},
        }

    @staticmethod
    def _kept(rows: Rows, keep: Any) -> Sequence[Optional[list[Any]]]:
        if keep is None:
            return [None] * len(rows)
        kept, _ = rows_of(keep, "keep")
        same_shape(rows, kept, "ids", "keep")
        return kept

    def _token_spans(self, ids: list[int], keep: Optional[list[Any]]) -> Iterable[tuple[int, int, Span]]:
        """The planning spans of one sequence as its tokens: from the first one, up to but without the last."""
        if self.tokens is None:
            raise ValueError("this matcher knows no tokens: load a token-ids export, or pass tokenizer=… to load()")
        parts = spelled(ids, self.tokens)
        start, end = (0, len(parts)) if keep is None else without_padding(ids, keep)
        while start < end:
            ends = array("q")
            at = 0
            for part in parts[start:end]:
                at += len(part)
                ends.append(at)
            text = b"".join(parts[start:end]).decode("utf-8", CONTROL_Z)
            spans, left_open = self._read(text)
            point = byte = token = 0
            for span in spans:  # their starts ascend, so the first token to look at does too
                byte += len(text[point : span.start].encode("utf-8"))
                point = span.start
                last_byte = byte + len(text[point : span.end].encode("utf-8"))
                token = bisect_right(ends, byte, token)
                after = bisect_left(ends, last_byte, token) + 1
                yield start + token, start + after, span
            if keep is None or left_open is None:
                return
            # Code that nobody closes ends with the turn it stands in.
            token = start + bisect_right(ends, len(text[:left_open].encode("utf-8")))
            start = next((i for i in range(token + 1, end) if bool(keep[i]) != bool(keep[token])), end)
