"""The teacher: a small convolutional network over what the frozen encoder sees and the words themselves."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from learn import HEAD_BIAS, lay, place

DIMENSION = 128  # of its word vectors; with 48 it marks unseen families worse
CHANNELS, WINDOW, DILATIONS = 128, 5, (1, 2, 4)
FLAGS = 16  # dimensions of case and gluing


class Teacher(nn.Module):
    """Logits (tokens, 7), heads as the tagger's, of documents laid end to end."""

    gap = 8

    def __init__(self, vectors, features):
        super().__init__()
        dimension = vectors.shape[1]
        self.E = nn.Parameter(torch.cat([vectors, torch.zeros(1, dimension)]))
        self.flags = nn.Parameter(torch.randn(8, FLAGS) * 0.05)
        self.features = nn.Linear(features, CHANNELS)
        self.window = nn.Conv1d(dimension + FLAGS, CHANNELS, WINDOW, padding=WINDOW // 2)
        self.norm = nn.LayerNorm(CHANNELS)
        self.layers = nn.ModuleList(nn.Conv1d(CHANNELS, CHANNELS, 3, padding=d, dilation=d) for d in DILATIONS)
        self.norms = nn.ModuleList(nn.LayerNorm(CHANNELS) for _ in DILATIONS)
        self.heads = nn.Linear(CHANNELS, len(HEAD_BIAS))
        with torch.no_grad():
            self.heads.bias.copy_(torch.tensor(HEAD_BIAS))

    def forward(self, ids, flags, mask, features, shown, dropout):
        """features (N, F) of the encoder; shown (N, 1) is 0 where the word is hidden."""
        drop = lambda x: F.dropout(x, dropout, self.training)  # noqa: E731
        words = torch.cat([F.embedding(ids, self.E) * shown, F.embedding(flags, self.flags)], 1) * mask
        x = self.features(drop(features)) + self.window(drop(words).t()[None])[0].t()
        x = F.gelu(self.norm(x)) * mask
        for layer, norm in zip(self.layers, self.norms):
            x = (x + drop(F.gelu(norm(layer(x.t()[None])[0].t())))) * mask
        return self.heads(x)

    def read(self, docs, vocabulary, hide=0.0, rng=None, dropout=0.0):
        ids, flags, mask = place(docs, vocabulary, self.gap)
        width = self.features.in_features
        nothing = np.zeros((self.gap, width), np.float16)
        features = np.concatenate([part for d in docs for part in (d["features"][:, :width], nothing)])
        shown = (rng.random(len(ids)) >= hide).astype(np.float32) if hide else np.ones(len(ids), np.float32)
        tensors = [torch.from_numpy(x) for x in (ids, flags, mask, features.astype(np.float32), shown[:, None])]
        return self(*tensors, dropout)
