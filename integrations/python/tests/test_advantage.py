"""GRPO and HICRA on groups worked out by hand."""

import numpy
import pytest
import torch
from sg_lexicon import comparison_masks, entropy_credit_mask, grpo_advantage, hicra_advantage, high_entropy_mask


def test_grpo_is_the_reward_less_the_mean_of_its_group():
    # groups x: 1, 0, 0, 0 (mean 0.25); y: 1, 1 (equal); z: one rollout
    rewards = [1, 0, 0, 0, 1, 1, 0.5]
    groups = ["x"] * 4 + ["y"] * 2 + ["z"]
    assert grpo_advantage(rewards, groups) == [0.75, -0.25, -0.25, -0.25, 0, 0, 0]
    # the sample's deviation of x is sqrt(3 * 0.0625 + 0.5625) / sqrt(3) = 0.5
    scaled = grpo_advantage(rewards, groups, normalize_std=True)
    assert scaled == pytest.approx([0.75 / 0.5001, *[-0.25 / 0.5001] * 3, 0, 0, 0])


def test_a_success_gains_and_a_failure_is_penalised_less():
    mask = [[0, 1, 1], [0, 1, 0], [1, 1, 1]]
    expected = [[0.5, 0.6, 0.6], [-0.5, -0.4, -0.5], [0.0, 0.0, 0.0]]
    assert hicra_advantage([0.5, -0.5, 0.0], mask) == expected
    assert hicra_advantage([[0.5] * 3, [-0.5] * 3, [0.0] * 3], mask) == expected
    array = hicra_advantage(numpy.array([0.5, -0.5, 0.0]), numpy.array(mask))
    assert numpy.allclose(array, expected)
    tensor = hicra_advantage(torch.tensor([0.5, -0.5, 0.0]), torch.tensor(mask))
    assert torch.allclose(tensor, torch.tensor(expected))
    per_token = hicra_advantage(torch.tensor([[0.5] * 3, [-0.5] * 3, [0.0] * 3]), torch.tensor(mask), alpha=0.2)
    assert torch.allclose(per_token, torch.tensor(expected))


def test_weights_scale_the_gain():
    assert hicra_advantage([-1.0], [[0.0, 0.5, 1.0]], alpha=0.4) == [[-1.0, -0.8, -0.6]]


@pytest.mark.parametrize("alpha", [0, 1, -0.2, 1.5, float("nan")])
def test_alpha_lies_between_0_and_1(alpha):
    with pytest.raises(ValueError, match="alpha"):
        hicra_advantage([1.0], [[1]], alpha=alpha)


def test_rollouts_without_a_reward_belong_to_no_group():
    nan = float("nan")
    for rewards in ([1, 0, None], [1, 0, nan]):
        assert grpo_advantage(rewards, ["x"] * 3) == [0.5, -0.5, None]
    assert grpo_advantage([None, None], ["x", "x"]) == [None, None]
    tensor = grpo_advantage(torch.tensor([1.0, nan, 0.0]), torch.tensor([7, 7, 7]))
    assert tensor[0] == 0.5 and torch.isnan(tensor[1]) and tensor[2] == -0.5
    assert hicra_advantage([0.5, None], [[1, 0], [1, 1, 1]]) == [[0.6, 0.5], [None] * 3]


def test_the_order_of_rollouts_changes_no_bit():
    rewards = [0.1, 0.7, 1e-9, 0.3, 1e9, -0.2]
    forwards = grpo_advantage(rewards, ["x"] * 6, normalize_std=True)
    backwards = grpo_advantage(rewards[::-1], ["x"] * 6, normalize_std=True)
    assert forwards == backwards[::-1]


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="3 rewards, but 2 groups"):
        grpo_advantage([1, 2, 3], ["a", "b"])
    for advantages, mask in (
        ([1.0, 2.0], [1]),
        ([1.0, 2.0], [[1, 0, 1]]),
        ([[1.0, 2.0]], [[1, 0, 1]]),
        (torch.ones(2), torch.ones(3, 4)),
        (torch.ones(2, 3), torch.ones(2, 4)),
        (numpy.ones(2), numpy.ones((3, 4))),
        ([1.0, 2.0, 3.0], torch.ones(2, 4)),
    ):
        with pytest.raises(ValueError, match="advantages"):
            hicra_advantage(advantages, mask)


def test_kinds_may_be_mixed_and_keep_their_type():
    mask = [torch.tensor([1, 0]), torch.tensor([1])]
    rows = hicra_advantage([1.0, -1.0], mask)
    assert [row.tolist() for row in rows] == [[pytest.approx(1.2), 1.0], [pytest.approx(-0.8)]]
    assert hicra_advantage([1.0, -1.0], torch.tensor([[1, 0], [1, 0]])).dtype == torch.float32
    assert hicra_advantage(torch.ones(2).bfloat16(), torch.ones(2, 3)).dtype == torch.bfloat16
    jagged = torch.nested.as_nested_tensor([torch.tensor([1, 0]), torch.tensor([1])], layout=torch.jagged)
    out = hicra_advantage(torch.tensor([1.0, -1.0]), jagged)
    assert [row.tolist() for row in out.unbind()] == [[pytest.approx(1.2), 1.0], [pytest.approx(-0.8)]]
    assert hicra_advantage(float("inf"), [0, 0]) == [float("inf")] * 2
    assert torch.equal(hicra_advantage(torch.tensor([torch.inf]), torch.tensor([[0, 0]])), torch.full((1, 2), torch.inf))


def test_high_entropy_tokens_are_those_above_the_70th_percentile_of_their_response():
    row = [0.9, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.0]  # sorted, the one at int(0.7 * 10) is 0.7: two lie above
    expected = [1, 0, 0, 0, 0, 0, 0, 0, 1, 0]
    assert high_entropy_mask(row) == expected
    assert high_entropy_mask([row, [1.0]]) == [expected, [0]]
    tensor = high_entropy_mask(torch.tensor([row]))
    assert tensor.tolist() == [expected] and (torch.ones_like(tensor) & tensor).tolist() == [expected]
    # padding of high entropy has no part in it
    assert high_entropy_mask([*row, 9.0, 9.0], keep=[1] * 10 + [0, 0]) == [*expected, 0, 0]


def test_entropy_credit_goes_to_right_responses_that_are_longer_than_their_group():
    # group x: lengths 10, 4, 10 (mean 8): the first is right and longer, the second right but shorter, the third wrong
    row = [0.9, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.0]
    entropies = [row, [0.1, 0.2, 0.3, 0.4], row]
    credit = entropy_credit_mask(entropies, [0.5, 0.5, -1.0], ["x", "x", "x"])
    assert credit == [[1, 0, 0, 0, 0, 0, 0, 0, 1, 0], [0] * 4, [0] * 10]
    planning = [[0, 1] + [0] * 8, [1, 0, 0, 0], [1] + [0] * 9]
    both = [[a | b for a, b in zip(*rows)] for rows in zip(planning, credit)]
    out = hicra_advantage([0.5, 0.5, -1.0], both)
    assert out == [[0.6, 0.6] + [0.5] * 6 + [0.6, 0.5], [0.6, 0.5, 0.5, 0.5], [-0.8] + [-1.0] * 9]
    with pytest.raises(ValueError, match="2 groups"):
        entropy_credit_mask(entropies, [0.5, 0.5, -1.0], ["x", "x"])


def test_comparison_masks():
    masks = comparison_masks([1, 1, 0, 0, 1], [0.1, 0.9, 0.2, 0.8, 5.0], keep=[1, 1, 1, 1, 0])
    assert masks == {"hicra": [1, 1, 0, 0, 0], "high_entropy": [0, 1, 0, 0, 0], "both": [0, 1, 0, 0, 0], "all": [1, 1, 1, 1, 0]}
