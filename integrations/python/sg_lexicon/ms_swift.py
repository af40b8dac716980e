# SPDX-License-Identifier: MIT
"""HICRA in ms-swift 4: a GRPO trainer whose advantages are HICRA's, put in place by `--external_plugins`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .advantage import hicra_advantage
from .matcher import PlanningMatcher


def hicra_grpo_trainer(matcher: PlanningMatcher, alpha: float = 0.2, base: Any = None) -> Any:
    """A subclass of swift's GRPOTrainer (or of `base`), which keeps one advantage per token.

    Raises ValueError when it is made for sequence-level importance sampling or a loss that takes one advantage per
    completion (`real`, Liger's), and RuntimeError for padding-free batches, whose ids are not laid out as their advantages are.
    """
    if base is None:
        base = import_module("swift.rlhf_trainers").GRPOTrainer

    class HicraTrainer(base):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if getattr(self.args, "importance_sampling_level", "token") == "sequence":
                raise ValueError('importance_sampling_level="sequence" averages advantages per token; use "token"')
            if getattr(self.args, "loss_type", None) == "real":
                raise ValueError('loss_type="real" takes one advantage per completion, so that HICRA would have no effect')
            if getattr(self.args, "use_liger_kernel", False):
                raise ValueError("the fused Liger loss takes one advantage per completion; set use_liger_kernel to false")

        def _postprocess_batch(self, samples: Any, batch_encoded_inputs: Any) -> None:
            super()._postprocess_batch(samples, batch_encoded_inputs)
            for encoded in batch_encoded_inputs:
                batch = encoded["grpo_batch"]
                keep = batch.completion_mask
                ids = encoded.get("model_inputs", encoded)["input_ids"]
                if ids.shape[0] != keep.shape[0] or ids.shape[1] < keep.shape[1]:
                    raise RuntimeError("HICRA needs batches with padding: set padding_free to false")
                mask = matcher.mask(ids[:, -keep.shape[1] :], keep=keep)
                batch.advantages = hicra_advantage(batch.advantages, mask, alpha)

    return HicraTrainer


def use(matcher: PlanningMatcher, alpha: float = 0.2) -> None:
    """Makes `swift rlhf --rlhf_type grpo` use it; call it in a file that `--external_plugins` names."""
    package = import_module("swift.rlhf_trainers")
    package.HicraTrainer = hicra_grpo_trainer(matcher, alpha)
    import_module("swift.trainers").TrainerFactory.TRAINER_MAPPING["grpo"] = "swift.rlhf_trainers.HicraTrainer"
