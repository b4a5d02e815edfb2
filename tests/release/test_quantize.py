import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="not installed: pip install -r requirements-export.txt")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnxruntime import InferenceSession  # noqa: E402

from emotions.release.quantize import LARGEST, quantize, scaled  # noqa: E402


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.fixture
def outputs(tmp_path):
    """A function of a graph's nodes, constants and inputs: its output `y`, the quantized graph's, and that graph."""

    def computed(nodes: list, constants: dict[str, np.ndarray], inputs: dict[str, np.ndarray]) -> tuple:
        kinds = {name: helper.np_dtype_to_tensor_dtype(values.dtype) for name, values in inputs.items()}
        graph = helper.make_graph(
            nodes,
            "graph",
            [helper.make_tensor_value_info(name, kind, [None] * inputs[name].ndim) for name, kind in kinds.items()],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
            [numpy_helper.from_array(values, name) for name, values in constants.items()],
        )
        files = [tmp_path / "before.onnx", tmp_path / "after.onnx"]
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=10), files[0])
        quantize(*files)
        return (*(InferenceSession(file).run(None, inputs)[0] for file in files), onnx.load(files[1]))

    return computed


def test_values_come_back_within_half_a_step(random):
    values = random.normal(size=(50, 7)).astype(np.float32)
    quantized, scale = scaled(values, axis=0, largest=63)
    assert quantized.dtype == np.int8
    assert (np.abs(quantized).max(axis=0) == 63).all()
    assert (np.abs(quantized * scale - values) <= scale / 2 + 1e-6).all()


def test_a_column_of_zeros_stays_zero():
    quantized, scale = scaled(np.zeros((3, 1), np.float32), axis=0, largest=63)
    assert (quantized * scale == 0).all()


def test_a_product_is_nearly_the_same_and_two_of_its_terms_fit_16_bits(outputs, random):
    x = random.normal(size=(4, 6, 64)).astype(np.float32)
    weight, bias = random.normal(size=(64, 32)).astype(np.float32), random.normal(size=32).astype(np.float32)
    nodes = [
        helper.make_node("MatMul", ["x", "weight"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["y"]),
    ]
    before, after, model = outputs(nodes, {"weight": weight, "bias": bias}, {"x": x})
    assert np.abs(after - before).max() < 0.04 * np.abs(before).max()
    (kept,) = [numpy_helper.to_array(one) for one in model.graph.initializer if one.data_type == TensorProto.INT8]
    assert np.abs(kept).max() == LARGEST
    assert 2 * 255 * LARGEST < 2**15


def test_each_token_has_a_scale_of_its_own(outputs, random):
    """A token a thousand times as large as another does not blur it."""
    weight = random.normal(size=(64, 8)).astype(np.float32)
    x = random.normal(size=(1, 2, 64)).astype(np.float32)
    x[0, 1] *= 1000
    before, after, _ = outputs([helper.make_node("MatMul", ["x", "weight"], ["y"])], {"weight": weight}, {"x": x})
    assert np.abs(after[0, 0] - before[0, 0]).max() < 0.04 * np.abs(before[0, 0]).max()


def test_a_product_after_gelu_uses_all_steps_above_its_least_value(outputs, random):
    weight = random.normal(size=(64, 8)).astype(np.float32)
    nodes = [helper.make_node("Gelu", ["x"], ["active"]), helper.make_node("MatMul", ["active", "weight"], ["y"])]
    before, after, _ = outputs(nodes, {"weight": weight}, {"x": random.normal(size=(5, 64)).astype(np.float32)})
    assert np.abs(after - before).max() < 0.03 * np.abs(before).max()


def test_a_product_with_bias_and_turned_weight_is_nearly_the_same(outputs, random):
    weight, bias = random.normal(size=(8, 64)).astype(np.float32), random.normal(size=8).astype(np.float32)
    nodes = [helper.make_node("Gemm", ["x", "weight", "bias"], ["y"], transB=1)]
    x = random.normal(size=(5, 64)).astype(np.float32)
    before, after, _ = outputs(nodes, {"weight": weight, "bias": bias}, {"x": x})
    assert np.abs(after - before).max() < 0.04 * np.abs(before).max()


def test_a_product_of_two_activations_stays_float32(outputs, random):
    x = random.normal(size=(2, 3, 3)).astype(np.float32)
    before, after, model = outputs([helper.make_node("MatMul", ["x", "x"], ["y"])], {}, {"x": x})
    assert (before == after).all()
    assert [node.op_type for node in model.graph.node] == ["MatMul"]


def test_embeddings_come_back_row_by_row(outputs, random):
    table = random.normal(size=(10, 16)).astype(np.float32) * np.arange(1, 11, dtype=np.float32)[:, None]
    rows = np.array([[9, 0], [3, 3]])
    nodes = [helper.make_node("Gather", ["table", "rows"], ["y"])]
    before, after, _ = outputs(nodes, {"table": table}, {"rows": rows})
    assert (np.abs(after - before) <= np.abs(table[rows]).max(axis=-1, keepdims=True) / 127 / 2 + 1e-6).all()
