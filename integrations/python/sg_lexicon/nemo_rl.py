# SPDX-License-Identifier: MIT
"""HICRA in NeMo-RL: its advantage estimator, with HICRA's gain on top."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from .advantage import hicra_advantage
from .matcher import PlanningMatcher
from .replace import replace_everywhere


class HicraEstimator:
    """Wraps an estimator of `nemo_rl.algorithms.advantage_estimator`, which is handed no ids of responses.

    They are taken from `train_data["input_ids"]` of the training loop that calls it.
    """

    def __init__(self, estimator: Any, matcher: PlanningMatcher, alpha: float = 0.2) -> None:
        self.estimator, self.matcher, self.alpha = estimator, matcher, alpha

    def compute_advantage(self, *, mask: Any, **given: Any) -> Any:
        """The estimator's advantages of shape (B, T) with HICRA's gain; raises RuntimeError where no ids are found."""
        ids = sys._getframe(1).f_locals.get("train_data", {}).get("input_ids")
        if ids is None or ids.shape != mask.shape:
            raise RuntimeError(f"no train_data['input_ids'] of shape {tuple(mask.shape)} where advantages are computed")
        advantages = self.estimator.compute_advantage(mask=mask, **given)
        planning = self.matcher.mask(ids, keep=mask)
        if isinstance(advantages, tuple):  # with returns
            return (hicra_advantage(advantages[0], planning, self.alpha), *advantages[1:])
        return hicra_advantage(advantages, planning, self.alpha)


def use(matcher: PlanningMatcher, alpha: float = 0.2, module: str = "nemo_rl.algorithms.grpo") -> None:
    """Wraps the estimator that `grpo_train` makes, wherever what makes it was imported. Call it before training."""
    create = import_module(module)._create_advantage_estimator
    name = "_create_advantage_estimator"
    replace_everywhere(name, create, lambda *given: HicraEstimator(create(*given), matcher, alpha))
