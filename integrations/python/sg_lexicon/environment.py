# SPDX-License-Identifier: MIT
"""The lexicon that the environment names, for trainers that load code by its name alone.

SG_LEXICON: a token-ids export, or a lexicon together with SG_LEXICON_TOKENIZER, a folder with a tokenizer.json.
SG_LEXICON_BY: "grams" (unless given), or "context" for the planning tagger's spans, which the lexicon names; needs numpy.
SG_LEXICON_ALPHA: HICRA's alpha, 0.2 unless given.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

from .matcher import PlanningMatcher


@lru_cache(maxsize=None)
def matcher_from_environment(tokenizer: Any = None) -> PlanningMatcher:
    """The matcher, read once; `tokenizer` where the trainer has one. Raises RuntimeError if SG_LEXICON is not set."""
    if "SG_LEXICON" not in os.environ:
        raise RuntimeError("set SG_LEXICON to a token-ids export of a lexicon")
    by = os.environ.get("SG_LEXICON_BY", "grams")
    if by not in ("grams", "context"):
        raise RuntimeError(f"SG_LEXICON_BY is {by!r}; it is grams or context")
    tagger = None
    if by == "context":
        from .tagger import PlanningTagger  # needs numpy

        tagger = PlanningTagger.load()
    tokenizer = os.environ.get("SG_LEXICON_TOKENIZER", tokenizer)
    return PlanningMatcher.load(os.environ["SG_LEXICON"], tokenizer=tokenizer, tagger=tagger)


def alpha_from_environment() -> float:
    """HICRA's alpha."""
    return float(os.environ.get("SG_LEXICON_ALPHA", "0.2"))
