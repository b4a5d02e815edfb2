"""Where the optimizer starts and how fast each part of a classifier learns."""

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


def parameter_groups(
    classifier: PreTrainedModel, learning_rate: float, head_learning_rate: float, weight_decay: float
) -> list[dict]:
    """Return AdamW's groups: encoder and head (pooler and classifier), each with and without weight decay.

    Biases and normalisation layers do not decay.
    """
    encoder = f"{classifier.base_model_prefix}."
    decayed = set(get_parameter_names(classifier, [nn.LayerNorm], ["bias", "norm"]))
    groups = {(head, decay): [] for head in (False, True) for decay in (True, False)}
    for name, parameter in classifier.named_parameters():
        head = not name.startswith(encoder) or ".pooler." in name
        groups[head, name in decayed].append(parameter)
    return [
        {
            "params": parameters,
            "lr": head_learning_rate if head else learning_rate,
            "weight_decay": weight_decay if decay else 0.0,
        }
        for (head, decay), parameters in groups.items()
    ]
