# SPDX-License-Identifier: MIT
"""Batches of any kind as rows of Python numbers, and rows back as a batch of that kind.

A batch is one sequence or several: lists or tuples (of numbers, of lists, of arrays, of tensors), numpy arrays, torch
tensors of any number of dimensions, and torch's jagged nested tensors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Optional

Rows = list[list[Any]]
Rebuild = Callable[[Rows, bool], Any]
"""Puts rows into the kind and shape of the batch they came from: as whole numbers of its type, or (True) as floats."""


def rows_of(batch: Any, what: str) -> tuple[Rows, Rebuild]:
    """The sequences of a batch, each a list of numbers (or None), and the way back.

    `what` names the batch in messages. Raises ValueError for what is no batch of numbers.
    """
    if isinstance(batch, (str, bytes)):
        raise ValueError(f"{what} is text; expected numbers")
    if is_torch(batch):
        return _rows_of_nested(batch) if batch.is_nested else _rows_of_array(batch, what)
    if is_numpy(batch) and batch.dtype != object:
        return _rows_of_array(batch, what)
    if hasattr(batch, "tolist"):
        batch = batch.tolist()
    if not isinstance(batch, (list, tuple)):
        raise ValueError(f"{what} is a {type(batch).__name__}; expected a list, a numpy array or a torch tensor")
    parts = list(batch)
    if all(_is_number(part) for part in parts):
        return [[_plain(part) for part in parts]], lambda rows, floats: rows[0]
    mixed = next((i for i, part in enumerate(parts) if _is_number(part)), None)
    if mixed is not None:
        raise ValueError(f"{what}[{mixed}] is a number, and others beside it are sequences")
    inner = [rows_of(part, f"{what}[{i}]") for i, part in enumerate(parts)]

    def rebuild(rows: Rows, floats: bool) -> list[Any]:
        out, at = [], 0
        for theirs, back in inner:
            out.append(back(rows[at : at + len(theirs)], floats))
            at += len(theirs)
        return out

    return [row for rows, _ in inner for row in rows], rebuild


def same_shape(rows: Rows, others: Rows, what: str, others_name: str) -> None:
    """Raises ValueError unless both have as many sequences, of the same lengths."""
    if len(rows) != len(others):
        raise ValueError(f"{others_name} has {_count(others)}, {what} has {_count(rows)}")
    for i, (row, other) in enumerate(zip(rows, others)):
        if len(row) != len(other):
            where = f"sequence {i} of " if len(rows) > 1 else ""
            raise ValueError(f"{where}{others_name} has {len(other)} tokens, {where}{what} has {len(row)}")


def is_torch(value: Any) -> bool:
    return hasattr(value, "new_tensor")


def is_numpy(value: Any) -> bool:
    return hasattr(value, "__array_interface__") and hasattr(value, "dtype") and hasattr(value, "tolist")


def is_missing(value: Any) -> bool:
    """None and NaN: no value was given."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def _count(rows: Rows) -> str:
    return "1 sequence" if len(rows) == 1 else f"{len(rows)} sequences"


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, (int, float)) or (hasattr(value, "item") and getattr(value, "ndim", 1) == 0)


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _rows_of_array(array: Any, what: str) -> tuple[Rows, Rebuild]:
    shape = tuple(array.shape)
    if not shape:
        raise ValueError(f"{what} is a single number; expected a sequence of tokens, or several")
    # reshape(-1, 0) cannot tell how many rows there are
    rows = array.reshape(math.prod(shape[:-1]), shape[-1]).tolist()

    def rebuild(rows: Rows, floats: bool) -> Any:
        if is_torch(array):
            import torch

            return array.new_tensor(rows, dtype=torch.float32 if floats else None).reshape(shape)
        import numpy

        return numpy.asarray(rows, dtype=float if floats else array.dtype).reshape(shape)

    return rows, rebuild


def _rows_of_nested(tensor: Any) -> tuple[Rows, Rebuild]:
    parts = [part.tolist() for part in tensor.unbind()]

    def rebuild(rows: Rows, floats: bool) -> Any:
        import torch

        dtype = torch.float32 if floats else tensor.dtype
        if tensor.layout == torch.jagged:  # with the offsets of the batch itself, so that the two can be multiplied
            values = torch.tensor([value for row in rows for value in row], dtype=dtype, device=tensor.device)
            return torch.nested.nested_tensor_from_jagged(values, tensor.offsets())
        return torch.nested.nested_tensor([torch.tensor(row, dtype=dtype) for row in rows], device=tensor.device)

    return parts, rebuild


def by_sequence(values: Any, count: int, what: str) -> Optional[Sequence[Any]]:
    """One value per sequence as a list of `count` numbers; None where `values` are not of that shape."""
    if _is_number(values):
        return [_plain(values)] if count == 1 else None
    rows, _ = rows_of(values, what)
    if len(rows) == 1 and len(rows[0]) == count:
        return rows[0]
    if len(rows) == count and all(len(row) == 1 for row in rows):
        return [row[0] for row in rows]
    return None
