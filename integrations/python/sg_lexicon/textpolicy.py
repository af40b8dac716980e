# SPDX-License-Identifier: MIT
"""Exact masks for textpolicy: its transforms take `batch_data["planning_mask"]` where there is one."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .matcher import PlanningMatcher


def with_planning_mask(transform: Any, matcher: PlanningMatcher) -> Any:
    """Gives back the transform (`build_gtpo_transform`, `build_gtpo_hicra_transform`) with our mask in its batches."""
    array = import_module("mlx.core").array
    prepare = transform.prepare_batch

    def prepare_batch(batch_data: dict[str, Any]) -> None:
        batch_data["planning_mask"] = array(flat_mask(batch_data["act"].tolist(), batch_data["episode_lengths"], matcher))
        prepare(batch_data)

    transform.prepare_batch = prepare_batch
    return transform


def flat_mask(actions: list[Any], lengths: Any, matcher: PlanningMatcher) -> list[float]:
    """Weights per token of all episodes, one after the other; `actions` are padded rows, or already flat."""
    lengths = [int(length) for length in lengths]
    if actions and isinstance(actions[0], list):
        rows = [row[:length] for row, length in zip(actions, lengths)]
    else:
        rows, at = [], 0
        for length in lengths:
            rows.append(actions[at : at + length])
            at += length
    return [float(bit) for row in matcher.mask(rows) for bit in row] if rows else []
