# SPDX-License-Identifier: MIT
"""A planning detector for retrain: `detector = "sg_lexicon.retrain.Detector"` in the run's TOML, in place of its n-gram windows."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .environment import matcher_from_environment


class Detector:
    """Marks the tokens that `sg-mine tag` marks; SG_LEXICON names the lexicon, the run's model the tokenizer."""

    def __init__(self, config: Any) -> None:
        self.tokenizer = import_module("transformers").AutoTokenizer.from_pretrained(config.model)
        self.matcher = matcher_from_environment(self.tokenizer)

    def detect(self, token_strs: list[str]) -> list[int]:
        """0 or 1 per token; `token_strs` are names from the tokenizer's vocabulary, "" for an id that is none."""
        ids = self.tokenizer.convert_tokens_to_ids(list(token_strs)) if token_strs else []
        mask: list[int] = self.matcher.mask([-1 if i is None or name == "" else i for i, name in zip(ids, token_strs)])
        return mask
