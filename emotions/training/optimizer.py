"""Where the optimizer starts and how fast each part of a classifier learns."""

import re

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.trainer_pt_utils import get_parameter_names

from emotions.model.families import output_layer


def start_at_log_odds(classifier: PreTrainedModel, positives: Tensor, others: Tensor | int, weights: Tensor) -> None:
    """Set the output bias so that the untrained model predicts each label's frequency, as the weighted loss sees it.

    The bias that minimises the weighted cross-entropy of a constant is log(weight * positives / others): `others` are
    the rows without the label, or, under a softmax, any number for all labels. Focal and asymmetric loss are least
    elsewhere (see there), so that with them this is where training starts, not an optimum.
    """
    with torch.no_grad():
        output_layer(classifier).bias.copy_(torch.log(weights * positives / others))


def layers_above(classifier: PreTrainedModel) -> dict[str, int]:
    """Return, for each parameter of the encoder by name, how many of its layers stand above its own.

    Embeddings have all layers above them. What else lies in no layer, as a last norm, counts to the layer before it.
    """
    layer, found = 0, {}
    for name, _ in classifier.named_parameters():
        if name.startswith(f"{classifier.base_model_prefix}.") and ".pooler." not in name:
            if number := re.search(r"\.(\d+)\.", name):
                layer = int(number[1]) + 1
            found[name] = layer
    return {name: max(found.values()) - layer for name, layer in found.items()}


def parameter_groups(
    classifier: PreTrainedModel,
    learning_rate: float,
    head_learning_rate: float,
    weight_decay: float,
    layer_decay: float,
) -> list[dict]:
    """Return AdamW's groups: the encoder's layers and the head (pooler and classifier), with and without weight decay.

    The encoder's last layer learns at `learning_rate`, each below it at `layer_decay` times the rate of the one above,
    embeddings as a layer below the first (Howard & Ruder 2018, section 3.2). Layers of one rate share a group. Biases
    and normalisation layers do not decay.
    """
    above = layers_above(classifier)
    decayed = set(get_parameter_names(classifier, [nn.LayerNorm], ["bias", "norm"]))
    groups = {}
    for name, parameter in classifier.named_parameters():
        rate = learning_rate * layer_decay ** above[name] if name in above else head_learning_rate
        decay = weight_decay if name in decayed else 0.0
        group = groups.setdefault((name in above, rate, decay), {"params": [], "lr": rate, "weight_decay": decay})
        group["params"].append(parameter)
    return list(groups.values())
