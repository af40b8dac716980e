import type { GramEntry } from "../../lexicon/match.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import { type Export, type Exporter, json } from "./consumers.js";
import { sequencesFile } from "./tokenIds.js";
import type { Trainer } from "./trainers.js";

/** What the trainers that read no lexicon of their own need: the file for integrations/python, and its few lines. */
export const withRecipe =
  (trainer: Trainer): Exporter =>
  (entries, tokenizer) => ({ data: lexiconFile(entries, tokenizer), configuration: recipeOf(trainer, tokenizer) });

/** The Python package's file: entries and tokens, or without a tokenizer the entries alone, to be loaded with one. */
export const lexiconFile = (entries: readonly GramEntry[], tokenizer?: Tokenizer): string =>
  tokenizer ? sequencesFile(entries, tokenizer) : json({ entries });

/** A trainer's recipe, FILE standing for the lexicon's file; it needs the package, `pip install` of integrations/python. */
export function recipeOf(trainer: Trainer, tokenizer?: Tokenizer): Export["configuration"] {
  return RECIPES[trainer]
    .replaceAll(
      "MATCHER",
      tokenizer ? 'PlanningMatcher.load("FILE")' : 'PlanningMatcher.load("FILE", tokenizer=tokenizer)',
    )
    .replaceAll("SETTINGS", tokenizer ? "SG_LEXICON=FILE" : "SG_LEXICON=FILE SG_LEXICON_TOKENIZER=DIR");
}

const RECIPES: Record<Trainer, string> = {
  trl: `from sg_lexicon import PlanningMatcher, hicra_grpo_trainer   # TRL 0.26 or newer
from trl import GRPOConfig

HicraTrainer = hicra_grpo_trainer(MATCHER, alpha=0.2)
trainer = HicraTrainer(model=model, reward_funcs=reward, args=GRPOConfig(output_dir="out"), train_dataset=dataset)
trainer.train()`,
  verl: `SETTINGS VERL_USE_EXTERNAL_MODULES=sg_lexicon.verl_plugin \\
  python3 -m verl.trainer.main_ppo algorithm.adv_estimator=hicra ...`,
  openrlhf: `# hicra.py; run SETTINGS python3 hicra.py --algo.advantage.estimator dr_grpo ...
import runpy
import ray

if __name__ == "__main__":
    ray.init(runtime_env={"worker_process_setup_hook": "sg_lexicon.openrlhf.setup"})
    runpy.run_module("openrlhf.cli.train_ppo_ray", run_name="__main__")`,
  slime: `SETTINGS python3 train.py --advantage-estimator grpo \\
  --custom-advantage-function-path sg_lexicon.slime.hicra_advantages ...`,
  "prime-rl": `# at the end of src/prime_rl/orchestrator/algo/__init__.py
from sg_lexicon import PlanningMatcher
from sg_lexicon.prime_rl import credit_group

class HicraAlgorithm(GRPOAlgorithm):
    matcher = MATCHER

    async def score_group(self, group):
        await super().score_group(group)
        credit_group(group, self.matcher, alpha=0.2)

ALGORITHM_CLASSES["grpo"] = HicraAlgorithm`,
  skyrl: `SETTINGS python3 -m sg_lexicon.skyrl ...   # in place of skyrl.train.entrypoints.main_base`,
  rllm: `from sg_lexicon import PlanningMatcher
from sg_lexicon.rllm import use

use(MATCHER, alpha=0.2)   # before the trainer is made`,
  "ms-swift": `# hicra.py; run swift rlhf --rlhf_type grpo --external_plugins hicra.py ...
from sg_lexicon import PlanningMatcher
from sg_lexicon.ms_swift import use

use(MATCHER, alpha=0.2)`,
  "nemo-rl": `from sg_lexicon import PlanningMatcher
from sg_lexicon.nemo_rl import use

use(MATCHER, alpha=0.2)   # before grpo_train`,
  unsloth: `from unsloth import FastLanguageModel   # first: it replaces TRL's trainer
from sg_lexicon import PlanningMatcher, hicra_grpo_trainer

HicraTrainer = hicra_grpo_trainer(MATCHER, alpha=0.2)`,
  textpolicy: `from sg_lexicon import PlanningMatcher
from sg_lexicon.textpolicy import with_planning_mask
from textpolicy.training import build_gtpo_hicra_transform

transform = with_planning_mask(build_gtpo_hicra_transform(tokenizer), MATCHER)`,
  retrain: `# SG_LEXICON=FILE retrain ..., and in the run's TOML
[planning]
detector = "sg_lexicon.retrain.Detector"`,
};
