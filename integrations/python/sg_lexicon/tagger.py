# SPDX-License-Identifier: MIT
"""The planning tagger: per token of a text the probability that it plans, begins a move, ends one; and what it does.

The same numbers as `sg-mine tag`, token for token: whole numbers whose sums are exact in whatever order, in numpy, torch
and JavaScript alike. Needs numpy; with `device`, torch does the arithmetic, on a GPU where there is one.

    from sg_lexicon.tagger import PlanningTagger

    tagger = PlanningTagger.load()      # the model that comes with the package
    for span in tagger.spans("Wait, let me check that again."):
        print(span.start, span.end, span.probability, span.function)
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Optional, Union

import numpy as np

from .matcher import FUNCTIONS
from .stream import BREAK, CHARACTER, NUMBER, WORD, Stream, stream

#: Probabilities are whole numbers of 1/WHOLE, so that sums do not depend on their order.
WHOLE = 10_000

_DIMENSION, _CHANNELS, _WINDOW, _KERNEL = 48, 64, 9, 5
_HEADS = ["plan", "G", "D", "B", "R", "begin", "end"]
_HIGHEST, _HIGHEST_ROW = 127, 3500
# Tokens read at a time, together with those within reach on either side; forms that are kept, 80 MB of rows with torch.
_CHUNK = 4096
_KEPT = 1 << 15


def _own_model() -> Path:
    """The model's folder in this package; in a checkout without links, and in sg-mine's npm package, the one beside it."""
    here = Path(__file__).resolve()
    folders = (here.parent / "model", *(here.parents[i] / "models" / "planning-tagger" for i in (3,) if len(here.parents) > i))
    for folder in folders:
        weights = folder / "weights.bin"
        # a link that was checked out as a file holds a path
        if weights.is_file() and weights.stat().st_size > 1000:
            return folder
    raise FileNotFoundError(f"{folders[0]}: no model here; PlanningTagger.load(DIR) takes sg-mine's models/planning-tagger")


class Reading(NamedTuple):
    """What the tagger says of a text's tokens: arrays of one length."""

    tokens: Stream
    plan: np.ndarray  #: 0 to WHOLE, that a token plans
    begin: np.ndarray  #: that it is the first of a move
    end: np.ndarray  #: that it is the last of one
    functions: np.ndarray  #: four logits a token, in the order of FUNCTIONS


@dataclass(frozen=True)
class PlanningSpan:
    """One stretch that plans: code points [start, end) of a text."""

    start: int
    end: int
    #: mean probability of its words that they plan, in [0, 1], in steps of 1/10,000
    probability: float
    #: what it does, None where that cannot be told
    function: Optional[str]


class PlanningTagger:
    """Reads texts in context. Make one with `load`; it may be shared by whatever runs one after the other."""

    def __init__(self, header: dict[str, Any], weights: bytes, device: Any = None) -> None:
        """`header` and `weights` as in tagger.json and weights.bin; `device`: torch's, numpy without."""
        for name, value in {"format": 1, "dimension": 48, "channels": 64, "window": 9, "kernel": 5, "heads": _HEADS}.items():
            if header[name] != value:
                raise ValueError(f"not a tagger that this version runs: {name} {header[name]}, not {value}")
        self.name: str = header["name"]
        self.version: str = str(header["version"])
        self.threshold: dict[str, int] = header["threshold"]
        vocabulary, buckets, dilations = header["vocabulary"], header["buckets"], header["dilations"]
        at = 0

        def take(kind: str, *shape: int) -> np.ndarray:
            nonlocal at
            found = np.frombuffer(weights, kind, int(np.prod(shape)), at).reshape(shape)
            at += found.nbytes
            return found

        self._vocabulary = {key: row for row, key in enumerate(vocabulary)}
        self._embedding = take("i1", len(vocabulary), _DIMENSION).astype(np.int32)
        self._hashed = take("i1", buckets, _DIMENSION).astype(np.int32)
        self._shapes = take("i1", 8, _DIMENSION).astype(np.int32)
        window = take("i1", _WINDOW, _DIMENSION, _CHANNELS).astype(np.float32)
        self._window = np.ascontiguousarray(window.transpose(1, 0, 2).reshape(_DIMENSION, _WINDOW * _CHANNELS))
        self._shifts = header["shifts"]
        window_bias = take("<i2", _CHANNELS)
        layers = []
        for dilation, depth_shift, point_shift in zip(dilations, self._shifts["depth"], self._shifts["point"]):
            depth = take("i1", _CHANNELS, _KERNEL)
            point = take("i1", _CHANNELS, _CHANNELS)
            bias = take("<i4", _CHANNELS)
            layers.append((dilation, depth, depth_shift, point, bias, point_shift))
        heads, head_bias = take("i1", len(_HEADS), _CHANNELS), take("<i4", len(_HEADS))
        if at != len(weights):
            raise ValueError(f"weights.bin has {len(weights)} bytes, not {at}")
        tables = header["tables"]
        self._shift = tables["shift"]
        self._tables = {name: np.array(tables[name], np.int64) for name in ("plan", "begin", "end")}
        self._exp: list[int] = tables["exp"]
        self._exp_shift: int = tables["expShift"]
        self._reach = _WINDOW // 2 + 2 * sum(dilations)
        network = _TorchNetwork if device is not None else _NumpyNetwork
        self._network: Any = network(window_bias, self._shifts["window"], layers, heads, head_bias, device)
        self._forms: dict[tuple[str, int], int] = {}
        self.device = device

    def __repr__(self) -> str:
        return f"PlanningTagger({self.name} {self.version}, {self.device or 'numpy'})"

    @classmethod
    def load(cls, directory: Union[str, Path, None] = None, device: Any = None) -> "PlanningTagger":
        """Reads the model that comes with the package, or one in a folder. `device` as for torch ("cuda", "cpu").

        Raises ValueError for files that are not those of its SHA256SUMS, or of a model that this version cannot run.
        """
        folder = _own_model() if directory is None else Path(directory)
        sums = (folder / "SHA256SUMS").read_text(encoding="utf-8")
        files = {}
        for name in ("tagger.json", "weights.bin"):
            files[name] = (folder / name).read_bytes()
            if f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" not in sums:
                raise ValueError(f"{folder / name}: damaged, it is not the file that SHA256SUMS lists")
        return cls(json.loads(files["tagger.json"]), files["weights.bin"], device)

    def read(self, text: str) -> Reading:
        """What is said of each token of a text; see `read_all` for many."""
        return next(self.read_all([text]))

    def read_all(self, texts: Iterable[str]) -> Iterator[Reading]:
        """The readings of texts, in their order. Each is read as if it were alone; together it goes faster."""
        batch: list[Stream] = []
        size = 0
        for text in texts:
            batch.append(stream(text))
            size += len(batch[-1].keys)
            if size >= _CHUNK:
                yield from self._read_batch(batch)
                batch, size = [], 0
        yield from self._read_batch(batch)

    def _read_batch(self, batch: Sequence[Stream]) -> Iterator[Reading]:
        # Between texts lies nothing, as far as the network sees: forms of number 0, as before a text and behind it.
        gap = self._reach
        length = gap + sum(len(tokens.keys) + gap for tokens in batch)
        forms = np.zeros(length, np.int64)
        inside = np.zeros(length, bool)
        logits = np.empty((length, len(_HEADS)), np.int32)
        places = []
        at = gap
        for tokens in batch:
            places.append((at, at + len(tokens.keys)))
            inside[at : at + len(tokens.keys)] = True
            at += len(tokens.keys) + gap
        # In parts, so that neither the forms known nor the states outgrow the memory that they are worth.
        keys = [key for tokens in batch for key in [*tokens.keys, *[None] * gap]]
        shapes = np.concatenate([np.concatenate([tokens.cases * 2 + tokens.glued, np.zeros(gap, np.int64)]) for tokens in batch] or [forms])
        shape_list = shapes.tolist()
        for start in range(gap, length, _CHUNK):
            end = min(length, start + _CHUNK)
            first, last = max(gap, start - self._reach), min(length, end + self._reach)
            forms[first:last] = self._numbers(keys[first - gap : last - gap], shape_list[first - gap : last - gap])
            first -= gap
            found = self._network.run(forms[first:last], inside[first:last])
            logits[start:end] = found[start - first : end - first]
        index = np.clip((logits >> self._shift) + 128, 0, 255)
        plan, begin, end_ = (self._tables[name][index[:, _HEADS.index(name)]] for name in ("plan", "begin", "end"))
        functions = logits[:, 1 : 1 + len(FUNCTIONS)]
        for tokens, (a, b) in zip(batch, places):
            yield Reading(tokens, plan[a:b], begin[a:b], end_[a:b], functions[a:b])

    def _numbers(self, keys: Sequence[Optional[str]], shapes: Sequence[int]) -> list[int]:
        """Numbers of forms, learned where they are new; 0 for nothing."""
        forms = self._forms
        if len(forms) > _KEPT:
            forms.clear()
        numbers = [0 if key is None else forms.get((key, shape), -1) for key, shape in zip(keys, shapes)]
        new = {}
        for key, shape, number in zip(keys, shapes, numbers):
            if number < 0 and (key, shape) not in new:
                new[key, shape] = len(forms) + 1 + len(new)
        if new:
            self._network.learn(len(forms) + 1, self._rows([*new]))
            forms.update(new)
            numbers = [new[key, shape] if number < 0 else number for key, shape, number in zip(keys, shapes, numbers)]
        return numbers

    def _rows(self, forms: Sequence[tuple[str, int]]) -> np.ndarray:
        """What each form adds to the states around it: forms × places × channels."""
        embedded = np.empty((len(forms), _DIMENSION), np.int32)
        for i, (key, shape) in enumerate(forms):
            row = self._vocabulary.get(key)
            if row is None:
                buckets = [_fnv1a(feature) & (len(self._hashed) - 1) for feature in _features(key)]
                base = self._hashed[buckets].sum(0)
            else:
                base = self._embedding[row]
            embedded[i] = np.clip(base + self._shapes[shape], -_HIGHEST, _HIGHEST)
        # exact in floats: no sum reaches 2^24
        sums = (embedded.astype(np.float32) @ self._window).astype(np.int32)
        shift = self._shifts["row"]
        rows = np.clip((sums + (1 << (shift - 1))) >> shift, -_HIGHEST_ROW, _HIGHEST_ROW)
        return rows.reshape(-1, _WINDOW, _CHANNELS).astype(np.int16)

    def spans(self, text: str) -> list[PlanningSpan]:
        """The planning spans of a text, in order; they do not overlap. As `sg-mine tag` gives them by context."""
        return self.spans_of(self.read(text))

    def spans_of(self, reading: Reading) -> list[PlanningSpan]:
        """The same of a text that was read: runs of tokens that plan, cut where a move begins and at empty lines."""
        keys, starts, ends, kinds, _, _ = reading.tokens
        if not keys:
            return []
        empty = np.array([key == "\n\n" for key in keys]) & (kinds == BREAK)
        plans = (reading.plan >= self.threshold["plan"]) & ~empty
        begins = plans & (reading.begin >= self.threshold["begin"])
        first = plans & ~np.concatenate([[False], plans[:-1]]) | begins
        after = plans & ~np.concatenate([plans[1:], [False]]) | np.concatenate([plans[:-1] & begins[1:], [False]])
        words = (kinds == WORD) | (kinds == CHARACTER)
        counted = words | (kinds == NUMBER)
        found = []
        for a, b in zip(np.flatnonzero(first).tolist(), np.flatnonzero(after).tolist()):
            inside = np.flatnonzero(words[a : b + 1]) + a
            if len(inside) == 0:
                continue
            a, b = int(inside[0]), int(inside[-1])
            total = int(reading.plan[inside].sum())
            probability = (2 * total + len(inside)) // (2 * len(inside)) / WHOLE
            said = reading.functions[a : b + 1][counted[a : b + 1]]
            function = self._function_of(said.sum(0, dtype=np.int64).tolist(), len(said))
            found.append(PlanningSpan(int(starts[a]), int(ends[b]), probability, function))
        return found

    def _function_of(self, sums: list[int], count: int) -> Optional[str]:
        """The most probable function, the first of equals; None where it is not probable enough to be told."""
        best = sums.index(max(sums))
        means = [total // count for total in sums]
        highest = max(means)
        weights = [self._exp[min(len(self._exp) - 1, (highest - mean) >> self._exp_shift)] for mean in means]
        told = weights[best] * WHOLE >= self.threshold["function"] * sum(weights)
        return FUNCTIONS[best] if told else None


def _features(key: str) -> list[str]:
    n = min(len(key), 15)
    features = [f"n{n}", f"u{ord(key[0]) >> 7}", f"^{key[0]}"]
    features += [f"^{key[:k]}" for k in (3, 4) if n >= k]
    features += [f"{key[-k:]}$" for k in (2, 3, 4) if n >= k]
    return features


_LONE = re.compile("[\ud800-\udfff]")


def _fnv1a(text: str) -> int:
    """FNV-1a, 32 bits, over UTF-8 (Fowler, Noll and Vo, 1991)."""
    value = 0x811C9DC5
    for byte in _LONE.sub("\ufffd", text).encode("utf-8"):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


class _NumpyNetwork:
    """Forms in, logits out, with 16-bit integers, and floats where a matrix product is exact in them."""

    def __init__(self, window_bias: Any, window_shift: int, layers: Any, heads: Any, head_bias: Any, _: Any) -> None:
        self._window_bias = window_bias + np.int16(1 << (window_shift - 1))
        self._window_shift = window_shift
        self._layers = [
            (
                dilation,
                np.ascontiguousarray(depth.T.astype(np.int16)),
                depth_shift,
                np.ascontiguousarray(point.T.astype(np.float32)),
                (bias + (1 << (point_shift - 1))).astype(np.float32),
                np.float32(2.0**-point_shift),
            )
            for dilation, depth, depth_shift, point, bias, point_shift in layers
        ]
        self._heads = heads.T.astype(np.float32)
        self._head_bias = head_bias.astype(np.float32)
        self._rows = [np.zeros((1024, _CHANNELS), np.int16) for _ in range(_WINDOW)]

    def learn(self, first: int, rows: np.ndarray) -> None:
        """Keeps the rows of new forms under the numbers from `first` on."""
        needed = first + len(rows)
        for place, kept in enumerate(self._rows):
            if needed > len(kept):
                larger = np.zeros((2 * needed, _CHANNELS), np.int16)
                larger[: len(kept)] = kept
                self._rows[place] = larger
            self._rows[place][first:needed] = rows[:, place]

    def run(self, forms: np.ndarray, inside: np.ndarray) -> np.ndarray:
        n = len(forms)
        half = _WINDOW // 2
        padded = np.zeros(n + _WINDOW - 1, np.int64)
        padded[half : half + n] = forms
        sums = np.empty((n, _CHANNELS), np.int16)
        row = np.empty_like(sums)
        sums[:] = self._window_bias
        for place in range(_WINDOW):
            np.take(self._rows[place], padded[place : place + n], axis=0, out=row, mode="clip")
            sums += row
        sums >>= self._window_shift
        outside = np.flatnonzero(~inside)
        margin = (_KERNEL // 2) * max([dilation for dilation, *_ in self._layers], default=0)
        states = np.zeros((n + 2 * margin, _CHANNELS), np.int16)
        here = states[margin : margin + n]
        np.clip(sums, 0, _HIGHEST, out=here)
        here[outside] = 0
        product = np.empty((n, _CHANNELS), np.float32)
        for dilation, depth, depth_shift, point, bias, scale in self._layers:
            sums[:] = 1 << (depth_shift - 1)
            for k in range(_KERNEL):
                start = margin + (k - _KERNEL // 2) * dilation
                np.multiply(states[start : start + n], depth[k], out=row)
                sums += row
            sums >>= depth_shift
            np.clip(sums, -_HIGHEST, _HIGHEST, out=sums)
            np.matmul(sums.astype(np.float32), point, out=product)
            product += bias
            product *= scale
            np.floor(product, out=product)
            # more than this changes nothing: states lie within 0 and HIGHEST
            np.clip(product, -_HIGHEST, _HIGHEST, out=product)
            here += product.astype(np.int16)
            np.clip(here, 0, _HIGHEST, out=here)
            here[outside] = 0
        logits: np.ndarray = (here.astype(np.float32) @ self._heads + self._head_bias).astype(np.int32)
        return logits


class _TorchNetwork:
    """The same in torch, in floats, which hold every sum exactly."""

    def __init__(self, window_bias: Any, window_shift: int, layers: Any, heads: Any, head_bias: Any, device: Any) -> None:
        import torch

        self._torch = torch
        self._device = torch.device(device)

        def put(values: np.ndarray) -> Any:
            return torch.from_numpy(values.astype(np.float32)).to(self._device)

        self._window_bias = put(window_bias + (1 << (window_shift - 1)))
        self._window_scale = 2.0**-window_shift
        self._layers = [
            (dilation, put(depth.T), depth_shift, put(point.T), put(bias + (1 << (point_shift - 1))), 2.0**-point_shift)
            for dilation, depth, depth_shift, point, bias, point_shift in layers
        ]
        self._heads, self._head_bias = put(heads.T), put(head_bias)
        self._rows = torch.zeros((_WINDOW, 1024, _CHANNELS), device=self._device)

    def learn(self, first: int, rows: np.ndarray) -> None:
        torch = self._torch
        needed = first + len(rows)
        if needed > self._rows.shape[1]:
            larger = torch.zeros((_WINDOW, 2 * needed, _CHANNELS), device=self._device)
            larger[:, : self._rows.shape[1]] = self._rows
            self._rows = larger
        self._rows[:, first:needed] = torch.from_numpy(rows.astype(np.float32)).to(self._device).transpose(0, 1)

    def run(self, forms: np.ndarray, inside: np.ndarray) -> np.ndarray:
        torch = self._torch
        with torch.no_grad():
            n = len(forms)
            half = _WINDOW // 2
            padded = torch.zeros(n + _WINDOW - 1, dtype=torch.int64)
            padded[half : half + n] = torch.from_numpy(forms)
            padded = padded.to(self._device)
            there = torch.from_numpy(inside).to(self._device)[:, None]
            sums = self._window_bias.expand(n, _CHANNELS).clone()
            for place in range(_WINDOW):
                sums += self._rows[place][padded[place : place + n]]
            state = (sums * self._window_scale).floor().clamp(0, _HIGHEST) * there
            for dilation, depth, depth_shift, point, bias, scale in self._layers:
                margin = (_KERNEL // 2) * dilation
                wide = torch.nn.functional.pad(state, (0, 0, margin, margin))
                sums = torch.full_like(state, float(1 << (depth_shift - 1)))
                for k in range(_KERNEL):
                    sums += wide[k * dilation : k * dilation + n] * depth[k]
                mixed = (sums * 2.0**-depth_shift).floor().clamp(-_HIGHEST, _HIGHEST)
                state = (state + ((mixed @ point + bias) * scale).floor()).clamp(0, _HIGHEST) * there
            logits: np.ndarray = (state @ self._heads + self._head_bias).to(torch.int32).cpu().numpy()
            return logits
