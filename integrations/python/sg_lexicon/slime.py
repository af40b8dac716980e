# SPDX-License-Identifier: MIT
"""HICRA in slime (and miles): a function for `--custom-advantage-function-path sg_lexicon.slime.hicra_advantages`."""

from __future__ import annotations

from typing import Any

from .advantage import hicra_advantage
from .environment import alpha_from_environment, matcher_from_environment


def hicra_advantages(args: Any, rollout_data: dict[str, Any]) -> None:
    """Writes `advantages` and `returns`: per response, slime's reward (already less its group's mean) with HICRA's gain.

    The lexicon is the one that the environment names. Raises RuntimeError under context parallelism, where a rank holds
    parts of responses only.
    """
    matcher, alpha = matcher_from_environment(), alpha_from_environment()
    advantages = []
    lengths, kept = rollout_data["response_lengths"], rollout_data["loss_masks"]
    for ids, length, keep, reward, kl in zip(rollout_data["tokens"], lengths, kept, rollout_data["rewards"], rollout_data["kl"]):
        if len(kl) != length:
            raise RuntimeError(f"{len(kl)} of a response's {length} tokens are here: HICRA needs --context-parallel-size 1")
        mask = matcher.mask(ids[len(ids) - length :], keep=keep)
        advantages.append(hicra_advantage(kl.new_full((length,), float(reward)), mask.to(kl.device), alpha))
    rollout_data["advantages"] = advantages
    rollout_data["returns"] = [advantage.clone() for advantage in advantages]
