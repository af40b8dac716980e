"""The wiring for verl: its own registry, batch, compute_advantage and V1 trainer."""

import os
import subprocess
import sys
import types
from pathlib import Path

import numpy
import pytest
import torch
from conftest import LEXICON, TOKENIZERS
from sg_lexicon import PlanningMatcher, register_hicra
from tokenizers import Tokenizer

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
try:
    from verl.trainer.ppo import core_algos, ray_trainer
except ImportError as error:
    pytest.skip(f"verl's trainer cannot be imported here: {error}", allow_module_level=True)

TEXTS = ("But wait. 3", "Wait, let me check 4", "Only sums", "I made a mistake")
REWARDS = (1.0, 0.0, 1.0, 0.0)
GROUPS = ("p", "p", "q", "q")
# GROUPS of two with rewards 1 and 0: A = 0.5 and -0.5; on planning tokens A + 0.2 |A| = 0.6 and -0.4
PLAIN, PLANNING = (0.5, -0.5, 0.5, -0.5), (0.6, -0.4, 0.6, -0.4)


@pytest.fixture(scope="module")
def matcher():
    return PlanningMatcher.load(LEXICON, tokenizer=TOKENIZERS["gpt2"])


@pytest.fixture(scope="module")
def rows():
    tokenizer = Tokenizer.from_file(str(TOKENIZERS["gpt2"] / "tokenizer.json"))
    return [tokenizer.encode(text).ids for text in TEXTS]


def expected(matcher, rows, scale=1.0):
    masks = [matcher.mask(row) for row in rows]
    assert sum(map(sum, masks)) > 5
    return [
        [scale * (b if bit else a) for bit in mask] for mask, a, b in zip(masks, PLAIN, PLANNING)
    ]


def padded(rows, width):
    return torch.tensor([list(row) + [0] * (width - len(row)) for row in rows])


def config(**more):
    from omegaconf import OmegaConf

    return OmegaConf.create(
        {
            "algorithm": {"use_kl_in_reward": False, "gamma": 1.0, "lam": 1.0, "norm_adv_by_std_in_grpo": False, **more},
            "actor_rollout_ref": {"rollout": {"n": 2}},
        }
    )


@pytest.mark.parametrize("normalise", [False, True])
def test_the_legacy_trainers_function_gives_hicra_advantages(matcher, rows, normalise):
    from verl import DataProto

    register_hicra(matcher, alpha=0.2)
    assert core_algos.get_adv_estimator_fn("hicra").__name__ == "compute_hicra_advantage"
    width = max(map(len, rows))
    rewards = torch.zeros(4, width)
    for i, reward in enumerate(REWARDS):
        rewards[i, len(rows[i]) - 1] = reward
    data = DataProto.from_dict(
        tensors={
            "responses": padded(rows, width),
            "response_mask": padded([[1] * len(row) for row in rows], width),
            "token_level_rewards": rewards,
        },
        non_tensors={"uid": numpy.array(GROUPS, dtype=object)},
    )
    out = ray_trainer.compute_advantage(
        data,
        adv_estimator="hicra",
        norm_adv_by_std_in_grpo=normalise,
        config=config(norm_adv_by_std_in_grpo=normalise).algorithm,
    )
    # the sample's deviation of 1 and 0 is sqrt(1/2); verl adds 1e-6
    scale = 1 / (0.5**0.5 + 1e-6) if normalise else 1.0
    for row, values in zip(out.batch["advantages"].tolist(), expected(matcher, rows, scale)):
        assert row == pytest.approx(values + [0.0] * (width - len(values)), abs=1e-6)


def test_a_batch_that_verl_hands_over_is_used(matcher, rows):
    estimator = register_hicra(matcher, name="hicra_with_batch")
    width = max(map(len, rows))
    mask = padded([[1] * len(row) for row in rows], width)
    rewards = mask * 0.0
    rewards[:, 0] = torch.tensor(REWARDS)
    given = dict(
        token_level_rewards=rewards, response_mask=mask, index=numpy.array(GROUPS), config=config().algorithm
    )
    advantages, _ = estimator(**given, batch={"responses": padded(rows, width)})
    for row, values in zip(advantages.tolist(), expected(matcher, rows)):
        assert row[: len(values)] == pytest.approx(values)
    with pytest.raises(RuntimeError, match="no token ids"):
        estimator(**given)
    with pytest.raises(RuntimeError, match="ids of shape"):
        estimator(**given, batch={"responses": padded(rows, width)[:, :1]})


# --- the V1 trainer -------------------------------------------------------------------------------------------------


def v1_trainer():
    """The module and class of the trainer with a queue: trainer.ppo.v1 from 0.9 on, main_ppo_sync in 0.8."""
    import importlib

    for name in ("verl.trainer.ppo.v1.trainer_base", "verl.trainer.main_ppo_sync"):
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            reason = f"{name}: {error}"
            continue
        return module, next(c for c in vars(module).values() if isinstance(c, type) and hasattr(c, "_compute_advantage"))
    pytest.skip(f"this verl has no trainer with a queue, or it cannot be imported here: {reason}")


class Queue:
    """Keeps fields in this process. TransferQueue does the same across machines, and needs a Ray cluster to do it."""

    def __init__(self, keys, fields):
        self.keys, self.partition_id, self.fields = keys, "train", fields

    def __len__(self):
        return len(self.keys)

    def kv_batch_get(self, keys, partition_id, select_fields):
        assert keys == self.keys and partition_id == self.partition_id
        from tensordict import NonTensorStack, TensorDict

        nest = lambda values: torch.nested.as_nested_tensor(list(values), layout=torch.jagged)  # noqa: E731
        here = [name for name in select_fields if name in self.fields and name != "uid"]
        found = TensorDict({name: nest(self.fields[name]) for name in here}, batch_size=len(keys))
        if "uid" in select_fields:
            found["uid"] = NonTensorStack(*self.fields["uid"])
        return found

    def kv_batch_put(self, keys, partition_id, fields):
        assert keys == self.keys and partition_id == self.partition_id
        self.fields.update({name: fields[name].unbind() for name in fields.keys()})


def compute(monkeypatch, estimator, keys, rows, rewards, groups):
    """The advantages that the trainer's own _compute_advantage puts into the queue."""
    module, trainer = v1_trainer()
    queue = Queue(
        keys,
        {
            "uid": groups,
            "responses": [torch.tensor(row) for row in rows],
            "response_mask": [torch.ones(len(row), dtype=torch.long) for row in rows],
            "rm_scores": [torch.cat([torch.zeros(len(row) - 1), torch.tensor([r])]) for row, r in zip(rows, rewards)],
        },
    )
    monkeypatch.setattr(module, "tq", queue)
    trainer._compute_advantage(types.SimpleNamespace(config=config(adv_estimator=estimator)), queue, {})
    return [row.tolist() for row in queue.fields["advantages"]]


def test_the_v1_trainer_gives_hicra_advantages(matcher, rows, monkeypatch):
    register_hicra(matcher, alpha=0.2)
    given = (["p_0_0", "p_1_0", "q_0_0", "q_1_0"], rows, REWARDS, GROUPS)
    for row, values in zip(compute(monkeypatch, "hicra", *given), expected(matcher, rows), strict=True):
        assert row == pytest.approx(values, abs=1e-6)
    # and verl's own estimators are what they were
    for row, plain in zip(compute(monkeypatch, "grpo", *given), PLAIN, strict=True):
        assert row == pytest.approx([plain] * len(row), abs=1e-6)


def test_sessions_with_several_outputs_count_once(matcher, rows, monkeypatch):
    register_hicra(matcher, alpha=0.2)
    # session p_0 has two outputs, of which the last is scored: the group is (1, 0) all the same
    outputs = [rows[1], rows[0], rows[3]]
    found = compute(monkeypatch, "hicra", ["p_0_0", "p_0_1", "p_1_0"], outputs, [0.0, 1.0, 0.0], ["p"] * 3)
    signs = ((0.5, 0.6), (0.5, 0.6), (-0.5, -0.4))
    for row, ids, (plain, planning) in zip(found, outputs, signs, strict=True):
        assert row == pytest.approx([planning if bit else plain for bit in matcher.mask(ids)], abs=1e-6)


def test_the_plugin_registers_where_verl_is_imported(tmp_path):
    import sg_lexicon

    script = "import verl; from verl.trainer.ppo import core_algos; print(core_algos.get_adv_estimator_fn('hicra').__module__)"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(Path(sg_lexicon.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]),
        "VERL_USE_EXTERNAL_MODULES": "sg_lexicon.verl_plugin",
        "SG_LEXICON": str(LEXICON),
        "SG_LEXICON_TOKENIZER": str(TOKENIZERS["gpt2"]),
    }
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert done.stdout.strip().endswith("sg_lexicon.verl"), done.stderr
    del environment["SG_LEXICON"]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert done.returncode != 0 and "SG_LEXICON" in done.stderr
