"""The wiring for TRL: real GRPOTrainers take real steps on a small random model; per-token gradients worked out by hand."""

import json

import pytest
import torch
from conftest import LEXICON, TOKENIZERS
from sg_lexicon import PlanningMatcher, hicra_grpo_trainer

trl = pytest.importorskip("trl", reason="trl is not installed")
VERSION = tuple(int(part) for part in trl.__version__.split(".")[:2])
supported = pytest.mark.skipif(VERSION < (0, 26), reason=f"TRL {trl.__version__} is refused")

# A random model says nothing sensible: these stand in for what it generates. Rewards 1, 0, 1, 0: A = 0.5 and -0.5,
# and on planning tokens A + 0.2 |A| = 0.6 and -0.4.
SAID = ["Wait, let me check. 3", "Only a sum: 3 + 4", "But wait. Hmm", "Therefore 7"]
PLANNING = ["Wait, let me check", "", "But wait Hmm", "Therefore"]
REWARDS = [1.0, 0.0, 1.0, 0.0]
ADVANTAGES = {(1.0, 0): 0.5, (1.0, 1): 0.6, (0.0, 0): -0.5, (0.0, 1): -0.4}
WIDTH = 48


@pytest.fixture(scope="module")
def tokenizer():
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_file=str(TOKENIZERS["gpt2"] / "tokenizer.json"), eos_token="<|endoftext|>", pad_token="<|endoftext|>"
    )


@pytest.fixture(scope="module")
def matcher(tokenizer):
    return PlanningMatcher.load(LEXICON, tokenizer=tokenizer)


def speaking(tokenizer, base, tools=None):
    """A trainer whose model says what is SAID, with the output of a tool in it where `tools` says so."""

    class Speaking(base):
        def _generate(self, prompts, *args, **kwargs):
            output = list(super()._generate(prompts, *args, **kwargs))
            assert isinstance(output[1], list) and isinstance(output[1][0], list), "TRL's completion ids have moved"
            rows = [tokenizer(SAID[i % 4])["input_ids"] for i in range(len(prompts))]
            if tools is not None:
                assert output[2] is None or isinstance(output[2], list), "TRL's tool mask has moved"
                output[2] = [[1] * len(row) + [0] * len(tools) for row in rows]
                rows = [row + tools for row in rows]
            output[1] = rows
            return tuple(output)

    return Speaking


def run(tokenizer, trainer_class, folder, steps=1, config=None, **options):
    from datasets import Dataset
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    size = {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 128, "resid_pdrop": 0, "embd_pdrop": 0, "attn_pdrop": 0}
    trainer = trainer_class(
        model=GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), **size)),
        processing_class=tokenizer,
        reward_funcs=lambda completions, **_: [REWARDS[i % 4] for i in range(len(completions))],
        train_dataset=Dataset.from_list([{"prompt": json.dumps(i)} for i in range(4)]),
        args=(config or trl.GRPOConfig)(
            output_dir=str(folder), per_device_train_batch_size=4, num_generations=4, max_completion_length=WIDTH,
            max_steps=steps, report_to=[], use_cpu=True, disable_tqdm=True, save_strategy="no", logging_steps=1,
            learning_rate=1e-3, shuffle_dataset=False, bf16=False, gradient_checkpointing=False,
            **{"scale_rewards": False, **options},
        ),
    )  # fmt: skip
    trainer.train()
    return trainer


def watching(base, seen):
    """Keeps each batch and the gradient of the loss by the log-probability of each token."""

    class Watching(base):
        def _get_per_token_logps_and_entropies(self, *args, **kwargs):
            output = super()._get_per_token_logps_and_entropies(*args, **kwargs)
            if output[0].requires_grad:
                output[0].retain_grad()
                seen.append(output[0])
            return output

        def _compute_loss(self, model, inputs):
            seen.append({name: inputs[name].clone() for name in ("advantages", "completion_ids", "completion_mask")})
            seen[-1]["tokens"] = inputs.get("num_items_in_batch", inputs["completion_mask"].sum())
            return super()._compute_loss(model, inputs)

    return Watching


def row_of(batch, ids):
    """TRL shuffles the completions of a batch."""
    return next(i for i, row in enumerate(batch.tolist()) if row[: len(ids)] == ids)


@supported
@pytest.mark.parametrize("loss", ["dr_grpo", "grpo", "bnpo", "dapo"])
def test_gradients_per_token_are_those_of_hicra(tokenizer, matcher, tmp_path, loss):
    seen = []
    trainer = run(tokenizer, watching(hicra_grpo_trainer(matcher, base=speaking(tokenizer, trl.GRPOTrainer)), seen), tmp_path, loss_type=loss)
    batches = [found for found in seen if isinstance(found, dict)]
    gradients = [found.grad for found in seen if not isinstance(found, dict) and found.grad is not None]
    assert len(batches) >= 1 and len(gradients) == 1
    keep, ids = batches[0]["completion_mask"], batches[0]["completion_ids"]
    lengths = keep.sum(1)
    for text, planning, reward in zip(SAID, PLANNING, REWARDS):
        own = tokenizer(text)["input_ids"]
        row = row_of(ids, own)
        length = int(lengths[row])
        bits = matcher.mask(own)
        assert tokenizer.decode([i for i, bit in zip(ids[row].tolist(), bits) if bit]).strip() == planning
        # the weight of a token in each loss: of the batch's, of its row's, of all that could be; dapo's are those
        # that TRL says were generated, in some releases counted before `speaking` takes the completion's place
        dapo = int(batches[0]["tokens"])
        weight = {"dr_grpo": 4 * WIDTH, "grpo": 4 * length, "bnpo": int(lengths.sum()), "dapo": dapo}[loss]
        expected = [-ADVANTAGES[reward, bit] / weight for bit in bits[:length]]
        assert gradients[0][row, :length].tolist() == pytest.approx(expected, rel=1e-4)
        assert not gradients[0][row, length:].any()
    logged = next(entry for entry in trainer.state.log_history if "planning_share" in entry)
    share = sum(sum(matcher.mask(tokenizer(text)["input_ids"])) for text in SAID) / int(lengths.sum())
    assert logged["planning_share"] == pytest.approx(share, rel=1e-5)
    assert 0 < logged["planning_share/backtracing"] < logged["planning_share"]


@supported
def test_steps_are_taken(tokenizer, matcher, tmp_path):
    trainer = run(tokenizer, hicra_grpo_trainer(matcher, base=speaking(tokenizer, trl.GRPOTrainer)), tmp_path, steps=2)
    assert trainer.state.global_step == 2


@pytest.mark.skipif(VERSION < (1, 0), reason="before TRL 1.0 tools are another matter")
def test_what_tools_return_counts_for_nothing(tokenizer, matcher, tmp_path):
    tools = tokenizer(" result: wait, let me check. Therefore 3")["input_ids"]
    seen = []
    base = speaking(tokenizer, trl.GRPOTrainer, tools)
    trainer = run(tokenizer, watching(hicra_grpo_trainer(matcher, base=base), seen), tmp_path)
    advantages = seen[0]["advantages"] if isinstance(seen[0], dict) else seen[1]["advantages"]
    rows = [tokenizer(text)["input_ids"] for text in SAID]
    batch = next(found for found in seen if isinstance(found, dict))["completion_ids"]
    for reward, ids in zip(REWARDS, rows):
        after = advantages[row_of(batch, ids)][len(ids) : len(ids) + len(tools)]
        assert torch.allclose(after, torch.full_like(after, ADVANTAGES[reward, 0]))
    logged = next(entry for entry in trainer.state.log_history if "planning_share" in entry)
    share = sum(sum(matcher.mask(row)) for row in rows) / sum(map(len, rows))
    assert logged["planning_share"] == pytest.approx(share, rel=1e-5)


def test_versions_that_spread_advantages_are_refused(matcher, monkeypatch):
    monkeypatch.setattr(trl, "__version__", "0.25.1")
    with pytest.raises(RuntimeError, match="0.26 or newer"):
        hicra_grpo_trainer(matcher)


@supported
def test_trainers_without_advantages_per_token_are_refused(tokenizer, matcher, tmp_path):
    with pytest.raises(TypeError, match="no subclass of GRPOTrainer"):
        hicra_grpo_trainer(matcher, base=trl.RLOOTrainer)
    with pytest.raises(ValueError, match="GSPO"):
        run(tokenizer, hicra_grpo_trainer(matcher), tmp_path, importance_sampling_level="sequence")

    class Summed(trl.GRPOTrainer):
        """A loss with one advantage per completion, which takes (B, T) all the same."""

        def _compute_loss(self, model, inputs):
            advantages = inputs["advantages"]
            if advantages.dim() == 2:
                inputs = {**inputs, "advantages": advantages.mean(1)}
            return super()._compute_loss(model, inputs)

    with pytest.raises(RuntimeError, match="takes no advantages per token"):
        run(tokenizer, hicra_grpo_trainer(matcher, base=Summed), tmp_path)


@supported
def test_gmpo_is_refused(tokenizer, matcher, tmp_path):
    gmpo = pytest.importorskip("trl.experimental.gmpo", reason="this TRL has no GMPO")
    with pytest.raises(RuntimeError, match="takes no advantages per token"):
        run(tokenizer, hicra_grpo_trainer(matcher, base=gmpo.GMPOTrainer), tmp_path, config=gmpo.GMPOConfig)
