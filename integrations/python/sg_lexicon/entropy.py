# SPDX-License-Identifier: MIT
"""High-entropy tokens: the part of HICRA's credit that goes by entropy, and the masks that the paper compares with."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from .shapes import by_sequence, is_missing, rows_of, same_shape

TOP = 0.3
"""Share of a response's tokens that count as high-entropy: the authors' value."""


def high_entropy_mask(entropies: Any, keep: Any = None, top: float = TOP) -> Any:
    """1 for the `top` share of each sequence's tokens by entropy, else 0.

    `entropies`: nats per token, a batch of any kind; `keep` (same shape): tokens where it is 0 count for nothing. As the
    authors have it: tokens strictly above the value at the (1 - top) quantile of the sequence's own entropies. To look
    at planning that was also uncertain: `matcher.mask(ids) & high_entropy_mask(entropies)` (arrays and tensors of whole
    numbers), for both have one shape.
    """
    if not 0 < top < 1:
        raise ValueError(f"top must lie between 0 and 1, got {top}")
    rows, rebuild = rows_of(entropies, "entropies")
    kept = _kept(rows, keep)
    out = []
    for row, keeps in zip(rows, kept):
        values = sorted(value for value, on in zip(row, keeps) if on and not is_missing(value))
        threshold = values[min(len(values) - 1, int((1 - top) * len(values)))] if values else 0.0
        out.append([int(bool(on) and not is_missing(value) and value > threshold) for value, on in zip(row, keeps)])
    return _whole(rebuild(out, True))


def entropy_credit_mask(
    entropies: Any, advantages: Any, groups: Sequence[Hashable], keep: Any = None, top: float = TOP
) -> Any:
    """The tokens besides planning to which the authors' code gives HICRA's credit; combine with `mask | this`.

    These are the high-entropy tokens (`high_entropy_mask`) of responses that are right, which is to say that their
    advantage is positive, and longer in tokens than the mean of their group. `advantages`: one number per sequence;
    `groups`: what names the group of each; the others as for `high_entropy_mask`.
    """
    rows, _ = rows_of(entropies, "entropies")
    kept = _kept(rows, keep)
    single = by_sequence(advantages, len(rows), "advantages")
    if single is None:
        raise ValueError(f"expected one advantage for each of {len(rows)} sequences")
    names = groups.tolist() if hasattr(groups, "tolist") else list(groups)
    if len(names) != len(rows):
        raise ValueError(f"{len(rows)} sequences, but {len(names)} groups")
    lengths = [sum(map(bool, keeps)) for keeps in kept]
    members: dict[Hashable, list[int]] = {}
    for name, length in zip(names, lengths):
        members.setdefault(name, []).append(length)
    credited = [
        not is_missing(advantage) and advantage > 0 and length > sum(members[name]) / len(members[name])
        for advantage, length, name in zip(single, lengths, names)
    ]
    chosen = [[int(bool(on) and credit) for on in keeps] for keeps, credit in zip(kept, credited)]
    high, rebuild = rows_of(high_entropy_mask(entropies, keep, top), "mask")
    return rebuild([[a & b for a, b in zip(row, other)] for row, other in zip(high, chosen)], False)


def comparison_masks(mask: Any, entropies: Any, keep: Any = None, top: float = TOP) -> dict[str, Any]:
    """The masks that HICRA is compared with in its paper, by name, each in the shape of `entropies`.

    - `hicra`: planning tokens, which is `mask`;
    - `high_entropy`: the high-entropy tokens instead, for `hicra_advantage` ("high-entropy advantage");
    - `both`: planning tokens of high entropy;
    - `all`: every kept token, to which an entropy bonus goes ("entropy regularisation").
    """
    planning, _ = rows_of(mask, "mask")
    rows, rebuild = rows_of(entropies, "entropies")
    same_shape(planning, rows, "mask", "entropies")
    kept = _kept(rows, keep)
    high, _ = rows_of(high_entropy_mask(entropies, keep, top), "mask")
    planned = [[int(bool(bit) and bool(on)) for bit, on in zip(row, keeps)] for row, keeps in zip(planning, kept)]
    masks = {
        "hicra": planned,
        "high_entropy": high,
        "both": [[a & b for a, b in zip(row, other)] for row, other in zip(planned, high)],
        "all": [[int(bool(on)) for on in keeps] for keeps in kept],
    }
    return {name: _whole(rebuild(found, True)) for name, found in masks.items()}


def _kept(rows: list[list[Any]], keep: Any) -> list[list[Any]]:
    if keep is None:
        return [[1] * len(row) for row in rows]
    kept, _ = rows_of(keep, "keep")
    same_shape(rows, kept, "entropies", "keep")
    return kept


def _whole(mask: Any) -> Any:
    """Masks are whole numbers, also where the entropies are floats."""
    if hasattr(mask, "long"):
        return mask.long()
    if hasattr(mask, "astype"):
        return mask.astype(int)
    if isinstance(mask, list):
        return [_whole(part) for part in mask]
    return int(mask)
