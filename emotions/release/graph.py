"""A trained classifier as an ONNX graph of probabilities."""

import logging
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.export import Dim
from transformers import PreTrainedModel

from emotions.inference.probabilities import activation
from emotions.model.saved import load_classifier

OPSET = 23  # the first with attention as one operator, which ONNX Runtime computes a tenth faster than its parts


class Probabilities(nn.Module):
    """A classifier that returns probabilities, (rows, labels), so that a graph of it needs nothing after it."""

    def __init__(self, classifier: PreTrainedModel):
        super().__init__()
        self.classifier = classifier

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Both arguments are (rows, tokens) int64; the mask is 1 for tokens and 0 for padding."""
        logits = self.classifier(input_ids=input_ids, attention_mask=attention_mask).logits
        return activation(self.classifier.config)(logits)


def export_graph(folder: Path, target: Path) -> None:
    """Write the classifier of the train stage's folder as a float32 graph of `input_ids` and `attention_mask`."""
    classifier, _ = load_classifier(folder)
    classifier.set_attn_implementation("sdpa")
    # any rows and tokens: both are free in the graph; two tensors, for one given twice would be one input
    example = torch.ones((2, 8), dtype=torch.int64), torch.ones((2, 8), dtype=torch.int64)
    free = {0: Dim("rows"), 1: Dim("tokens")}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # else it names each package that it does without
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of PyTorch's own code about its own code
        program = torch.onnx.export(
            Probabilities(classifier.cpu().eval()),
            example,
            dynamo=True,
            opset_version=OPSET,
            input_names=["input_ids", "attention_mask"],
            output_names=["probabilities"],
            dynamic_shapes={"input_ids": free, "attention_mask": free},
            verbose=False,
        )
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # where in the code it comes from, with this machine's paths
    program.save(target)
