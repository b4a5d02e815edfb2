import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from huggingface_hub.utils import build_hf_headers
from safetensors.torch import load_file, save_file
from transformers import AutoModel

from emotions.errors import UserError
from emotions.model import checkpoint
from emotions.model.checkpoint import locate, pretrained_encoder, pretrained_tokenizer
from emotions.model.params import ModelParams

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
COMMIT = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"


def named(checkpoint: str | Path, revision: str | None = None) -> ModelParams:
    return ModelParams(checkpoint=str(checkpoint), revision=revision)


def test_minilm_comes_from_the_wheel_with_the_hubs_hash():
    folder = Path(locate(named(MINILM)))
    assert (folder / "model.safetensors").stat().st_size == 90_868_376


def test_a_changed_file_of_the_wheel_is_refused(tmp_path, monkeypatch):
    _, sha256 = checkpoint.SHIPPED[MINILM]
    fake = tmp_path / "changed_wheel" / "model"
    fake.mkdir(parents=True)
    (fake.parent / "__init__.py").write_text("")
    shutil.copy(Path(locate(named(MINILM))) / "config.json", fake)
    with (fake / "config.json").open("a") as file:
        file.write(" ")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(checkpoint.SHIPPED, MINILM, ("changed_wheel", sha256))
    with pytest.raises(UserError, match=r"config\.json: expected sha256 953f9c.*; found"):
        locate(named(MINILM))


def test_a_wheel_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(checkpoint.SHIPPED, MINILM, ("no_such_wheel", {}))
    with pytest.raises(UserError, match="no_such_wheel.*make setup"):
        locate(named(MINILM))


def test_a_folder_is_itself_and_a_missing_one_is_refused(tmp_path):
    assert locate(named(tmp_path)) == str(tmp_path)
    with pytest.raises(UserError, match="no such folder"):
        locate(named(tmp_path / "absent"))


@pytest.mark.parametrize("revision", [None, "main", "v1.0", COMMIT[:12], COMMIT.upper(), f"{COMMIT}\n"])
def test_a_hub_id_needs_the_commit_that_pins_it(revision):
    with pytest.raises(UserError, match="git ls-remote https://huggingface.co/owner/name HEAD prints the newest"):
        locate(named("owner/name", revision))
    assert locate(named("owner/name", COMMIT)) == "owner/name"


def test_a_commit_is_refused_where_nothing_comes_from_the_hub(tmp_path):
    for here in (MINILM, tmp_path):
        with pytest.raises(UserError, match=r"expected null, because .* -S model\.revision=null"):
            locate(named(here, COMMIT))


def test_a_hub_that_cannot_be_reached_is_one_sentence(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match=r"no-such-model: .* cannot be read .*; connect to the model hub") as raised:
        pretrained_tokenizer(named("nobody/no-such-model", COMMIT))
    assert "\n" not in str(raised.value)


def test_the_hub_is_not_told_what_is_installed_here(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UserError):
        pretrained_tokenizer(named("nobody/no-such-model", COMMIT))
    assert "torch" not in build_hf_headers()["user-agent"]


def config(**changes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


def weights(change: Callable[[dict], dict]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        path = folder / "model.safetensors"
        save_file(change(load_file(path)), path, {"format": "pt"})

    return write


LAST_LAYER = "encoder.layer.1."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (weights(lambda w: {f"0.auto_model.{name}": value for name, value in w.items()}), "not among its weights"),
        (weights(lambda w: {name: w[name] for name in w if LAST_LAYER not in name}), "found 16 that do not"),
        (weights(lambda w: w | {"embeddings.LayerNorm.bias": torch.full((32,), torch.nan)}), "finite weights"),
        (weights(lambda w: w | {"embeddings.LayerNorm.bias": torch.zeros(31)}), "whose shape its config.json gives"),
        (config(num_hidden_layers=1), r"encoder\.layer\.1\..*, which its config.json has no place for"),
        (config(num_hidden_layers=3), r"encoder\.layer\.2\..*, which is not among its weights"),
        (config(vocab_size=70), "word_embeddings.weight, whose shape"),
        (config(model_type="distilbert"), "not among its weights"),
        (config(model_type="gpt2"), "found gpt2"),
        (config(model_type="nothing"), "cannot be read"),
        (config(num_attention_heads=3), "cannot be read .*hidden size"),
        (lambda folder: (folder / "model.safetensors").unlink(), "cannot be read .*no file named"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"version https://git-lfs"), "cannot be read"),
    ],
)  # fmt: skip
def test_weights_that_are_not_what_the_config_says_are_refused(change, said, tiny_checkpoint, tmp_path):
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "changed")
    change(folder)
    with pytest.raises(UserError, match=said) as raised:
        pretrained_encoder(named(folder))
    assert "\n" not in str(raised.value)


def test_heads_of_other_tasks_and_poolers_may_be_left_over(tiny_checkpoint, tmp_path):
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "changed")
    weights(lambda w: w | {"cls.predictions.bias": torch.zeros(3), "pooler.other": torch.zeros(3)})(folder)
    _, encoder = pretrained_encoder(named(folder))
    for name, weight in AutoModel.from_pretrained(tiny_checkpoint).named_parameters():
        assert torch.equal(encoder.get_parameter(name), weight), name


def tokenizer(change: Callable[[dict], None], file: str = "tokenizer_config.json") -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        content = json.loads((folder / file).read_text())
        change(content)
        (folder / file).write_text(json.dumps(content))

    return write


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / "tokenizer.json").unlink(), "found one of 5; its files are missing"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "cannot be read"),
        (tokenizer(lambda c: c.update(model=None), "tokenizer.json"), "cannot be read"),
        (tokenizer(lambda c: c.update(model_max_length="many")), "model_max_length .*; found 'many'"),
        (tokenizer(lambda c: c.update(tokenizer_class="PreTrainedTokenizerFast", pad_token=None)), "padding token"),
    ],
)  # fmt: skip
def test_a_tokenizer_that_cannot_serve_is_refused(change, said, tiny_checkpoint, tmp_path):
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "changed")
    change(folder)
    with pytest.raises(UserError, match=said):
        pretrained_tokenizer(named(folder))


def test_a_tokenizer_reads_no_more_than_the_encoder_has_positions_for(tiny_checkpoint, tmp_path):
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "changed")
    tokenizer(lambda c: c.update(model_max_length=512))(folder)
    assert pretrained_tokenizer(named(folder)).model_max_length == 64
