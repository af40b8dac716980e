"""The tagger reads in Python what it reads in `sg-mine tag`."""

import dataclasses
import json
import random
import subprocess
import unicodedata

import pytest
from conftest import LEXICON, ROOT, TOKENIZERS, sg_mine, write_traces
from sg_lexicon import PlanningMatcher
from sg_lexicon.stream import stream
from sg_lexicon.tagger import PlanningTagger


def random_characters() -> list:
    """Texts of any code points, half of them with neighbours of the same kind, lone surrogates among them."""
    draw = random.Random(3)
    texts = []
    for _ in range(2000):
        around = draw.randrange(0x110000)
        far, near = draw.choice(((0x110000, 0x110000), (0x3000, 0x300), (0x10000, 20), (0x500, 40)))
        points = [
            draw.choice((draw.randrange(far), min(0x10FFFF, around + draw.randrange(near)), ord(draw.choice("aZ'’ \n\r\t1-让"))))
            for _ in range(draw.randint(1, 40))
        ]
        # a half of a pair before the other half is one character in JavaScript
        texts.append("".join(chr(point) for point in points if not 0xDC00 <= point < 0xE000))
    return texts


def test_reads_the_same_stream(awkward_texts, tmp_path):
    texts = [*awkward_texts, *random_characters()]
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps(text) + "\n" for text in texts))
    script = ROOT / "integrations" / "python" / "tests" / "stream.mjs"
    done = subprocess.run(["node", script, path], capture_output=True, text=True, encoding="utf-8", check=True)
    for text, line in zip(texts, done.stdout.strip().split("\n"), strict=True):
        keys, *arrays = stream(text)
        starts, ends, kinds, cases, glued = (array.tolist() for array in arrays)
        assert json.loads(line) == [list(token) for token in zip(keys, kinds, cases, map(int, glued), starts, ends)], text


MODEL = ROOT / "models" / "planning-tagger"


def read_in_javascript(texts, folder):
    path = folder / "texts.jsonl"
    path.write_text("".join(json.dumps(text) + "\n" for text in texts))
    script = ROOT / "integrations" / "python" / "tests" / "read.mjs"
    done = subprocess.run(["node", script, path], capture_output=True, text=True, encoding="utf-8", check=True)
    return [json.loads(line) for line in done.stdout.strip().split("\n")]


def same(tagger, texts, lines):
    spans = 0
    for text, reading, (plan, begin, end, functions, expected) in zip(texts, tagger.read_all(texts), lines, strict=True):
        assert reading.plan.tolist() == plan, text
        assert reading.begin.tolist() == begin and reading.end.tolist() == end, text
        assert reading.functions.flatten().tolist() == functions, text
        found = [[span.start, span.end, span.probability, span.function] for span in tagger.spans_of(reading)]
        assert found == expected, text
        spans += len(found)
    return spans


@pytest.fixture(scope="module")
def readings(awkward_texts, tmp_path_factory):
    files = [ROOT / "fixtures" / name for name in ("lexicon/traces.jsonl", "chinese.jsonl")]
    fixtures = [json.loads(line)["trace"] for file in files for line in file.read_text(encoding="utf-8").strip().split("\n")]
    letters = random.Random(5)
    # more words than are kept, and a text longer than what is read at a time
    words = ["".join(letters.choices("aeioubcdft", k=6)) for _ in range(40_000)]
    texts = [*fixtures, *awkward_texts[::3], *random_characters()[::4], " ".join(words), "Wait, let me check this. " * 3_000, "", " "]
    return texts, read_in_javascript(texts, tmp_path_factory.mktemp("texts"))


@pytest.mark.parametrize("device", [None, "cpu"])
def test_says_the_same_of_every_token(device, readings):
    texts, lines = readings
    assert same(PlanningTagger.load(MODEL, device=device), texts, lines) > 1_000


def test_reads_each_text_as_if_it_were_alone(readings):
    texts, lines = readings
    tagger = PlanningTagger.load(MODEL)
    for i in random.Random(2).sample(range(len(texts)), 60):
        reading = tagger.read(texts[i])
        assert reading.plan.tolist() == lines[i][0] and reading.functions.flatten().tolist() == lines[i][3]


def test_refuses_a_damaged_model(tmp_path):
    for name in ("tagger.json", "weights.bin", "SHA256SUMS"):
        data = bytearray((MODEL / name).read_bytes())
        if name == "weights.bin":
            data[1000] ^= 1
        (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match="weights.bin: damaged"):
        PlanningTagger.load(tmp_path)


@pytest.mark.parametrize("name", ["gpt2", "llama2"])
def test_marks_by_context_as_tag_does(name, awkward_texts, tmp_path):
    texts = [text for text in awkward_texts[:600] if all(ord(char) >= 32 or char in "\n\t" for char in text)]
    path = write_traces(tmp_path / "traces.jsonl", texts)
    tokenizer = TOKENIZERS[name]
    lines = [json.loads(line) for line in sg_mine("tag", "-q", LEXICON, path, "--tokenizer", tokenizer).strip().split("\n")]
    matcher = PlanningMatcher.load(LEXICON, tokenizer=tokenizer, tagger=PlanningTagger.load(MODEL))
    entries = spans = 0
    for text, line in zip(texts, lines, strict=True):
        text = line.get("text", text)  # what is read of it, without the marks of a chat
        keys = ("startCodePoint", "endCodePoint", "gram", "probability", "function", "cluster")
        expected = [tuple(span.get(key) for key in keys) for span in line["spans"]]
        assert [dataclasses.astuple(span) for span in matcher.find(text)] == expected, text
        spans += len(expected)
        entries += sum(span[2] is not None for span in expected)
        if "\u2581" not in text and unicodedata.normalize("NFC", text) == text:
            assert matcher.mask(line["token_ids"]) == line["mask"], text
    assert spans > entries > 50
