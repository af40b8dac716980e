# SPDX-License-Identifier: MIT
"""HICRA in OpenRLHF 0.11: an experience maker whose advantages are HICRA's."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .advantage import hicra_advantage
from .environment import alpha_from_environment, matcher_from_environment
from .matcher import PlanningMatcher


def hicra_experience_maker(matcher: PlanningMatcher, alpha: float = 0.2, base: Any = None) -> Any:
    """A subclass of RemoteExperienceMaker (or of `base`).

    An experience's `action_mask` and `advantages` belong to `sequences[:, 1:]`: what the model says after each token.
    """
    if base is None:
        base = import_module("openrlhf.trainer.ppo_utils.experience_maker").RemoteExperienceMaker

    class HicraExperienceMaker(base):  # type: ignore[misc]
        def compute_advantages_and_returns(self, experiences: Any) -> Any:
            experiences = super().compute_advantages_and_returns(experiences)
            for experience in experiences:
                own = experience.action_mask
                keep = own.new_zeros(experience.sequences.shape)
                keep[:, 1:] = own
                mask = matcher.mask(experience.sequences, keep=keep)[:, 1:]
                experience.advantages = hicra_advantage(experience.advantages, mask, alpha)
            return experiences

    return HicraExperienceMaker


def setup() -> None:
    """Puts HICRA into this process: the `worker_process_setup_hook` of `ray.init`, for the trainer is a Ray actor."""
    trainer = import_module("openrlhf.trainer.ppo_trainer")
    trainer.RemoteExperienceMaker = hicra_experience_maker(
        matcher_from_environment(), alpha_from_environment(), base=trainer.RemoteExperienceMaker
    )
