import io
import json
import subprocess
import sys

import numpy as np
import pytest

from emotions.commands import predict
from emotions.errors import UserError
from emotions.inference.answers import answer
from emotions.inference.predictions import load_predictions
from tests.warm import programs


@pytest.fixture
def ask(monkeypatch, call):
    def predicted(*arguments: str, stdin: str = "") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        return call("predict", *arguments)

    return predicted


def test_no_emotion_is_said():
    answered = answer("hm", np.array([0.2]), np.array([False]), np.array([0.3]), ["a"])
    assert predict.show(answered).splitlines() == [
        "hm",
        "  no emotion reaches its threshold",
        "  [a]               20.0%   (threshold 30.0%)",
    ]


def test_probabilities_are_those_of_the_evaluate_stage(project_copy, ask):
    lines = (project_copy / "data/raw/tiny/test.tsv").read_text().splitlines()
    texts = "\n".join(line.split("\t")[0] for line in lines)
    answers = [json.loads(line) for line in ask("-", "--json", "--all", stdin=texts + "\n").splitlines()]
    made = load_predictions(project_copy / "data/predictions/test.npz")
    for answered, expected in zip(answers, made.probability, strict=True):
        got = {one["label"]: one["probability"] for one in answered["emotions"] + answered["below"]}
        assert [got[label] for label in made.labels.tolist()] == pytest.approx(expected.tolist(), abs=1e-5)


def test_policy_names_the_thresholds(project_copy, ask):
    answered = json.loads(ask("so happy", "--json", "--all", "--policy", "fixed_0_3"))
    assert {one["threshold"] for one in answered["emotions"] + answered["below"]} == {0.3}


def test_at_most_two_labels_below_are_shown_unless_all(project_copy, ask):
    thresholds = json.loads((project_copy / "data/model/thresholds.json").read_text())
    thresholds["policies"]["fixed"] = dict.fromkeys(thresholds["policies"]["fixed"], 1.0)
    (project_copy / "data/model/thresholds.json").write_text(json.dumps(thresholds))
    assert ask("so happy", "--policy", "fixed").count("[") == 2
    assert ask("so happy", "--policy", "fixed", "--all").count("[") == 3


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (["fine", " "], "", "text 2: expected something to read"),
        (["-"], "", "standard input: expected one text a line; found none"),
        (["-"], "one\n\n", "text 2: expected something to read"),
        (
            ["fine", "--policy", "best"],
            "",
            "--policy best: expected one of averaged, fixed, fixed_0_3, global, per_label, precise",
        ),
    ],
)
def test_a_bad_call_is_one_sentence(project_copy, ask, arguments, stdin, said):
    with pytest.raises(UserError, match=said):
        ask(*arguments, stdin=stdin)


def test_without_a_model_the_way_to_one_is_named(tmp_path, monkeypatch, ask):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="dvc repro, dvc pull, or --model FOLDER"):
        ask("fine")


def test_thresholds_of_other_labels_are_refused(project_copy, ask):
    path = project_copy / "data/model/thresholds.json"
    path.write_text(path.read_text().replace('"joy"', '"pride"'))
    with pytest.raises(UserError, match="different labels"):
        ask("fine")


def typed(command: str, cwd, python=sys.executable) -> subprocess.CompletedProcess:
    """Run a line of a shell, in which `predict` is the command."""
    line = command.replace("predict", f"{python} -m emotions predict")
    return subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=cwd, capture_output=True, check=False)


def test_a_line_that_is_not_utf_8_is_named(tiny_project):
    done = typed(r"printf 'fine\ncaf\xe9\n' | predict -", tiny_project)
    assert done.returncode == 1
    assert done.stderr == b"text 2: expected UTF-8; found byte 0xe9 at 3\n"
    assert done.stdout == b""


def test_a_text_that_is_not_utf_8_is_named(tiny_project):
    done = typed(r"predict fine $'caf\xe9' --json", tiny_project)
    assert (done.returncode, done.stderr) == (1, b"text 2: expected UTF-8; found byte 0xe9 at 3\n")


def test_a_closed_standard_input_is_named(tiny_project):
    done = typed("predict - <&-", tiny_project)
    assert (done.returncode, done.stderr) == (1, b"standard input: expected one text a line; found it closed\n")


@pytest.mark.slow
def test_a_reader_who_has_enough_ends_it_quietly(tiny_project):
    done = typed("yes fine | head -20000 | predict - | head -1", tiny_project, programs() / "python")
    assert done.stdout == b"fine\n"
    assert done.stderr == b""


@pytest.mark.slow
def test_a_terminal_of_ascii_gets_codes_and_json_that_can_be_read(tiny_project):
    done = typed("PYTHONIOENCODING=ascii predict 'happy 😊'", tiny_project)
    assert done.stdout.startswith(rb"happy \U0001f60a")
    done = typed("PYTHONIOENCODING=ascii predict 'happy 😊' --json", tiny_project)
    assert json.loads(done.stdout)["text"] == "happy 😊"


def test_a_text_cannot_colour_the_terminal(project_copy, ask):
    assert ask("\x1b[31mred").startswith(r"\x1b[31mred")
    assert json.loads(ask("\x1b[31mred", "--json"))["text"] == "\x1b[31mred"
