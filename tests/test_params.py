from pathlib import Path
from typing import Annotated

import pytest
import yaml
from dvc.utils.serialize import load_yaml
from pydantic import Field

from emotions.errors import UserError
from emotions.params import SECTIONS, Positive, Section, read_params
from stages import prepare
from tests.tiny import run_python


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


@pytest.mark.parametrize(("written", "value"), [("010", 10), ("0o10", 8), ("+3", 3), ("1_000", 1000), ("0x1F", 31)])
def test_a_number_is_the_one_that_dvc_records(write_params, tmp_path, written, value):
    write_params(f"train: {{learning_rate: 0.1, epochs: {written}}}\n")
    assert read_params("train", Knobs).epochs == value == load_yaml(str(tmp_path / "params.yaml"))["train"]["epochs"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("train: {learning_rate: 0.1, epochs: 2, epoch: 3}", "train.epoch is not a parameter"),
        ("train: {learning_rate: 0.1}", "train.epochs is missing"),
        ("train: {learning_rate: fast, epochs: 2}", "train.learning_rate: .*found 'fast'.* dvc exp run -S"),
        ("train: {learning_rate: .inf, epochs: 2}", "train.learning_rate: .*finite"),
        ("train: {learning_rate: true, epochs: 2}", "train.learning_rate: .*number; found True"),
        ("train: {learning_rate: 0.1, epochs: true}", "train.epochs: .*integer; found True"),
        ("train: {learning_rate: '0.1', epochs: 2}", "train.learning_rate: .*found '0.1'"),
        ("train: {learning_rate: 0.1, epochs: 1:30}", "train.epochs: .*found '1:30'"),
        ("train: {learning_rate: 0.1, epochs: 2.0}", "train.epochs: .*integer; found 2.0"),
        ("train: {learning_rate: 0.1, epochs: 2, epochs: 3}", 'not valid YAML: .*duplicate key "epochs"'),
        ("train: {learning_rate: !!python/object:os.system {}, epochs: 2}", "not valid YAML"),
        ("train: {learning_rate: 0.1, epochs: 2}\ntrian: {}", "expected the sections .*; found 'trian' too"),
        ("- train", "expected sections such as 'train:'; found list"),
        ("", "expected sections such as 'train:'; found NoneType"),
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


def test_bytes_that_are_not_utf_8_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_bytes("train: {name: né}".encode("latin-1"))
    with pytest.raises(UserError, match="expected UTF-8; found byte 0xe9 at 15"):
        read_params("train", Knobs)


def test_the_first_stage_finds_what_a_later_one_would_refuse(project_copy, monkeypatch):
    params = yaml.safe_load((project_copy / "params.yaml").read_text())
    params["threshold_sweep"]["objective"] = "macro"
    params["train"]["loss"] |= {"name": "zlpr", "weighting": "inverse"}
    (project_copy / "params.yaml").write_text(yaml.safe_dump(params))
    with pytest.raises(UserError, match=r"(?s)train\.loss: zlpr ranks.*threshold_sweep\.objective: .*found 'macro'"):
        prepare.main()
    del params["plot"]
    (project_copy / "params.yaml").write_text(yaml.safe_dump(params))
    with pytest.raises(UserError, match="expected a section 'plot:'; found none"):
        prepare.main()


def test_a_look_at_all_sections_imports_no_torch_and_leaves_no_module_of_others_behind(project_copy):
    code = """
import sys
from emotions.data.params import DataParams
from emotions.params import read_params
read_params("data", DataParams)
assert not {"torch", "sklearn"} & sys.modules.keys()
print(*sorted(name for name, module in sys.modules.items() if name.startswith("emotions.") and module.__file__))
"""
    done = run_python("-c", code, cwd=project_copy)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["emotions.data.params", "emotions.errors", "emotions.params"]


def test_every_section_of_params_yaml_has_a_class_and_the_stages_theirs(root):
    stages = yaml.safe_load((root / "dvc.yaml").read_text())["stages"]
    assert yaml.safe_load((root / "params.yaml").read_text()).keys() == SECTIONS.keys()
    for name, (reader, _) in SECTIONS.items():
        assert (root / reader).is_file()
        if reader.startswith("stages/"):
            assert name in stages[Path(reader).stem.replace("_", "-")]["params"]


def test_without_params_the_place_to_run_from_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="run from the root of the project"):
        read_params("train", Knobs)


def test_params_never_change_after_reading(write_params):
    write_params("train: {learning_rate: 0.1, epochs: 2}")
    params = read_params("train", Knobs)
    with pytest.raises(ValueError, match="frozen"):
        params.epochs = 3
