"""First word vectors: what stands around a word in the traces, and what a sentence encoder knows of it."""

import numpy as np
import torch
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

CONTEXTS = 2_000  # words that serve as contexts, each at four places
OFFSETS = (-2, -1, 1, 2)
SMOOTHING = 0.75  # exponent of the contexts' frequencies (Levy, Goldberg, Dagan 2015)
SCALE = 0.15  # standard deviation of the vectors' elements


def neighbours(docs, vocabulary):
    """Counts (V, 4 * CONTEXTS) of what stands two and one places before and after each word."""
    size = len(vocabulary.rows)
    keys = np.concatenate([np.append(d["keys"], [-1, -1]) for d in docs])
    ids = np.where(keys >= 0, vocabulary.row[keys], size)
    total = sparse.csr_matrix((size, len(OFFSETS) * CONTEXTS), dtype=np.float64)
    for place, offset in enumerate(OFFSETS):
        a, b = (ids[-offset:], ids[:offset]) if offset < 0 else (ids[:-offset], ids[offset:])
        fine = (a < size) & (b < CONTEXTS)
        cells = (np.ones(fine.sum()), (a[fine], place * CONTEXTS + b[fine]))
        total += sparse.coo_matrix(cells, shape=total.shape).tocsr()
    return total


def surprising(counts):
    """Positive pointwise mutual information."""
    counts = counts.tocoo()
    rows = np.asarray(counts.sum(1)).ravel()
    columns = np.asarray(counts.sum(0)).ravel() ** SMOOTHING
    value = np.log(counts.data * columns.sum() / (rows[counts.row] * columns[counts.col]))
    keep = value > 0
    return sparse.csr_matrix((value[keep], (counts.row[keep], counts.col[keep])), shape=counts.shape)


def unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)


def principal(x, dimension, seed):
    """x, centred, on its first components, weighted by the square roots of their strengths."""
    x = x - x.mean(0)
    u, s, _ = randomized_svd(x, dimension, random_state=seed)
    return u * s


def first_vectors(counts, encoded, dimension, seed):
    """(V, dimension) vectors from counts of neighbours and vectors of an encoder (or None)."""
    u, s, _ = randomized_svd(surprising(counts), 96, random_state=seed)
    known = unit(u * np.sqrt(s))
    if encoded is not None:
        known = np.hstack([known, unit(principal(encoded, 96, seed)) * 0.7])
    x = principal(known, dimension, seed)
    return torch.tensor(x / x.std() * SCALE, dtype=torch.float32)
