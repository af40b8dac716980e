# SPDX-License-Identifier: MIT
"""HICRA in SkyRL 0.3: a trainer whose advantages are HICRA's. Its registry of estimators hands over no token ids."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .advantage import hicra_advantage
from .matcher import PlanningMatcher


def hicra_trainer(matcher: PlanningMatcher, alpha: float = 0.2, base: Any = None) -> Any:
    """A subclass of RayPPOTrainer (or of `base`); give it back from `get_trainer` of your BasePPOExp.

    Responses are the last tokens of `sequences`; the model's own among them are those of `loss_mask`.
    """
    if base is None:
        base = import_module("skyrl.train.trainer").RayPPOTrainer

    class HicraTrainer(base):  # type: ignore[misc]
        def compute_advantages_and_returns(self, data: Any) -> Any:
            data = super().compute_advantages_and_returns(data)
            advantages = data["advantages"]
            ids = data["sequences"][:, -advantages.shape[1] :]
            mask = matcher.mask(ids, keep=data["loss_mask"])
            data["advantages"] = hicra_advantage(advantages, mask.to(advantages.device), alpha)
            return data

    return HicraTrainer
