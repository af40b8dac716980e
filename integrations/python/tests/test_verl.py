"""The wiring for verl: its own registry, batch and compute_advantage."""

import os

import numpy
import pytest
import torch
from conftest import LEXICON, TOKENIZERS
from sg_lexicon import PlanningMatcher, register_hicra
from tokenizers import Tokenizer

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
try:
    from verl.trainer.ppo import ray_trainer
except ImportError as error:
    pytest.skip(f"verl's trainer cannot be imported here: {error}", allow_module_level=True)


def test_registered_estimator_gives_hicra_advantages():
    from verl import DataProto
    from verl.trainer.config import AlgoConfig
    from verl.trainer.ppo import core_algos

    tokenizer = Tokenizer.from_file(str(TOKENIZERS["gpt2"] / "tokenizer.json"))
    matcher = PlanningMatcher.load(LEXICON, tokenizer=tokenizer)
    register_hicra(matcher, alpha=0.2)
    assert core_algos.get_adv_estimator_fn("hicra").__name__ == "compute_hicra_advantage"

    rows = [tokenizer.encode(text).ids for text in ("But wait. 3", "Wait, let me check 4", "Only sums", "I made a mistake")]
    width = max(map(len, rows))
    responses = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    response_mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    rewards = torch.zeros(4, width)
    for i, reward in enumerate((1.0, 0.0, 1.0, 0.0)):
        rewards[i, len(rows[i]) - 1] = reward
    data = DataProto.from_dict(
        tensors={"responses": responses, "response_mask": response_mask, "token_level_rewards": rewards},
        non_tensors={"uid": numpy.array(["p", "p", "q", "q"], dtype=object)},
    )
    for normalise, size in ((False, 0.5), (True, 0.5 / (0.5**0.5 + 1e-6))):
        config = AlgoConfig(adv_estimator="hicra", norm_adv_by_std_in_grpo=normalise)
        out = ray_trainer.compute_advantage(data, adv_estimator="hicra", norm_adv_by_std_in_grpo=normalise, config=config)
        for i, sign in enumerate((1, -1, 1, -1)):
            planning = matcher.mask(rows[i])
            expected = [size * (sign + 0.2 * bit) for bit in planning] + [0.0] * (width - len(rows[i]))
            assert out.batch["advantages"][i].tolist() == pytest.approx(expected, abs=1e-5)
        assert sum(map(sum, matcher.mask(rows))) > 5
