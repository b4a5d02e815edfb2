import shutil
from pathlib import Path

import pytest
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from emotions.errors import UserError
from emotions.model import checkpoint
from emotions.model.checkpoint import ModelParams, locate, pretrained

MINILM = "sentence-transformers/all-MiniLM-L6-v2"


def test_minilm_comes_from_the_wheel_with_the_hubs_hash():
    folder = Path(locate(MINILM))
    assert (folder / "model.safetensors").stat().st_size == 90_868_376


def test_a_changed_file_of_the_wheel_is_refused(tmp_path, monkeypatch):
    _, sha256 = checkpoint.SHIPPED[MINILM]
    fake = tmp_path / "changed_wheel" / "model"
    fake.mkdir(parents=True)
    (fake.parent / "__init__.py").write_text("")
    shutil.copy(Path(locate(MINILM)) / "config.json", fake)
    with (fake / "config.json").open("a") as file:
        file.write(" ")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(checkpoint.SHIPPED, MINILM, ("changed_wheel", sha256))
    with pytest.raises(UserError, match=r"config\.json: expected sha256 953f9c.*; found"):
        locate(MINILM)


def test_a_wheel_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(checkpoint.SHIPPED, MINILM, ("no_such_wheel", {}))
    with pytest.raises(UserError, match="no_such_wheel.*make setup"):
        locate(MINILM)


def test_a_folder_is_itself_and_a_missing_one_is_refused(tmp_path):
    assert locate(str(tmp_path)) == str(tmp_path)
    with pytest.raises(UserError, match="no such folder"):
        locate(str(tmp_path / "absent"))


def test_a_hub_that_cannot_be_reached_is_one_sentence(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    model = ModelParams(checkpoint="nobody/no-such-model", revision="main")
    with pytest.raises(UserError, match=r"nobody/no-such-model at revision main could not be loaded") as raised:
        pretrained(AutoTokenizer, model)
    assert "\n" not in str(raised.value)


def test_weights_of_a_classifier_of_other_labels_are_refused(tiny_project):
    """The tiny project's model has three labels; two are asked for."""
    model = ModelParams(checkpoint=str(tiny_project / "data/model"), revision="main")
    with pytest.raises(UserError, match="could not be loaded"):
        pretrained(AutoModelForSequenceClassification, model, num_labels=2)
