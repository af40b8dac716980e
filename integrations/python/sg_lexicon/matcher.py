# SPDX-License-Identifier: MIT
"""Finds a lexicon's grams in texts and in token ids."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Union

from .tokens import CONTROL_Z, UNKNOWN, from_alphabet, token_bytes
from .words import GAP_COMMA, MARK, STOP, key_of, scan


@dataclass(frozen=True)
class Span:
    """One planning span: code points [start, end) of a text and the lexicon's entry found there."""

    start: int
    end: int
    gram: str
    weight: float
    function: Optional[str] = None
    cluster: Optional[int] = None


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
                starts, ends, gaps = scan(spelling)
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
    def load(cls, path: Union[str, Path], tokenizer: Any = None) -> "PlanningMatcher":
        """Reads a token-ids export, or a lexicon (format 1, an array of grams, an object with `grams`).

        A lexicon needs `tokenizer` for masks: a `transformers` fast tokenizer, a `tokenizers.Tokenizer`, or the path
        of a tokenizer.json or of the folder with it. Raises ValueError for a file that is neither, or a tokenizer
        whose tokens do not spell bytes.
        """
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        if isinstance(data, dict) and data.get("format") == "sg-token-ids/1":
            return cls(data["entries"], [None if t is None else from_alphabet(t) for t in data["tokens"]])
        entries = data.get("entries") if isinstance(data, dict) else None
        if entries is None:
            grams = data.get("grams") if isinstance(data, dict) else data
            if not isinstance(grams, list) or not all(isinstance(gram, str) for gram in grams):
                raise ValueError(f"{path}: expected an sg-mine lexicon, a token-ids export or a JSON array of grams")
            entries = [{"gram": gram} for gram in grams]
        return cls(entries, None if tokenizer is None else token_bytes(tokenizer))

    def find(self, text: str) -> list[Span]:
        """The planning spans of a text, in the order of their starts; they may overlap."""
        starts, ends, gaps = scan(text)
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
            import torch

            return ids.new_tensor(out, dtype=torch.float32 if weighted else None)
        if hasattr(ids, "__array_interface__"):  # numpy
            import numpy

            return numpy.asarray(out, dtype=float if weighted else ids.dtype).reshape(ids.shape)
        return out

    def _mask_row(self, ids: Sequence[int], keep: Optional[Sequence[Any]], weighted: bool) -> list[Any]:
        tokens = self.tokens
        assert tokens is not None
        count = len(tokens)
        parts = [
            (tokens[i] or UNKNOWN) if 0 <= i < count else UNKNOWN for i in ids
        ]
        if keep is not None:
            parts = [part if on else b"" for part, on in zip(parts, keep)]
        data = b"".join(parts)
        text = data.decode("utf-8", CONTROL_Z)
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
