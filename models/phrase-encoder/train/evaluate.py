"""How well a student's cosines agree with the teacher's, on phrases neither was trained on."""

import numpy as np
from scipy.stats import spearmanr

PAIRS, NEAREST = 200_000, 10


def nearest(vectors, count):
    """Indices [rows, count] of each row's nearest other rows by cosine, nearest first."""
    found = np.empty((len(vectors), count), np.int64)
    for start in range(0, len(vectors), 2048):
        block = vectors[start : start + 2048] @ vectors.T
        block[np.arange(len(block)), np.arange(start, start + len(block))] = -2
        top = np.argpartition(-block, count, axis=1)[:, :count]
        found[start : start + len(block)] = np.take_along_axis(
            top, np.argsort(-np.take_along_axis(block, top, 1), axis=1, kind="stable"), 1
        )
    return found


def agreement(teacher, student, seed=0):
    """Spearman correlations over random pairs, near pairs (each phrase with its teacher's nearest) and as many of
    both, and the mean share of the teacher's ten nearest neighbours that are the student's too."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, len(teacher), (2, PAIRS))
    a, b = a[a != b], b[a != b]
    near = nearest(teacher, NEAREST)
    left, right = np.repeat(np.arange(len(near)), NEAREST), near.ravel()

    def correlate(rows, columns):
        theirs = np.einsum("ij,ij->i", teacher[rows], teacher[columns])
        ours = np.einsum("ij,ij->i", student[rows], student[columns])
        return float(spearmanr(theirs, ours).statistic)

    ours = nearest(student, NEAREST)
    shared = sum(len(np.intersect1d(x, y)) for x, y in zip(near, ours))
    return {
        "random": correlate(a, b),
        "near": correlate(left, right),
        "both": correlate(np.concatenate([a, left]), np.concatenate([b, right])),
        "overlap": shared / near.size,
    }


def report(figures):
    return "  ".join(f"{name} {value:.4f}" for name, value in figures.items())
