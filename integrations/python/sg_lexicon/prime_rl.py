# SPDX-License-Identifier: MIT
"""HICRA in prime-rl: gains on the advantages that its algorithm has written into a trace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .advantage import hicra_advantage
from .matcher import PlanningMatcher


def credit_group(group: Iterable[Any], matcher: PlanningMatcher, alpha: float = 0.2) -> None:
    """`credit_trace` for what `score_group` is given: episodes with `traces`, in older releases rollouts with one `trace`."""
    for member in group:
        for trace in getattr(member, "traces", None) or [getattr(member, "trace", member)]:
            credit_trace(trace, matcher, alpha)


def credit_trace(trace: Any, matcher: PlanningMatcher, alpha: float = 0.2) -> None:
    """Adds HICRA's gain to `node.advantages` of a trace's nodes, which hold one number per sampled token.

    Each branch is read from its root, so that a turn is read with what came before it; a node that several branches
    share is credited once.
    """
    credited: set[int] = set()
    for branch in getattr(trace, "branches", None) or [trace]:
        ids = [i for node in branch.nodes for i in node.token_ids]
        keep = [bit for node in branch.nodes for bit in node.mask]
        mask = matcher.mask(ids, keep=keep)
        at = 0
        for node in branch.nodes:
            own = [bit for bit, sampled in zip(mask[at : at + len(node.mask)], node.mask) if sampled]
            at += len(node.mask)
            if node.advantages and id(node) not in credited:
                credited.add(id(node))
                node.advantages = hicra_advantage(node.advantages, own, alpha)
