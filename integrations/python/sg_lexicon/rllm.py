# SPDX-License-Identifier: MIT
"""HICRA in rLLM: gains on the advantages of steps, which may be one number or one per token."""

from __future__ import annotations

from collections.abc import Iterable
from functools import wraps
from importlib import import_module
from typing import Any

from .advantage import hicra_advantage
from .matcher import PlanningMatcher
from .replace import replace_everywhere


def credit_groups(groups: Iterable[Any], matcher: PlanningMatcher, alpha: float = 0.2) -> None:
    """Turns `step.advantage` of every step of trajectory groups into HICRA's, one number per id in `response_ids`."""
    for group in groups:
        for trajectory in group.trajectories:
            for step in trajectory.steps:
                if step.advantage is not None and step.response_ids:
                    mask = matcher.mask(list(step.response_ids))
                    step.advantage = hicra_advantage(step.advantage, mask, alpha)


def use(matcher: PlanningMatcher, alpha: float = 0.2, module: str = "rllm.trainer.algorithms.advantage") -> None:
    """Credits groups after rLLM has computed their advantages, wherever that function was imported. Call it before training.

    `module`: where the function lives; `rllm.experimental.common.advantage` in older releases.
    """
    name = "collect_reward_and_advantage_from_trajectory_groups"
    original = getattr(import_module(module), name)

    @wraps(original)
    def collect(groups: Any, algorithm_config: Any, collect_advantage: bool = True, **more: Any) -> Any:
        metrics = original(groups, algorithm_config, collect_advantage=collect_advantage, **more)
        if collect_advantage:
            credit_groups(groups, matcher, alpha)
        return metrics

    replace_everywhere(name, original, collect)
