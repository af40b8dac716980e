# SPDX-License-Identifier: MIT
"""A lexicon as sg-mine writes it: its entries, what it counts in texts, and its rows as a table."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Optional, Union

from .environment import matcher_from_environment
from .matcher import PlanningMatcher

FUNCTIONS = ("goal", "deduction", "branching", "backtracing")
"""What a move is for, as lexicons of format 1 have it."""


class Lexicon:
    """A mined lexicon. `entries` best first, `grams` their texts, `provenance` what it was mined from (or None)."""

    def __init__(self, entries: list[dict[str, Any]], provenance: Optional[dict[str, Any]] = None) -> None:
        self.entries = entries
        self.provenance = provenance
        self._matcher: Optional[PlanningMatcher] = None

    @classmethod
    def load(cls, path: Union[str, Path]) -> "Lexicon":
        """Reads a lexicon, a token-ids export or an array of grams. Raises ValueError for a file that is none."""
        entries = PlanningMatcher.load(path).entries
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        return cls(entries, data.get("provenance") if isinstance(data, dict) else None)

    def __repr__(self) -> str:
        examples = ", ".join(repr(gram) for gram in self.grams[:3])
        return f"Lexicon({len(self.entries)} entries: {examples}{', …' if len(self.entries) > 3 else ''})"

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def grams(self) -> list[str]:
        """The entries' texts."""
        return [entry["gram"] for entry in self.entries]

    def matcher(self, tokenizer: Any = None) -> PlanningMatcher:
        """A matcher of its entries; with a tokenizer (as for `PlanningMatcher.load`) one that masks token ids."""
        if tokenizer is not None:
            return PlanningMatcher.of(self.entries, tokenizer)
        if self._matcher is None:
            self._matcher = PlanningMatcher(self.entries)
        return self._matcher

    def count_moves(self, text: str) -> dict[str, int]:
        """How many moves a text makes, by function; see `count_moves`."""
        return count_moves(text, self)

    def to_pandas(self) -> Any:
        """One row per entry: gram, function, weight, cluster, counts and spellings. Needs pandas."""
        import pandas

        return pandas.DataFrame.from_records(self.entries)


def count_moves(text: str, lexicon: Union[Lexicon, PlanningMatcher, str, "os.PathLike[str]", None] = None) -> dict[str, int]:
    """How many planning moves a text makes: the number in all (`moves`), and by function.

    A drop-in for counts of hard-coded "reflection words". `lexicon`: a Lexicon, a matcher or a file; if none is given the
    one that SG_LEXICON names, and where it names none the planning tagger of this package (needs numpy). Keys are the same for every text, 0 where there is none: `moves`, the functions of
    lexicons (goal, deduction, branching, backtracing) and any other that an entry has. Of overlapping occurrences the
    first counts.
    """
    if lexicon is None:
        matcher = matcher_from_environment() if "SG_LEXICON" in os.environ else _tagger_alone()
    elif isinstance(lexicon, Lexicon):
        matcher = lexicon.matcher()
    elif isinstance(lexicon, PlanningMatcher):
        matcher = lexicon
    else:
        matcher = Lexicon.load(os.fspath(lexicon)).matcher()
    counts = {"moves": 0, **{function: 0 for function in dict.fromkeys((*FUNCTIONS, *matcher.functions))}}
    end = 0
    for span in matcher.find(text):
        if span.start < end:
            continue
        end = span.end
        counts["moves"] += 1
        if span.function:
            counts[span.function] += 1
    return counts


@lru_cache(maxsize=None)
def _tagger_alone() -> PlanningMatcher:
    """A matcher of no lexicon, which finds what the tagger says."""
    try:
        from .tagger import PlanningTagger
    except ImportError as error:
        raise RuntimeError("give a lexicon, set SG_LEXICON, or install numpy, which the planning tagger needs") from error
    return PlanningMatcher([], tagger=PlanningTagger.load())
