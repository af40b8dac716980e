"""Proves on real traces that the tagger says the same in Python and in sg-mine, token for token.

    scripts/check-tagger.py [--traces 2500] [--device cpu]

Reads SG_MINE_DATA (default ../shared): data/*.jsonl.gz. Prints tokens and differences (any makes it fail) and the
processor time of the reading in Python. Run after `npm run build`, with numpy (with --device, torch) installed.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "integrations" / "python"))
from sg_lexicon.tagger import PlanningTagger  # noqa: E402

DATA = Path(os.environ.get("SG_MINE_DATA", ROOT.parent / "shared")) / "data"


def sample(count):
    """Every n-th trace of each corpus, so that all its models and problems have a part."""
    corpora = sorted(DATA.glob("*.jsonl.gz"))
    if not corpora:
        sys.exit(f"{DATA}: no *.jsonl.gz; set SG_MINE_DATA to the folder that holds data/")
    wanted = -(-count // len(corpora))
    texts = []
    for corpus in corpora:
        with gzip.open(corpus, "rt", encoding="utf-8") as lines:
            traces = [text for text in (json.loads(line).get("trace") for line in lines) if text and text.strip()]
        step = max(1, len(traces) // wanted)
        texts += traces[::step][:wanted]
    return texts[:count]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--traces", type=int, default=2500)
    parser.add_argument("--device")
    options = parser.parse_args()
    texts = sample(options.traces)
    tagger = PlanningTagger.load(ROOT / "models" / "planning-tagger", device=options.device)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.jsonl"
        path.write_text("".join(json.dumps(text) + "\n" for text in texts))
        script = ROOT / "integrations" / "python" / "tests" / "read.mjs"
        lines = subprocess.Popen(["node", script, path], stdout=subprocess.PIPE, text=True, encoding="utf-8")
        tokens = differences = spans = 0
        cpu = 0.0
        readings = tagger.read_all(texts)
        for line in lines.stdout:
            started = time.process_time()
            reading = next(readings)
            found = tagger.spans_of(reading)
            cpu += time.process_time() - started
            plan, begin, end, functions, expected = json.loads(line)
            tokens += len(plan)
            spans += len(expected)
            mine = [reading.plan.tolist(), reading.begin.tolist(), reading.end.tolist(), reading.functions.flatten().tolist()]
            differences += sum(a != b for ours, theirs in zip(mine, (plan, begin, end, functions)) for a, b in zip(ours, theirs))
            differences += [[span.start, span.end, span.probability, span.function] for span in found] != expected
            differences += len(mine[0]) != len(plan)
        if lines.wait() != 0:
            sys.exit("node failed")
        differences += next(readings, None) is not None
    print(f"{len(texts)} traces, {tokens:,} tokens, {spans:,} spans: {differences} differences")
    print(f"{tokens / cpu:,.0f} tokens a second of processor time")
    sys.exit(1 if differences else 0)


main()
