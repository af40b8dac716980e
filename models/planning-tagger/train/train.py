"""Trains and writes the planning tagger: one command from labelled excerpts and traces to the files that ship.

    python train.py --labels FILE... --traces FILE... --out DIR [--work DIR] [--leave-out FAMILY...]

--labels: JSON lists of {id, corpus, language, text, A: [{t, c}]}; `A` holds the planning spans verbatim and in order of
appearance, `c` their function (G goal, D deduction, B branching, R backtracing). Labelled sheets of `sg-mine audit`
(CSV) will do too. --traces: JSONL files of unlabelled traces, plain or gzipped, one record a line with `trace`.
--work keeps what the encoder saw, which takes longest and is used again. --out receives tagger.json, weights.bin and
check.json.

1. A teacher (or several) learns from the labels. It sees the text through a frozen sentence encoder (22 million parameters), which
   knows words and phrases that no label holds.
2. The teacher says what it thinks of crops of the unlabelled traces.
3. The tagger learns from the labels and from the teacher, then again on integer grids.
"""

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

import encoder
import integers
import teacher
from data import Keys, crops_of, labelled, traces
from learn import BUCKETS, fit, logits_of, taught, vocabulary_of, want_of
from network import DIMENSION, DILATIONS, Tagger
from vectors import first_vectors, neighbours

SEED = 20261130
VOCABULARY = 24_000
TRACE_TOKENS = 500_000  # read of each trace file for the vocabulary
NEIGHBOUR_TOKENS = 250_000  # of them, for the word vectors
CROP_TOKENS = 200_000  # of them, in crops, for the teachers to label
TEACHERS = 1
LABEL_REPEATS = 5  # how often the labels are among what the tagger learns, to once the crops
TEACHER = dict(passes=5, rate=1e-3, hide=0.1, dropout=0.3, decay=0.02)
STUDENT = dict(passes=3, rate=3e-3, hide=0.12, vectors_rate=0.4)
TUNE = dict(passes=1, rate=4e-4, hide=0.12, vectors_rate=0.4)
TUNED = 0.5  # share of what it learned that it sees again on integer grids
UNSPACED = {"zh", "ja"}  # languages that the encoder cannot read


def readable(docs):
    """Documents that the encoder, and so a teacher, can read; of the others the tagger learns from labels alone."""
    return [d for d in docs if d["language"] not in UNSPACED]


class Sources:
    """What there is to learn from: labelled excerpts, trace files, crops of them, and the names of all keys."""

    def __init__(self, label_files, trace_files, log):
        keys = Keys()
        self.rows = labelled(label_files, keys)
        for row in self.rows:
            row["want"] = want_of(row)
        log(f"{len(self.rows)} labelled excerpts")
        self.corpora = traces(trace_files, keys, TRACE_TOKENS, SEED)
        self.crops = readable(crops_of(self.corpora, CROP_TOKENS, SEED))
        self.names = keys.names
        log(f"{sum(len(c['docs']) for c in self.corpora)} traces, {len(self.crops)} crops, {len(self.names)} keys")

    def without(self, families):
        """The same less some families: neither labels nor traces of them."""
        rest = object.__new__(Sources)
        rest.names = self.names
        rest.rows = [r for r in self.rows if r["family"] not in families]
        rest.corpora = [c for c in self.corpora if c["family"] not in families]
        rest.crops = [c for c in self.crops if c["family"] not in families]
        return rest


def see(docs, basis, model, work, log):
    """Gives each document the encoder's features, kept in `work` by their text."""
    for at in range(0, len(docs), 1000):
        group = docs[at : at + 1000]
        name = hashlib.sha256("\0".join(d["text"] for d in group).encode("utf-8", "replace")).hexdigest()[:20]
        file = work / f"features-{name}.npy"
        if file.exists():
            features = np.load(file, mmap_mode="r")
        else:
            features = np.concatenate([encoder.project(s, basis) for s in encoder.states(model, group)])
            np.save(file, features)
            log(f"  encoder: {at + len(group)} of {len(docs)}")
        first = 0
        for d in group:
            d["features"] = features[first : first + len(d["keys"])]
            first += len(d["keys"])


def add_features(sources, model, work, log):
    """What the encoder sees of all labelled excerpts that it can read, and of the crops."""
    work.mkdir(parents=True, exist_ok=True)
    rows = readable(sources.rows)
    if not rows:
        return  # nothing for a teacher to learn from
    file = work / "basis.npz"
    if not file.exists():
        mean, deviation, components = encoder.basis_of(encoder.states(model, rows[::3]), SEED)
        np.savez(file, mean=mean, deviation=deviation, components=components)
    kept = np.load(file)
    basis = kept["mean"], kept["deviation"], kept["components"]
    see(rows, basis, model, work, log)
    see(sources.crops, basis, model, work, log)


def some(docs, most):
    total = np.cumsum([len(d["keys"]) for d in docs])
    return docs[: int(np.searchsorted(total, most)) + 1]


def teach(sources, vocabulary, vectors, teachers, seed, log):
    """Crops with `want`: the mean of what teachers, fitted to the labels, think of them."""
    total = None
    for number in range(teachers):
        torch.manual_seed(seed + number)
        model = teacher.Teacher(vectors, encoder.COMPONENTS)
        fit(model, readable(sources.rows), vocabulary, seed + number, **TEACHER, log=log)
        wants = [taught(logits) for logits in logits_of(model, sources.crops, vocabulary)]
        total = wants if total is None else [a + b for a, b in zip(total, wants)]
    return [{**crop, "want": want / teachers} for crop, want in zip(sources.crops, total)]


def train(sources, model, seed, log, teachers=TEACHERS):
    """(tagger on integer grids, vocabulary), learned from everything in `sources`."""
    vocabulary = vocabulary_of(sources.names, sources.rows, sources.corpora, VOCABULARY)
    log(f"{len(vocabulary.rows)} words")
    corpora = [some(c["docs"], NEIGHBOUR_TOKENS) for c in sources.corpora] or [sources.rows]
    counts = sum(neighbours(docs, vocabulary) for docs in corpora)
    encoded = encoder.word_vectors(model, vocabulary.names)
    docs = sources.rows
    if teachers and readable(sources.rows):
        vectors = first_vectors(counts, encoded, teacher.DIMENSION, SEED)
        docs = teach(sources, vocabulary, vectors, teachers, seed, log) + sources.rows * LABEL_REPEATS
    torch.manual_seed(seed)
    tagger = Tagger(first_vectors(counts, encoded, DIMENSION, SEED), BUCKETS)
    fit(tagger, docs, vocabulary, seed, **STUDENT, log=log)
    tagger.quantise()
    some_docs = [docs[i] for i in np.random.default_rng(seed).permutation(len(docs))[: int(TUNED * len(docs))]]
    fit(tagger, some_docs, vocabulary, seed + 1, **TUNE, log=log)
    return tagger, vocabulary


def arguments():
    parser = argparse.ArgumentParser(description="Train the planning tagger.")
    parser.add_argument("--labels", nargs="+", type=Path, required=True)
    parser.add_argument("--traces", nargs="*", type=Path, default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("tagger-work"))
    parser.add_argument("--leave-out", nargs="*", default=[])
    parser.add_argument("--version", default="1")
    parser.add_argument("--seed", type=int, default=SEED)
    return parser.parse_args()


def main():
    args, start = arguments(), time.time()
    log = lambda text: print(f"{time.time() - start:5.0f} s  {text}", file=sys.stderr, flush=True)  # noqa: E731
    sources = Sources(args.labels, args.traces, log)
    model = encoder.load()
    add_features(sources, model, args.work, log)
    tagger, vocabulary = train(sources.without(args.leave_out), model, args.seed, log)
    calibration = json.loads((Path(__file__).parent / "calibration.json").read_text())
    integers.export(args.out, tagger, vocabulary, DILATIONS, args.version, calibration)
    some_rows = sources.rows[:: max(1, len(sources.rows) // 40)]
    integers.verify(args.out, tagger, sources.names, zip(some_rows, logits_of(tagger, some_rows, vocabulary)))
    log(f"wrote {args.out}; its integers equal the network on {len(some_rows)} excerpts")


if __name__ == "__main__":
    main()
