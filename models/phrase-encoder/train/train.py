"""Trains and writes the phrase encoder: one command from traces to the files that ship.

    python train.py --data DIR --work DIR --out DIR

DIR of --data: JSONL files of traces (see prepare.py). --work keeps phrases, teacher vectors and checkpoints; what is
there already is used again. --out receives config.json, tokenizer.json, tokenizer_config.json, 1_Pooling/config.json,
onnx/model_quantized.onnx and SHA256SUMS.

The student is a small BERT without special tokens: the mean over its tokens, projected to 128 dimensions. It learns
the teacher's *similarities* rather than its coordinates: in batches that mix random and near phrases, its cosines
must equal the teacher's (squared error) and rank each phrase's neighbours as the teacher does (KL divergence).
"""

import argparse
import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from torch.nn import functional as F
from transformers import BertConfig, BertModel

import teacher
from contexts import is_held_out, openings
from evaluate import agreement, report
from graph import bert

SEED = 20250904
DIMENSION = 128
VOCABULARY = 16_000
MAX_TOKENS = 32
NEIGHBOURHOODS, GROUP, GROUPS = 2048, 16, 64  # a batch is GROUPS × GROUP phrases, each group from one neighbourhood
OPENING_NEIGHBOURHOODS, OPENING_GROUPS = 256, 16  # what openings take of a batch in stage two
CHECK = 400  # steps between measurements
TEMPERATURE, DISTIL_ERROR, BLEND_ERROR = 0.05, 20, 80  # the squared error's weight in stages one and two
RATE, WARM_UP = 1.5e-3, 300
DISTIL_STEPS, BLEND_STEPS = 1200, 800  # stage one at a level rate, stage two while it falls to nothing
OPENING_WEIGHT = 0.5  # of the loss on openings
FUNCTION_SHARE = 0.5  # of the contexts in what openings should be like
CONFIG = dict(
    hidden_size=256,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=1024,
    hidden_act="relu",
    max_position_embeddings=MAX_TOKENS,
    type_vocab_size=1,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)


def train_tokenizer(phrases):
    """A lower-case BPE over words split at white space; what the vocabulary lacks falls back to its bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]", byte_fallback=True))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    special = ["[PAD]", "[UNK]"]
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(bytes_),
        min_frequency=5,
        limit_alphabet=120,
        special_tokens=special,
        show_progress=False,
    )
    tokenizer.train_from_iterator(phrases, trainer)
    state = json.loads(tokenizer.to_str())
    vocabulary = state["model"]["vocab"]
    for piece in bytes_:
        vocabulary[piece] = len(vocabulary)
    return Tokenizer.from_str(json.dumps(state))


class Student(torch.nn.Module):
    """Token ids → unit vectors. BertModel's weights and arithmetic, but all tokens of a batch lie in one matrix and
    are padded for the attention only, which is several times faster for phrases of five tokens."""

    def __init__(self, vocabulary):
        super().__init__()
        self.bert = BertModel(BertConfig(vocab_size=vocabulary, **CONFIG), add_pooling_layer=False)
        self.projection = torch.nn.Linear(CONFIG["hidden_size"], DIMENSION, bias=False)

    def forward(self, ids, lengths):
        """ids: the tokens of all phrases in a row; lengths: tokens per phrase. → float32 [phrases, DIMENSION]."""
        heads, size = CONFIG["num_attention_heads"], CONFIG["hidden_size"] // CONFIG["num_attention_heads"]
        count, longest = len(lengths), int(lengths.max())
        at = torch.arange(longest)
        real = at < lengths[:, None]  # [phrases, longest]
        flat = real.flatten().nonzero().squeeze(1)
        padded = torch.full((count * longest,), len(ids)).index_copy(0, flat, torch.arange(len(ids)))
        mask = torch.zeros(count, 1, 1, longest).masked_fill(~real[:, None, None], -1e4)

        e = self.bert.embeddings
        words = e.word_embeddings(ids) + e.position_embeddings(at.expand(count, longest)[real])
        x = e.LayerNorm(words + e.token_type_embeddings.weight[0])
        for layer in self.bert.encoder.layer:
            own = layer.attention.self
            weight = torch.cat([own.query.weight, own.key.weight, own.value.weight])
            bias = torch.cat([own.query.bias, own.key.bias, own.value.bias])
            y = F.linear(x, weight, bias)
            y = torch.cat([y, y.new_zeros(1, y.shape[1])]).index_select(0, padded)
            q, k, v = y.view(count, longest, 3, heads, size).permute(2, 0, 3, 1, 4)
            y = (q @ k.transpose(2, 3) * size**-0.5 + mask).softmax(-1).to(v.dtype) @ v
            y = y.transpose(1, 2).reshape(count * longest, -1).index_select(0, flat)
            x = layer.attention.output(y, x)
            x = layer.output(layer.intermediate(x), x)
        row = torch.repeat_interleave(torch.arange(count), lengths)
        means = torch.zeros(count, x.shape[1]).index_add(0, row, x.float()) / lengths[:, None]
        return F.normalize(self.projection(means).float(), dim=-1)


class Tokens:
    """The token ids of all phrases in one array, and any selection of them grouped by length."""

    def __init__(self, tokenizer, phrases):
        ids = [encoding.ids[:MAX_TOKENS] or [1] for encoding in tokenizer.encode_batch_fast(list(phrases))]
        self.lengths = np.array([len(tokens) for tokens in ids])
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)])
        self.flat = np.concatenate([np.array(tokens, np.int64) for tokens in ids])

    def of(self, chosen):
        """(ids in a row, lengths) of the chosen phrases."""
        lengths = self.lengths[chosen]
        ends = np.cumsum(lengths)
        at = np.arange(ends[-1]) + np.repeat(self.starts[chosen] - ends + lengths, lengths)
        return torch.from_numpy(self.flat[at]), torch.from_numpy(lengths)


def embed(student, tokens, batch=4096):
    """All vectors of `tokens`, float32 [phrases, DIMENSION]."""
    student.eval()
    order = np.argsort(tokens.lengths, kind="stable")
    vectors = np.empty((len(order), DIMENSION), np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            vectors[chosen] = student(*tokens.of(chosen)).numpy()
    student.train()
    return vectors


def starting_words(tokenizer):
    """First word vectors: the teacher's vectors of the vocabulary's entries, their principal components."""
    vocabulary = tokenizer.get_vocab()
    pieces = sorted(vocabulary, key=vocabulary.get)
    vectors = teacher.embed([piece.replace("▁", "").strip() or piece for piece in pieces], fast=True).astype(np.float32)
    vectors -= vectors.mean(0)
    _, _, axes = np.linalg.svd(vectors, full_matrices=False)
    words = vectors @ axes[: CONFIG["hidden_size"]].T
    return torch.from_numpy(words / words.std() * 0.05)


def neighbourhoods(vectors, rng, count):
    """For every phrase the nearest of `count` randomly chosen phrases."""
    centres = torch.from_numpy(vectors[np.sort(rng.choice(len(vectors), count, False))]).bfloat16()
    nearest = [
        (torch.from_numpy(vectors[start : start + 8192]).bfloat16() @ centres.T).argmax(1).numpy()
        for start in range(0, len(vectors), 8192)
    ]
    return np.concatenate(nearest)


def batches(nearest, rng, size):
    """One pass over the phrases, as indices [size·GROUP]: each run of GROUP from one neighbourhood."""
    order = rng.permutation(len(nearest))
    order = order[np.argsort(nearest[order], kind="stable")]
    groups = order[: len(order) // GROUP * GROUP].reshape(-1, GROUP)
    groups = groups[rng.permutation(len(groups))]
    for start in range(0, len(groups) - size + 1, size):
        yield groups[start : start + size].ravel()


def similarity_loss(vectors, theirs, weight):
    """Unit vectors of a batch and the cosines they should have → how far theirs are from these."""
    ours = vectors @ vectors.T
    itself = torch.eye(len(ours))
    error = ((ours - theirs) * (1 - itself)).square().mean()
    hidden = -1e4 * itself
    ranking = F.kl_div(
        F.log_softmax(ours / TEMPERATURE + hidden, -1),
        F.log_softmax(theirs / TEMPERATURE + hidden, -1),
        reduction="batchmean",
        log_target=True,
    )
    return weight * error + ranking


def cosines(vectors):
    vectors = torch.from_numpy(vectors).float()
    return vectors @ vectors.T


def descend(student, losses, total, rate, check):
    """One step of AdamW for each of `total` losses at `rate(step)`. `check()` is called now and then and at the end."""
    no_decay = [p for n, p in student.named_parameters() if p.ndim == 1 or "embeddings" in n]
    decayed = [p for n, p in student.named_parameters() if not (p.ndim == 1 or "embeddings" in n)]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": no_decay, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
    started, running = time.time(), 0.0
    for step, loss in zip(range(total), losses):
        for group in optimiser.param_groups:
            group["lr"] = rate(step)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        running = 0.99 * running + 0.01 * loss.item()
        if (step + 1) % 100 == 0:
            mean = running / (1 - 0.99 ** (step + 1))
            print(f"{time.time() - started:6.0f} s  {step + 1}/{total}  loss {mean:.4f}", flush=True)
        if (step + 1) % CHECK == 0 or step + 1 == total:
            check()


def endless(nearest, rng, size):
    """Pass after pass."""
    while True:
        yield from batches(nearest, rng, size)


def distil(student, tokens, targets, rng, check):
    """Stage one: the cosines of `targets`, float16 [phrases, 384]."""

    def losses():
        for chosen in endless(neighbourhoods(targets, rng, NEIGHBOURHOODS), rng, GROUPS):
            with torch.autocast("cpu", torch.bfloat16):
                vectors = student(*tokens.of(chosen))
            yield similarity_loss(vectors, cosines(targets[chosen]), DISTIL_ERROR)

    descend(student, losses(), DISTIL_STEPS, lambda step: RATE * min(step / WARM_UP, 1), check)


def blend(student, tokens, targets, opening_tokens, opening_targets, contexts, rng, check):
    """Stage two: likeness of function. Part of each batch are openings, whose cosines shall be the teacher's mixed
    with those of their contexts; the rest goes on as in stage one."""
    phrases = endless(neighbourhoods(targets, rng, NEIGHBOURHOODS), rng, GROUPS - OPENING_GROUPS)
    openings = endless(neighbourhoods(contexts, rng, OPENING_NEIGHBOURHOODS), rng, OPENING_GROUPS)

    def losses():
        for chosen, some in zip(phrases, openings):
            with torch.autocast("cpu", torch.bfloat16):
                vectors = student(*tokens.of(chosen))
                moves = student(*opening_tokens.of(some))
            mixed = (1 - FUNCTION_SHARE) * cosines(opening_targets[some]) + FUNCTION_SHARE * cosines(contexts[some])
            loss = similarity_loss(vectors, cosines(targets[chosen]), BLEND_ERROR)
            yield loss + OPENING_WEIGHT * similarity_loss(moves, mixed, BLEND_ERROR)

    descend(student, losses(), BLEND_STEPS, lambda step: RATE * min(step / 50, 1) * (1 - step / BLEND_STEPS), check)


def export(student, tokenizer, out):
    """The files of the transformers.js folder, with their checksums."""
    out = Path(out)
    for folder in ("onnx", "1_Pooling"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().numpy() for name, value in student.bert.state_dict().items()}
    config = student.bert.config.to_dict()
    projection = student.projection.weight.detach().numpy()
    onnx.save(bert(weights, config, int8=True, projection=projection), out / "onnx" / "model_quantized.onnx")

    tokenizer.save(str(out / "tokenizer.json"), pretty=False)

    def write(name, value):
        (out / name).write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")

    write(
        "config.json",
        {"model_type": "bert", "architectures": ["BertModel"], "vocab_size": len(weights["embeddings.word_embeddings.weight"])}
        | CONFIG
        | {"layer_norm_eps": config["layer_norm_eps"], "pad_token_id": 0, "embedding_size": DIMENSION},
    )
    write(
        "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": MAX_TOKENS,
            "pad_token": "[PAD]",
            "unk_token": "[UNK]",
            "clean_up_tokenization_spaces": False,
        },
    )
    write("1_Pooling/config.json", {"word_embedding_dimension": DIMENSION, "pooling_mode_mean_tokens": True})
    names = ["1_Pooling/config.json", "config.json", "onnx/model_quantized.onnx", "tokenizer.json", "tokenizer_config.json"]
    lines = [f"{hashlib.sha256((out / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (out / "SHA256SUMS").write_text("".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    work = Path(options.work)

    if not (work / "prepare.json").exists():
        script = Path(__file__).with_name("prepare.py")
        subprocess.run([sys.executable, script, "--data", options.data, "--out", work], check=True)
    phrases = (work / "train.txt").read_text(encoding="utf-8").splitlines()
    held_out = (work / "heldout.txt").read_text(encoding="utf-8").splitlines()

    def teacher_vectors(name, texts):
        path = work / f"{name}.teacher.npy"
        if not path.exists():
            np.save(path, teacher.embed(texts, fast=True))
        return np.load(path)

    targets = teacher_vectors("train", phrases)
    truth = teacher_vectors("heldout", held_out).astype(np.float32)

    tokenizer = train_tokenizer(phrases)
    print(f"vocabulary {tokenizer.get_vocab_size()}", flush=True)
    tokens, held_out_tokens = Tokens(tokenizer, phrases), Tokens(tokenizer, held_out)
    print(f"tokens per phrase {tokens.lengths.mean():.2f}, held out {held_out_tokens.lengths.mean():.2f}", flush=True)

    student = Student(tokenizer.get_vocab_size())

    opened, contexts = openings(work / "clauses.txt")
    opening_targets = teacher_vectors("openings", opened)
    opening_tokens = Tokens(tokenizer, opened)
    unseen = np.array([is_held_out(phrase) for phrase in opened])

    def check():
        print(f"held out: {report(agreement(truth, embed(student, held_out_tokens)))}", flush=True)
        moves = embed(student, opening_tokens)
        for name, vectors in (("student", moves), ("teacher", opening_targets.astype(np.float32))):
            print(f"openings, {name} and contexts: {report(agreement(contexts[unseen], vectors[unseen]))}", flush=True)
        export(student, tokenizer, options.out)

    if (work / "distilled.pt").exists():
        student.load_state_dict(torch.load(work / "distilled.pt"))
    else:
        student.bert.embeddings.word_embeddings.weight.data.copy_(starting_words(tokenizer))
        distil(student, tokens, targets, rng, check)
        torch.save(student.state_dict(), work / "distilled.pt")
    seen = np.nonzero(~unseen)[0]
    opening_seen = Tokens(tokenizer, [opened[i] for i in seen])
    blend(student, tokens, targets, opening_seen, opening_targets[seen], contexts[seen], rng, check)

    # The mean of both stages' weights agrees better with the teacher than either, and still likens moves.
    distilled = torch.load(work / "distilled.pt")
    student.load_state_dict({name: (value + distilled[name]) / 2 for name, value in student.state_dict().items()})
    check()


if __name__ == "__main__":
    main()
