# SPDX-License-Identifier: MIT
"""The advantages of GRPO (arXiv 2402.03300) and of HICRA (arXiv 2509.03646)."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any

from .shapes import by_sequence, is_missing, is_numpy, is_torch, rows_of, same_shape


def grpo_advantage(rewards: Any, groups: Sequence[Hashable], normalize_std: bool = False) -> Any:
    """GRPO's advantage per rollout: the reward less its group's mean, over the group's standard deviation if asked.

    `rewards`: one number per rollout; `groups`: what names its group (a list, array or tensor of ids). The standard
    deviation is the sample's (n - 1), with 1e-4 added, as in TRL. Groups of one, and groups whose rewards are all
    equal, give 0. A rollout without a reward (None or NaN) belongs to no group and has no advantage: None in a list, NaN
    in an array or tensor, as `sg-mine credit` writes null.

    Gives a list, or the array or tensor that `rewards` is. Raises ValueError unless both are of one length.
    """
    values = _flat(rewards, "rewards")
    names = groups.tolist() if hasattr(groups, "tolist") else list(groups)
    names = [name.item() if hasattr(name, "item") else name for name in names]
    if len(values) != len(names):
        raise ValueError(f"{len(values)} rewards, but {len(names)} groups")
    members: dict[Hashable, list[float]] = {}
    for value, name in zip(values, names):
        if not is_missing(value):
            members.setdefault(name, []).append(float(value))
    baselines = {name: _baseline(rewards, normalize_std) for name, rewards in members.items()}
    out: list[Any] = []
    for value, name in zip(values, names):
        if is_missing(value):
            out.append(None)
            continue
        mean, scale = baselines[name]
        out.append((value - mean) / scale if scale else 0.0)
    if is_torch(rewards):
        return rewards.new_tensor([math.nan if a is None else a for a in out], dtype=None if rewards.is_floating_point() else _float32())
    if is_numpy(rewards):
        import numpy

        return numpy.array([math.nan if a is None else a for a in out])
    return out


def hicra_advantage(advantages: Any, mask: Any, alpha: float = 0.2) -> Any:
    """HICRA (arXiv 2509.03646): A + alpha * |A| on planning tokens, A elsewhere.

    `advantages`: one number per sequence, or one per token; `mask`: 0/1 (or a weight between) per token. Lists, lists of
    arrays or tensors, numpy arrays, torch tensors, jagged ones too; the two may be of different kinds. A negative
    advantage becomes less negative on planning tokens: a failure's planning is penalised less. Tokens of a sequence
    without an advantage (None) have none either.

    Gives the kind and shape of `mask`; tensors and arrays have the type of `advantages` where these are of that kind.
    Raises ValueError unless 0 < alpha < 1, and for shapes that do not fit.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, got {alpha}")
    if is_torch(mask) and is_torch(advantages) and not mask.is_nested and not advantages.is_nested:
        return _of_arrays(advantages, mask, alpha)
    if is_numpy(mask) and is_numpy(advantages) and object not in (mask.dtype, advantages.dtype):
        return _of_arrays(advantages, mask, alpha)
    rows, rebuild = rows_of(mask, "mask")
    per_token = _per_token(advantages, rows)
    out = [[_credited(a, m, alpha) for a, m in zip(values, row)] for values, row in zip(per_token, rows)]
    return rebuild(out, True)


def _baseline(rewards: Sequence[float], normalize_std: bool) -> tuple[float, float]:
    """Mean and scale of a group; a scale of 0 says that there is nothing to compare."""
    if min(rewards) == max(rewards):
        return rewards[0], 0.0
    # in one order, whatever that of the rollouts: floating-point sums depend on it
    rewards = sorted(rewards)
    mean = sum(rewards) / len(rewards)
    if not normalize_std:
        return mean, 1.0
    squares = sum((reward - mean) ** 2 for reward in rewards)
    return mean, (squares / (len(rewards) - 1)) ** 0.5 + 1e-4


def _flat(values: Any, what: str) -> list[Any]:
    rows, _ = rows_of(values, what)
    if len(rows) == 1:
        return rows[0]
    if all(len(row) == 1 for row in rows):
        return [row[0] for row in rows]
    raise ValueError(f"{what}: expected one number per rollout, got {len(rows)} sequences")


def _credited(advantage: Any, weight: Any, alpha: float) -> Any:
    if advantage is None or not weight:
        return advantage
    return advantage + alpha * weight * abs(advantage)


def _per_token(advantages: Any, rows: list[list[Any]]) -> list[list[Any]]:
    single = by_sequence(advantages, len(rows), "advantages")
    if single is not None:
        return [[advantage] * len(row) for advantage, row in zip(single, rows)]
    per_token, _ = rows_of(advantages, "advantages")
    same_shape(rows, per_token, "mask", "advantages")
    return per_token


def _of_arrays(advantages: Any, mask: Any, alpha: float) -> Any:
    shape, wanted = tuple(advantages.shape), tuple(mask.shape)
    if shape == wanted[:-1]:
        advantages = advantages[..., None]
    elif shape != wanted and shape != (*wanted[:-1], 1):
        raise ValueError(f"advantages of shape {shape} do not fit a mask of shape {wanted}: one per sequence, or one per token")
    # where, not times: nothing is added off the mask, whatever stands there
    gain = alpha * mask * abs(advantages)
    if is_torch(mask):
        import torch

        return torch.where(mask != 0, advantages + gain, advantages).to(advantages.dtype if advantages.is_floating_point() else gain.dtype)
    import numpy

    out = numpy.where(mask != 0, advantages + gain, advantages)
    return out.astype(advantages.dtype) if numpy.issubdtype(advantages.dtype, numpy.floating) else out


def _float32() -> Any:
    import torch

    return torch.float32
