"""Makes the small tokenizers of fixtures/tokenizers from the hand-written fixture traces. Needs `tokenizers`.

Training breaks ties at random, so a second run gives other merges; nothing depends on which.

Each is of a kind that real models have: `gpt2` (byte-level BPE, GPT-2's pattern), `qwen` (byte-level BPE, NFC, Qwen's
pattern, added tokens), `llama2` (BPE with byte fallback, a space set before the text by a normalizer), `gemma` (the
same, spaces replaced, nothing set before), `wordpiece` (has no exact offsets; must be refused).
"""

import json
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

ROOT = Path(__file__).resolve().parent.parent / "fixtures"
QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def texts():
    for line in (ROOT / "lexicon" / "traces.jsonl").read_text(encoding="utf-8").strip().split("\n"):
        yield json.loads(line)["trace"]
    for entry in json.loads((ROOT / "lexicon" / "lexicon.json").read_text(encoding="utf-8"))["entries"]:
        for spelling in entry["spellings"]:
            yield f"So {spelling}, and then {spelling}."


def byte_level(split, normalizer, added):
    tokenizer = Tokenizer(models.BPE())
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700, min_frequency=2, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=added
    )
    tokenizer.train_from_iterator(texts(), trainer)
    return tokenizer


def byte_fallback(normalizer, decoder, split):
    specials = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizer
    if split:
        tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoder
    trainer = trainers.BpeTrainer(vocab_size=700, min_frequency=2, special_tokens=specials, limit_alphabet=60)
    # One word at a time: without a pre-tokenizer, whole traces would be merged.
    words = (f" {word}" for text in texts() for word in text.split())
    tokenizer.train_from_iterator(words, trainer)
    # Only the control tokens are added ones in such tokenizers; the byte tokens belong to the vocabulary.
    spec = json.loads(tokenizer.to_str())
    spec["added_tokens"] = [token for token in spec["added_tokens"] if token["id"] < 3]
    return Tokenizer.from_str(json.dumps(spec))


def save(name, tokenizer):
    folder = ROOT / "tokenizers" / name
    folder.mkdir(parents=True, exist_ok=True)
    spec = json.loads(tokenizer.to_str())
    (folder / "tokenizer.json").write_text(json.dumps(spec, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class":"PreTrainedTokenizerFast"}\n')


save("gpt2", byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), None, ["<|endoftext|>"]))
save(
    "qwen",
    byte_level(
        pre_tokenizers.Sequence(
            [pre_tokenizers.Split(Regex(QWEN), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
        ),
        normalizers.NFC(),
        ["<|endoftext|>", AddedToken("<think>", special=False, normalized=False), AddedToken("</think>", special=False, normalized=False)],
    ),
)
save(
    "llama2",
    byte_fallback(
        normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]),
        decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        ),
        None,
    ),
)
save(
    "gemma",
    byte_fallback(
        normalizers.Replace(" ", "▁"),
        decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]),
        pre_tokenizers.Split(" ", "merged_with_previous"),
    ),
)
wordpiece = Tokenizer(models.WordPiece(unk_token="[UNK]"))
wordpiece.pre_tokenizer = pre_tokenizers.Whitespace()
wordpiece.decoder = decoders.WordPiece()
wordpiece.train_from_iterator(texts(), trainers.WordPieceTrainer(vocab_size=200, special_tokens=["[UNK]"]))
save("wordpiece", wordpiece)
