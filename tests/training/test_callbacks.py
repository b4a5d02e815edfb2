from types import SimpleNamespace

import pytest
import torch
from torch import nn

from emotions.errors import UserError
from emotions.training.callbacks import Divergence, WeightAverage


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


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_ends_the_training_with_its_step_and_what_to_try(broken):
    divergence = Divergence(learning_rate=2e-4)
    divergence.on_train_begin(SimpleNamespace(device="cpu"), SimpleNamespace(global_step=10), None)
    for value in (0.5, 0.4, broken, 0.3):
        divergence.watch(torch.tensor(value))
    divergence.on_step_end(None, SimpleNamespace(global_step=14, max_steps=90), None)  # not looked at yet
    with pytest.raises(UserError, match=r"the loss of step 13 of 90 is .* -S train\.learning_rate=0\.0001"):
        divergence.on_step_end(None, SimpleNamespace(global_step=50, max_steps=90), None)


def test_the_loss_of_an_evaluation_ends_no_training():
    divergence = Divergence(learning_rate=2e-4)
    divergence.on_train_begin(SimpleNamespace(device="cpu"), SimpleNamespace(global_step=0), None)
    with torch.no_grad():
        assert divergence.watch(torch.tensor(float("inf"))) == float("inf")
    divergence.on_epoch_end(None, SimpleNamespace(max_steps=90), None)
