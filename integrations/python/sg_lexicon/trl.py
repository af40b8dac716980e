# SPDX-License-Identifier: MIT
"""HICRA in TRL."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .advantage import hicra_advantage
from .matcher import PlanningMatcher


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
