"""BERT weights in, ONNX file out, written node by node so that nothing of the graph is left to an exporter.

Tokens are kept as one matrix [batch·sequence, hidden], so that every layer is a plain Gemm. Weights may be stored in
8 bits (one scale per output channel); activations stay in float, so that what else is in a batch cannot change a
vector. The weights are unpacked by Cast and Mul, which onnxruntime folds when it loads the file. Behind
DequantizeLinear it would fuse them into integer products, and round the activations after all.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def quantised(matrix, axis):
    """Symmetric int8 with one scale per index of `axis` (a Gemm weight [in, out]: axis 1; an embedding row: axis 0)."""
    other = 1 - axis
    scale = np.maximum(np.abs(matrix).max(axis=other), 1e-8).astype(np.float32) / 127
    steps = np.round(matrix / np.expand_dims(scale, other))
    return np.clip(steps, -127, 127).astype(np.int8), scale


class Graph:
    def __init__(self):
        self.nodes, self.initializers, self.count = [], [], 0

    def constant(self, array, name=None):
        self.count += 1
        name = name or f"c{self.count}"
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def op(self, kind, *inputs, out=None, **attributes):
        self.count += 1
        out = out or f"{kind}_{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], name=out, **attributes))
        return out

    def weight(self, matrix, axis, int8):
        if not int8:
            return self.constant(matrix.astype(np.float32))
        steps, scale = quantised(matrix, axis)
        values = self.op("Cast", self.constant(steps), to=TensorProto.FLOAT)
        return self.op("Mul", values, self.constant(np.expand_dims(scale, 1 - axis)))

    def linear(self, x, weight, bias, int8):
        """x·weightᵀ + bias, the weight as PyTorch keeps it, [out, in]."""
        return self.op("Gemm", x, self.weight(weight.T, 1, int8), self.constant(bias))

    def norm(self, x, weight, bias, epsilon):
        return self.op("LayerNormalization", x, self.constant(weight), self.constant(bias), axis=-1, epsilon=epsilon)


def bert(weights, config, int8, projection=None):
    """The ONNX model of a BERT encoder.

    weights: name → float32 array, named as in transformers' BertModel. projection: [out, hidden], applied to every
    token at the end (the mean of projected tokens is the projection of their mean). Inputs input_ids, attention_mask:
    int64 [batch, sequence]; output last_hidden_state: float32 [batch, sequence, out].
    """
    g, w = Graph(), {name: np.asarray(value, np.float32) for name, value in weights.items()}
    hidden, heads, epsilon = config["hidden_size"], config["num_attention_heads"], config["layer_norm_eps"]
    size = hidden // heads
    activation = {"relu": "Relu", "gelu": "Gelu"}[config["hidden_act"]]

    shape = g.op("Shape", "input_ids")
    length = g.op("Gather", shape, g.constant(np.array([1])))
    rows = g.constant(np.array([-1, hidden]))
    by_head = g.op("Concat", shape, g.constant(np.array([heads, size])), axis=0)

    # Words are gathered in 8 bits and scaled afterwards: the table itself never has to be unpacked.
    table = w["embeddings.word_embeddings.weight"]
    if int8:
        steps, scale = quantised(table, 0)
        picked = g.op("Cast", g.op("Gather", g.constant(steps), "input_ids"), to=TensorProto.FLOAT)
        words = g.op("Mul", picked, g.op("Gather", g.constant(scale.reshape(-1, 1)), "input_ids"))
    else:
        words = g.op("Gather", g.constant(table), "input_ids")
    positions = w["embeddings.position_embeddings.weight"] + w["embeddings.token_type_embeddings.weight"][0]
    here = g.op("Slice", g.constant(positions), g.constant(np.array([0])), length, g.constant(np.array([0])))
    x = g.op("Reshape", g.op("Add", words, here), rows)
    x = g.norm(x, w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"], epsilon)

    # 0 where a token is, -10000 where there is padding.
    mask = g.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    mask = g.op("Mul", g.op("Sub", mask, g.constant(np.float32(1))), g.constant(np.float32(10000)))
    mask = g.op("Unsqueeze", mask, g.constant(np.array([1, 2])))

    for layer in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{layer}."
        heads_of = {}
        for part, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
            weight, bias = w[f"{at}attention.self.{part}.weight"], w[f"{at}attention.self.{part}.bias"]
            if part == "query":
                weight, bias = weight / np.sqrt(np.float32(size)), bias / np.sqrt(np.float32(size))
            y = g.op("Reshape", g.linear(x, weight, bias, int8), by_head)
            heads_of[part] = g.op("Transpose", y, perm=order)
        scores = g.op("Add", g.op("MatMul", heads_of["query"], heads_of["key"]), mask)
        mixed = g.op("MatMul", g.op("Softmax", scores, axis=-1), heads_of["value"])
        mixed = g.op("Reshape", g.op("Transpose", mixed, perm=[0, 2, 1, 3]), rows)
        y = g.linear(mixed, w[f"{at}attention.output.dense.weight"], w[f"{at}attention.output.dense.bias"], int8)
        norm = f"{at}attention.output.LayerNorm"
        x = g.norm(g.op("Add", x, y), w[f"{norm}.weight"], w[f"{norm}.bias"], epsilon)
        y = g.linear(x, w[f"{at}intermediate.dense.weight"], w[f"{at}intermediate.dense.bias"], int8)
        y = g.linear(g.op(activation, y), w[f"{at}output.dense.weight"], w[f"{at}output.dense.bias"], int8)
        x = g.norm(g.op("Add", x, y), w[f"{at}output.LayerNorm.weight"], w[f"{at}output.LayerNorm.bias"], epsilon)

    width = hidden
    if projection is not None:
        width = len(projection)
        x = g.op("MatMul", x, g.weight(np.asarray(projection, np.float32).T, 1, int8))
    g.op("Reshape", x, g.op("Concat", shape, g.constant(np.array([width])), axis=0), out="last_hidden_state")

    axes = ["batch", "sequence"]
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, axes)
    attended = helper.make_tensor_value_info("attention_mask", TensorProto.INT64, axes)
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*axes, width])
    graph = helper.make_graph(g.nodes, "encoder", [ids, attended], [output], g.initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], producer_name="sg-mine")
    model.ir_version = 9
    onnx.checker.check_model(model)
    return model
