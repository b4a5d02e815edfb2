import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="not installed: pip install -r requirements-export.txt")

from onnxruntime import InferenceSession  # noqa: E402


@pytest.fixture(scope="module")
def graph(tiny_export):
    return InferenceSession(tiny_export / "models/exported/fp32/model.onnx")


def test_rows_and_tokens_are_free_and_the_output_is_a_probability_a_label(graph):
    assert [(one.name, one.shape) for one in graph.get_inputs()] == [
        ("input_ids", ["rows", "tokens"]),
        ("attention_mask", ["rows", "tokens"]),
    ]
    (output,) = graph.get_outputs()
    assert output.name == "probabilities"
    for rows, tokens in ((1, 3), (5, 64)):
        (probability,) = graph.run(
            None, dict.fromkeys(("input_ids", "attention_mask"), np.ones((rows, tokens), np.int64))
        )
        assert probability.shape == (rows, 3)
        assert ((probability > 0) & (probability < 1)).all()


def test_padding_changes_nothing_because_the_mask_is_an_input_of_its_own(graph):
    ids, mask = np.array([[2, 40, 41, 3, 0, 0]]), np.array([[1, 1, 1, 1, 0, 0]])
    (padded,) = graph.run(None, {"input_ids": ids, "attention_mask": mask})
    (bare,) = graph.run(None, {"input_ids": ids[:, :4], "attention_mask": mask[:, :4]})
    (unmasked,) = graph.run(None, {"input_ids": ids, "attention_mask": np.ones_like(mask)})
    assert padded == pytest.approx(bare, abs=1e-6)
    assert np.abs(unmasked - bare).max() > 1e-4


def test_attention_is_one_operator(tiny_export):
    model = onnx.load(tiny_export / "models/exported/fp32/model.onnx")
    assert [node.op_type for node in model.graph.node].count("Attention") == 2  # of the tiny encoder's two layers
