"""GRPO and HICRA on groups worked out by hand."""

import numpy
import pytest
import torch
from sg_lexicon import grpo_advantage, hicra_advantage


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
