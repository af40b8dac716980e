# SPDX-License-Identifier: MIT
"""HICRA in TRL, 0.26 and newer: a subclass of GRPOTrainer, which takes one advantage per token from then on."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from .advantage import hicra_advantage
from .matcher import PlanningMatcher

OLDEST = (0, 26)
"""Before it the loss spread advantages of shape (B, T) to (B, B, T), whose gradient over a group is 0."""


def hicra_grpo_trainer(matcher: PlanningMatcher, alpha: float = 0.2, base: Any = None) -> Any:
    """TRL: a subclass of GRPOTrainer (or of `base`, a subclass of it) whose advantages are HICRA's.

    `HicraTrainer(model=…, …)` with `HicraTrainer = hicra_grpo_trainer(PlanningMatcher.load("grams.token-ids.json"))`,
    everything else as before. It logs `planning_share`, the share of the model's own tokens that plan, and
    `planning_share/FUNCTION`; what tools return counts for nothing.

    Raises RuntimeError for TRL before 0.26, TypeError for a base that is no GRPOTrainer or makes its advantages
    elsewhere. The trainer raises ValueError when it is made for sequence-level importance sampling or a fused loss, under
    which advantages per token have no effect of their own, and RuntimeError at the first loss that does not take them.
    """
    trl = import_module("trl")
    if _version(trl.__version__) < OLDEST:
        raise RuntimeError(f"TRL {trl.__version__} spreads advantages per token over the whole batch; 0.26 or newer is needed")
    if base is None:
        base = trl.GRPOTrainer
    if not (isinstance(base, type) and issubclass(base, trl.GRPOTrainer)):
        raise TypeError(
            f"{getattr(base, '__name__', base)} is no subclass of GRPOTrainer: its loss takes one advantage per completion"
        )
    if not hasattr(base, "_generate_and_score_completions"):
        raise TypeError(f"{base.__name__} has no _generate_and_score_completions, in which advantages could be changed")

    class HicraTrainer(base):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._hicra_checked = False
            _refuse_settings(self)

        def _generate_and_score_completions(self, inputs: Any) -> Any:
            output = super()._generate_and_score_completions(inputs)
            ids, keep = output["completion_ids"], _loss_mask(output)
            output["advantages"] = hicra_advantage(output["advantages"], matcher.mask(ids, keep=keep), alpha)
            _log_shares(self, matcher.shares(ids, keep=keep), keep)
            return output

        def _compute_loss(self, model: Any, inputs: Any) -> Any:
            if not self._hicra_checked:
                self._hicra_checked = _check_loss(self, base, model, inputs)
            return super()._compute_loss(model, inputs)

    return HicraTrainer


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _refuse_settings(trainer: Any) -> None:
    args = trainer.args
    if getattr(args, "importance_sampling_level", "token") == "sequence":
        raise ValueError(
            'importance_sampling_level="sequence" (GSPO) averages the advantages of a completion, so that HICRA would have '
            'no effect; use "token"'
        )
    if hasattr(trainer, "compute_liger_loss") and (getattr(args, "use_liger_kernel", False) or getattr(args, "use_liger_loss", False)):
        raise ValueError("the fused Liger loss takes one advantage per completion; set use_liger_kernel=False")


def _loss_mask(batch: Any) -> Any:
    """The tokens that the model wrote, as the loss has them."""
    return batch["completion_mask"] * batch["tool_mask"] if "tool_mask" in batch else batch["completion_mask"]


def _log_shares(trainer: Any, shares: dict[str, float], keep: Any) -> None:
    """Over all processes, weighed by their tokens."""
    tokens = keep.sum().float()
    counted = trainer.accelerator.gather(keep.new_tensor([[*shares.values(), 1.0]], dtype=tokens.dtype) * tokens).sum(0)
    metrics = trainer._metrics["train" if trainer.model.training else "eval"]
    for name, count in zip(shares, counted):
        metrics[name].append((count / counted[-1].clamp(min=1)).item())


def _check_loss(trainer: Any, base: Any, model: Any, inputs: Any) -> bool:
    """Whether one token's advantage moves the gradient of that token alone. False: nothing in the batch to see it by.

    The loss is run on log-probabilities put in place of the model's, so that no forward pass is needed, once with equal
    advantages and once with one of them doubled. Raises RuntimeError where the loss takes no advantages per token.
    """
    import torch

    keep = _loss_mask(inputs)
    if not keep.any():
        return False
    row, column = (int(i) for i in keep.nonzero()[0])
    shape = tuple(inputs["completion_ids"].shape)
    zeros = torch.zeros(shape, device=keep.device)
    highest = zeros.clone()
    highest[row, column] = 1.0  # in the mask of top_entropy_quantile, if there is one
    plain = torch.ones(shape, device=keep.device)
    doubled = plain.clone()
    doubled[row, column] = 2.0
    without = {"old_per_token_logps", "sampling_per_token_logps", "importance_sampling_ratio"}
    batch = {key: value for key, value in inputs.items() if key not in without}
    if "importance_sampling_ratio" in inputs:
        batch["importance_sampling_ratio"] = torch.ones_like(inputs["importance_sampling_ratio"])

    gradients = []
    for advantages in (plain, doubled):
        logps = zeros.clone().requires_grad_()
        with torch.enable_grad(), _standing_in(trainer, logps, highest) as calls:
            try:
                loss = base._compute_loss(trainer, model, {**batch, "advantages": advantages})
            except (RuntimeError, IndexError, ValueError) as error:
                raise RuntimeError(_REFUSAL.format(base.__name__, error)) from error
        if not calls:
            warnings.warn(
                f"{base.__name__} reads its log-probabilities elsewhere than TRL does, so it could not be "
                "checked that its loss takes one advantage per token; HICRA has no effect unless it does",
                stacklevel=3,
            )
            return True
        gradients.append(torch.autograd.grad(loss, logps)[0])
    moved = (gradients[1] - gradients[0]).abs() > 1e-6 * gradients[0].abs().max()
    if moved.sum() != 1 or not moved[row, column]:
        raise RuntimeError(_REFUSAL.format(base.__name__, f"{int(moved.sum())} tokens follow the advantage of one"))
    return True


_REFUSAL = "the loss of {} takes no advantages per token ({}); HICRA cannot work with it"


@contextmanager
def _standing_in(trainer: Any, logps: Any, entropies: Any) -> Iterator[list[bool]]:
    """Puts `logps` in place of the model's log-probabilities, and afterwards all that the loss notes back as it was."""
    name = "_get_per_token_logps_and_entropies"
    calls: list[bool] = []

    def given(*_: Any, **asked: Any) -> Any:
        calls.append(True)
        return (logps, entropies, None) if "compute_aux_loss" in asked else (logps, entropies)

    state = dict(trainer.__dict__)
    metrics = {mode: {key: list(values) for key, values in kept.items()} for mode, kept in trainer._metrics.items()}
    setattr(trainer, name, given)
    try:
        yield calls
    finally:
        trainer.__dict__.clear()
        trainer.__dict__.update(state)
        for mode, kept in trainer._metrics.items():
            kept.clear()
            kept.update(metrics.get(mode, {}))
