"""The tagger's network: in floating point while it learns, on integer grids while it is tuned.

Window of word vectors -> residual depthwise-separable layers -> seven logits a token. `quantised` puts every weight and
activation on the grid that the integers use (straight-through gradients), so that export changes nothing.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from learn import HEAD_BIAS, place, told_by_features

DIMENSION, CHANNELS, WINDOW, KERNEL = 48, 64, 9, 5
DILATIONS = (1, 2, 4, 8)
HEADS = ["plan", "G", "D", "B", "R", "begin", "end"]
ACTIVATION = 4  # activations are multiples of 2**-4 …
TOP = 127 / 2**ACTIVATION  # … from 0 to this
ROW = 8  # window rows are multiples of 2**-8
DEPTH_SUM = 248  # of the absolute depthwise weights of a channel, so that 16 bits hold the sum of products


def grid(x, exponent, low, high):
    """x rounded to multiples of 2**-exponent, clamped to [low, high] steps; the gradient is that of the clamp."""
    scale = 2.0**exponent
    clamped = x.clamp(low / scale, high / scale)
    return clamped + (torch.floor(clamped * scale + 0.5) / scale - clamped).detach()


def int8(x, exponent):
    return grid(x, exponent, -127, 127)


def exponent_of(x, quantile=0.9995):
    """The finest power of two at which nearly all of x fits into 8 bits."""
    flat = x.detach().abs().flatten()
    most = torch.quantile(flat, quantile) if flat.numel() < 1_000_000 else flat.kthvalue(int(flat.numel() * quantile)).values
    return int(math.floor(math.log2(127 / max(float(most), 1e-6))))


class Norm(nn.BatchNorm1d):
    """Batch normalisation over tokens; folds into the weights before it."""

    def __init__(self, channels):
        super().__init__(channels, momentum=0.05)

    def folded(self):
        """(scale, bias): what normalisation does to the output of a linear layer without bias."""
        scale = self.weight * torch.rsqrt(self.running_var + self.eps)
        return scale, self.bias - self.running_mean * scale


class Tagger(nn.Module):
    """Logits (tokens, 7) of documents laid end to end, with gaps between that no layer reaches across (see `gap`).

    vectors: (V, DIMENSION) first word vectors. buckets: rows for the features of unseen words.
    """

    def __init__(self, vectors, buckets, channels=CHANNELS, dilations=DILATIONS, window=WINDOW):
        super().__init__()
        dimension = vectors.shape[1]
        self.window_size, self.dilations = window, dilations
        self.E = nn.Parameter(torch.cat([vectors, torch.zeros(1, dimension)]))  # the last row is that of unseen words
        self.H = nn.Parameter(torch.randn(buckets + 1, dimension) * 0.05)  # the last row is that of no feature
        self.K = nn.Parameter(torch.randn(8, dimension) * 0.05)
        self.W = nn.Parameter(torch.randn(window, dimension, channels) / math.sqrt(window * dimension))
        self.window_norm = Norm(channels)
        self.D = nn.ParameterList()
        self.P = nn.ParameterList()
        self.norms = nn.ModuleList()
        for _ in dilations:
            depth = torch.randn(KERNEL, channels) * 0.2
            depth[KERNEL // 2] += 0.5
            self.D.append(nn.Parameter(depth))
            self.P.append(nn.Parameter(torch.randn(channels, channels) / math.sqrt(channels)))
            norm = Norm(channels)
            nn.init.constant_(norm.weight, 0.3)
            self.norms.append(norm)
        self.A = nn.Parameter(torch.randn(channels, len(HEADS)) * 0.05)
        self.A_bias = nn.Parameter(torch.tensor(HEAD_BIAS))
        self.exponents = None

    def quantise(self):
        """From here on compute on the integer grids; normalisation keeps its statistics."""
        with torch.no_grad():
            scale, _ = self.window_norm.folded()
            e = exponent_of(torch.cat([self.E[:-1], self.K]))
            w = exponent_of(self.W * scale)
            self.exponents = {"e": e, "w": max(w, ROW + 1 - e), "a": exponent_of(self.A, 1.0), "d": [], "p": []}
            for depth, point, norm in zip(self.D, self.P, self.norms):
                self.exponents["d"].append(min(exponent_of(depth, 1.0), int(math.floor(math.log2(DEPTH_SUM / float(depth.abs().sum(0).max()))))))
                self.exponents["p"].append(exponent_of(point * norm.folded()[0], 0.999))

    @property
    def gap(self):
        """Tokens of nothing between two documents: the longest reach of one layer to one side."""
        return max(self.window_size // 2, max(self.dilations) * (KERNEL // 2))

    def read(self, docs, vocabulary, hide=0.0, rng=None, dropout=0.0):
        """Logits of documents laid end to end; `hide` is the share of words told by their features alone."""
        ids, flags, mask = place(docs, vocabulary, self.gap)
        places, buckets = told_by_features(docs, vocabulary, self.gap, ids, hide, rng)
        return self(*(torch.from_numpy(x) for x in (ids, flags, mask, places, buckets)), dropout)

    def word_vectors(self, ids, flags, unseen, features):
        """ids (N) rows of E; unseen (M) places of words told by features (M, 8), rows of H."""
        q = self.exponents
        E, H, K = (self.E, self.H, self.K) if q is None else (int8(x, q["e"]) for x in (self.E, self.H, self.K))
        base = F.embedding(ids, E)
        if len(unseen):
            told = F.embedding_bag(features, H, mode="sum", padding_idx=H.shape[0] - 1)
            base = base.index_put((unseen,), told)
        e = base + F.embedding(flags, K)
        return e if q is None else int8(e, q["e"])

    def forward(self, ids, flags, mask, unseen, features, dropout=0.0):
        """mask (N, 1): 1 where there is a token, 0 in the gaps."""
        q = self.exponents
        e = self.word_vectors(ids, flags, unseen, features) * mask
        half, length = self.window_size // 2, len(ids)
        if q is None:
            x = F.conv1d(e.t()[None], self.W.permute(2, 1, 0), padding=half)[0].t()
            x = self.window_norm(x).clamp(0, TOP)
        else:
            scale, bias = self.window_norm.folded()
            W = int8(self.W * scale, q["w"])
            padded = F.pad(e, (0, 0, half, half))
            x = grid(bias, ROW, -1000, 1000)
            for place in range(self.window_size):
                x = x + grid(padded[place : place + length] @ W[place], ROW, -3500, 3500)
            x = grid(x, ACTIVATION, 0, 127)
        x = F.dropout(x * mask, dropout, self.training)
        for index, (dilation, depth, point, norm) in enumerate(zip(self.dilations, self.D, self.P, self.norms)):
            if q is not None:
                total = depth.abs().sum(0, keepdim=True)
                limit = DEPTH_SUM / 2 ** q["d"][index]
                depth = int8(depth * (limit / total).clamp(max=1), q["d"][index])
            reach = dilation * (KERNEL // 2)
            padded = F.pad(x, (0, 0, reach, reach))
            y = sum(padded[k * dilation : k * dilation + length] * depth[k] for k in range(KERNEL))
            if q is None:
                z = norm(y @ point)
            else:
                y = grid(y, ACTIVATION, -127, 127)
                scale, bias = norm.folded()
                z = y @ int8(point * scale, q["p"][index])
                z = grid(z + grid(bias, ACTIVATION + q["p"][index], -(2**22), 2**22), ACTIVATION, -(2**15), 2**15)
            x = F.dropout((x + z).clamp(0, TOP) * mask, dropout, self.training)
        if q is None:
            return x @ self.A + self.A_bias
        fine = ACTIVATION + q["a"]
        return x @ int8(self.A, q["a"]) + grid(self.A_bias, fine, -(2**20), 2**20)
