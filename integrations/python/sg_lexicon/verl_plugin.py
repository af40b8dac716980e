# SPDX-License-Identifier: MIT
"""Registers verl's `hicra` estimator on import, in whichever process verl runs it; environment.py names the variables.

    VERL_USE_EXTERNAL_MODULES=sg_lexicon.verl_plugin SG_LEXICON=grams.token-ids.json \\
      python3 -m verl.trainer.main_ppo algorithm.adv_estimator=hicra …
"""

from .environment import alpha_from_environment, matcher_from_environment
from .verl import register_hicra

register_hicra(matcher_from_environment(), alpha=alpha_from_environment())
