from typing import Annotated

import pytest
from pydantic import Field

from emotions.errors import UserError
from emotions.params import Positive, Section, read_params


class Knobs(Section):
    learning_rate: Positive
    epochs: Annotated[int, Field(ge=1)]


@pytest.fixture
def write_params(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return (tmp_path / "params.yaml").write_text


def test_a_number_that_yaml_reads_as_a_string_is_a_number(write_params):
    write_params("train: {learning_rate: 3e-05, epochs: 2}\n")  # what `-S train.learning_rate=3e-5` writes
    assert read_params("train", Knobs).learning_rate == 0.00003


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("train: {learning_rate: 0.1, epochs: 2, epoch: 3}", "train.epoch is not a parameter"),
        ("train: {learning_rate: 0.1}", "train.epochs is missing"),
        ("train: {learning_rate: fast, epochs: 2}", "train.learning_rate: .*found 'fast'.* dvc exp run -S"),
        ("train: {learning_rate: .inf, epochs: 2}", "train.learning_rate: .*finite"),
        ("train: {learning_rate: 0.1, epochs: 0}", "train.epochs: .*greater than or equal to 1"),
        ("train: {learning_rate: 0.1, epochs: 1.5}", "train.epochs: .*integer"),
        ("train: [1, 2]", "train: .*found"),
        ("model: {}", "expected a section 'train:'"),
        ("train: {", "not valid YAML"),
    ],
)
def test_a_wrong_value_stops_with_one_sentence(write_params, text, said):
    write_params(text)
    with pytest.raises(UserError, match=said):
        read_params("train", Knobs)


def test_without_params_the_place_to_run_from_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="run from the root of the project"):
        read_params("train", Knobs)


def test_params_never_change_after_reading(write_params):
    write_params("train: {learning_rate: 0.1, epochs: 2}")
    params = read_params("train", Knobs)
    with pytest.raises(ValueError, match="frozen"):
        params.epochs = 3
