from types import SimpleNamespace

import pytest
from torch import nn

from emotions.training.callbacks import WeightAverage


def test_epochs_are_scored_with_the_average_and_training_goes_on_without():
    model = nn.Linear(1, 1, bias=False)
    average = WeightAverage(decay=0.5)
    model.weight.data.fill_(1.0)
    average.on_train_begin(None, None, None, model=model)
    for step, value in ((1, 2.0), (100, 4.0)):
        model.weight.data.fill_(value)
        average.on_step_end(None, SimpleNamespace(global_step=step), None)
    # step 1: decay 2 / 11 of 1 + 9 / 11 of 2; step 100: 0.5 of that + 0.5 of 4
    expected = 0.5 * (2 / 11 * 1 + 9 / 11 * 2) + 0.5 * 4

    average.on_epoch_end(None, None, None)
    assert model.weight.item() == pytest.approx(expected)
    average.on_epoch_begin(None, None, None)
    assert model.weight.item() == 4.0
    average.on_epoch_end(None, None, None)
    assert model.weight.item() == pytest.approx(expected), "what is kept at the end of training"
