"""The proof on real traces, where there are any; scripts/check-masks.py says what it compares."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import LEXICON, ROOT

DATA = Path(os.environ.get("SG_MINE_DATA", ROOT.parent / "shared"))


@pytest.mark.skipif(not (DATA / "data").is_dir(), reason=f"SG_MINE_DATA: no traces in {DATA.name}/data")
def test_masks_from_ids_equal_masks_from_characters():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "check-masks.py", LEXICON, "--traces", "2000", "--consumers", "0"],
        capture_output=True, text=True, env={**os.environ, "SG_MINE_DATA": str(DATA)},
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": 0 differences") == 2
