"""What is exported is read back by Python as it was written, whatever characters it holds."""

import json
import random
import subprocess

import pytest
import yaml
from conftest import ROOT


def exports_of(grams):
    """Exports by name; lone surrogates go as \\u escapes both ways."""
    script = ROOT / "integrations" / "python" / "tests" / "export.mjs"
    done = subprocess.run(["node", str(script)], input=json.dumps(grams), capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def characters():
    """Every character of the first planes, 64 at a time, and random texts of all of Unicode."""
    blocks = [
        "".join(chr(64 * i + j) for j in range(64) if not 0xD800 <= 64 * i + j <= 0xDFFF) for i in range(0x20000 // 64)
    ]
    draw = random.Random(1)
    odd = ["\x7f", "\x85", "\x9f", "\ufffe", "\uffff", "\ufeff", "\u2028", "{a}: -", "=1+1", "yes", "~", "'''", '"', "\\"]
    any_of = lambda: draw.choice([*odd, chr(draw.randrange(0xD800)), chr(draw.randrange(0xE000, 0x110000))])
    mixed = ["".join(any_of() for _ in range(9)) for _ in range(2000)]
    return [text for text in [*blocks, *odd, *mixed] if text != ""]


@pytest.fixture(scope="module")
def grams():
    return characters()


@pytest.fixture(scope="module")
def exports(grams):
    return exports_of(grams)


def test_yaml_is_read_by_pyyaml(grams, exports):
    assert [entry["gram"] for entry in yaml.safe_load(exports["yaml"])["strategic_grams"]] == grams


def test_the_package_reads_its_file(grams, exports):
    assert [entry["gram"] for entry in json.loads(exports["python"])["entries"]] == grams


def test_list_is_json(grams, exports):
    assert json.loads(exports["list"]) == grams
