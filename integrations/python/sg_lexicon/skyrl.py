# SPDX-License-Identifier: MIT
"""HICRA in SkyRL 0.3: a trainer whose advantages are HICRA's. Its registry of estimators hands over no token ids.

`SG_LEXICON=grams.token-ids.json python3 -m sg_lexicon.skyrl …` takes the place of `skyrl.train.entrypoints.main_base`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from .advantage import hicra_advantage
from .environment import alpha_from_environment, matcher_from_environment
from .matcher import PlanningMatcher


def hicra_trainer(matcher: PlanningMatcher, alpha: float = 0.2, base: Any = None) -> Any:
    """A subclass of RayPPOTrainer (or of `base`), for the `get_trainer` of an experiment of your own.

    Responses are the last tokens of `sequences`; the model's own among them are those of `loss_mask`.
    """
    if base is None:
        base = import_module("skyrl.train.trainer").RayPPOTrainer

    class HicraTrainer(base):  # type: ignore[misc]
        def compute_advantages_and_returns(self, data: Any) -> Any:
            data = super().compute_advantages_and_returns(data)
            advantages = data["advantages"]
            ids = data["sequences"][:, -advantages.shape[1] :]
            mask = matcher.mask(ids, keep=data["loss_mask"])
            data["advantages"] = hicra_advantage(advantages, mask.to(advantages.device), alpha)
            return data

    return HicraTrainer


def hicra_experiment(base: Any = None) -> Any:
    """A subclass of BasePPOExp (or of `base`) whose trainer is HICRA's, with the lexicon that the environment names."""
    if base is None:
        base = import_module("skyrl.train.entrypoints.main_base").BasePPOExp

    class HicraExperiment(base):  # type: ignore[misc]
        def get_trainer(self, *args: Any, **kwargs: Any) -> Any:
            return hicra_trainer(matcher_from_environment(), alpha_from_environment())(*args, **kwargs)

    return HicraExperiment


def run(config: Any) -> None:
    """One experiment; SkyRL runs it in a Ray worker, never on the head node."""
    hicra_experiment()(config).run()


def main() -> None:
    """SkyRL's entry point, with its arguments."""
    ray: Any = import_module("ray")
    skyrl = import_module("skyrl.train.entrypoints.main_base")
    config = skyrl.SkyRLTrainConfig.from_cli_overrides(sys.argv[1:])
    skyrl.validate_cfg(config)
    skyrl.initialize_ray(config)
    ray.get(ray.remote(num_cpus=1)(run).remote(config))


if __name__ == "__main__":
    main()
