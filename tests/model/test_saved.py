import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from emotions.errors import UserError
from emotions.manifest import MANIFEST, write_manifest
from emotions.model.saved import load_classifier, load_tokenizer, refuse_other_data


@pytest.fixture
def folder(tiny_project, tmp_path):
    return shutil.copytree(tiny_project / "data/model/classifier", tmp_path / "model")


def test_a_model_as_training_wrote_it_is_read(folder):
    classifier, tokenizer = load_classifier(folder)
    assert list(classifier.config.id2label.values()) == ["joy", "anger", "neutral"]
    assert tokenizer.tokenize("[NAME]") == ["[NAME]"]


def test_a_folder_that_is_not_there_and_one_without_hashes_say_how_to_get_a_model(folder, tmp_path):
    with pytest.raises(UserError, match="none: expected a trained model; found none: dvc repro train, or dvc pull"):
        load_classifier(tmp_path / "none")
    (folder / MANIFEST).unlink()
    with pytest.raises(UserError, match=r"manifest\.json: expected the hashes.*dvc repro train, or dvc pull"):
        load_classifier(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: {name: w[name] for name in w if "classifier" not in name}, "missing_keys: classifier.bias"),
        (lambda w: w | {"bert.encoder.layer.2.more": torch.zeros(1)}, "unexpected_keys: bert.encoder.layer.2.more"),
        (lambda w: w | {"classifier.bias": torch.zeros(2)}, "cannot be read"),
        (lambda w: w | {"classifier.bias": torch.full((3,), torch.nan)}, "expected finite weights.*classifier.bias"),
    ],
)
def test_weights_that_are_not_the_classifiers_are_refused_even_where_a_manifest_vouches(folder, change, said):
    path = folder / "model.safetensors"
    save_file(change(load_file(path)), path, {"format": "pt"})
    with pytest.raises(UserError, match=r"model\.safetensors: expected sha256"):
        load_classifier(folder)
    (folder / MANIFEST).unlink()
    write_manifest(folder)
    with pytest.raises(UserError, match=said):
        load_classifier(folder)


def test_a_tokenizer_of_fewer_files_is_not_made_up(folder):
    (folder / "tokenizer.json").unlink()
    with pytest.raises(UserError, match=r"tokenizer\.json: expected a tokenizer's file; found none: again"):
        load_tokenizer(folder, "again")
    (folder / "tokenizer.json").write_text('{"model": null}')
    with pytest.raises(UserError, match="expected a tokenizer; found one that cannot be read"):
        load_tokenizer(folder, "again")


def test_other_labels_and_other_tokens_than_the_models_are_refused(folder, tiny_checkpoint):
    classifier, tokenizer = load_classifier(folder)
    refuse_other_data(classifier, tokenizer, ["joy", "anger", "neutral"], tokenizer)
    with pytest.raises(UserError, match=r"labels\.json: expected the model's labels, joy, anger, neutral; found anger"):
        refuse_other_data(classifier, tokenizer, ["anger", "joy", "neutral"], tokenizer)
    with pytest.raises(UserError, match="data/tokens: expected tokens of the model's own tokenizer"):
        others = AutoTokenizer.from_pretrained(tiny_checkpoint)
        refuse_other_data(classifier, tokenizer, ["joy", "anger", "neutral"], others)
