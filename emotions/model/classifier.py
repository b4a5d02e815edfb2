"""An encoder with a fresh multi-label head."""

from collections.abc import Callable

import torch
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from emotions.errors import UserError
from emotions.model.checkpoint import ModelParams, pretrained
from emotions.model.pooling import MeanPooledBertConfig, MeanPooledBertForSequenceClassification
from emotions.model.vocabulary import meaning


def build_classifier(
    model: ModelParams,
    names: list[str],
    tokenizer: PreTrainedTokenizerBase,
    pooling: str,
    configure: Callable[[PreTrainedConfig], None] | None = None,
) -> PreTrainedModel:
    """Return the checkpoint as a sequence classifier, one sigmoid a label, its names in `id2label`.

    `pooling` is first, the plain model of the checkpoint's family, or mean. `configure` changes the family's config,
    as to set its dropout, before the model is built from it. Tokens that the tokenizer has beyond the checkpoint's
    vocabulary start as the mean of the words that they mean, `[NAME]` as "name". Raises UserError as `pretrained` and
    `configure` do and for the mean of another family than BERT.
    """
    if pooling == "mean" and (family := pretrained(AutoConfig, model).model_type) != "bert":
        raise UserError(
            f"train.pooling=mean is made for BERT; {model.checkpoint} is {family}: dvc exp run -S train.pooling=first"
        )
    mean = pooling == "mean"
    config = pretrained(
        MeanPooledBertConfig if mean else AutoConfig,
        model,
        num_labels=len(names),
        id2label=dict(enumerate(names)),
        label2id={name: id for id, name in enumerate(names)},
        problem_type="multi_label_classification",
    )
    if configure:
        configure(config)
    classifier = pretrained(
        MeanPooledBertForSequenceClassification if mean else AutoModelForSequenceClassification,
        model,
        config=config,
        use_safetensors=True,
        dtype=torch.float32,
    )
    classifier.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    embeddings = classifier.get_input_embeddings().weight
    with torch.no_grad():
        for token, id in tokenizer.get_added_vocab().items():
            if id >= tokenizer.vocab_size:
                word = tokenizer(meaning(token), add_special_tokens=False)["input_ids"]
                embeddings[id] = embeddings[word].mean(dim=0)
    return classifier
