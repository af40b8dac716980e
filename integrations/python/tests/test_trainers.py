"""The wirings for trainers other than TRL and verl: their real code where it is installed, else data in its shapes.

Groups of two with rewards 1 and 0: A = 0.5 and -0.5; on planning tokens A + 0.2 |A| = 0.6 and -0.4.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys
import types
import typing
from collections import defaultdict
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
import torch
from conftest import LEXICON, TOKENIZERS
from sg_lexicon import PlanningMatcher
from tokenizers import Tokenizer

TOKENIZER = Tokenizer.from_file(str(TOKENIZERS["gpt2"] / "tokenizer.json"))
PROMPT = TOKENIZER.encode("Now 1 + 1? Wait, let me check\n").ids
RESPONSES = [TOKENIZER.encode(text).ids for text in ("Wait, let me check. 2", "So 2 But wait")]
PLANNING = ["Wait, let me check", "But wait"]
CREDIT = [(0.5, 0.6), (-0.5, -0.4)]


@pytest.fixture(scope="module")
def matcher():
    return PlanningMatcher.load(LEXICON, tokenizer=TOKENIZER)


@pytest.fixture(scope="module")
def expected(matcher):
    """HICRA's advantages of the two responses, from marks that are checked by their text."""
    rows = []
    for ids, planning, (plain, credited) in zip(RESPONSES, PLANNING, CREDIT):
        bits = matcher.mask(ids)
        assert TOKENIZER.decode([i for i, bit in zip(ids, bits) if bit]).strip() == planning
        rows.append([credited if bit else plain for bit in bits])
    return rows


@pytest.fixture
def named(monkeypatch):
    """The lexicon in the environment, for wirings that are loaded by name."""
    from sg_lexicon.environment import matcher_from_environment

    matcher_from_environment.cache_clear()
    monkeypatch.setenv("SG_LEXICON", str(LEXICON))
    monkeypatch.setenv("SG_LEXICON_TOKENIZER", str(TOKENIZERS["gpt2"]))
    yield
    matcher_from_environment.cache_clear()


class Standing(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands in for packages that need a GPU, so that the trainer's own module can be imported."""

    def __init__(self, *names):
        self.names = names

    def find_spec(self, name, path, target=None):
        if any(name == own or name.startswith(own + ".") for own in self.names):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = MagicMock(name=spec.name)
        module.__path__, module.__spec__, module.__version__ = [], spec, "0.19.0"
        return module

    def exec_module(self, module):
        pass


OPENRLHF_NEEDS = (
    *"deepspeed vllm flash_attn ring_flash_attn peft bitsandbytes optree torchvision wandb pylatexenc torchdata jsonlines".split(),
    "transformers.integrations.deepspeed",
)


def padded(rows, fill=0):
    width = max(map(len, rows))
    return torch.tensor([[*row, *[fill] * (width - len(row))] for row in rows])


def real(name, *gpu_packages):
    """A trainer's module; the test is skipped, with the reason, where it cannot be imported."""
    for package in ("transformers", "transformers.trainer", "accelerate", "datasets"):  # before anything stands in
        importlib.import_module(package)
    standing = Standing(*gpu_packages)
    sys.meta_path.insert(0, standing)
    try:
        return importlib.import_module(name)
    except ImportError as error:
        pytest.skip(f"{name} cannot be imported here: {error}")
    finally:
        sys.meta_path.remove(standing)


def test_openrlhf(matcher, expected):
    module = real("openrlhf.trainer.ppo_utils.experience_maker", *OPENRLHF_NEEDS)
    from sg_lexicon.openrlhf import hicra_experience_maker

    maker = object.__new__(hicra_experience_maker(matcher, base=module.RemoteExperienceMaker))
    advantage = SimpleNamespace(estimator="dr_grpo", gamma=1.0, lambd=1.0, no_std_norm=True)
    reward = SimpleNamespace(clip_range=None, overlong_buffer_len=None, stop_properly_penalty_coef=None)
    maker.args = SimpleNamespace(rollout=SimpleNamespace(n_samples_per_prompt=2), algo=SimpleNamespace(advantage=advantage), reward=reward)
    maker.strategy = SimpleNamespace(args=maker.args)
    maker.advantage_estimator = "dr_grpo"
    maker.kl_ctl = SimpleNamespace(value=0.0)
    sequences = padded([PROMPT + row for row in RESPONSES])
    action_mask = padded([[0] * len(PROMPT) + [1] * len(row) for row in RESPONSES])[:, 1:]
    experience = SimpleNamespace(
        sequences=sequences, action_mask=action_mask, rewards=torch.tensor([1.0, 0.0]), index=[0, 1], values=None, info={},
        kl=torch.zeros(action_mask.shape), attention_mask=torch.ones_like(sequences),
        response_length=action_mask.sum(-1), total_length=action_mask.sum(-1),
    )  # fmt: skip
    out = maker.compute_advantages_and_returns([experience])[0]
    for row, mask, values in zip(out.advantages, action_mask.bool(), expected):
        assert row[mask].tolist() == pytest.approx(values)


def test_skyrl(matcher, expected, monkeypatch):
    if sys.version_info < (3, 12):  # pydantic refuses typing.TypedDict before it, and SkyRL uses it
        import typing_extensions

        monkeypatch.setattr(typing, "TypedDict", typing_extensions.TypedDict)
    module = real("skyrl.train.trainer")
    from sg_lexicon.skyrl import hicra_trainer
    from skyrl.backends.skyrl_train.training_batch import TrainingInputBatch

    trainer = object.__new__(hicra_trainer(matcher, base=module.RayPPOTrainer))
    algorithm = SimpleNamespace(advantage_estimator="grpo", gamma=1.0, lambd=1.0, grpo_norm_by_std=False)
    trainer.cfg = SimpleNamespace(generator=SimpleNamespace(step_wise_trajectories=False), trainer=SimpleNamespace(algorithm=algorithm))
    trainer.all_metrics = {}
    trainer.tracker = MagicMock()
    # SkyRL lays responses at the end of its sequences, one as long as the other
    rows = [row[: min(map(len, RESPONSES))] for row in RESPONSES]
    width = len(rows[0])
    data = TrainingInputBatch(
        {
            "sequences": torch.tensor([PROMPT + row for row in rows]),
            "response_mask": torch.ones(2, width),
            "loss_mask": torch.ones(2, width),
            "values": None,
            "rewards": torch.tensor([[0.0] * (width - 1) + [1.0], [0.0] * width]),
        }
    )
    data.metadata = {"uids": ["p", "p"], "pad_size": 0, "avg_response_length": float(width)}
    out = trainer.compute_advantages_and_returns(data)["advantages"]
    bits = [matcher.mask(row) for row in rows]
    assert sum(map(sum, bits)) > 2
    for row, own, (plain, credited) in zip(out.tolist(), bits, CREDIT):
        assert row == pytest.approx([credited if bit else plain for bit in own], abs=1e-6)


def test_retrain(matcher, named):
    registry = real("retrain.registry")
    transformers = pytest.importorskip("transformers")
    loaded = transformers.PreTrainedTokenizerFast(tokenizer_file=str(TOKENIZERS["gpt2"] / "tokenizer.json"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transformers.AutoTokenizer, "from_pretrained", lambda name: loaded)
        detector = registry.get_registry("planning_detector").create("sg_lexicon.retrain.Detector", SimpleNamespace(model="any"))
    names = loaded.convert_ids_to_tokens(RESPONSES[0])
    assert detector.detect(names) == matcher.mask(RESPONSES[0])
    assert detector.detect([*names, ""]) == [*matcher.mask(RESPONSES[0]), 0] and detector.detect([]) == []


def test_ms_swift(matcher, expected):
    """The advantages that its own trainer computes and lays out."""
    base = real("swift.rlhf_trainers").GRPOTrainer
    from sg_lexicon.ms_swift import hicra_grpo_trainer
    from swift.rl_core.data import GRPOBatch

    trainer = object.__new__(hicra_grpo_trainer(matcher, base=base))
    given = dict(
        _has_teacher=False, use_teacher_api=False, advantage_reweight=None, sdar_loss_coef=0.0, teacher_kl_coef=0.0,
        kl_in_reward=False, beta=0.0, dynamic_num_samples=False, num_generations=2, advantage_estimator="grpo",
        scale_rewards="none", reward_func_names=["any"], reward_weights=torch.ones(1), model=SimpleNamespace(training=True),
        template=SimpleNamespace(sequence_parallel_size=1), args=SimpleNamespace(steps_per_generation=1),
        accelerator=SimpleNamespace(num_processes=1, process_index=0, device="cpu"), _rewards_per_func=torch.tensor([[1.0], [0.0]]),
        _metrics={"train": defaultdict(list)}, _logs={"advantages": [], "rewards": defaultdict(list)},
    )  # fmt: skip
    for name, value in given.items():
        setattr(trainer, name, value)
    keep = padded([[1] * len(row) for row in RESPONSES]).bool()
    own = GRPOBatch(completion_mask=keep, truncated_mask=torch.zeros(2).bool(), seq_lengths=keep.sum(1))
    ids = torch.cat([torch.tensor([PROMPT, PROMPT]), padded(RESPONSES)], dim=1)
    samples = [SimpleNamespace(advantages=None, prompt_id="p", request_id=str(i)) for i in range(2)]
    trainer._postprocess_batch(samples, [{"grpo_batch": own, "model_inputs": {"input_ids": ids}}])
    for row, mask, values in zip(own.advantages, keep, expected):
        assert row[mask].tolist() == pytest.approx(values)


def test_ms_swift_shapes(matcher, expected):
    """Batches laid out as its trainer leaves them, and what is refused."""
    from sg_lexicon.ms_swift import hicra_grpo_trainer

    class Base:
        args = SimpleNamespace(importance_sampling_level="token")

        def _postprocess_batch(self, samples, batches):
            for batch in batches:
                own = batch["grpo_batch"]
                own.advantages = torch.tensor([0.5, -0.5])[:, None].expand_as(own.completion_mask).clone()

    keep = padded([[1] * len(row) for row in RESPONSES]).bool()
    # right-padded sequences, whose last tokens are those of completion_mask
    ids = torch.cat([torch.tensor([PROMPT, PROMPT]), padded(RESPONSES)], dim=1)
    batch = {"grpo_batch": SimpleNamespace(completion_mask=keep, advantages=None), "input_ids": ids}
    trainer = hicra_grpo_trainer(matcher, base=Base)()
    trainer._postprocess_batch(None, [batch])
    for row, mask, values in zip(batch["grpo_batch"].advantages, keep, expected):
        assert row[mask].tolist() == pytest.approx(values)
    packed = {"grpo_batch": SimpleNamespace(completion_mask=keep, advantages=None), "input_ids": ids.reshape(1, -1)}
    with pytest.raises(RuntimeError, match="padding"):
        trainer._postprocess_batch(None, [packed])
    for refused, said in (
        ({"importance_sampling_level": "sequence"}, "sequence"),
        ({"loss_type": "real"}, "real"),
        ({"use_liger_kernel": True}, "Liger"),
    ):
        Base.args = SimpleNamespace(**refused)
        with pytest.raises(ValueError, match=said):
            hicra_grpo_trainer(matcher, base=Base)()


def test_slime(expected, named):
    from sg_lexicon.slime import hicra_advantages

    data = {
        "tokens": [torch.tensor(PROMPT + row) for row in RESPONSES],
        "response_lengths": [len(row) for row in RESPONSES],
        "loss_masks": [torch.ones(len(row), dtype=torch.int) for row in RESPONSES],
        "rewards": [0.5, -0.5],
        "kl": [torch.zeros(len(row)) for row in RESPONSES],
    }
    hicra_advantages(None, data)
    for row, values in zip(data["advantages"], expected):
        assert row.tolist() == pytest.approx(values)
    assert [row.shape for row in data["returns"]] == [row.shape for row in data["advantages"]]
    data["kl"] = [torch.zeros(2), torch.zeros(2)]
    with pytest.raises(RuntimeError, match="context-parallel-size 1"):
        hicra_advantages(None, data)


def test_prime_rl(matcher):
    from sg_lexicon.prime_rl import credit_trace

    def node(text, sampled):
        ids = TOKENIZER.encode(text).ids
        return SimpleNamespace(token_ids=ids, mask=[sampled] * len(ids), advantages=[0.5] * len(ids) if sampled else None)

    nodes = [node("1 + 1?\n", False), node("I made", True), node(" noise", False), node(" a mistake. But wait", True)]
    credit_trace(SimpleNamespace(nodes=nodes, branches=[SimpleNamespace(nodes=nodes), SimpleNamespace(nodes=nodes[:2])]), matcher)
    assert nodes[1].advantages == [0.5] * len(nodes[1].token_ids)  # no gram over what the tool said
    credited = [i for i, value in zip(nodes[3].token_ids, nodes[3].advantages) if value == pytest.approx(0.6)]
    assert TOKENIZER.decode(credited).strip() == "But wait" and nodes[2].advantages is None


def test_rllm(matcher, expected, monkeypatch):
    from sg_lexicon.rllm import use

    def collect(groups, algorithm_config, collect_advantage=True):
        for group in groups:
            for trajectory, advantage in zip(group.trajectories, (0.5, -0.5)):
                for step in trajectory.steps:
                    step.advantage = advantage
        return {"reward": 1.0}

    name = "collect_reward_and_advantage_from_trajectory_groups"
    modules = [types.ModuleType("rllm_algorithms"), types.ModuleType("rllm_trainer")]
    for module in modules:
        setattr(module, name, collect)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    use(matcher, module="rllm_algorithms")
    steps = [SimpleNamespace(response_ids=row, advantage=None) for row in RESPONSES]
    group = SimpleNamespace(trajectories=[SimpleNamespace(steps=[step]) for step in steps])
    assert getattr(modules[1], name)([group], None) == {"reward": 1.0}
    for step, values in zip(steps, expected):
        assert step.advantage == pytest.approx(values)


def test_nemo_rl(matcher, expected):
    from sg_lexicon.nemo_rl import HicraEstimator

    class Estimator:
        def compute_advantage(self, prompt_ids, rewards, mask, **kwargs):
            return (rewards - rewards.mean())[:, None].expand(mask.shape)

    estimator = HicraEstimator(Estimator(), matcher)
    ids = padded([PROMPT + row for row in RESPONSES])
    mask = padded([[0] * len(PROMPT) + [1] * len(row) for row in RESPONSES])
    given = {"prompt_ids": None, "rewards": torch.tensor([1.0, 0.0]), "mask": mask, "logprobs_policy": None}

    def grpo_train(train_data):
        return estimator.compute_advantage(**given)

    for row, own, values in zip(grpo_train({"input_ids": ids}), mask.bool(), expected):
        assert row[own].tolist() == pytest.approx(values)
    with pytest.raises(RuntimeError, match="input_ids"):
        grpo_train({})


def test_textpolicy(matcher):
    from sg_lexicon.textpolicy import flat_mask

    lengths = [len(row) for row in RESPONSES]
    flat = [float(bit) for row in RESPONSES for bit in matcher.mask(row)]
    assert sum(flat) > 4
    assert flat_mask(padded(RESPONSES).tolist(), lengths, matcher) == flat
    assert flat_mask([i for row in RESPONSES for i in row], lengths, matcher) == flat
