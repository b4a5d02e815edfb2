import shutil

import pytest
import torch
from transformers import AddedToken, AutoModel, AutoTokenizer

from emotions.errors import UserError
from emotions.metrics.problem import MULTI_LABEL
from emotions.model.classifier import build_classifier
from emotions.model.params import ModelParams
from tests.families import write_family

NAMES = ["joy", "anger", "neutral"]


@pytest.fixture
def tokenizer(tiny_checkpoint):
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    tokenizer.add_tokens([AddedToken("[NAME]", normalized=False), AddedToken("😊", normalized=False)])
    return tokenizer


@pytest.fixture
def classifier(tiny_checkpoint, tokenizer):
    return build_classifier(
        ModelParams(checkpoint=str(tiny_checkpoint), revision=None), NAMES, MULTI_LABEL, tokenizer, "first"
    )


def test_labels_and_problem_type_are_in_the_config(classifier):
    assert classifier.config.id2label == dict(enumerate(NAMES))
    assert classifier.config.problem_type == "multi_label_classification"
    assert all(parameter.dtype == torch.float32 for parameter in classifier.parameters())


def test_a_new_token_starts_as_its_word(classifier, tokenizer):
    embeddings = classifier.get_input_embeddings().weight
    new, word = tokenizer.convert_tokens_to_ids(["[NAME]", "name"])
    assert embeddings.shape[0] == len(tokenizer)
    assert torch.equal(embeddings[new], embeddings[word])


def test_an_emoji_starts_as_the_mean_of_its_names_words(classifier, tokenizer):
    embeddings = classifier.get_input_embeddings().weight
    words = tokenizer("smiling face with smiling eyes", add_special_tokens=False)["input_ids"]
    assert torch.equal(embeddings[tokenizer.convert_tokens_to_ids("😊")], embeddings[words].mean(dim=0))


MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def trained_on(checkpoint, names, tokenizer, folder):
    """Save a classifier whose every embedding and output is told apart, as if trained; return its folder."""
    saved = build_classifier(
        ModelParams(checkpoint=str(checkpoint), revision=None), names, MULTI_LABEL, tokenizer, "first"
    )
    with torch.no_grad():
        for parameter in (saved.get_input_embeddings().weight, saved.classifier.weight):
            parameter.copy_(torch.arange(parameter.numel()).reshape(parameter.shape))
    saved.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return saved, ModelParams(checkpoint=str(folder), revision=None)


def test_special_tokens_after_the_vocabulary_keep_what_the_checkpoint_learned(tmp_path):
    _, tokenizer = write_family("modernbert", tmp_path)
    assert min(tokenizer.convert_tokens_to_ids(MARKS)) > tokenizer.convert_tokens_to_ids("a"), "as in ModernBERT"
    own = AutoModel.from_pretrained(tmp_path).get_input_embeddings().weight
    tokenizer.add_tokens(AddedToken("[NAME]", normalized=False))
    built = build_classifier(
        ModelParams(checkpoint=str(tmp_path), revision=None), NAMES, MULTI_LABEL, tokenizer, "first"
    )
    assert torch.equal(built.get_input_embeddings().weight[: len(own)], own)


def test_training_goes_on_from_a_saved_model_with_the_embeddings_and_the_head_that_it_learned(
    tiny_checkpoint, tokenizer, tmp_path
):
    saved, model = trained_on(tiny_checkpoint, NAMES, tokenizer, tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    again.add_tokens([AddedToken("[NAME]", normalized=False), AddedToken("😂", normalized=False)])
    built = build_classifier(model, NAMES, MULTI_LABEL, again, "first")
    learned = saved.get_input_embeddings().weight
    assert torch.equal(built.get_input_embeddings().weight[: len(learned)], learned)
    assert len(built.get_input_embeddings().weight) == len(learned) + 1
    assert torch.equal(built.classifier.weight, saved.classifier.weight)


@pytest.mark.parametrize("names", [["sadness", "anger", "neutral"], ["joy", "anger"]])
def test_labels_of_another_name_or_number_get_a_new_output_layer(names, tiny_checkpoint, tokenizer, tmp_path):
    saved, model = trained_on(tiny_checkpoint, NAMES, tokenizer, tmp_path)
    built = build_classifier(model, names, MULTI_LABEL, tokenizer, "first")
    assert built.config.id2label == dict(enumerate(names))
    assert built.classifier.weight.shape == (len(names), 32)
    assert built.classifier.weight.abs().max() < 1, "drawn anew, not learned for other labels"
    assert torch.equal(built.bert.pooler.dense.weight, saved.bert.pooler.dense.weight)


@pytest.mark.parametrize("token", ["[]", "\t", "\n", "[["])
def test_a_token_that_means_no_word_starts_as_the_mean_of_all(token, tiny_checkpoint):
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    tokenizer.add_tokens(AddedToken(token, normalized=False))
    built = build_classifier(
        ModelParams(checkpoint=str(tiny_checkpoint), revision=None), NAMES, MULTI_LABEL, tokenizer, "first"
    )
    embeddings = built.get_input_embeddings().weight
    assert torch.equal(embeddings[-1], embeddings[:-1].mean(dim=0))


def test_tokens_that_the_checkpoints_own_tokenizer_has_beyond_its_embeddings_are_new(tiny_checkpoint, tmp_path):
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "checkpoint")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens([AddedToken("[NAME]", normalized=False)])
    tokenizer.save_pretrained(folder)
    built = build_classifier(ModelParams(checkpoint=str(folder), revision=None), NAMES, MULTI_LABEL, tokenizer, "first")
    embeddings = built.get_input_embeddings().weight
    new, word = tokenizer.convert_tokens_to_ids(["[NAME]", "name"])
    assert torch.equal(embeddings[new], embeddings[word])


def test_tokens_of_another_checkpoint_are_refused(tiny_checkpoint, tmp_path):
    _, other = write_family("distilbert", tmp_path)
    with pytest.raises(UserError, match="tokens are another checkpoint's: dvc repro tokenize"):
        build_classifier(
            ModelParams(checkpoint=str(tiny_checkpoint), revision=None), NAMES, MULTI_LABEL, other, "first"
        )
