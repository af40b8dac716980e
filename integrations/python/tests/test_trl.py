"""The wiring for TRL: a real GRPOTrainer takes real steps on a small random model."""

import json

import pytest
import torch
from conftest import LEXICON, ROOT, TOKENIZERS
from sg_lexicon import PlanningMatcher, hicra_advantage, hicra_grpo_trainer

trl = pytest.importorskip("trl", reason="trl is not installed")


def test_grpo_trainer_trains_with_hicra_advantages(tmp_path):
    from datasets import Dataset
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(TOKENIZERS["gpt2"] / "tokenizer.json"), eos_token="<|endoftext|>", pad_token="<|endoftext|>"
    )
    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), n_embd=16, n_layer=1, n_head=2, n_positions=96))
    matcher = PlanningMatcher.load(LEXICON, tokenizer=tokenizer)
    # A random model says nothing sensible: these stand in for what it generates.
    said = ["Wait, let me check. 3", "Only a sum: 3 + 4", "But wait. Hmm", "Therefore 7"]

    class Spoken(trl.GRPOTrainer):
        def _generate(self, prompts):
            output = list(super()._generate(prompts))
            assert isinstance(output[1], list) and isinstance(output[1][0], list), "TRL's completion ids have moved"
            output[1] = [tokenizer(said[i % 4])["input_ids"] for i in range(len(prompts))]
            return tuple(output)

    seen = []

    class Watched(hicra_grpo_trainer(matcher, alpha=0.2, base=Spoken)):
        def _compute_loss(self, model, inputs):
            seen.append({key: inputs[key].clone() for key in ("advantages", "completion_ids", "completion_mask")})
            return super()._compute_loss(model, inputs)

    prompts = Dataset.from_list([{"prompt": json.dumps(i)} for i in range(4)])
    trainer = Watched(
        model=model,
        processing_class=tokenizer,
        reward_funcs=lambda completions, **_: [float(len(text) % 5) for text in completions],
        train_dataset=prompts,
        args=trl.GRPOConfig(
            output_dir=str(tmp_path), per_device_train_batch_size=4, num_generations=4, max_completion_length=8,
            max_steps=2, report_to=[], use_cpu=True, disable_tqdm=True, save_strategy="no", logging_steps=1,
            learning_rate=1e-3, shuffle_dataset=False, bf16=False,
        ),
    )
    before = model.transformer.wte.weight.detach().clone()
    trainer.train()

    assert not torch.equal(before, model.transformer.wte.weight), "no step was taken"
    assert len(seen) >= 2
    gained = 0
    for batch in seen:
        advantages, ids, keep = batch["advantages"], batch["completion_ids"], batch["completion_mask"]
        assert advantages.shape == ids.shape, "one advantage per token"
        mask = matcher.mask(ids, keep=keep)
        for row, planning in zip(advantages, mask):
            plain = row[planning == 0]
            assert torch.all(plain == plain[0]), "execution tokens keep the completion's advantage"
            assert torch.allclose(row, hicra_advantage(plain[:1], planning[None])[0])
            gained += int((row > plain[0]).sum())
    assert gained > 0
    assert any("planning_share" in entry for entry in trainer.state.log_history)
