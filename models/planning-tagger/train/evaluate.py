"""Leaves families out: trains without them and says how well the tagger marks what it never saw.

    python evaluate.py --labels FILE... --traces FILE... [--work DIR] [--teachers N] [--seeds N] [--languages] [--write]

A family is a source's corpora with their twins in other languages (data.py); neither its labels nor its traces are
used by the vocabulary, the word vectors, the teachers or the tagger of its fold. --teachers 0 learns from labels alone.
--languages leaves real text of a language out instead. --write chooses threshold and calibration on what was left out
and writes calibration.json, which train.py reads.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_softmax

import encoder
from learn import f1, logits_of
from train import SEED, Sources, add_features, train

FOLDS = [
    ["zeroeval", "intercode_react", "kimi", "toolemu", "swe_specstory", "nmrllm", "livecodebench"],
    ["skythought", "super_repo_agents", "mmlu_pro", "reflexion", "swe_entire", "codemind", "mathvcot"],
    ["mip", "agent_mint", "agent_cochise", "nudgejudge", "dsmathv2", "tot_creative_plan_plain", "qwen25math_math100_plain"],
    ["thoughtanchors", "mlrbench", "planbenchr1", "reasoning-gym-eval", "tau2", "avalongpt", "enempt"],
    ["grposteps", "cotfaithr1", "whowhen_multiagent", "frames4omini", "swe_aider", "react_webshop"],
]
# The families of the mean: those with enough planning to measure.
MEASURED = (
    "zeroeval thoughtanchors skythought mip grposteps intercode_react super_repo_agents agent_mint mlrbench kimi agent_cochise mmlu_pro "
    "planbenchr1 toolemu reflexion reasoning-gym-eval cotfaithr1 swe_entire swe_specstory whowhen_multiagent nudgejudge nmrllm"
).split()
LANGUAGE_FOLDS = {
    "zh, all real text left out": ["gaokao_zh_plain", "ruozhiba_zh", "lawbenchzh", "liars"],
    "ja, all real text left out": ["igakuqaja"],
    "zh, gaokao_zh_plain left out": ["gaokao_zh_plain"],
    "zh, ruozhiba_zh left out": ["ruozhiba_zh"],
    "zh, lawbenchzh left out": ["lawbenchzh"],
    "zh, liars left out": ["liars"],
}
THRESHOLDS = np.arange(-1.6, 0.6, 0.1)  # logits


def by_family(rows, logits, threshold):
    plan = [l[:, 0] for l in logits]
    found = {}
    for family in sorted({r["family"] for r in rows}):
        mine = [i for i, r in enumerate(rows) if r["family"] == family]
        found[family] = f1([rows[i] for i in mine], [plan[i] for i in mine], threshold)
    return found


def mean(found, families=MEASURED):
    return float(np.mean([found[f][0] for f in families if f in found]))


def platt(score, truth):
    """(slope, bias) of the logistic curve through scores and truths."""
    loss = lambda x: -np.mean(np.where(truth > 0, np.log(expit(x[0] * score + x[1]) + 1e-9), np.log(expit(-x[0] * score - x[1]) + 1e-9)))  # noqa: E731
    return [round(float(v), 3) for v in minimize(loss, [1.0, 0.0], method="Nelder-Mead").x]


def calibration_of(rows, logits, threshold):
    """What calibration.json holds, from documents that were left out and their logits."""
    x = np.concatenate(logits)
    join = lambda name: np.concatenate([r[name] for r in rows])  # noqa: E731
    plan = platt(x[:, 0], join("plan"))
    function = join("function")
    inside = np.flatnonzero(function >= 0)
    loss = lambda t: -log_softmax(x[inside, 1:5] / np.exp(t), axis=1)[np.arange(len(inside)), function[inside]].mean()  # noqa: E731
    return {
        "plan": plan,
        "begin": platt(x[:, 5], join("begin")),
        "end": platt(x[:, 6], join("end")),
        "temperature": round(float(np.exp(minimize(loss, [0.0], method="Nelder-Mead").x[0])), 3),
        "threshold": {"plan": int(round(10_000 * expit(plan[0] * threshold + plan[1]))), "begin": 5000, "function": 4000},
    }


def table(title, found):
    print(f"\n{title}")
    for family, (value, precision, recall) in sorted(found.items(), key=lambda item: -item[1][0]):
        print(f"  {family:26s} {value:.3f}  precision {precision:.2f}  recall {recall:.2f}")


def main():
    parser = argparse.ArgumentParser(description="Measure the planning tagger on families left out.")
    parser.add_argument("--labels", nargs="+", type=Path, required=True)
    parser.add_argument("--traces", nargs="*", type=Path, default=[])
    parser.add_argument("--work", type=Path, default=Path("tagger-work"))
    parser.add_argument("--teachers", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--languages", action="store_true")
    parser.add_argument("--write", action="store_true")
    args, start = parser.parse_args(), time.time()
    log = lambda text: print(f"{time.time() - start:5.0f} s  {text}", file=sys.stderr, flush=True)  # noqa: E731
    sources = Sources(args.labels, args.traces, log)
    model = encoder.load()
    add_features(sources, model, args.work, log)
    folds = LANGUAGE_FOLDS if args.languages else {" ".join(f): f for f in FOLDS}
    means = []
    for seed in range(SEED, SEED + args.seeds):
        rows, logits = [], []
        for title, families in folds.items():
            out = [r for r in sources.rows if r["family"] in families and r["scored"] and (args.languages or r["language"] == "en")]
            tagger, vocabulary = train(sources.without(families), model, seed, log, args.teachers)
            read = logits_of(tagger, out, vocabulary)
            if args.languages:
                together = f1(out, [l[:, 0] for l in read], 0.0)
                table(f"{title}: {together[0]:.3f}, precision {together[1]:.2f}, recall {together[2]:.2f}", by_family(out, read, 0.0))
            rows, logits = rows + out, logits + read
        if args.languages:
            continue
        best = max(THRESHOLDS, key=lambda t: mean(by_family(rows, logits, t)))
        found = by_family(rows, logits, best)
        means.append(mean(found))
        table(f"seed {seed}, threshold at logit {best:.1f}: mean {means[-1]:.3f} (at 0: {mean(by_family(rows, logits, 0.0)):.3f})", found)
        if args.write and seed == SEED:
            (Path(__file__).parent / "calibration.json").write_text(json.dumps(calibration_of(rows, logits, best), indent=2) + "\n")
    if len(means) > 1:
        print(f"\nmean over {len(means)} seeds {np.mean(means):.3f}, from {min(means):.3f} to {max(means):.3f}")


if __name__ == "__main__":
    main()
