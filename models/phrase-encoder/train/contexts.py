"""Phrases by what follows them: two openings that lead to the same words make the same move.

"let me try", "maybe i should try" and "so let's try" are followed alike, whatever the topic. From the training clauses
each opening of one to five words gets a vector: the positive pointwise mutual information of the opening with the next
word and the next two words, reduced by a singular value decomposition.
"""

import hashlib
from collections import Counter, defaultdict

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.utils.extmath import randomized_svd

LONGEST, LEAST_CLAUSES, LEAST_OPENINGS, WIDTH = 5, 8, 5, 128


def openings(path):
    """(phrases, vectors): the openings seen in at least LEAST_CLAUSES distinct clauses of the file (count, tab,
    clause per line), and their unit vectors, float32 [openings, WIDTH]."""
    followed, seen = defaultdict(Counter), Counter()
    for line in open(path, encoding="utf-8"):
        words = line.rstrip("\n").split("\t")[1].split(" ")
        for length in range(1, min(LONGEST + 1, len(words) - 1)):
            opening = " ".join(words[:length])
            seen[opening] += 1
            followed[opening][words[length]] += 1
            followed[opening][" ".join(words[length : length + 2])] += 1
    phrases = sorted(phrase for phrase, count in seen.items() if count >= LEAST_CLAUSES)
    spread = Counter(words for phrase in phrases for words in followed[phrase])
    column = {words: i for i, words in enumerate(sorted(w for w, count in spread.items() if count >= LEAST_OPENINGS))}

    cells = [
        (row, column[words], count)
        for row, phrase in enumerate(phrases)
        for words, count in followed[phrase].items()
        if words in column
    ]
    rows, columns, counts = (np.array(part) for part in zip(*cells))
    by_row = np.bincount(rows, counts, len(phrases))
    by_column = np.bincount(columns, counts, len(column)) ** 0.75  # evens out rare contexts (Levy et al. 2015)
    information = np.log(counts * by_column.sum() / (by_row[rows] * by_column[columns]))
    kept = information > 0
    matrix = csr_matrix((information[kept], (rows[kept], columns[kept])), (len(phrases), len(column)))
    left, singular, _ = randomized_svd(matrix, WIDTH, n_iter=3, random_state=0)
    vectors = left * np.sqrt(singular)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return phrases, vectors.astype(np.float32)


def is_held_out(phrase):
    """A tenth of the openings, by a hash, on which likeness of function is measured."""
    return hashlib.sha256(phrase.encode()).digest()[0] < 26
