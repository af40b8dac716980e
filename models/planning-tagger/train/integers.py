"""The tagger in integers: what `tagger.json` and `weights.bin` hold, and a plain reference of what they compute."""

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import torch

from network import ACTIVATION, CHANNELS, DEPTH_SUM, DIMENSION, HEADS, KERNEL, ROW, WINDOW
from tokens import features, tokens

FUNCTION_SHARPNESS = 16  # entries of the exponential table to one unit of a logit


def steps(x, exponent, most=127):
    """Multiples of 2**-exponent, as the network's grid rounds them."""
    return torch.floor(x.detach().double() * 2.0**exponent + 0.5).clamp(-most, most).numpy().astype(np.int32)


def integers_of(model):
    """Weights and shifts of a quantised network."""
    q = model.exponents
    scale, bias = model.window_norm.folded()
    weights = {
        "E": steps(model.E[:-1], q["e"]),
        "H": steps(model.H[:-1], q["e"]),
        "K": steps(model.K, q["e"]),
        "W": steps(model.W * scale, q["w"]),
        "window_bias": steps(bias, ROW, 1000),
        "layers": [],
        "A": steps(model.A, q["a"]).T.copy(),
        "A_bias": steps(model.A_bias, ACTIVATION + q["a"], 2**20),
    }
    for depth, point, norm, d, p in zip(model.D, model.P, model.norms, q["d"], q["p"]):
        total = depth.abs().sum(0, keepdim=True)
        depth = depth * (DEPTH_SUM / 2**d / total).clamp(max=1)
        scale, bias = norm.folded()
        weights["layers"].append(
            {
                "D": steps(depth, d).T.copy(),
                "P": steps(point * scale, p).T.copy(),
                "bias": steps(bias, ACTIVATION + p, 2**22),
            }
        )
        assert np.abs(weights["layers"][-1]["D"]).sum(1).max() <= 250
    shifts = {"row": q["e"] + q["w"] - ROW, "window": ROW - ACTIVATION, "depth": q["d"], "point": q["p"]}
    return weights, shifts


def shifted(x, s):
    return (x + (1 << (s - 1))) >> s


def read(folder):
    """(description, weights) as written by `write`."""
    folder = Path(folder)
    tagger = json.loads((folder / "tagger.json").read_text())
    data = (folder / tagger["weights"]["file"]).read_bytes()
    if hashlib.sha256(data).hexdigest() != tagger["weights"]["sha256"]:
        raise ValueError(f"{folder / tagger['weights']['file']}: not the weights that tagger.json describes")
    at = 0

    def take(kind, *shape):
        nonlocal at
        size = math.prod(shape) * np.dtype(kind).itemsize
        part = np.frombuffer(data[at : at + size], kind).reshape(shape).astype(np.int32)
        at += size
        return part

    dimension, channels = tagger["dimension"], tagger["channels"]
    weights = {
        "E": take("i1", len(tagger["vocabulary"]), dimension),
        "H": take("i1", tagger["buckets"], dimension),
        "K": take("i1", 8, dimension),
        "W": take("i1", tagger["window"], dimension, channels),
        "window_bias": take("<i2", channels),
        "layers": [
            {"D": take("i1", channels, tagger["kernel"]), "P": take("i1", channels, channels), "bias": take("<i4", channels)}
            for _ in tagger["dilations"]
        ],
        "A": take("i1", len(tagger["heads"]), channels),
        "A_bias": take("<i4", len(tagger["heads"])),
    }
    if at != len(data):
        raise ValueError(f"{folder}: weights.bin has {len(data)} bytes, tagger.json describes {at}")
    return tagger, weights


def write(folder, weights, shifts, names, dilations, version, tables, threshold):
    """tagger.json, weights.bin and SHA256SUMS."""
    parts = [weights["E"].astype("i1"), weights["H"].astype("i1"), weights["K"].astype("i1"), weights["W"].astype("i1")]
    parts.append(weights["window_bias"].astype("<i2"))
    for layer in weights["layers"]:
        parts += [layer["D"].astype("i1"), layer["P"].astype("i1"), layer["bias"].astype("<i4")]
    parts += [weights["A"].astype("i1"), weights["A_bias"].astype("<i4")]
    data = b"".join(np.ascontiguousarray(p).tobytes() for p in parts)
    tagger = {
        "format": 1,
        "name": "planning-tagger",
        "version": version,
        "dimension": DIMENSION,
        "channels": CHANNELS,
        "window": WINDOW,
        "kernel": KERNEL,
        "buckets": len(weights["H"]),
        "dilations": list(dilations),
        "heads": HEADS,
        "shifts": shifts,
        "tables": tables,
        "threshold": threshold,
        "weights": {"file": "weights.bin", "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)},
        "vocabulary": names,
    }
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    files = {"tagger.json": (json.dumps(tagger, ensure_ascii=False, separators=(",", ":")) + "\n").encode(), "weights.bin": data}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    (folder / "SHA256SUMS").write_text(sums)


def logits(tagger, weights, keys, flags):
    """(tokens, 7) integers for one text, worked out plainly: the reference of every other engine."""
    row = {name: i for i, name in enumerate(tagger["vocabulary"])}
    shifts, n = tagger["shifts"], len(keys)
    half = tagger["window"] // 2
    x = np.tile(weights["window_bias"].astype(np.int64), (n, 1))
    for t, (key, flag) in enumerate(zip(keys, flags)):
        base = weights["E"][row[key]] if key in row else weights["H"][features(key, tagger["buckets"])].sum(0)
        e = np.clip(base + weights["K"][flag], -127, 127).astype(np.int64)
        rows = np.clip(shifted(np.einsum("d,pdc->pc", e, weights["W"]), shifts["row"]), -3500, 3500)
        for place in range(tagger["window"]):  # this token stands at `place` in the window of token t + half - place
            if 0 <= t + half - place < n:
                x[t + half - place] += rows[place]
    x = np.clip(shifted(x, shifts["window"]), 0, 127)
    for dilation, layer, depth, point in zip(tagger["dilations"], weights["layers"], shifts["depth"], shifts["point"]):
        reach = dilation * (tagger["kernel"] // 2)
        padded = np.pad(x, ((reach, reach), (0, 0)))
        y = sum(padded[k * dilation : k * dilation + n] * layer["D"][:, k] for k in range(tagger["kernel"]))
        y = np.clip(shifted(y, depth), -127, 127)
        z = y @ layer["P"].T.astype(np.int64) + layer["bias"]
        x = np.clip(x + shifted(z, point), 0, 127)
    return x @ weights["A"].T.astype(np.int64) + weights["A_bias"]


def logistic_table(slope, bias):
    """Probabilities of 256 steps of 1/16 logit around 0, in ten-thousandths: sigmoid(slope * logit + bias)."""
    middle = (np.arange(256) - 128 + 0.5) / 16
    return [int(round(10_000 / (1 + math.exp(-(slope * z + bias))))) for z in middle]


def exponential_table(temperature):
    """Weights of functions that fall behind the best by steps of 1/16 logit."""
    return [int(round(65_535 * math.exp(-i / FUNCTION_SHARPNESS / temperature))) for i in range(256)]


def export(folder, model, vocabulary, dilations, version, calibration):
    """Writes a quantised network; `calibration` is what evaluate.py found (see calibration.json)."""
    weights, shifts = integers_of(model)
    step = model.exponents["a"]  # this many bits below a sixteenth of a logit
    tables = {name: logistic_table(*calibration[name]) for name in ("plan", "begin", "end")}
    tables |= {"shift": step, "exp": exponential_table(calibration["temperature"]), "expShift": step}
    write(folder, weights, shifts, vocabulary.names, dilations, version, tables, calibration["threshold"])


CHECKS = [
    "Okay, so I need to find the number of apples. Let's see.\n\nWait, but the problem says 12: did I misread it? 3x²+2=5.",
    "首先,我们需要计算总数。等等,让我再检查一下。",
    "まず、問題を確認しよう。しかし、これは正しいだろうか?",
    "DeepSeek's iPhone don’t  know;\r\n\r\nALTERNATIVELY zyxomatic frobnicators might re-verify foo_bar(x).",
    "ฉันคิดว่า ลองอีกครั้ง. Сначала нужно проверить, ob das stimmt…",
    "so",
]


def verify(folder, model, names, docs):
    """Compares the network with the plain integers on documents, bit for bit, and writes check.json.

    check.json holds tokens and logits of a few texts for whoever writes another engine.
    """
    tagger, weights = read(folder)
    scale = 2.0 ** (ACTIVATION + model.exponents["a"])
    for doc, mine in docs:
        plain = logits(tagger, weights, [names[k] for k in doc["keys"]], doc["flags"])
        if not np.array_equal(mine * scale, plain):
            raise AssertionError(f"the network and its integers differ on {doc['text'][:60]!r}")
    cases = []
    for text in CHECKS:
        keys, flags, _, starts, ends = tokens(text)
        found = logits(tagger, weights, keys, flags).tolist()
        cases.append({"text": text, "keys": keys, "flags": flags, "starts": starts, "ends": ends, "logits": found})
    (Path(folder) / "check.json").write_text(json.dumps(cases, ensure_ascii=False, separators=(",", ":")) + "\n")
