# SPDX-License-Identifier: MIT
"""HICRA in verl."""

from __future__ import annotations

import contextvars
import functools
import sys
from importlib import import_module
from typing import Any

from .advantage import hicra_advantage
from .matcher import PlanningMatcher


def register_hicra(matcher: PlanningMatcher, alpha: float = 0.2, name: str = "hicra") -> Any:
    """verl: registers an advantage estimator, chosen with `algorithm.adv_estimator=hicra`.

    verl passes rewards, mask and group to an estimator but not the token ids, so `compute_advantage` of its trainers is
    wrapped to keep the batch's `responses` at hand. Call it in the process that runs the trainer, before training.
    Whether the advantages are divided by the standard deviation is verl's `algorithm.norm_adv_by_std_in_grpo`.
    """
    core_algos: Any = import_module("verl.trainer.ppo.core_algos")
    ray_trainer: Any = import_module("verl.trainer.ppo.ray_trainer")
    responses: contextvars.ContextVar[Any] = contextvars.ContextVar("responses")

    def compute_hicra_advantage(
        token_level_rewards: Any, response_mask: Any, index: Any, config: Any = None, **kwargs: Any
    ) -> tuple[Any, Any]:
        normalise = True if config is None else config.get("norm_adv_by_std_in_grpo", True)
        advantages, returns = core_algos.compute_grpo_outcome_advantage(
            token_level_rewards=token_level_rewards,
            response_mask=response_mask,
            index=index,
            norm_adv_by_std_in_grpo=normalise,
        )
        mask = matcher.mask(responses.get(), keep=response_mask)
        return hicra_advantage(advantages, mask, alpha) * response_mask, returns

    core_algos.register_adv_est(name)(compute_hicra_advantage)
    original = ray_trainer.compute_advantage

    @functools.wraps(original)
    def compute_advantage(data: Any, *args: Any, **kwargs: Any) -> Any:
        token = responses.set(data.batch["responses"])
        try:
            return original(data, *args, **kwargs)
        finally:
            responses.reset(token)

    # Modules that took the function by name have it under theirs.
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("verl.") and getattr(module, "compute_advantage", None) is original:
            setattr(module, "compute_advantage", compute_advantage)
    return compute_hicra_advantage
