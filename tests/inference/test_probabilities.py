from pathlib import Path

import numpy as np
import pytest
import torch

from emotions.inference.emotion_model import padded
from emotions.inference.probabilities import load_classifier, mean_hidden_states, probabilities, torch_compute
from emotions.model.checkpoint import pretrained_encoder
from emotions.model.params import ModelParams

TEXTS = ["so happy", "this is terrible", "a", "the bus leaves at nine so they are angry"]


@pytest.fixture
def trained(project_copy):
    classifier, tokenizer = load_classifier(Path("data/model/classifier"))
    return classifier, tokenizer, tokenizer(TEXTS, truncation=True)["input_ids"]


def test_a_classifier_is_read_with_its_label_names(trained):
    assert list(trained[0].config.id2label.values()) == ["joy", "anger", "neutral"]


def test_each_row_gets_what_it_gets_alone_in_the_order_of_the_rows(trained):
    classifier, tokenizer, token_ids = trained
    together = probabilities(classifier, tokenizer, token_ids, batch_size=3)
    assert together.shape == (4, 3)
    assert together.dtype == np.float32
    for row, ids in enumerate(token_ids):
        with torch.inference_mode():
            [logits] = classifier(input_ids=torch.tensor([ids])).logits
        assert together[row] == pytest.approx(1 / (1 + np.exp(-logits.numpy())), abs=1e-6)


def test_no_rows_are_no_probabilities(trained):
    classifier, tokenizer, _ = trained
    assert probabilities(classifier, tokenizer, [], batch_size=3).shape == (0, 3)


def test_a_model_that_was_training_drops_nothing_when_it_is_asked(trained):
    classifier, tokenizer, token_ids = trained
    classifier.train()
    first = probabilities(classifier, tokenizer, token_ids, batch_size=4)
    assert np.array_equal(first, probabilities(classifier, tokenizer, token_ids, batch_size=4))


def test_padded_batches_are_computed_as_lists_are(trained):
    classifier, tokenizer, token_ids = trained
    computed = torch_compute(Path("data/model/classifier"), threads=0)(*padded(token_ids, tokenizer.pad_token_id))
    assert computed == pytest.approx(probabilities(classifier, tokenizer, token_ids, batch_size=4), abs=1e-6)


def test_hidden_states_are_averaged_over_a_texts_own_tokens(tiny_checkpoint):
    tokenizer, encoder = pretrained_encoder(ModelParams(checkpoint=str(tiny_checkpoint), revision=None))
    features = mean_hidden_states(encoder, tokenizer, TEXTS, max_length=6, batch_size=2)
    assert features.shape == (4, 32)
    for row, text in enumerate(TEXTS):
        ids = tokenizer(text, truncation=True, max_length=6)["input_ids"]
        with torch.inference_mode():
            [hidden] = encoder(input_ids=torch.tensor([ids])).last_hidden_state
        assert features[row] == pytest.approx(hidden.mean(dim=0).numpy(), abs=1e-5)
