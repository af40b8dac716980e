# SPDX-License-Identifier: MIT
"""The bytes that each token id of a tokenizer stands for; as sg-mine's src/tokenizer/tokenizer.ts."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Optional

# GPT-2's alphabet: each byte as one printable character (bytes_to_unicode in its encoder.py).
_PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
_BYTE_OF = {byte: byte for byte in _PRINTABLE}
_BYTE_OF.update(zip((256 + i for i in range(68)), (byte for byte in range(256) if byte not in set(_PRINTABLE))))
UNKNOWN = b"\x1a"
CONTROL_Z = "sg_lexicon_control_z"
# A byte that is part of no character becomes a character that is part of no word, one for one.
codecs.register_error(CONTROL_Z, lambda error: ("\x1a" * (error.end - error.start), error.end))  # type: ignore[attr-defined]


def spelled(ids: Sequence[int], tokens: Sequence[Optional[bytes]]) -> list[bytes]:
    """The bytes of each id; one that is part of no word for an id that is no token. Raises ValueError for what is no id."""
    count = len(tokens)
    try:
        return [(tokens[i] or UNKNOWN) if 0 <= i < count else UNKNOWN for i in ids]
    except TypeError:
        at, wrong = next((i, value) for i, value in enumerate(ids) if not isinstance(value, int))
        raise ValueError(f"token {at} is {wrong!r}; ids are whole numbers") from None


def without_padding(ids: Sequence[int], keep: Sequence[Any]) -> tuple[int, int]:
    """The tokens [start, end) to read: without one id repeated at either end where nothing is kept."""
    start, end = 0, len(ids)
    while start < end and not keep[start] and ids[start] == ids[0]:
        start += 1
    while end > start and not keep[end - 1] and ids[end - 1] == ids[-1]:
        end -= 1
    return start, end


def from_alphabet(piece: str) -> bytes:
    return piece.translate(_BYTE_OF).encode("latin-1")


def token_bytes(tokenizer: Any) -> list[Optional[bytes]]:
    """The bytes of each id, from a tokenizer or its tokenizer.json; as src/tokenizer/tokenizer.ts."""
    if hasattr(tokenizer, "backend_tokenizer"):
        tokenizer = tokenizer.backend_tokenizer
    if hasattr(tokenizer, "to_str"):
        spec = json.loads(tokenizer.to_str())
    else:
        path = Path(tokenizer)
        spec = json.loads((path / "tokenizer.json" if path.is_dir() else path).read_text(encoding="utf-8"))
    model = spec["model"]
    decoders = list(_steps(spec.get("decoder")))
    vocabulary = model["vocab"]
    pieces = vocabulary.items() if isinstance(vocabulary, dict) else ((row[0], i) for i, row in enumerate(vocabulary))
    if model.get("type", "BPE") == "BPE" and any(step["type"] == "ByteLevel" for step in decoders):
        alphabet = {chr(code) for code in _BYTE_OF}

        def spell(piece: str) -> bytes:
            return from_alphabet(piece) if alphabet.issuperset(piece) else piece.encode("utf-8")

    elif model.get("type", "BPE") in ("BPE", "Unigram") and any(
        step["type"] == "Metaspace" or (step["type"] == "Replace" and "\u2581" in str(step.get("pattern")))
        for step in decoders
    ):

        def spell(piece: str) -> bytes:
            byte = re.fullmatch(r"<0x([0-9A-Fa-f]{2})>", piece)
            return bytes([int(byte.group(1), 16)]) if byte else piece.replace("\u2581", " ").encode("utf-8")

    else:
        raise ValueError(
            f"a {model.get('type')} tokenizer, whose tokens do not spell the text's bytes; "
            "supported are byte-level BPE and SentencePiece"
        )
    # Gemma's runs of spaces are added tokens too, spelled like those of the vocabulary; marks are written as they are.
    added = {
        token["id"]: spell(token["content"]) if set(token["content"]) == {"\u2581"} else token["content"].encode("utf-8")
        for token in spec.get("added_tokens", [])
    }
    by_id = {**{i: spell(piece) for piece, i in pieces}, **added}
    return [by_id.get(i) for i in range(max(by_id) + 1)]


def _steps(step: Any) -> Iterable[dict[str, Any]]:
    if step:
        yield step
        for inner in step.get("decoders", []):
            yield from _steps(inner)
