"""Labelled excerpts and unlabelled traces to arrays of token numbers."""

import gzip
import json
import random
from pathlib import Path

import numpy as np
import regex

from tokens import tokens

FUNCTIONS = "GDBR"

# The measure's words: hyphens and apostrophes join, scripts without spaces go character by character.
_UNSPACED = r"\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー"
_LETTERS = rf"(?:(?![{_UNSPACED}])[\p{{L}}\p{{M}}])+"
_WORD = regex.compile(rf"[{_UNSPACED}]|{_LETTERS}(?:['’-]{_LETTERS})*")

# Corpora of one source, for leaving sources out; a corpus not named here is a family of its own.
FAMILIES = {
    "mip": ["mip_normal_reflective", "mip_unanswerable_reflective", "mip_normal_plain"],
    "kimi": ["kimi_qwen3next_mmlupro_gpqa"],
    "toolemu": ["agent_toolemu", "agent_toolemu_think", "judge_toolemu"],
    "mlrbench": ["agent_mlrbench", "review_mlrbench"],
    "reflexion": ["reflexion_hotpot_react", "reflexion_code_selfrepair", "reflexion_agent_reflections"],
    "reasoning-gym-eval": ["rl_checkpoints_math", "reasoning_gym_instruct"],
    "mmlu_pro": ["mmlu_pro_plain", "mmlu_pro_health_law_plain"],
    "codemind": ["codemind", "codemindnet"],
    "liars": ["liarsbarzh", "liarsreasonzh"],
    "grposteps": ["grposteps", "grpo_steps"],
}
_FAMILY = {corpus: family for family, corpora in FAMILIES.items() for corpus in corpora}


def family_of(corpus):
    """The source a corpus belongs to; `X-zh` and `X-ja` go with X."""
    base = corpus.removesuffix("-zh").removesuffix("-ja")
    return _FAMILY.get(base, base)


class Keys:
    """Numbers for keys, given in order of appearance."""

    def __init__(self):
        self.names, self.number = [], {}

    def __call__(self, key):
        n = self.number.get(key)
        if n is None:
            n = self.number[key] = len(self.names)
            self.names.append(key)
        return n


def encode(text, keys):
    names, flags, kinds, starts, ends = tokens(text)
    return {
        "keys": np.array([keys(name) for name in names], np.int32),
        "flags": np.array(flags, np.int8),
        "kinds": np.array(kinds, np.int8),
        "starts": np.array(starts, np.int32),
        "ends": np.array(ends, np.int32),
    }


def spans_of(text, spans):
    """(start, end, function) of labelled spans, found one after the other as they stand in the text."""
    at = 0
    for span in spans:
        start = text.find(span["t"], at)
        if start < 0:
            continue
        at = start + len(span["t"])
        yield start, at, FUNCTIONS.index(span["c"])


def words_of(text):
    return [(m.start(), m.end()) for m in _WORD.finditer(text)]


def labelled(files, keys):
    """Excerpts of files in the format of the labelled spans, as dictionaries of arrays a token.

    `plan`, `begin`, `end` are 0 or 1; `function` is -1 outside spans. `words` and `truth` serve the measure: for each
    word the tokens [from, to) that it overlaps, and whether it lies in a span.
    """
    rows = []
    for file in files:
        for row in json.loads(Path(file).read_text()):
            text = row["text"]
            doc = encode(text, keys)
            n = len(doc["keys"])
            plan, begin, end = (np.zeros(n, np.int8) for _ in range(3))
            function = np.full(n, -1, np.int8)
            words = words_of(text)
            truth = np.zeros(len(words), bool)
            where = np.array(words, np.int32).reshape(-1, 2)
            for start, stop, c in spans_of(text, row["A"]):
                inside = np.flatnonzero((doc["starts"] < stop) & (doc["ends"] > start))
                if len(inside) == 0:
                    continue
                plan[inside] = 1
                function[inside] = c
                begin[inside[0]] = 1
                end[inside[-1]] = 1
                truth |= (where[:, 0] >= start) & (where[:, 1] <= stop)
            first = np.searchsorted(doc["ends"], where[:, 0], "right")
            last = np.searchsorted(doc["starts"], where[:, 1], "left")
            doc.update(
                id=row["id"], corpus=row["corpus"], family=family_of(row["corpus"]), language=row.get("language", "en"),
                scored=not row.get("pick"), text=text, plan=plan, begin=begin, end=end, function=function,
                words=np.stack([first, last], 1), truth=truth,
            )  # fmt: skip
            rows.append(doc)
    return rows


def corpus_of(file):
    return Path(file).name.split(".")[0]


def traces(files, keys, most, seed):
    """At most `most` tokens of each trace file, whole traces in random order, as one array a file."""
    out = []
    for file in sorted(map(str, files)):
        opener = gzip.open if file.endswith(".gz") else open
        with opener(file, "rt") as lines:
            records = [json.loads(line) for line in lines]
        random.Random(seed).shuffle(records)
        docs, total, seen = [], 0, set()
        for record in records:
            text = record.get("trace")
            if not isinstance(text, str) or not text.strip() or text in seen:
                continue
            seen.add(text)
            text = text[:12_000]  # long traces repeat themselves
            doc = encode(text, keys)
            doc["text"] = text
            docs.append(doc)
            total += len(doc["keys"])
            if total >= most:
                break
        out.append({"corpus": corpus_of(file), "family": family_of(corpus_of(file)), "docs": docs})
    return out
