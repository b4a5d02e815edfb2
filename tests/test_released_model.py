"""The released model, from another project: by DVC's registry commands, and right away in a clone."""

import shutil
import subprocess
from pathlib import Path

import pytest

from emotions import EmotionModel
from tests.tiny import ROOT
from tests.warm import run_module

NAME = "goemotions-minilm-l6"


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> str:
    """The Git address of a project that holds the released model, with the tag that a registry wants."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copy(ROOT / "dvc.yaml", folder)
    shutil.copy(ROOT / "params.yaml", folder)
    for kept in (".dvc/config", f"models/{NAME}", "models/.dvc/config"):
        (folder / kept).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / kept).is_dir() else shutil.copy
        copy(ROOT / kept, folder / kept)
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"]
    for arguments in (
        ["init", "--quiet"],
        ["add", "--all"],
        [*identity, "commit", "--quiet", "--message", "A model"],
        [*identity, "tag", "--annotate", f"{NAME}@v0.1.0", "--message", "first"],
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return folder.as_uri()


@pytest.mark.parametrize("command", [["artifacts", "get"], ["get"]], ids=" ".join)
@pytest.mark.slow
def test_another_project_gets_the_model_whole(command, published, tmp_path):
    wanted = NAME if command[0] == "artifacts" else f"models/{NAME}"
    done = run_module("dvc", *command, published, wanted, "--out", "model", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (ROOT / "models" / NAME).iterdir()}
    assert {path.name for path in (tmp_path / "model").iterdir()} == names
    model = EmotionModel.load(tmp_path / "model")  # checks every file's sha256
    assert model.policy == "averaged"


def test_the_clones_model_answers_as_its_card_shows():
    model = EmotionModel.load(ROOT / "models" / NAME)
    assert len(model.labels) == 28
    assert set(model.groups) == {"ekman", "sentiment"}
    answers = model.predict(["Thank you so much for your help!", "I feel so relieved that the exam is finally over!"])
    assert "gratitude" in answers[0]
    assert list(answers[1]) == ["relief", "joy"]


def test_its_thresholds_are_those_of_its_own_probabilities():
    """One threshold away from an emotion's own: it decides otherwise."""
    model = EmotionModel.load(Path(ROOT, "models", NAME))
    text = ["I feel so relieved that the exam is finally over!"]
    relief = model.labels.index("relief")
    assert model.thresholds[relief] < model.predict_proba(text)[0, relief]
    assert "relief" not in model.predict(text, thresholds=0.9)[0]
