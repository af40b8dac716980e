"""Counts by function, and a lexicon as a table."""

import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import LEXICON
from sg_lexicon import Lexicon, PlanningMatcher, count_moves
from sg_lexicon.tagger import PlanningTagger

TEXT = "First, I need to add. But wait. Wait, let me check: 3 + 4. Therefore 7. The waiter waits."


def test_counts_moves_by_function(monkeypatch):
    lexicon = Lexicon.load(LEXICON)
    counts = lexicon.count_moves(TEXT)
    assert counts == {"moves": 4, "goal": 1, "deduction": 1, "branching": 0, "backtracing": 2}
    assert count_moves(TEXT, LEXICON) == count_moves(TEXT, PlanningMatcher.load(LEXICON)) == counts
    assert set(count_moves("", lexicon)) == set(counts) and not any(count_moves("", lexicon).values())
    from sg_lexicon.environment import matcher_from_environment

    matcher_from_environment.cache_clear()
    monkeypatch.setenv("SG_LEXICON", str(LEXICON))
    assert count_moves(TEXT) == counts
    matcher_from_environment.cache_clear()
    monkeypatch.delenv("SG_LEXICON")
    # no lexicon at all: the tagger of the package
    matcher = PlanningMatcher([], tagger=PlanningTagger.load())
    assert count_moves(TEXT) == count_moves(TEXT, matcher) and count_moves(TEXT)["moves"] == len(matcher.find(TEXT)) > 1


def test_the_environment_chooses_the_way_of_marking(monkeypatch):
    from sg_lexicon.environment import matcher_from_environment

    monkeypatch.setenv("SG_LEXICON", str(LEXICON))
    for by, context in (("context", True), ("grams", False)):
        monkeypatch.setenv("SG_LEXICON_BY", by)
        matcher_from_environment.cache_clear()
        assert (matcher_from_environment().tagger is not None) == context
    monkeypatch.setenv("SG_LEXICON_BY", "list")
    matcher_from_environment.cache_clear()
    with pytest.raises(RuntimeError, match="grams or context"):
        matcher_from_environment()
    matcher_from_environment.cache_clear()


def test_a_list_of_grams_counts_too(tmp_path):
    path = tmp_path / "grams.json"
    path.write_text('["let me", "let me check", "check that"]')
    # "let me check" and "check that" overlap: the first counts
    assert count_moves("So let me check that.", path)["moves"] == 1


def test_rows_and_text(tmp_path):
    lexicon = Lexicon.load(LEXICON)
    assert repr(lexicon).startswith(f"Lexicon({len(lexicon)} entries: '") and len(lexicon.grams) == len(lexicon)
    assert repr(lexicon.matcher()) == f"PlanningMatcher({len(lexicon)} entries, no tokens)"
    tagger = PlanningTagger.load()
    assert repr(tagger) == f"PlanningTagger(planning-tagger {tagger.version}, numpy)"
    assert repr(PlanningMatcher([], tagger=tagger)) == f"PlanningMatcher(0 entries, no tokens, {tagger!r})"
    assert lexicon.provenance == json.loads(LEXICON.read_text(encoding="utf-8"))["provenance"]
    table = pytest.importorskip("pandas") and lexicon.to_pandas()
    assert list(table["gram"]) == lexicon.grams and {"function", "weight", "cluster"} <= set(table.columns)


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_line_of_the_readme_for_pandas(tmp_path, monkeypatch, readme):
    pandas = pytest.importorskip("pandas")
    root = Path(__file__).parents[3]
    (line,) = re.findall(r"`(pandas\.DataFrame\(.*?\))`", (root / readme).read_text(encoding="utf-8"))
    shutil.copy(LEXICON, tmp_path / "grams.json")
    monkeypatch.chdir(tmp_path)
    table = eval(line, {"pandas": pandas, "json": json, "open": open})
    assert list(table["gram"]) == Lexicon.load(LEXICON).grams
    assert table["weight"].between(0, 1).all() and (table["problems"] > 0).all()
