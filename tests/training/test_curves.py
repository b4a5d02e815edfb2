import pandas as pd
import pytest

from emotions.training.curves import best_epoch, training_curves


def logged(epoch: float, train: float, validation: float, ranking: float) -> list[dict]:
    """What the Trainer logs of an epoch: the loss of its steps, then the scores on validation."""
    scores = {"eval_micro_f1": 0.5, "eval_macro_f1": 0.4, "eval_mean_average_precision": ranking}
    return [
        {"epoch": epoch, "loss": train, "learning_rate": 1e-4},
        {"epoch": epoch, "eval_validation_loss": validation, "eval_runtime": 3.0, **scores},
    ]


def test_an_epoch_is_a_row_with_our_names():
    log = [*logged(1.0, 0.3, 0.2, 0.5), *logged(2.0, 0.1, 0.25, 0.6), {"epoch": 2.0, "train_runtime": 9.0}]
    assert training_curves(log).to_dict("records") == [
        {"epoch": 1, "train_loss": 0.3, "validation_loss": 0.2, "micro_f1": 0.5, "macro_f1": 0.4,
         "mean_average_precision": 0.5},
        {"epoch": 2, "train_loss": 0.1, "validation_loss": 0.25, "micro_f1": 0.5, "macro_f1": 0.4,
         "mean_average_precision": 0.6},
    ]  # fmt: skip


def test_an_epoch_that_is_not_scored_yet_has_no_row():
    log = [*logged(1.0, 0.3, 0.2, 0.5), logged(2.0, 0.1, 0.25, 0.6)[0]]
    assert training_curves(log)["epoch"].tolist() == [1]


@pytest.mark.parametrize(("by", "epoch"), [("validation_loss", 1), ("mean_average_precision", 2), ("micro_f1", 1)])
def test_the_best_epoch_has_the_lowest_loss_or_the_highest_score_and_is_the_first_of_equals(by, epoch):
    curves = pd.DataFrame(
        {
            "epoch": [1, 2, 3],
            "validation_loss": [0.2, 0.3, 0.2],
            "mean_average_precision": [0.5, 0.6, 0.55],
            "micro_f1": [0.5, 0.5, 0.5],
        }
    )
    assert best_epoch(curves, by)["epoch"] == epoch
