import re

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from emotions.metrics.problem import MULTI_LABEL
from emotions.model.classifier import build_classifier
from emotions.model.families import FAMILIES
from emotions.model.params import ModelParams
from emotions.training.optimizer import layers_above, parameter_groups, start_at_log_odds
from tests.families import write_family


@pytest.fixture
def classifier(tiny_checkpoint):
    model = ModelParams(checkpoint=str(tiny_checkpoint), revision=None)
    return build_classifier(
        model, ["joy", "anger", "neutral"], MULTI_LABEL, AutoTokenizer.from_pretrained(tiny_checkpoint), "first"
    )


def test_untrained_probabilities_are_the_labels_frequencies(classifier):
    positives = torch.tensor([50.0, 10.0, 1.0])
    start_at_log_odds(classifier, positives, 100 - positives, torch.ones(3))
    assert torch.sigmoid(classifier.classifier.bias).tolist() == pytest.approx([0.5, 0.1, 0.01])


def test_log_odds_are_where_the_weighted_loss_is_least(classifier):
    weights = torch.tensor([1.0, 9.0, 20.0])
    positives = torch.tensor([50.0, 10.0, 1.0])
    start_at_log_odds(classifier, positives, 100 - positives, weights)
    bias = classifier.classifier.bias
    p = torch.sigmoid(bias)
    gradient = -weights * positives * (1 - p) + (100 - positives) * p  # of the loss of a constant, summed over 100 rows
    assert gradient.tolist() == pytest.approx([0, 0, 0], abs=1e-4)


def test_under_a_softmax_untrained_probabilities_are_the_labels_frequencies_too(classifier):
    positives = torch.tensor([50.0, 40.0, 10.0])
    start_at_log_odds(classifier, positives, 100, torch.ones(3))
    assert torch.softmax(classifier.classifier.bias, dim=0).tolist() == pytest.approx([0.5, 0.4, 0.1])


def test_every_parameter_is_in_one_group_with_its_rate_and_decay(classifier):
    groups = parameter_groups(classifier, 1e-4, head_learning_rate=1e-3, weight_decay=0.01, layer_decay=1.0)
    assert len(groups) == 4
    found = {id(parameter): group for group in groups for parameter in group["params"]}
    assert sum(len(group["params"]) for group in groups) == len(found) == len(list(classifier.parameters()))
    for name, parameter in classifier.named_parameters():
        group = found[id(parameter)]
        head = name.startswith("classifier.") or ".pooler." in name
        decays = not (name.endswith(".bias") or "LayerNorm" in name)
        assert group["lr"] == (1e-3 if head else 1e-4), name
        assert group["weight_decay"] == (0.01 if decays else 0.0), name


def test_each_layer_learns_at_half_the_rate_of_the_one_above(classifier):
    groups = parameter_groups(classifier, 0.8, head_learning_rate=5.0, weight_decay=0.01, layer_decay=0.5)
    found = {id(parameter): group for group in groups for parameter in group["params"]}
    assert sum(len(group["params"]) for group in groups) == len(found) == len(list(classifier.parameters()))
    rates = {name: found[id(parameter)]["lr"] for name, parameter in classifier.named_parameters()}
    expected = {"bert.embeddings.": 0.2, "bert.encoder.layer.0.": 0.4, "bert.encoder.layer.1.": 0.8}
    expected |= {"bert.pooler.": 5.0, "classifier.": 5.0}
    for name, rate in rates.items():
        [rate_of_part] = [rate for part, rate in expected.items() if name.startswith(part)]
        assert rate == pytest.approx(rate_of_part), name
    assert {group["weight_decay"] for group in groups} == {0.0, 0.01}


@pytest.mark.parametrize("family", sorted(FAMILIES.keys() - {"mean_pooled_bert"}))
def test_every_family_has_its_embeddings_below_its_layers(family, tmp_path):
    write_family(family, tmp_path)
    above = layers_above(AutoModelForSequenceClassification.from_pretrained(tmp_path))
    lowest = max(above.values())
    assert lowest >= 1
    embeddings = {number for name, number in above.items() if re.search("(word|tok)_embeddings", name)}
    assert embeddings == {lowest}
    assert set(above.values()) == set(range(lowest + 1)), "a layer has a place of its own"
