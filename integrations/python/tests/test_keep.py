"""`keep` reads over what is not kept: no gram across it by accident, none lost to it, and padding is not read at all."""

import random

import numpy
import pytest
import torch
from conftest import LEXICON, TOKENIZERS
from sg_lexicon import PlanningMatcher
from tokenizers import Tokenizer

TOKENIZER = Tokenizer.from_file(str(TOKENIZERS["gpt2"] / "tokenizer.json"))


@pytest.fixture(scope="module")
def matcher():
    return PlanningMatcher.load(LEXICON, tokenizer=TOKENIZER)


def encode(text):
    return TOKENIZER.encode(text, add_special_tokens=False).ids


def turns(*parts):
    ids, keep = [], []
    for text, kept in parts:
        row = encode(text)
        ids += row
        keep += [kept] * len(row)
    return ids, keep


def marked(matcher, ids, keep):
    """The text of the tokens that are marked, in which none may be that is not kept."""
    mask = matcher.mask(ids, keep=keep)
    assert len(mask) == len(ids) and not any(bit and not on for bit, on in zip(mask, keep))
    return TOKENIZER.decode([i for i, bit in zip(ids, mask) if bit], skip_special_tokens=False).strip()


@pytest.mark.parametrize(
    "parts, expected",
    [
        ([("I will search. Let me", 1), (" <result> 42 </result> ", 0), (" check that 3", 1)], ""),
        ([("so 4. But wait", 1), (" wait, let me check", 0), (" 3", 1)], "But wait"),
        ([("4\n```python\nprint(4)\n```\n```output", 1), ("\n4\n```\n", 0), ("Wait, let me check 3", 1)], "Wait, let me check"),
        ([("4\n```python\nprint(4)", 1), ("\nerror: 4\n", 0), ("Wait, let me check 3", 1)], "Wait, let me check"),
        (
            [("4\n```python\nprint(4)", 1), ("<|im_end|>\n<|im_start|>user\n4<|im_end|>\n<|im_start|>assistant\n", 0),
             ("Wait, let me check 3\n```\n4\n```\nBut wait", 1)],
            "Wait, let me checkBut wait",
        ),
        (
            [("4\n```python\nprint(4)", 1), ("\n<interpreter>\n4\n</interpreter>\n", 0), ("But wait\n```\n4\n```\n", 1)],
            "But wait",
        ),
        ([("The sum is 4", 1), ("<｜User｜>ok<｜Assistant｜>", 0), ("Therefore 4", 1)], "Therefore"),
        # words that were put into the model's mouth: the gram is there, and its own part of it is marked
        ([("It is 4.", 1), ("\nWait", 0), (", let me check 3", 1)], ", let me check"),
        # a prompt before it, and the gram begins where the model begins
        ([("What is 3 + 4? Wait, let me check.<|im_end|>\n<|im_start|>assistant\n", 0), ("Therefore 7", 1)], "Therefore"),
        ([("Use ``` and $ in 4", 0), ("<|im_end|>", 0), ("Therefore 7", 1)], "Therefore"),
    ],
)  # fmt: skip
def test_turns(matcher, parts, expected):
    ids, keep = turns(*parts)
    assert marked(matcher, ids, keep) == expected


def test_any_keep_gives_the_mask_of_the_whole_where_it_is_kept(matcher):
    draw = random.Random(19)
    text = "Okay. Wait, let me check that. 3 + 4 is 7. But wait. Hmm, alternatively 8\n```\nlet me check\n```\nTherefore 7."
    ids = encode(text)
    whole = matcher.mask(ids)
    assert sum(whole) > 10
    for _ in range(200):
        keep = [1, *(draw.randint(0, 1) for _ in ids[2:]), 1]  # both ends: no padding
        assert matcher.mask(ids, keep=keep) == [bit & on for bit, on in zip(whole, keep)]


@pytest.mark.parametrize("side", ["left", "right", "both"])
def test_padding_is_not_read_whatever_id_it_is(matcher, side):
    rows = [encode(text) for text in ("Therefore we stop. But wait", "But wait", "3", "")]
    width = max(map(len, rows)) + 3
    for fill in (encode("Wait")[0], encode(" wait")[0], -100, 10**6, 0):
        ids, keep, expected = [], [], []
        for row in rows:
            left = {"left": width - len(row), "right": 0, "both": 2}[side]
            right = width - len(row) - left
            ids.append([fill] * left + row + [fill] * right)
            keep.append([0] * left + [1] * len(row) + [0] * right)
            expected.append([0] * left + matcher.mask(row) + [0] * right)
        assert matcher.mask(ids, keep=keep) == expected
        assert matcher.mask(numpy.array(ids), keep=numpy.array(keep)).tolist() == expected
        assert matcher.mask(torch.tensor(ids), keep=torch.tensor(keep).bool()).tolist() == expected


def test_batches_of_every_kind(matcher):
    one, two = encode("Wait, let me check the sum. 3 + 4"), encode("But wait")
    masks = [matcher.mask(one), matcher.mask(two)]
    lists = matcher.mask([torch.tensor(one), torch.tensor(two)])
    assert [row.tolist() for row in lists] == masks and all(row.dtype == torch.long for row in lists)
    arrays = matcher.mask([numpy.array(one), numpy.array(two)], keep=[torch.ones(len(one)), [1] * len(two)])
    assert [row.tolist() for row in arrays] == masks
    jagged = torch.nested.as_nested_tensor([torch.tensor(one), torch.tensor(two)], layout=torch.jagged)
    mask = matcher.mask(jagged, keep=torch.nested.as_nested_tensor([torch.ones(len(one)), torch.ones(len(two))], layout=torch.jagged))
    assert [row.tolist() for row in mask.unbind()] == masks
    assert (mask * jagged).unbind()[1].tolist() == [i * bit for i, bit in zip(two, masks[1])]
    deep = matcher.mask(torch.tensor([[two, two]]))
    assert deep.shape == (1, 2, len(two)) and deep.tolist() == [[masks[1], masks[1]]]
    assert matcher.mask(tuple(numpy.int64(i) for i in two)) == masks[1]
    for empty in ([], [[]], [[], []]):
        assert matcher.mask(empty) == empty
    for shape in ((0, 5), (2, 0), (0,)):
        assert matcher.mask(torch.zeros(shape, dtype=torch.long)).shape == shape
        assert matcher.mask(numpy.zeros(shape, int)).shape == shape


def test_wrong_shapes_and_values_are_refused(matcher):
    ids = encode("But wait")
    for wrong, keep, message in (
        (ids, [1] * (len(ids) - 1), "keep has"),
        (ids, [1] * (len(ids) + 1), "keep has"),
        ([ids, ids], [[1] * len(ids)], "keep has 1 sequence"),
        (torch.tensor([ids]), torch.ones(1, len(ids) - 1), "keep has"),
        ([1, None], None, "token 1 is None"),
        (torch.zeros(3), None, "whole numbers"),
        ("But wait", None, "is text"),
        (torch.tensor(3), None, "single number"),
        ([1, [2]], None, "is a number"),
        (None, None, "NoneType"),
    ):
        with pytest.raises(ValueError, match=message):
            matcher.mask(wrong, keep=keep)


def test_shares_count_what_is_kept(matcher):
    ids, keep = turns(("Wait, let me check 3. ", 1), ("But wait, let me check", 0), ("Therefore 3", 1))
    mask = matcher.mask(ids, keep=keep)
    shares = matcher.shares([ids, ids], keep=[keep, keep])
    assert shares["planning_share"] == pytest.approx(sum(mask) / sum(keep))
    assert set(shares) == {"planning_share", *(f"planning_share/{name}" for name in matcher.functions)}
    assert 0 < shares["planning_share/backtracing"] <= shares["planning_share"]
    assert matcher.shares([])["planning_share"] == 0
