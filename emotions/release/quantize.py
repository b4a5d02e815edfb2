"""A float32 graph with its products in int8, each token by a scale of its own."""

from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper

# Of a weight of a product. Seven bits with the sign: with eight, processors without VNNI would overflow the 16 bits in
# which they add two products (255 x 127 x 2), and answer otherwise than those that have it.
LARGEST = 63
GELU_LEAST = -0.17  # GELU never falls below: from there its values take all 255 steps, not the half above 0
PREFIX = "int8."  # of the names that are new in the graph


def quantize(source: Path, target: Path) -> None:
    """Write a graph a quarter of the size, which computes products with constant weights in int8.

    Weights have one scale an output, embeddings one a row, activations one a token. ONNX Runtime's own dynamic
    quantization gives activations one scale a batch, so that what is said of a text depends on those that it is
    computed with: on the starter corpus a probability moved by up to 0.4.
    """
    model = onnx.load(source)
    graph = model.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    made_by = {output: node.op_type for node in graph.node for output in node.output}
    nodes, activations = [], set()
    new = {
        "last_axis": np.array([-1]),
        "one": np.float32(1),
        "tiny": np.finfo(np.float32).tiny,
        "128": np.uint8(128),
        "0": np.uint8(0),
        "1/127": np.float32(1 / 127),
        "1/255": np.float32(1 / 255),
        "-least": np.float32(-GELU_LEAST),
    }
    for node in graph.node:
        weight = constants.get(node.input[1] if node.op_type in ("MatMul", "Gemm") else node.input[0])
        if node.op_type == "Gather" and weight is not None and weight.ndim == 2:
            nodes += _embedding(node, weight, new)
        elif node.op_type in ("MatMul", "Gemm") and weight is not None:
            after_gelu = made_by.get(node.input[0]) == "Gelu"
            if node.input[0] not in activations:  # query, key and value read the same one
                nodes += _quantized_gelu(node.input[0]) if after_gelu else _quantized(node.input[0])
                activations.add(node.input[0])
            nodes += _product(node, weight, after_gelu, new)
        else:
            nodes.append(node)

    new = [numpy_helper.from_array(np.asarray(value), PREFIX + name) for name, value in new.items()]
    used = {name for node in nodes for name in node.input}
    tensors = [tensor for tensor in (*graph.initializer, *new) if tensor.name in used]
    graph.ClearField("node")
    graph.ClearField("initializer")
    graph.node.extend(nodes)
    graph.initializer.extend(tensors)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, target)


def scaled(values: np.ndarray, axis: int, largest: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a matrix as int8 of at most `largest`, with the scale, along `axis`, that gives it back."""
    scale = np.maximum(np.abs(values).max(axis=axis, keepdims=True), np.finfo(np.float32).tiny) / largest
    return np.round(values / scale).astype(np.int8), scale.astype(np.float32)


def _embedding(node: NodeProto, weight: np.ndarray, new: dict[str, np.ndarray]) -> list[NodeProto]:
    table, row, output = node.input[0], node.input[1], node.output[0]
    new[f"{table}.values"], new[f"{table}.scale"] = scaled(weight, axis=1, largest=127)
    parts = [f"{PREFIX}{output}.{part}" for part in ("values", "scale", "float")]
    return [
        helper.make_node("Gather", [f"{PREFIX}{table}.values", row], [parts[0]]),
        helper.make_node("Gather", [f"{PREFIX}{table}.scale", row], [parts[1]]),
        helper.make_node("Cast", [parts[0]], [parts[2]], to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", [parts[2], parts[1]], [output]),
    ]


def _quantized(name: str) -> list[NodeProto]:
    """Return the nodes that make an activation's uint8, 0 at 128 and the token's largest 127 steps away, and scale."""
    own = PREFIX + name
    return [
        helper.make_node("ReduceMax", [name, f"{PREFIX}last_axis"], [f"{own}.high"], keepdims=1),
        helper.make_node("ReduceMin", [name, f"{PREFIX}last_axis"], [f"{own}.low"], keepdims=1),
        helper.make_node("Neg", [f"{own}.low"], [f"{own}.depth"]),
        helper.make_node("Max", [f"{own}.high", f"{own}.depth", f"{PREFIX}tiny"], [f"{own}.largest"]),
        helper.make_node("Mul", [f"{own}.largest", f"{PREFIX}1/127"], [f"{own}.scale"]),
        helper.make_node("Div", [name, f"{own}.scale"], [f"{own}.steps"]),
        helper.make_node("QuantizeLinear", [f"{own}.steps", f"{PREFIX}one", f"{PREFIX}128"], [f"{own}.uint8"]),
    ]


def _quantized_gelu(name: str) -> list[NodeProto]:
    """Return the nodes that make an activation's uint8, GELU_LEAST at 0 and the token's largest at 255, and scale."""
    own = PREFIX + name
    return [
        helper.make_node("Add", [name, f"{PREFIX}-least"], [f"{own}.lifted"]),
        helper.make_node("ReduceMax", [f"{own}.lifted", f"{PREFIX}last_axis"], [f"{own}.largest"], keepdims=1),
        helper.make_node("Mul", [f"{own}.largest", f"{PREFIX}1/255"], [f"{own}.scale"]),
        helper.make_node("Div", [f"{own}.lifted", f"{own}.scale"], [f"{own}.steps"]),
        helper.make_node("QuantizeLinear", [f"{own}.steps", f"{PREFIX}one", f"{PREFIX}0"], [f"{own}.uint8"]),
    ]


def _product(node: NodeProto, weight: np.ndarray, after_gelu: bool, new: dict[str, np.ndarray]) -> list[NodeProto]:
    """Return the nodes of a product with its bias: of bytes, times both scales, less what GELU_LEAST added."""
    own, output = PREFIX + node.output[0], node.output[0]
    transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
    values, scale = scaled(weight.T if transposed else weight, axis=0, largest=LARGEST)
    new[f"{output}.weight"], new[f"{output}.scale"] = values, scale[0]
    bias = node.input[2] if len(node.input) > 2 else None
    if after_gelu:
        new[f"{output}.least"] = (GELU_LEAST * (values * scale).sum(axis=0)).astype(np.float32)
    steps = [bias] if bias else []
    if after_gelu:
        steps.append(f"{own}.least")
    names = [*(f"{own}.{number}" for number in range(len(steps))), output]
    activation = PREFIX + node.input[0]
    inputs = [f"{activation}.uint8", f"{own}.weight", f"{PREFIX}one", f"{own}.scale"]
    inputs.append(f"{PREFIX}0" if after_gelu else f"{PREFIX}128")
    return [
        helper.make_node("MatMulIntegerToFloat", inputs, [f"{own}.of_steps"], domain="com.microsoft"),
        helper.make_node("Mul", [f"{own}.of_steps", f"{activation}.scale"], names[:1]),
        *(
            helper.make_node("Add", [before, step], [after])
            for before, step, after in zip(names[:-1], steps, names[1:], strict=True)
        ),
    ]
