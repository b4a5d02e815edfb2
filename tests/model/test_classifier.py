import pytest
import torch
from transformers import AddedToken, AutoTokenizer

from emotions.model.checkpoint import ModelParams
from emotions.model.classifier import build_classifier

NAMES = ["joy", "anger", "neutral"]


@pytest.fixture
def tokenizer(tiny_checkpoint):
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    tokenizer.add_tokens([AddedToken("[NAME]", normalized=False), AddedToken("😊", normalized=False)])
    return tokenizer


@pytest.fixture
def classifier(tiny_checkpoint, tokenizer):
    return build_classifier(ModelParams(checkpoint=str(tiny_checkpoint), revision="main"), NAMES, tokenizer, "first")


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
