"""The tagger reads in Python what it reads in `sg-mine tag`."""

import json
import random
import subprocess

from conftest import ROOT
from sg_lexicon.stream import stream


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
