import pytest
import torch
from transformers import AddedToken, AutoTokenizer

from emotions.checkpoint import CheckpointError, ModelParams
from emotions.classifier import (
    build_classifier,
    parameter_groups,
    resolve_attention,
    set_attention,
    start_at_log_odds,
)

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


def test_untrained_probabilities_are_the_labels_frequencies(classifier):
    positives = torch.tensor([50.0, 10.0, 1.0])
    start_at_log_odds(classifier, positives, 100, torch.ones(3))
    assert torch.sigmoid(classifier.classifier.bias).tolist() == pytest.approx([0.5, 0.1, 0.01])


def test_log_odds_are_where_the_weighted_loss_is_least(classifier):
    weights = torch.tensor([1.0, 9.0, 20.0])
    positives = torch.tensor([50.0, 10.0, 1.0])
    start_at_log_odds(classifier, positives, 100, weights)
    bias = classifier.classifier.bias
    p = torch.sigmoid(bias)
    gradient = -weights * positives * (1 - p) + (100 - positives) * p  # of the loss of a constant, summed over 100 rows
    assert gradient.tolist() == pytest.approx([0, 0, 0], abs=1e-4)


def test_every_parameter_is_in_one_group_with_its_rate_and_decay(classifier):
    groups = parameter_groups(classifier, learning_rate=1e-4, head_learning_rate=1e-3, weight_decay=0.01)
    found = {id(parameter): group for group in groups for parameter in group["params"]}
    assert sum(len(group["params"]) for group in groups) == len(found) == len(list(classifier.parameters()))
    for name, parameter in classifier.named_parameters():
        group = found[id(parameter)]
        head = name.startswith("classifier.") or ".pooler." in name
        decays = not (name.endswith(".bias") or "LayerNorm" in name)
        assert group["lr"] == (1e-3 if head else 1e-4), name
        assert group["weight_decay"] == (0.01 if decays else 0.0), name


def test_attention_is_plain_on_a_cpu_and_fused_on_a_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [resolve_attention(wanted) for wanted in ("auto", "eager", "sdpa")] == ["eager", "eager", "sdpa"]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_attention("auto") == "sdpa"


def test_both_ways_of_attention_give_the_same_logits(classifier):
    batch = {"input_ids": torch.tensor([[2, 5, 6, 3], [2, 7, 3, 0]])}
    batch["attention_mask"] = (batch["input_ids"] != 0).long()
    logits = {}
    for implementation in ("eager", "sdpa"):
        set_attention(classifier.eval(), implementation)
        logits[implementation] = classifier(**batch).logits
    torch.testing.assert_close(logits["eager"], logits["sdpa"])


def test_an_attention_that_the_encoder_does_not_know_is_refused(classifier):
    with pytest.raises(CheckpointError, match=r"^train\.attention=nothing: "):
        set_attention(classifier, "nothing")
