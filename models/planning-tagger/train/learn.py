"""Batches of documents, and the loop that fits a network to labels or to a teacher.

A document is a dictionary of arrays a token (see data.py). What a network should say of it stands in `want`, (tokens, 7)
probabilities in the order of `network.HEADS`; `weight` is its weight, `known` (if there) is 0 at tokens without a label.
"""

import numpy as np
import torch
from torch.nn import functional as F

from tokens import MOST_FEATURES, features

BATCH = 2_500  # tokens
BUCKETS = 2_048  # rows for the features of unseen words
LABELLED = 20  # a labelled excerpt counts as much as this many traces when the vocabulary is chosen
HEAD_BIAS = [-1.5, 0.0, 0.0, 0.0, 0.0, -3.0, -3.0]  # where the heads begin: most tokens are no plan, fewer a boundary
SMOOTHING = 0.02  # of the labels of planning
EDGES, FUNCTION = 0.5, 0.3  # weights of the boundaries' and the function's loss beside that of planning


class Vocabulary:
    """Rows of the keys that have one, buckets of features for the others (and for words hidden while training)."""

    def __init__(self, names, rows):
        self.rows = rows  # key numbers in order of their row
        self.names = [names[k] for k in rows]
        self.row = np.full(len(names), len(rows), np.int64)
        self.row[rows] = np.arange(len(rows))
        self.features = np.full((len(names), MOST_FEATURES), BUCKETS, np.int64)
        for k, name in enumerate(names):
            buckets = features(name, BUCKETS)
            self.features[k, : len(buckets)] = buckets


def vocabulary_of(names, rows, corpora, size):
    """The keys found in most excerpts and traces, in two at least, the commonest first."""
    count = np.zeros(len(names))
    for row in rows:
        count[np.unique(row["keys"])] += LABELLED
    for corpus in corpora:
        for doc in corpus["docs"]:
            count[np.unique(doc["keys"])] += 1
    order = np.lexsort((np.arange(len(names)), -count))[:size]
    return Vocabulary(names, order[count[order] >= 2])


def batches(docs, rng):
    """Lists of documents in random order, of about BATCH tokens each."""
    groups, group, total = [], [], 0
    for i in rng.permutation(len(docs)):
        group.append(docs[i])
        total += len(docs[i]["keys"])
        if total >= BATCH:
            groups.append(group)
            group, total = [], 0
    return [*groups, group] if group else groups


def lay(docs, name, gap, fill):
    """An array of the documents laid end to end, `gap` of `fill` after each."""
    first = docs[0][name]
    between = np.full((gap, *first.shape[1:]), fill, first.dtype)
    return np.concatenate([part for d in docs for part in (d[name], between)])


def place(docs, vocabulary, gap):
    """(ids, flags, mask) of documents laid end to end; unseen words and gaps have the row after the last."""
    keys = lay(docs, "keys", gap, -1)
    mask = keys >= 0
    ids = np.where(mask, vocabulary.row[keys], len(vocabulary.rows))
    return ids, lay(docs, "flags", gap, 0).astype(np.int64), mask.astype(np.float32)[:, None]


def told_by_features(docs, vocabulary, gap, ids, hide, rng):
    """(places, buckets) of the words that are unseen, and of a share `hide` of the others."""
    keys = lay(docs, "keys", gap, -1)
    unseen = (keys >= 0) & (ids == len(vocabulary.rows))
    if hide:
        unseen |= (keys >= 0) & (rng.random(len(keys)) < hide)
    places = np.flatnonzero(unseen)
    return places, vocabulary.features[keys[places]]


def targets(docs, gap):
    """(N, 7) probabilities wanted, (N) weights."""
    want = torch.from_numpy(lay(docs, "want", gap, 0))
    weight = np.concatenate(
        [part for d in docs for part in (d.get("weight", 1) * d.get("known", np.ones(len(d["keys"]))), np.zeros(gap))]
    )
    return want, torch.from_numpy(weight.astype(np.float32))


def want_of(row):
    """Targets of a labelled excerpt."""
    want = np.zeros((len(row["keys"]), 7), np.float32)
    want[:, 0] = row["plan"] * (1 - 2 * SMOOTHING) + SMOOTHING
    inside = np.flatnonzero(row["function"] >= 0)
    want[inside, 1 + row["function"][inside]] = 1
    want[:, 5] = row["begin"]
    want[:, 6] = row["end"]
    return want


def taught(logits):
    """Targets made of a teacher's logits; its function counts where it plans."""
    x = torch.from_numpy(np.asarray(logits, np.float32))
    plan, edges = torch.sigmoid(x[:, :1]), torch.sigmoid(x[:, 5:])
    return torch.cat([plan, plan * torch.softmax(x[:, 1:5], -1), edges], 1).numpy()


def loss_of(logits, want, weight):
    """Cross entropy of planning and of both boundaries for each token, of the function where there is planning."""
    plan = F.binary_cross_entropy_with_logits(logits[:, 0], want[:, 0], reduction="none")
    edges = F.binary_cross_entropy_with_logits(logits[:, 5:], want[:, 5:], reduction="none").sum(-1)
    function = -(want[:, 1:5] * F.log_softmax(logits[:, 1:5], -1)).sum(-1)
    return ((plan + EDGES * edges + FUNCTION * function) * weight).sum() / weight.sum().clamp(min=1)


def fit(model, docs, vocabulary, seed, passes, rate, hide, dropout=0.0, decay=0.01, vectors_rate=0.1, log=None):
    """AdamW, the rate rising for a twentieth of the steps and falling as a cosine; word vectors learn at a share of it."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    vectors = [p for name, p in model.named_parameters() if name == "E"]
    others = [p for name, p in model.named_parameters() if name != "E"]
    groups = [{"params": others, "share": 1.0}, {"params": vectors, "share": vectors_rate}]
    optimiser = torch.optim.AdamW(groups, lr=rate, weight_decay=decay, betas=(0.9, 0.98), fused=True)
    plan = [group for _ in range(passes) for group in batches(docs, rng)]
    model.train(getattr(model, "exponents", None) is None)  # normalisation stays as it is once weights are integers
    for step, group in enumerate(plan):
        part = step / len(plan)
        for g in optimiser.param_groups:
            g["lr"] = g["share"] * rate * min(1, part * 20 + 1e-3) * 0.5 * (1 + np.cos(np.pi * part))
        loss = loss_of(model.read(group, vocabulary, hide, rng, dropout), *targets(group, model.gap))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if log and step % 200 == 0:
            log(f"  step {step} of {len(plan)}: loss {loss.item():.3f}")
    model.eval()
    return model


@torch.inference_mode()
def logits_of(model, docs, vocabulary):
    """A list of (tokens, 7) arrays, one a document."""
    model.eval()
    out = []
    for first in range(0, len(docs), 16):
        group = docs[first : first + 16]
        logits, at = model.read(group, vocabulary).numpy(), 0
        for d in group:
            out.append(logits[at : at + len(d["keys"])])
            at += len(d["keys"]) + model.gap
    return out


def f1(docs, plan, threshold):
    """Word (F1, precision, recall) of documents; `plan` holds an array of scores a document.

    A word is marked if a token that it overlaps is, and true if it lies in a labelled span.
    """
    hit = false = missed = 0
    for d, p in zip(docs, plan):
        on = np.concatenate([[0], np.cumsum(p >= threshold)])
        guess = on[d["words"][:, 1]] > on[d["words"][:, 0]]
        hit += int((guess & d["truth"]).sum())
        false += int((guess & ~d["truth"]).sum())
        missed += int((~guess & d["truth"]).sum())
    return 2 * hit / max(1, 2 * hit + false + missed), hit / max(1, hit + false), hit / max(1, hit + missed)
