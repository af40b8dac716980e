"""The recipes of docs/trainers.md: they are what `sg-mine export` prints, what they name exists, and they run when pasted.

A recipe is run with its trainer where that can be imported; the others with an empty module in its place.
"""

import ast
import asyncio
import importlib
import inspect
import os
import re
import subprocess
import sys
import textwrap
import types
from types import SimpleNamespace

import pytest
from conftest import LEXICON, ROOT, TOKENIZERS, sg_mine
from test_trainers import CREDIT, OPENRLHF_NEEDS, PROMPT, RESPONSES, TOKENIZER, Standing, real

FILE = "grams.token-ids.json"
DOCS = (ROOT / "docs" / "trainers.md").read_text(encoding="utf-8")
PYTHON = DOCS[DOCS.index("\n## Python\n") : DOCS.index("\n## Proof\n")]
SECTIONS = {part.split("\n", 1)[0].lower(): part for part in PYTHON.split("\n### ")[1:]}
PATH = os.pathsep.join(
    os.path.abspath(path) for path in [str(ROOT / "integrations" / "python"), *os.environ.get("PYTHONPATH", "").split(os.pathsep)] if path
)
TRAINERS = "trl verl openrlhf slime prime-rl skyrl rllm ms-swift nemo-rl unsloth textpolicy retrain".split()


def blocks(text):
    """The indented code blocks of Markdown."""
    found = re.findall(r"(?:^ {4}.*\n(?:[ \t]*\n(?= {4}))*)+", text, re.M)
    return [textwrap.dedent(block).strip("\n") for block in found]


def recipe(trainer):
    return blocks(SECTIONS[trainer])[0]


def printed(trainer, folder, *options):
    done = subprocess.run(
        ["node", str(ROOT / "bin" / "sg-mine.js"), "export", str(LEXICON), "--for", trainer, "-o", FILE, *map(str, options)],
        capture_output=True, text=True, encoding="utf-8", cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0 and done.stdout == "", done.stderr
    return done.stderr.strip("\n").replace("...", "…")


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A folder with the file that the recipes load."""
    sg_mine("export", LEXICON, "--for", "token-ids", "--tokenizer", TOKENIZERS["gpt2"], "-o", tmp_path / FILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def environment(**more):
    return {**os.environ, "PYTHONPATH": PATH, **more}


# --- what they name ------------------------------------------------------------------------------------------------------


def test_there_is_one_section_a_trainer():
    assert sorted(SECTIONS) == sorted(TRAINERS)


@pytest.mark.parametrize("trainer", TRAINERS)
def test_export_prints_what_the_docs_show(trainer, tmp_path):
    shown = printed(trainer, tmp_path, "--tokenizer", TOKENIZERS["gpt2"])
    if trainer == "trl":  # the lines for the pull request's file come before
        shown = shown[shown.index("from sg_lexicon") :]
    assert shown == recipe(trainer)
    assert printed(trainer, tmp_path, "-q") == ""


def called(node, names):
    """What a call calls of ours: a function, a class, or a method of a name that holds one."""
    path = []
    while isinstance(node, ast.Attribute):
        path.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in names:
        return None
    found = names[node.id]
    for name in path:
        found = getattr(found, name)
    return found


def check_calls(tree, names):
    """Imports what is imported of ours, and binds every call of it; how many calls there were."""
    bound = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "sg_lexicon":
            for alias in node.names:
                names[alias.asname or alias.name] = getattr(importlib.import_module(node.module), alias.name)
        elif isinstance(node, ast.Call):
            target = called(node.func, names)
            if target is not None and not any(isinstance(value, ast.Starred) for value in node.args):
                inspect.signature(target).bind(*node.args, **{keyword.arg: keyword.value for keyword in node.keywords})
                bound += 1
    return bound


def instances():
    """Names that the docs use for things of ours; a method is looked up on the thing, so that `self` is bound."""
    import sg_lexicon

    matcher = sg_lexicon.PlanningMatcher.load(LEXICON)
    return {**{name: getattr(sg_lexicon, name) for name in sg_lexicon.__all__}, "matcher": matcher}


def check_shell(text):
    """Variables and dotted names of ours in a command or a TOML table."""
    known = (ROOT / "integrations" / "python" / "sg_lexicon" / "environment.py").read_text(encoding="utf-8")
    for variable in re.findall(r"\bSG_\w+", text):
        assert f'"{variable}"' in known, variable
    for name in re.findall(r"\bsg_lexicon(?:\.\w+)+", text):
        module, _, last = name.rpartition(".")
        if importlib.util.find_spec(name if module == "sg_lexicon" else module) is None:
            pytest.fail(name)
        if module != "sg_lexicon":
            getattr(importlib.import_module(module), last)


@pytest.mark.parametrize("trainer", TRAINERS)
@pytest.mark.parametrize("tokenizer", [True, False])
def test_recipes_name_what_exists(trainer, tokenizer, tmp_path):
    code = printed(trainer, tmp_path, *(["--tokenizer", TOKENIZERS["gpt2"]] if tokenizer else []))
    check_shell(code)
    if trainer == "trl":
        code = code[code.index("from sg_lexicon") :]
    if trainer in ("verl", "slime", "skyrl", "retrain"):
        # retrain's detector has the tokenizer of the run's model
        assert f"SG_LEXICON={FILE} " in code and ("SG_LEXICON_TOKENIZER=" in code) == (not tokenizer and trainer != "retrain")
    else:
        calls = check_calls(ast.parse(code), {})
        assert calls >= (0 if trainer == "openrlhf" else 2)


def examples_of(text):
    """Python from the first import on: above it stands how the package is installed."""
    found = [block[block.index("from sg_lexicon") :] for block in blocks(text) if "from sg_lexicon" in block]
    assert found
    return found


def test_the_packages_examples_bind(work):
    examples = examples_of(PYTHON.split("\n### ")[0])
    names = instances()
    assert sum(check_calls(ast.parse(code), names) for code in examples) >= 4
    inline = re.findall(r"`([^`\n]+)`", PYTHON)
    calls = 0
    for code in inline:
        try:
            tree = ast.parse(code.replace("…", "rest"))
        except SyntaxError:
            continue
        calls += check_calls(tree, dict(names))
    assert calls >= 8
    readme = (ROOT / "integrations" / "python" / "README.md").read_text(encoding="utf-8")
    assert sum(check_calls(ast.parse(code), instances()) for code in examples_of(readme)) >= 3


# --- that they run -------------------------------------------------------------------------------------------------------


def test_trl_runs(work, monkeypatch):
    trl = pytest.importorskip("trl")
    if tuple(map(int, trl.__version__.split(".")[:2])) < (0, 26):
        pytest.skip("refused, as test_trl.py checks")
    from datasets import Dataset
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    file = str(TOKENIZERS["gpt2"] / "tokenizer.json")
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=file, eos_token="<|endoftext|>", pad_token="<|endoftext|>")
    GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), n_embd=16, n_layer=1, n_head=2, n_positions=64)).save_pretrained("model")
    tokenizer.save_pretrained("model")
    real_config = trl.GRPOConfig
    here = {"use_cpu": True, "bf16": False, "max_completion_length": 8, "report_to": [], "disable_tqdm": True, "max_steps": 2}
    monkeypatch.setattr(trl, "GRPOConfig", lambda **given: real_config(**given, **here))
    given = {
        "model": str(work / "model"),
        "reward": lambda completions, **_: [float(len(text) % 2) for text in completions],
        "dataset": Dataset.from_list([{"prompt": "1 + 1?"}] * 8),
    }
    exec(recipe("trl"), given)
    assert given["trainer"].state.global_step == 2
    assert any("planning_share" in entry for entry in given["trainer"].state.log_history)


def test_unsloth_runs(work, monkeypatch):
    trl = pytest.importorskip("trl")
    if tuple(map(int, trl.__version__.split(".")[:2])) < (0, 26):
        pytest.skip("refused, as test_trl.py checks")
    module = types.ModuleType("unsloth")
    module.FastLanguageModel = None
    monkeypatch.setitem(sys.modules, "unsloth", module)
    given = {}
    exec(recipe("unsloth"), given)
    assert issubclass(given["HicraTrainer"], trl.GRPOTrainer)


STANDING_IN = """
import importlib, importlib.abc, importlib.machinery, sys
from unittest.mock import MagicMock

{standing}

class WithOpenRLHF(importlib.abc.MetaPathFinder):
    # as `real` does it, in whichever process imports openrlhf first
    def find_spec(self, name, path, target=None):
        if name == "openrlhf":
            sys.meta_path.remove(self)
            for package in ("transformers", "transformers.trainer", "accelerate", "datasets"):
                importlib.import_module(package)
            sys.meta_path.insert(0, Standing(*{names}))

sys.meta_path.insert(0, WithOpenRLHF())
"""

RECIPE_IN_RAY = """
import runpy, sys

sys.argv = ["hicra.py", "--help"]
try:
    runpy.run_path("hicra.py", run_name="__main__")
except SystemExit as ended:
    print("ended", ended.code)
import ray
from openrlhf.trainer.ppo_trainer import PPOTrainer

@ray.remote
def made_by(trainer):
    base = next(c for c in trainer.__mro__ if c.__name__ == "BasePPOTrainer")
    return base.__init__.__globals__["RemoteExperienceMaker"].__name__

print("made by", ray.get(made_by.remote(PPOTrainer.__ray_metadata__.modified_class)))
ray.shutdown()
"""


def test_openrlhf_runs(work):
    """Up to its arguments, and in a Ray worker: the trainer that is sent there makes experiences with HICRA."""
    pytest.importorskip("openrlhf")
    standing = STANDING_IN.format(standing=inspect.getsource(Standing), names=OPENRLHF_NEEDS)
    (work / "sitecustomize.py").write_text(standing, encoding="utf-8")
    (work / "hicra.py").write_text(recipe("openrlhf"), encoding="utf-8")
    (work / "run.py").write_text(RECIPE_IN_RAY, encoding="utf-8")
    assert f"SG_LEXICON={FILE} python3 hicra.py " in recipe("openrlhf")
    given = environment(SG_LEXICON=str(work / FILE), CUDA_VISIBLE_DEVICES="", RAY_USAGE_STATS_ENABLED="0")
    given["PYTHONPATH"] = os.pathsep.join([str(work), given["PYTHONPATH"]])
    done = subprocess.run([sys.executable, "run.py"], capture_output=True, text=True, env=given, timeout=300)
    assert "ended 0" in done.stdout and "--algo.advantage.estimator" in done.stdout, done.stderr[-3000:]
    assert "made by HicraExperienceMaker" in done.stdout, done.stderr[-3000:]


def test_verl_runs(work):
    """As far as its settings: what comes then needs GPUs."""
    pytest.importorskip("verl")
    command = recipe("verl").replace("…", "--cfg job").replace("python3", sys.executable)
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=environment(CUDA_VISIBLE_DEVICES=""), cwd=work)
    assert done.returncode == 0 and "adv_estimator: hicra" in done.stdout, done.stderr[-2000:]


def test_prime_rl_runs(work):
    """With the traces of verifiers where they can be imported."""
    trace = make_trace()
    nodes = trace.nodes

    class GRPOAlgorithm:
        async def score_group(self, group):
            for episode in group:
                for node in [node for trace in episode.traces for node in trace.nodes if any(node.mask)]:
                    node.advantages = [CREDIT[0][0]] * sum(node.mask)

    given = {"GRPOAlgorithm": GRPOAlgorithm, "ALGORITHM_CLASSES": {"grpo": GRPOAlgorithm}}
    exec(recipe("prime-rl"), given)
    algorithm = given["ALGORITHM_CLASSES"]["grpo"]()
    asyncio.run(algorithm.score_group([SimpleNamespace(traces=[trace])]))
    sampled = [i for i, bit in zip(nodes[1].token_ids, nodes[1].mask) if bit]
    credited = [i for i, value in zip(sampled, nodes[1].advantages) if value == pytest.approx(CREDIT[0][1])]
    assert len(nodes[1].advantages) == len(RESPONSES[0]) > len(credited)
    assert TOKENIZER.decode(credited).strip() == "Wait, let me check" and nodes[0].advantages is None
    # older releases: rollouts with one trace each
    asyncio.run(given["HicraAlgorithm"].__mro__[1].score_group(algorithm, [SimpleNamespace(traces=[trace])]))
    from sg_lexicon.prime_rl import credit_group

    credit_group([SimpleNamespace(trace=trace)], algorithm.matcher)
    assert nodes[1].advantages.count(pytest.approx(CREDIT[0][1])) == len(credited)


def make_trace():
    scaffold = TOKENIZER.encode("\n").ids
    spans = [(PROMPT, [False] * len(PROMPT)), (scaffold + RESPONSES[0], [False] * len(scaffold) + [True] * len(RESPONSES[0]))]
    try:
        module = real("verifiers.v1.trace", *"prime_sandboxes prime_tunnel prime_runs connectrpc pyqwest".split())
    except pytest.skip.Exception:
        nodes = [SimpleNamespace(token_ids=ids, mask=mask, advantages=None) for ids, mask in spans]
        return SimpleNamespace(nodes=nodes)
    from verifiers.v1.graph import MessageNode
    from verifiers.v1.types import AssistantMessage, UserMessage

    messages = [UserMessage(content="1 + 1?"), AssistantMessage(content="2")]
    rows = zip(messages, spans, (None, 0))
    nodes = [MessageNode(message=message, token_ids=ids, mask=mask, parent=parent) for message, (ids, mask), parent in rows]
    return module.Trace.model_construct(nodes=nodes, calls=[], mm_token_type_id_map={})


def test_skyrl_runs(work, monkeypatch):
    """Its entry point with everything but the cluster and the training itself."""
    import typing

    if sys.version_info < (3, 12):
        import typing_extensions

        monkeypatch.setattr(typing, "TypedDict", typing_extensions.TypedDict)
    base = real("skyrl.train.entrypoints.main_base")
    assert re.match(rf"SG_LEXICON={FILE} python3 -m sg_lexicon\.skyrl … ", recipe("skyrl"))
    import ray
    from sg_lexicon import skyrl
    from sg_lexicon.environment import matcher_from_environment

    matcher_from_environment.cache_clear()
    monkeypatch.setenv("SG_LEXICON", FILE)
    monkeypatch.setattr(sys, "argv", ["skyrl", "trainer.algorithm.advantage_estimator=grpo"])
    monkeypatch.setattr(base, "validate_cfg", lambda config: None)
    monkeypatch.setattr(base, "initialize_ray", lambda config: None)
    monkeypatch.setattr(ray, "remote", lambda **_: lambda function: SimpleNamespace(remote=function))
    monkeypatch.setattr(ray, "get", lambda result: result)
    monkeypatch.setattr(base.BasePPOExp, "__init__", lambda self, config: setattr(self, "cfg", config))
    made = []
    monkeypatch.setattr(base.BasePPOExp, "run", lambda self: made.append((self.cfg, self.get_trainer(cfg=self.cfg))))
    monkeypatch.setattr(base.RayPPOTrainer, "__init__", lambda self, cfg: None)
    skyrl.main()
    [(config, trainer)] = made
    assert config.trainer.algorithm.advantage_estimator == "grpo"
    assert isinstance(trainer, base.RayPPOTrainer) and type(trainer).__name__ == "HicraTrainer"
    matcher_from_environment.cache_clear()


def test_rllm_runs(work, monkeypatch):
    name = "collect_reward_and_advantage_from_trajectory_groups"
    step = SimpleNamespace(response_ids=RESPONSES[0], advantage=None)

    def collect(groups, algorithm_config, collect_advantage=True):
        step.advantage = 0.5
        return {}

    user = types.ModuleType("user_of_rllm")
    for path in ("rllm", "rllm.trainer", "rllm.trainer.algorithms", "rllm.trainer.algorithms.advantage"):
        monkeypatch.setitem(sys.modules, path, types.ModuleType(path))
    for module in (sys.modules["rllm.trainer.algorithms.advantage"], user):
        setattr(module, name, collect)
    monkeypatch.setitem(sys.modules, user.__name__, user)
    exec(recipe("rllm"), {})
    getattr(user, name)([SimpleNamespace(trajectories=[SimpleNamespace(steps=[step])])], None)
    plain, credited = CREDIT[0]
    assert [round(value, 6) for value in sorted(set(step.advantage))] == [plain, credited]


def test_nemo_rl_runs(work, monkeypatch):
    for path in ("nemo_rl", "nemo_rl.algorithms", "nemo_rl.algorithms.grpo"):
        monkeypatch.setitem(sys.modules, path, types.ModuleType(path))
    grpo = sys.modules["nemo_rl.algorithms.grpo"]
    grpo._create_advantage_estimator = lambda config: SimpleNamespace(config=config)
    exec(recipe("nemo-rl"), {})
    made = grpo._create_advantage_estimator("settings")
    assert type(made).__name__ == "HicraEstimator" and made.estimator.config == "settings"


def test_textpolicy_runs(work, monkeypatch):
    for path in ("textpolicy", "textpolicy.training"):
        monkeypatch.setitem(sys.modules, path, types.ModuleType(path))
    try:
        from mlx.core import array
    except ImportError:
        import torch

        core = types.ModuleType("mlx.core")
        core.array = array = torch.tensor
        monkeypatch.setitem(sys.modules, "mlx", types.ModuleType("mlx"))
        monkeypatch.setitem(sys.modules, "mlx.core", core)
    seen = {}
    transform = SimpleNamespace(prepare_batch=lambda batch: seen.update(batch))
    sys.modules["textpolicy.training"].build_gtpo_hicra_transform = lambda tokenizer: transform
    given = {"tokenizer": TOKENIZER}
    exec(recipe("textpolicy"), given)
    given["transform"].prepare_batch({"act": array([RESPONSES[0]]), "episode_lengths": [len(RESPONSES[0])]})
    mask = seen["planning_mask"].tolist()
    assert TOKENIZER.decode([i for i, bit in zip(RESPONSES[0], mask) if bit]).strip() == "Wait, let me check"


def test_retrain_runs(work, monkeypatch):
    config = real("retrain.config")
    (work / "run.toml").write_text(recipe("retrain"), encoding="utf-8")
    assert config.load_config(str(work / "run.toml")).planning_detector == "sg_lexicon.retrain.Detector"


def test_ms_swift_runs(work):
    """The plugin is loaded as swift loads it, and its factory gives the trainer."""
    real("swift.rlhf_trainers").GRPOTrainer
    from swift.trainers import TrainerFactory
    from swift.utils import import_external_file

    (work / "hicra.py").write_text(recipe("ms-swift"), encoding="utf-8")
    kept = dict(TrainerFactory.TRAINER_MAPPING)
    try:
        import_external_file(str(work / "hicra.py"))
        made = TrainerFactory.get_trainer_cls(SimpleNamespace(rlhf_type="grpo"))
    finally:
        TrainerFactory.TRAINER_MAPPING.update(kept)
    from swift.rlhf_trainers import GRPOTrainer

    assert made.__name__ == "HicraTrainer" and issubclass(made, GRPOTrainer)
