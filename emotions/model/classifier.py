"""An encoder with a fresh head for labels."""

from collections.abc import Callable

import torch
from transformers import (
    AutoModelForSequenceClassification,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from emotions.errors import UserError
from emotions.model.checkpoint import (
    ModelParams,
    pretrained,
    pretrained_config,
    pretrained_model,
    pretrained_tokenizer,
)
from emotions.model.families import FAMILIES, output_layer
from emotions.model.pooling import MeanPooledBertConfig, MeanPooledBertForSequenceClassification
from emotions.model.vocabulary import meaning


def build_classifier(
    model: ModelParams,
    names: list[str],
    problem_type: str,
    tokenizer: PreTrainedTokenizerBase,
    pooling: str,
    configure: Callable[[PreTrainedConfig], None] | None = None,
) -> PreTrainedModel:
    """Return the checkpoint as a sequence classifier, one output a label, its names in `id2label`.

    `problem_type` is multi_label_classification or single_label_classification, by which the outputs are read.
    `pooling` is first, the plain model of the checkpoint's family, or mean. `configure` changes the family's config, as
    to set its dropout, before the model is built from it. Of a checkpoint that is a classifier already, the output
    layer stays where it has the same names, else it is new. Tokens that the checkpoint lacks start as `add_tokens`
    says. Raises UserError as `pretrained_model` and `configure` do, where the checkpoint's family has no such pooling,
    and where the tokenizer is another checkpoint's.
    """
    config = pretrained_config(model)
    mean, mean_already = pooling == "mean", config.model_type == MeanPooledBertConfig.model_type
    if mean_already and not mean:
        raise UserError(
            f"train.pooling=first: {model.checkpoint} was trained with mean: dvc exp run -S train.pooling=mean"
        )
    if mean and not mean_already and config.model_type != "bert":
        raise UserError(
            f"train.pooling=mean is made for BERT; {model.checkpoint} is {config.model_type}: "
            "dvc exp run -S train.pooling=first"
        )
    same_labels = list(config.id2label.values()) == names
    if mean and not mean_already:
        config = pretrained(MeanPooledBertConfig, model)
    config.update(
        {
            "num_labels": len(names),
            "id2label": dict(enumerate(names)),
            "label2id": {name: id for id, name in enumerate(names)},
            "problem_type": problem_type,
        }
    )
    if configure:
        configure(config)
    kind = MeanPooledBertForSequenceClassification if mean else AutoModelForSequenceClassification
    classifier, new = pretrained_model(kind, model, config=config)
    if f"{FAMILIES[config.model_type].output}.weight" not in new and not same_labels:  # as many labels, and others
        torch.nn.init.normal_(output_layer(classifier).weight, std=config.initializer_range)
        torch.nn.init.zeros_(output_layer(classifier).bias)
    add_tokens(classifier, pretrained_tokenizer(model).get_vocab(), tokenizer)
    return classifier


def add_tokens(classifier: PreTrainedModel, known: dict[str, int], tokenizer: PreTrainedTokenizerBase) -> None:
    """Give each token of the tokenizer that the checkpoint lacks an embedding, in place; all others stay as they are.

    `known` are the ids of the checkpoint's own tokenizer. A new token starts as the mean of the words that it means,
    `[NAME]` as "name"; where it means none that the checkpoint knows, as the mean of all. Raises UserError where the
    tokenizer has another id for a token than the checkpoint.
    """
    vocabulary = tokenizer.get_vocab()
    rows = classifier.get_input_embeddings().num_embeddings
    for token, id in known.items():
        if vocabulary.get(token) != id:
            raise UserError(
                f"data/tokens/tokenizer: expected the checkpoint's token {token!r} as {id}; found "
                f"{vocabulary.get(token)}; the tokens are another checkpoint's: dvc repro tokenize"
            )
    new = {id: token for token, id in vocabulary.items() if token not in known or id >= rows}
    size = max(vocabulary.values()) + 1
    if size > rows:
        classifier.resize_token_embeddings(size, mean_resizing=False)
    embeddings = classifier.get_input_embeddings().weight
    with torch.no_grad():
        mean = embeddings[:rows].mean(dim=0)
        for id, token in new.items():
            words = tokenizer(meaning(token), add_special_tokens=False)["input_ids"]
            words = [word for word in words if word < rows and word not in new]
            embeddings[id] = embeddings[words].mean(dim=0) if words else mean
