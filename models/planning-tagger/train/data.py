"""Labelled excerpts and unlabelled traces to arrays of token numbers."""

import csv
import gzip
import json
import random
import re
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
    """Numbers for keys, given in order of appearance after those of `names`."""

    def __init__(self, names=()):
        self.names = list(names)
        self.number = {name: n for n, name in enumerate(self.names)}

    def __call__(self, key):
        n = self.number.get(key)
        if n is None:
            n = self.number[key] = len(self.names)
            self.names.append(key)
        return n


def encode(text, keys):
    names, flags, _, starts, ends = tokens(text)
    return {
        "text": text,
        "keys": np.array([keys(name) for name in names], np.int32),
        "flags": np.array(flags, np.int8),
        "starts": np.array(starts, np.int32),
        "ends": np.array(ends, np.int32),
    }


def excerpts_of(file):
    """Rows {id, corpus, language, text, A} of a JSON list; of a labelled sheet also `within`, where a label holds."""
    if file.suffix == ".json":
        return json.loads(file.read_text())
    if file.suffix != ".csv":
        raise ValueError(f"{file}: expected .json (excerpts with spans) or .csv (a sheet of `sg-mine audit`)")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        sample = lines.readline()
        lines.seek(0)
        return list(sheet_rows(file, csv.DictReader(lines, delimiter=max(",;\t", key=sample.count))))


YES, NO = {"1", "y", "yes", "true", "planning"}, {"0", "n", "no", "false", "other"}
FUNCTION_NAMES = {"goal": "G", "deduction": "D", "branching": "B", "backtracing": "R"}


def sheet_rows(file, reader):
    """Occurrences that someone judged, each with what stands around it; nothing is known of the words around."""
    for number, cells in enumerate(reader, 2):
        cell = {name: re.sub(r"^'(?=[=+\-@\t\r'])", "", text or "") for name, text in cells.items()}
        label = cell["label"].strip().lower()
        if label == "":
            continue
        if label not in YES | NO:
            raise ValueError(f"{file}: row {number}: label {label!r}; expected 1 (planning), 0 (not), or nothing")
        start, text = len(cell["before"]), cell["before"] + cell["occurrence"] + cell["after"]
        within = (start, start + len(cell["occurrence"]))
        span = {"t": cell["occurrence"], "c": FUNCTION_NAMES.get(cell["function"]), "at": start}
        yield {"id": cell["id"], "corpus": file.stem, "text": text, "A": [span] if label in YES else [], "within": within}


def spans_of(text, spans):
    """(start, end, function or -1) of labelled spans, found one after the other as they stand in the text."""
    at = 0
    for span in spans:
        start = text.find(span["t"], span.get("at", at))
        if start < 0:
            continue
        at = start + len(span["t"])
        yield start, at, FUNCTIONS.index(span["c"]) if span.get("c") else -1


def words_of(text):
    return [(m.start(), m.end()) for m in _WORD.finditer(text)]


def labelled(files, keys):
    """Excerpts as documents of arrays.

    `plan`, `begin`, `end` are 0 or 1; `function` is -1 outside spans and where it is not said; `known` is 0 at tokens
    that nobody judged. `words` and `truth` serve the measure: for each word the tokens [from, to) that it overlaps, and
    whether it lies in a span. Rows with `pick` were chosen for being hard: they train, but are not scored.
    """
    docs = []
    for file in map(Path, files):
        for row in excerpts_of(file):
            text = row["text"]
            doc = encode(text, keys)
            n = len(doc["keys"])
            if n == 0:
                continue
            plan, begin, end = (np.zeros(n, np.int8) for _ in range(3))
            function = np.full(n, -1, np.int8)
            where = np.array(words_of(text), np.int32).reshape(-1, 2)
            truth = np.zeros(len(where), bool)
            for start, stop, c in spans_of(text, row["A"]):
                inside = np.flatnonzero((doc["starts"] < stop) & (doc["ends"] > start))
                if len(inside) == 0:
                    continue
                plan[inside], function[inside] = 1, c
                begin[inside[0]] = end[inside[-1]] = 1
                truth |= (where[:, 0] >= start) & (where[:, 1] <= stop)
            first, last = row.get("within", (0, len(text)))
            doc.update(
                id=row["id"], corpus=row["corpus"], family=family_of(row["corpus"]), language=row.get("language", "en"),
                scored=not row.get("pick"), plan=plan, begin=begin, end=end, function=function, truth=truth,
                known=((doc["starts"] < last) & (doc["ends"] > first)).astype(np.float32),
                words=np.stack([np.searchsorted(doc["ends"], where[:, 0], "right"), np.searchsorted(doc["starts"], where[:, 1], "left")], 1),
            )  # fmt: skip
            docs.append(doc)
    return docs


def corpus_of(file):
    return Path(file).name.split(".")[0]


TRACE_CHARACTERS = 12_000  # long traces repeat themselves


def traces(files, keys, most, seed):
    """Whole traces in random order, about `most` tokens of each file: a list of {corpus, family, docs}."""
    corpora = []
    for file in sorted(map(str, files)):
        opener = gzip.open if file.endswith(".gz") else open
        with opener(file, "rt", encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines if line.strip()]
        random.Random(seed).shuffle(records)
        docs, total, seen = [], 0, set()
        for record in records:
            text = record.get("trace")
            if not isinstance(text, str) or not text.strip() or text in seen:
                continue
            seen.add(text)
            docs.append({**encode(text[:TRACE_CHARACTERS], keys), "language": record.get("language", "en")})
            total += len(docs[-1]["keys"])
            if total >= most:
                break
        corpora.append({"corpus": corpus_of(file), "family": family_of(corpus_of(file)), "docs": docs})
    return corpora


CROP, SHORTEST = 100, 12  # tokens


def crops_of(corpora, most, seed):
    """Stretches of traces at random places, about `most` tokens of each corpus and no two from one place."""
    rng, crops = np.random.default_rng(seed), []
    for corpus in corpora:
        docs = corpus["docs"]
        budget, used = min(most, 0.6 * sum(len(d["keys"]) for d in docs)), set()
        for _ in range(40):
            for i in rng.permutation(len(docs)):
                doc, n = docs[i], len(docs[i]["keys"])
                start = int(rng.integers(0, max(1, n - CROP + 1)))
                if budget <= 0 or n < SHORTEST or (i, start // 60) in used:
                    continue
                used.add((i, start // 60))
                budget -= min(n, CROP)
                crops.append({**crop_of(doc, start, start + CROP), "family": corpus["family"], "language": doc["language"]})
    return [crops[i] for i in rng.permutation(len(crops))]


def crop_of(doc, first, last):
    crop = {name: doc[name][first:last] for name in ("keys", "flags", "starts", "ends")}
    start, end = int(crop["starts"][0]), int(crop["ends"][-1])
    return {**crop, "text": doc["text"][start:end], "starts": crop["starts"] - start, "ends": crop["ends"] - start}
