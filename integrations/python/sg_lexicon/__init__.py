# SPDX-License-Identifier: MIT
"""Planning-token masks for Python trainers: which tokens belong to a strategic gram of an sg-mine lexicon.

Reads a lexicon (`grams.json`) or a token-ids export (`sg-mine export LEXICON --for token-ids --tokenizer DIR`) and marks
the same tokens as `sg-mine tag`: ids are spelled out as bytes, the bytes read as text, and the text split into words and
clauses. Needs nothing but Python; numpy arrays and torch tensors are taken where they are.

    from sg_lexicon import PlanningMatcher, hicra_advantage

    matcher = PlanningMatcher.load("grams.token-ids.json")
    mask = matcher.mask(completion_ids)                    # lists, numpy or torch, the same shape as the ids
    advantages = hicra_advantage(advantages, mask)         # A + alpha * |A| on planning tokens

By context instead, as `sg-mine tag` does it (numpy needed): `PlanningMatcher.load(…, tagger=PlanningTagger.load())`
with `sg_lexicon.tagger.PlanningTagger`.
"""

from .advantage import grpo_advantage, hicra_advantage
from .entropy import comparison_masks, entropy_credit_mask, high_entropy_mask
from .lexicon import Lexicon, count_moves
from .matcher import PlanningMatcher, Span
from .trl import hicra_grpo_trainer
from .verl import register_hicra

__all__ = [
    "Lexicon",
    "PlanningMatcher",
    "Span",
    "comparison_masks",
    "count_moves",
    "entropy_credit_mask",
    "grpo_advantage",
    "hicra_advantage",
    "hicra_grpo_trainer",
    "high_entropy_mask",
    "register_hicra",
]
