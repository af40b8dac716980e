# SPDX-License-Identifier: MIT
"""HICRA in verl, 0.7 and newer: an advantage estimator, on the legacy trainer and on the V1 trainer with its queue.

Nothing of verl is replaced. It hands an estimator rewards, mask and group but not the token ids; ours looks for them where
verl has them while it computes advantages: in the batch of the function that called it, or in the V1 trainer's queue.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import FrameType
from typing import Any, Optional

from .advantage import hicra_advantage
from .matcher import PlanningMatcher


def register_hicra(matcher: PlanningMatcher, alpha: float = 0.2, name: str = "hicra") -> Any:
    """verl: registers an advantage estimator, chosen with `algorithm.adv_estimator=hicra`; gives it back.

    It must run in the process that trains, which with Ray is a worker: put the call into a module of your own and name it
    in `VERL_USE_EXTERNAL_MODULES`, or name `sg_lexicon.verl_plugin` there, which takes SG_LEXICON from the environment.
    Whether advantages are divided by the standard deviation is verl's `algorithm.norm_adv_by_std_in_grpo`. The advantages
    below HICRA's are those of verl's own grpo, also where one session has several outputs.
    """
    core_algos: Any = import_module("verl.trainer.ppo.core_algos")

    def compute_hicra_advantage(
        token_level_rewards: Any,
        response_mask: Any,
        index: Any,
        config: Any = None,
        batch: Any = None,
        **kwargs: Any,
    ) -> tuple[Any, Any]:
        ids = _responses(batch)
        if ids is None or tuple(ids.shape) != tuple(response_mask.shape):
            found = "none" if ids is None else f"ids of shape {tuple(ids.shape)}"
            raise RuntimeError(
                f"{name}: verl hands over no token ids of shape {tuple(response_mask.shape)}: {found} found in the batch of "
                "compute_advantage or in the trainer's queue; please report verl's version"
            )
        sessions = _caller("compute_advantage_for_multi_trajectories")
        if sessions is None:
            advantages, returns = core_algos.compute_grpo_outcome_advantage(
                token_level_rewards=token_level_rewards,
                response_mask=response_mask,
                index=index,
                norm_adv_by_std_in_grpo=True if config is None else config.get("norm_adv_by_std_in_grpo", True),
            )
        else:  # grpo counts each session of a V1 trainer once, by its last output
            given = {**sessions.f_locals, "adv_estimator": core_algos.AdvantageEstimator.GRPO}
            names = sessions.f_code.co_varnames[: sessions.f_code.co_argcount]
            data = sessions.f_globals[sessions.f_code.co_name](**{key: given[key] for key in names})
            advantages, returns = data.batch["advantages"], data.batch["returns"]
        mask = matcher.mask(ids, keep=response_mask)
        return hicra_advantage(advantages, mask.to(advantages.device), alpha) * response_mask, returns

    # verl refuses a second estimator of one name; of ours the last one counts, with its matcher and alpha
    registry = core_algos.ADV_ESTIMATOR_REGISTRY
    if getattr(registry.get(name), "__module__", None) == __name__:
        del registry[name]
    core_algos.register_adv_est(name)(compute_hicra_advantage)
    return compute_hicra_advantage


def _responses(batch: Any) -> Optional[Any]:
    """The responses' ids as (B, T): from the batch that verl hands over or computes with, else from the V1 trainer's queue."""
    for found in (batch, *(getattr(frame.f_locals["data"], "batch", None) for frame in _callers("compute_advantage", "data"))):
        if found is not None and "responses" in found.keys():
            return found["responses"]
    for frame in _callers("_compute_advantage", "batch"):
        queued, queue = frame.f_locals["batch"], frame.f_globals.get("tq")
        if queue is not None and hasattr(queued, "partition_id"):
            fields = queue.kv_batch_get(keys=queued.keys, partition_id=queued.partition_id, select_fields=["responses"])
            responses = fields["responses"]
            return responses.to_padded_tensor(0) if responses.is_nested else responses
    return None


def _callers(function: str, local: str) -> list[FrameType]:
    """The frames of the running functions of that name that have a variable of that name, the nearest first."""
    found = []
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == function and local in frame.f_locals:
            found.append(frame)
        frame = frame.f_back
    return found


def _caller(function: str) -> Optional[FrameType]:
    frames = _callers(function, "batch_keys")
    return frames[0] if frames else None
