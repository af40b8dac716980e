"""Shared by the tests: the built sg-mine, the fixtures, and random texts of awkward characters."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "integrations" / "python"))

LEXICON = ROOT / "fixtures" / "lexicon" / "lexicon.json"
TOKENIZERS = {name: ROOT / "fixtures" / "tokenizers" / name for name in ("gpt2", "qwen", "llama2", "gemma")}


def sg_mine(*args: object) -> str:
    """Standard output of the built command; its standard error goes into the failure."""
    done = subprocess.run(
        ["node", str(ROOT / "bin" / "sg-mine.js"), *map(str, args)], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def encode_in_javascript(tokenizer: Path, file: Path) -> list:
    script = ROOT / "integrations" / "python" / "tests" / "encode.mjs"
    done = subprocess.run(["node", str(script), str(tokenizer), str(file)], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.strip().split("\n")]


def write_traces(path: Path, texts: list) -> Path:
    rows = ({"id": i, "problem_id": "p", "trace": text} for i, text in enumerate(texts))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


# Everything that words.ts treats specially, between words of the lexicon.
PIECES = (
    "wait|Wait|WAIT|let|Let me|me|check|double-check|double‑check|that's|That’s|not right|hmm|maybe|Alternatively|therefore"
    "|a|I|x|B|é|e\u0301|première étape|让我们|让|我|コンピューター|ก็|ほら|ﬁrst|İ|ΣΑΣ|ς|𝐱|𝒳|𠮷|🙂|👩‍👩‍👧|\ufdd1|\x1a"
    "|,|, |，|、|.|. |!|?|;|:|…|。|'|’|-| - |—|–|(|[|{|“|”|\"|*|**|#|_|__|a_b|_x_|=|+|/|%|^|&|@|<|<b>|</b>|<|end|>|< b|<think>"
    "|\\|\\n|\\nNow|\\t|\\frac|\\(x\\)|\\(|\\)|\\[|\\]|\\\"|\\,|$|$$|$x$|$ x $|$5|$$y$$|`|`x`|```|```\nwait\n```|3|3.5|1,000|2nd|x2|f(|wait("
    "|<｜Assistant｜>|<｜end▁of▁sentence｜>|<｜|[/INST]|[THINK]|[INST|◁think▷|◁/think▷|◁|\n> |\n>> |> |>|<im_end>|</think>|http://a.b|module.name|e.g. |\n|\n\n|\r\n|\t|\v|\u0085|\u2028|\u00a0| |  |   |x\u0301|\u0301|½|²|Ⅳ|٣|Ω|ﷺ|\u200b|\u200d|\ufeff|\u1160"
).split("|")


ENDLESS = (
    "让我们|让|𠮷|𠮷让|ก็|コンピューター|\\(|\\[|\\( \\[|$|$x|$ x|$$|$$x|$x\n|`|`x|``|```|<|<a|<a |<a b|(|_|__|\\|\\n|-|'|,|3.|a-|a'|x "
).split("|")


@pytest.fixture(scope="session")
def awkward_texts() -> list:
    draw = random.Random(6)
    texts = []
    for _ in range(3000):
        pieces = [draw.choice(PIECES) for _ in range(draw.randint(1, 40))]
        glue = draw.choice(["", " ", " ", ", "])
        texts.append(glue.join(pieces))
    # Longer than the longest formula and inline code that the rules look for, with characters of two UTF-16 units.
    texts += [
        opening + draw.choice(["x", "𝐱"]) * draw.randint(lowest, lowest + 20) + closing + " wait, let me check"
        for opening, closing, lowest in (("$", "$", 3985), ("$$", "$$", 3985), ("\\(", "\\)", 3985), ("`", "`", 290), ("<b ", ">", 190))
        for _ in range(30)
    ]
    # What never ends: runs of a script without spaces beyond any sentence, formulas and code that nobody closes.
    texts += [
        opening * count + draw.choice(["", "\\)", "$", "`", "\n\n"]) + " wait, let me check 让我们 wait"
        for opening in ENDLESS
        for count in (3, 999, 1000, 1001, 2500)
    ]
    return [text for text in texts if text.strip()]


@pytest.fixture(scope="session")
def fuzz_lexicon(tmp_path_factory) -> Path:
    """Single words and pairs with every condition, so that words, gaps and clause starts all show in the spans."""
    words = "wait let me check that's not right hmm maybe alternatively therefore a i é 让 我 𝐱 now double-check ς first".split()
    entries = [
        {"gram": word, "spellings": [word], "function": "goal", "weight": 0.5, "cluster": 0}
        | ({"position": "clause-start"} if i % 3 == 0 else {})
        for i, word in enumerate([*words, "let me", "let me check", "not right", "让我们", "wait wait", "a a", "première étape"])
    ]
    for entry in entries:
        entry |= {"problems": 1, "traces": 1, "occurrences": 1, "perTrace": 1, "clauseInitial": 0}
    lexicon = json.loads(LEXICON.read_text(encoding="utf-8"))
    lexicon |= {"grams": [entry["gram"] for entry in entries], "entries": entries}
    path = tmp_path_factory.mktemp("lexicon") / "fuzz.json"
    path.write_text(json.dumps(lexicon), encoding="utf-8")
    return path
