"""Teaches the tagger a domain of your own: a few hundred labelled excerpts, a minute, no encoder and no traces needed.

    python adapt.py --labels FILE... --out DIR [--from DIR] [--keep FILE...]

--labels: as for train.py, sheets of `sg-mine audit` included. --from: the tagger to begin with, the one that ships
unless you say otherwise. --keep: JSONL traces on which it should go on saying what it says now, so that it does not
forget; a few thousand traces of any kind serve. --out receives tagger.json, weights.bin and check.json.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

import integers
from data import Keys, crops_of, labelled, traces
from learn import Vocabulary, f1, fit, logits_of, taught, want_of
from network import ACTIVATION, ROW, Tagger

SEED = 20261130
KEEP_TOKENS = 20_000  # of each trace file
LEARN = dict(passes=6, rate=3e-4, hide=0.08)


def network_of(tagger, weights):
    """The network on its integer grids, as it was when it was written."""
    shifts = tagger["shifts"]
    a, p = tagger["tables"]["shift"], shifts["point"]
    # Only the sum of the two exponents of the first layer is kept; vectors of 8 bits for values up to one half suit it.
    e = 8
    w = shifts["row"] + ROW - e
    model = Tagger(torch.tensor(weights["E"] / 2.0**e, dtype=torch.float32), len(weights["H"]), dilations=tagger["dilations"])
    model.exponents = {"e": e, "w": w, "a": a, "d": shifts["depth"], "p": p}

    def put(parameter, integer, exponent):
        parameter.copy_(torch.tensor(integer / 2.0**exponent))

    def plain(norm, bias):  # a normalisation that only adds `bias`
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        norm.weight.fill_(1)
        norm.bias.copy_(torch.tensor(bias))

    with torch.no_grad():
        model.H.zero_()
        put(model.H[:-1], weights["H"], e)
        put(model.K, weights["K"], e)
        put(model.W, weights["W"], w)
        plain(model.window_norm, weights["window_bias"] / 2.0**ROW)
        for depth, point, norm, layer, d, k in zip(model.D, model.P, model.norms, weights["layers"], shifts["depth"], p):
            put(depth, layer["D"].T, d)
            put(point, layer["P"].T, k)
            plain(norm, layer["bias"] / 2.0 ** (ACTIVATION + k))
        put(model.A, weights["A"].T, a)
        put(model.A_bias, weights["A_bias"], ACTIVATION + a)
    return model.eval()


def main():
    parser = argparse.ArgumentParser(description="Teach the planning tagger a domain of your own.")
    parser.add_argument("--labels", nargs="+", type=Path, required=True)
    parser.add_argument("--keep", nargs="*", type=Path, default=[])
    parser.add_argument("--from", dest="first", type=Path, default=Path(__file__).resolve().parents[1])
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    tagger, weights = integers.read(args.first)
    keys = Keys(tagger["vocabulary"])
    rows = labelled(args.labels, keys)
    crops = crops_of(traces(args.keep, keys, 10 * KEEP_TOKENS, SEED), KEEP_TOKENS, SEED)
    vocabulary = Vocabulary(keys.names, np.arange(len(tagger["vocabulary"])))
    model = network_of(tagger, weights)
    threshold = np.interp(tagger["threshold"]["plan"], tagger["tables"]["plan"], (np.arange(256) - 128) / 16)
    report = lambda when: print(  # noqa: E731
        f"{when}: word F1 {f1(rows, [l[:, 0] for l in logits_of(model, rows, vocabulary)], threshold)[0]:.3f} on the labels", file=sys.stderr
    )
    report("before")
    for row in rows:
        row["want"] = want_of(row)
    kept = [{**crop, "want": taught(logits)} for crop, logits in zip(crops, logits_of(model, crops, vocabulary))]
    fit(model, rows + kept, vocabulary, SEED, **LEARN)
    report("after")
    weights, shifts = integers.integers_of(model)
    integers.write(args.out, weights, shifts, vocabulary.names, tagger["dilations"], tagger["version"] + "+", tagger["tables"], tagger["threshold"])
    integers.verify(args.out, model, keys.names, [(row, logits) for row, logits in zip(rows[:40], logits_of(model, rows[:40], vocabulary))])
    print(json.dumps({"out": str(args.out), "labels": len(rows), "kept": len(crops)}), file=sys.stderr)


if __name__ == "__main__":
    main()
