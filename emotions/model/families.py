"""The families of encoders that can be trained, and where each keeps what differs between them."""

from dataclasses import dataclass

from torch import nn
from transformers import PreTrainedConfig, PreTrainedModel

from emotions.errors import UserError


@dataclass(frozen=True)
class Family:
    output: str  # where in the sequence classifier the layer is that has one output a label
    positions_after_padding: bool = False  # positions count from the padding token's id + 1, as fairseq's models do


FAMILIES = {  # by the config's model_type; a tiny model of each runs through all stages in tests/model/test_families.py
    "albert": Family("classifier"),
    "bert": Family("classifier"),
    "camembert": Family("classifier.out_proj", positions_after_padding=True),
    "deberta-v2": Family("classifier"),
    "distilbert": Family("classifier"),
    "electra": Family("classifier.out_proj"),
    "mean_pooled_bert": Family("classifier"),
    "modernbert": Family("classifier"),
    "mpnet": Family("classifier.out_proj", positions_after_padding=True),
    "roberta": Family("classifier.out_proj", positions_after_padding=True),
    "xlm-roberta": Family("classifier.out_proj", positions_after_padding=True),
}


def refuse_unknown_family(config: PreTrainedConfig, checkpoint: str) -> None:
    """Raise UserError where a checkpoint is of a family that was not tried here, as decoders are."""
    if config.model_type not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise UserError(
            f"model.checkpoint={checkpoint}: expected an encoder of one of these families: {known}; "
            f"found {config.model_type}; dvc exp run -S model.checkpoint=ANOTHER"
        )


def output_layer(classifier: PreTrainedModel) -> nn.Linear:
    """Return the layer with one output a label."""
    return classifier.get_submodule(FAMILIES[classifier.config.model_type].output)


def longest_input(config: PreTrainedConfig) -> int:
    """Return how many tokens, those that mark begin and end included, an encoder has positions for."""
    reserved = config.pad_token_id + 1 if FAMILIES[config.model_type].positions_after_padding else 0
    return config.max_position_embeddings - reserved
