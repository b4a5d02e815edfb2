"""An encoder with a fresh multi-label head: how it is built, and which parts learn at which rate."""

import json
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.trainer_pt_utils import get_parameter_names

from emotions.checkpoint import CheckpointError, ModelParams, pretrained
from emotions.pooling import MeanPooledBertConfig, MeanPooledBertForSequenceClassification
from emotions.vocabulary import meaning


def build_classifier(
    model: ModelParams, names: list[str], tokenizer: PreTrainedTokenizerBase, pooling: str
) -> PreTrainedModel:
    """Return the checkpoint as a sequence classifier, one sigmoid a label, its names in `id2label`.

    `pooling` is first, the plain model of the checkpoint's family, or mean. Tokens that the tokenizer has beyond the
    checkpoint's vocabulary start as the mean of the words that they mean, `[NAME]` as "name". Raises CheckpointError
    as `pretrained` does and for the mean of another family than BERT.
    """
    if pooling == "mean" and (family := pretrained(AutoConfig, model).model_type) != "bert":
        raise CheckpointError(
            f"train.pooling=mean is made for BERT; {model.checkpoint} is {family}: dvc exp run -S train.pooling=first"
        )
    classifier = pretrained(
        MeanPooledBertForSequenceClassification if pooling == "mean" else AutoModelForSequenceClassification,
        model,
        num_labels=len(names),
        id2label=dict(enumerate(names)),
        label2id={name: id for id, name in enumerate(names)},
        problem_type="multi_label_classification",
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


def load_classifier(folder: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Return a trained classifier, on the GPU where there is one, and its tokenizer, from the train stage's folder."""
    family = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]
    mean = family == MeanPooledBertConfig.model_type
    kind = MeanPooledBertForSequenceClassification if mean else AutoModelForSequenceClassification
    classifier = kind.from_pretrained(folder).to("cuda" if torch.cuda.is_available() else "cpu")
    return classifier, AutoTokenizer.from_pretrained(folder, config=classifier.config)


def resolve_attention(wanted: str) -> str:
    """Return eager or sdpa; `auto` is sdpa on a GPU, where its kernels are fused, and eager on a CPU.

    On 2 cores, at 20 tokens a row, training with SDPA's CPU kernels ran at 0.7 times the speed of plain products.
    """
    if wanted == "auto":
        return "sdpa" if torch.cuda.is_available() else "eager"
    return wanted


def set_attention(classifier: PreTrainedModel, implementation: str) -> None:
    """Let the encoder compute attention by `eager` or `sdpa`; raises CheckpointError where it knows no such way."""
    try:
        classifier.set_attn_implementation(implementation)
    except ValueError as error:
        raise CheckpointError(f"train.attention={implementation}: {str(error).strip().splitlines()[0]}") from None


def start_at_log_odds(classifier: PreTrainedModel, positives: Tensor, rows: int, weights: Tensor) -> None:
    """Set the output bias so that the untrained model predicts each label's frequency, as the weighted loss sees it.

    The bias that minimises the weighted cross-entropy of a constant is log(weight * positives / negatives).
    """
    output = [module for module in classifier.modules() if isinstance(module, nn.Linear)][-1]
    if output.out_features != classifier.config.num_labels:
        raise ValueError(
            f"expected the last linear layer to have {classifier.config.num_labels} outputs; found {output}"
        )
    with torch.no_grad():
        output.bias.copy_(torch.log(weights * positives / (rows - positives)))


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
