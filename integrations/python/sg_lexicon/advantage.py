# SPDX-License-Identifier: MIT
"""The advantages of GRPO and HICRA (arXiv 2509.03646)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def grpo_advantage(rewards: Sequence[float], groups: Sequence[Any], normalize_std: bool = False) -> list[float]:
    """GRPO's advantage per rollout: the reward less its group's mean, over the group's standard deviation if asked.

    The standard deviation is the sample's (n - 1), with 1e-4 added, as in TRL. Groups of one, and groups whose rewards
    are all equal, give 0.
    """
    members: dict[Any, list[float]] = {}
    for reward, group in zip(rewards, groups):
        members.setdefault(group, []).append(reward)
    out = []
    for reward, group in zip(rewards, groups):
        values = members[group]
        if min(values) == max(values):
            out.append(0.0)
            continue
        mean = sum(values) / len(values)
        advantage = reward - mean
        if normalize_std:
            advantage /= (sum((value - mean) ** 2 for value in values) / (len(values) - 1)) ** 0.5 + 1e-4
        out.append(advantage)
    return out


def hicra_advantage(advantages: Any, mask: Any, alpha: float = 0.2) -> Any:
    """HICRA (arXiv 2509.03646): A + alpha * |A| on planning tokens, A elsewhere.

    `advantages`: one number per sequence, or one per token; `mask`: 0/1 (or a weight) per token, a batch of sequences.
    Lists, numpy arrays or torch tensors; the result has the shape of `mask`. A negative advantage becomes less
    negative on planning tokens: a failure's planning is penalised less. Raises ValueError unless 0 < alpha < 1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, got {alpha}")
    if hasattr(mask, "shape"):
        if len(advantages.shape) == len(mask.shape) - 1:
            advantages = advantages[..., None]
        return advantages + alpha * mask * abs(advantages)
    if mask and isinstance(mask[0], (list, tuple)):
        return [hicra_advantage(advantage, row, alpha) for advantage, row in zip(advantages, mask)]
    per_token = advantages if isinstance(advantages, (list, tuple)) else [advantages] * len(mask)
    return [a + alpha * m * abs(a) for a, m in zip(per_token, mask)]
