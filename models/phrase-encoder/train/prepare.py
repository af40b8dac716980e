"""Traces and documentation in, phrases out: the text the encoder is trained and measured on.

    python prepare.py --data DIR --out DIR

DIR holds JSONL files of traces, plain or gzipped, one record per line with `problem_id` and `trace`.
Everything of HELD_OUT_CORPUS and 5 % of the problems of the other files are kept for measuring.
General English comes from the docstrings of the Python standard library and of the pinned packages.

Writes train.txt (one phrase per line), heldout.txt, clauses.txt (distinct training clauses with their counts)
and prepare.json (what was read).
"""

import argparse
import ast
import gzip
import hashlib
import json
import random
import sysconfig
from collections import Counter
from pathlib import Path

import regex

SEED = 20250904
HELD_OUT_CORPUS = "livecodebench"
HELD_OUT_SHARE = 0.05
DOCUMENTED = ["torch", "transformers", "sympy", "scipy", "sklearn", "numpy", "networkx"]
TRAIN_PHRASES, GENERAL_PHRASES, HELD_OUT_PHRASES = 1_000_000, 150_000, 20_000
LENGTHS = [1, 2, 3, 4, 5, 6, 7, 8, 12]
LENGTH_WEIGHTS = [6, 13, 19, 20, 16, 10, 6, 6, 4]  # 12 stands for the whole clause, as far as twelve words
SPANS_PER_CLAUSE = 6

# A clause is a run of words with nothing but spaces, commas and quotation marks between them, as in the tool.
WORD = r"[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*"
CLAUSE = regex.compile(rf"{WORD}(?:[ ,“”\"]+{WORD})*")
WORDS = regex.compile(WORD)


def clauses_of(text):
    """The clauses of a text as lists of lower-case words with straight apostrophes."""
    for match in CLAUSE.finditer(text):
        yield WORDS.findall(match.group().lower().replace("’", "'"))


def spans_of(words, rng):
    """A few random spans of a clause; nearly half open it, as moves do."""
    for length in set(rng.choices(LENGTHS, LENGTH_WEIGHTS, k=SPANS_PER_CLAUSE)):
        length = min(length, len(words))
        start = 0 if rng.random() < 0.45 else rng.randrange(len(words) - length + 1)
        yield " ".join(words[start : start + length])


def is_held_out(problem):
    """5 % of the problems, by a hash of the identifier."""
    return int(hashlib.sha256(problem.encode()).hexdigest()[:8], 16) / 2**32 < HELD_OUT_SHARE


def traces_of(folder):
    """(corpus, problem, trace) of every record in the folder's JSONL files, in the order of their names."""
    paths = sorted(p for p in Path(folder).iterdir() if p.name.endswith((".jsonl", ".jsonl.gz")))
    if not paths:
        raise SystemExit(f"{folder}: no .jsonl or .jsonl.gz file here")
    for path in paths:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                yield path.name.split(".")[0], str(record["problem_id"]), record["trace"] or ""


def docstrings():
    """The docstrings of the standard library and of the packages this training depends on."""
    stdlib, site = Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib"))
    paths = [p for p in stdlib.rglob("*.py") if "site-packages" not in p.parts and "test" not in p.parts]
    for package in DOCUMENTED:
        paths += [p for p in (site / package).rglob("*.py") if "tests" not in p.parts]
    for path in sorted(paths):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                text = ast.get_docstring(node)
                if text:
                    yield text


def choose(counts, size, rng, exclude=frozenset()):
    """`size` phrases: those seen more than once first (at most two thirds), then a sample of the others."""
    frequent = sorted(p for p, c in counts.items() if c > 1 and p not in exclude)
    rare = sorted(p for p, c in counts.items() if c == 1 and p not in exclude)
    frequent = rng.sample(frequent, min(len(frequent), size * 2 // 3))
    return frequent + rng.sample(rare, min(len(rare), size - len(frequent)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)

    rng = random.Random(SEED)
    read = Counter()
    clauses = Counter()
    phrases = {"train": Counter(), "problems": Counter(), "corpus": Counter()}
    for corpus, problem, trace in traces_of(options.data):
        part = "corpus" if corpus == HELD_OUT_CORPUS else "problems" if is_held_out(problem) else "train"
        read[f"{corpus}: {'train' if part == 'train' else 'held out'}"] += 1
        for clause in sorted({" ".join(words) for words in clauses_of(trace)}):  # a looping trace counts once
            words = clause.split()
            phrases[part].update(spans_of(words, rng))
            if part == "train" and len(words) > 1:
                clauses[" ".join(words[:16])] += 1

    general = Counter()
    for text in docstrings():
        read["docstrings"] += 1
        for words in clauses_of(text):
            general.update(spans_of(words, rng))

    train = sorted(set(choose(phrases["train"], TRAIN_PHRASES, rng) + choose(general, GENERAL_PHRASES, rng)))
    rng.shuffle(train)
    seen = set(train)
    held_out = choose(phrases["corpus"], HELD_OUT_PHRASES // 2, rng, seen)
    held_out += choose(phrases["problems"], HELD_OUT_PHRASES - len(held_out), rng, seen.union(held_out))
    held_out.sort()

    (out / "train.txt").write_text("\n".join(train) + "\n", encoding="utf-8")
    (out / "heldout.txt").write_text("\n".join(held_out) + "\n", encoding="utf-8")
    with open(out / "clauses.txt", "w", encoding="utf-8") as file:
        for clause, count in sorted(clauses.items()):
            file.write(f"{count}\t{clause}\n")
    summary = {
        "records": dict(sorted(read.items())),
        "distinct": {name: len(counts) for name, counts in phrases.items()} | {"general": len(general)},
        "train": len(train),
        "heldout": len(held_out),
        "clauses": len(clauses),
    }
    (out / "prepare.json").write_text(json.dumps(summary, indent=2) + "\n")
    print(json.dumps(summary, indent=2))


if __name__ == "__main__":
    main()
