"""Batches of excerpts and the loop that fits a tagger to labels or to a teacher."""

import numpy as np
import torch
from torch.nn import functional as F

from tokens import MOST_FEATURES, features

BATCH = 2_500  # tokens
BUCKETS = 2_048


class Vocabulary:
    """Rows of the keys that have one, buckets of features for the others (and for words hidden while training)."""

    def __init__(self, names, rows):
        self.rows = rows  # key numbers in order of their row
        self.names = [names[k] for k in rows]
        self.row = np.full(len(names), len(rows), np.int64)
        self.row[rows] = np.arange(len(rows))
        self.features = np.full((len(names), MOST_FEATURES), BUCKETS, np.int64)
        for k, name in enumerate(names):
            f = features(name, BUCKETS)
            self.features[k, : len(f)] = f


def vocabulary_of(names, rows, corpora, size):
    """The keys found in most excerpts and traces; a labelled excerpt counts twenty times."""
    count = np.zeros(len(names))
    for row in rows:
        count[np.unique(row["keys"])] += 20
    for corpus in corpora:
        for doc in corpus["docs"]:
            count[np.unique(doc["keys"])] += 1
    order = np.lexsort((np.arange(len(names)), -count))[:size]
    return Vocabulary(names, order[count[order] >= 2])


def batches(docs, rng, budget=BATCH):
    """Lists of documents in random order, of about `budget` tokens each."""
    groups, group, total = [], [], 0
    for i in rng.permutation(len(docs)):
        group.append(docs[i])
        total += len(docs[i]["keys"])
        if total >= budget:
            groups.append(group)
            group, total = [], 0
    return groups + [group] if group else groups


def lay(docs, name, gap, fill):
    """An array of the documents laid end to end, `gap` of `fill` after each."""
    first = docs[0][name]
    between = np.full((gap, *first.shape[1:]), fill, first.dtype)
    return np.concatenate([part for d in docs for part in (d[name], between)])


def inputs(docs, vocabulary, gap, hide=0.0, rng=None):
    """What a tagger reads of documents; `hide` is the share of words told by their features alone."""
    keys = lay(docs, "keys", gap, -1)
    mask = keys >= 0
    ids = np.where(mask, vocabulary.row[keys], len(vocabulary.rows))
    unseen = mask & (ids == len(vocabulary.rows))
    if hide:
        unseen |= mask & (rng.random(len(keys)) < hide)
    places = np.flatnonzero(unseen)
    told = vocabulary.features[keys[places]]
    flags = lay(docs, "flags", gap, 0).astype(np.int64)
    return [torch.from_numpy(x) for x in (ids, flags, mask.astype(np.float32)[:, None], places, told)]


def targets(docs, gap):
    """(N, 7) probabilities wanted, (N) weights."""
    want = torch.from_numpy(lay(docs, "want", gap, 0))
    weight = [np.repeat(np.float32([d.get("weight", 1), 0]), [len(d["keys"]), gap]) for d in docs]
    return want, torch.from_numpy(np.concatenate(weight))


def want_of(row, smooth=0.02):
    """Targets of a labelled excerpt."""
    n = len(row["keys"])
    want = np.zeros((n, 7), np.float32)
    want[:, 0] = row["plan"] * (1 - 2 * smooth) + smooth
    inside = row["function"] >= 0
    want[np.flatnonzero(inside), 1 + row["function"][inside]] = 1
    want[:, 5] = row["begin"]
    want[:, 6] = row["end"]
    return want


def loss_of(logits, want, weight):
    """Cross entropy of planning and of both boundaries for each token, of the function where there is planning."""
    plan = F.binary_cross_entropy_with_logits(logits[..., 0], want[..., 0], reduction="none")
    edges = F.binary_cross_entropy_with_logits(logits[..., 5:], want[..., 5:], reduction="none").sum(-1)
    function = -(want[..., 1:5] * F.log_softmax(logits[..., 1:5], -1)).sum(-1)
    return ((plan + 0.5 * edges + 0.3 * function) * weight).sum() / weight.sum()


def fit(model, docs, vocabulary, passes, seed, rate=3e-3, hide=0.06, dropout=0.0, decay=0.01, floor=0.0, average=0.0, log=None):
    """AdamW, the rate rising for a twentieth of the steps and falling as a cosine to `floor` of itself."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay, betas=(0.9, 0.98), fused=True)
    plan = [b for _ in range(passes) for b in batches(docs, rng)]
    steps = len(plan)
    quantised = getattr(model, "exponents", None) is not None
    model.train(not quantised)  # normalisation is frozen once it is folded
    for step, group in enumerate(plan):
        part = step / steps
        for g in optimiser.param_groups:
            g["lr"] = rate * (min(1, part * 20 + 1e-3) * (floor + (1 - floor) * 0.5 * (1 + np.cos(np.pi * part))))
        logits = model(*inputs(group, vocabulary, model.gap, hide, rng), dropout=dropout)
        loss = loss_of(logits, *targets(group, model.gap))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if log and step % 100 == 0:
            log(f"step {step}/{steps} loss {loss.item():.4f}")
    model.eval()
    return model


@torch.inference_mode()
def logits_of(model, docs, vocabulary, budget=BATCH):
    """A list of (tokens, 7) arrays, one a document."""
    model.eval()
    out = []
    for first in range(0, len(docs), 8):
        group = docs[first : first + 8]
        logits, at = model(*inputs(group, vocabulary, model.gap)).numpy(), 0
        for d in group:
            out.append(logits[at : at + len(d["keys"])])
            at += len(d["keys"]) + model.gap
    return out


def f1(docs, plan, threshold):
    """Word F1, precision, recall of documents; `plan` holds an array of scores a document."""
    tp = fp = fn = 0
    for d, p in zip(docs, plan):
        on = np.concatenate([[0], np.cumsum(p >= threshold)])
        guess = on[d["words"][:, 1]] > on[d["words"][:, 0]]
        tp += int((guess & d["truth"]).sum())
        fp += int((guess & ~d["truth"]).sum())
        fn += int((~guess & d["truth"]).sum())
    return 2 * tp / max(1, 2 * tp + fp + fn), tp / max(1, tp + fp), tp / max(1, tp + fn)
