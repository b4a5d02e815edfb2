import pytest
import yaml
from pydantic import ValidationError

from emotions.training.params import TrainParams


@pytest.fixture
def values(root):
    return yaml.safe_load((root / "params.yaml").read_text())["train"]


def test_the_projects_own_values_are_taken_as_they_stand(values):
    assert TrainParams(**values).model_dump() == values


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"epochs": 0}, "greater than or equal to 1"),
        ({"learning_rate": 0}, "greater than 0"),
        ({"warmup_share": 1}, "less than 1"),
        ({"layer_decay": 0}, "greater than 0"),
        ({"layer_decay": 1.1}, "less than or equal to 1"),
        ({"r_drop": -1}, "greater than or equal to 0"),
        ({"r_drop": 1, "dropout": {"hidden": 0, "attention": 0, "mask": "token"}}, "-S train.dropout.hidden=0.1"),
        ({"weight_average": 1}, "less than 1"),
        ({"pooling": "max"}, "'first' or 'mean'"),
        ({"precision": "fp8"}, "'auto', 'fp16', 'bf16' or 'fp32'"),
        ({"best_epoch_by": "accuracy"}, "'mean_average_precision'"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"folds": 5, "held_out_fold": 5}, "of 5 the last is 4: -S train.held_out_fold=4"),
    ],
)
def test_a_value_that_cannot_be_is_refused(values, changed, said):
    with pytest.raises(ValidationError, match=said):
        TrainParams(**values | changed)


@pytest.mark.parametrize("changed", [{"merge_duplicates": True}, {"distillation": {"teacher": "mine", "weight": 0.5}}])
def test_zlpr_takes_no_shares_of_a_label(values, changed):
    values["loss"]["name"] = "zlpr"
    with pytest.raises(ValidationError, match="zlpr takes labels that hold or do not"):
        TrainParams(**values | changed)
    TrainParams(**values)


def test_the_last_fold_may_be_held_out(values):
    assert TrainParams(**values | {"folds": 5, "held_out_fold": 4}).held_out_fold == 4
