"""README and docs say what is so: links lead somewhere, and what they tell a reader to type works."""

import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dvc.cli import DvcParserError, parse_args
from ruamel.yaml import YAML
from typer.exceptions import TyperException

from emotions.__main__ import COMMANDS, command
from emotions.data.params import DataParams, PrepareParams, TokenizeParams
from emotions.experiments.runs import RUNS, read_runs
from emotions.inference.params import EvaluateParams
from emotions.metrics.params import ScoresParams
from emotions.model.params import ModelParams
from emotions.params import ProblemParams, flat
from emotions.release.params import ExportParams
from emotions.series import PlotParams
from emotions.thresholds.params import ThresholdSweepParams
from emotions.training.params import TrainParams
from tests.tiny import ROOT
from tests.words import (
    PAGES,
    anchors,
    blocks,
    commands,
    links,
    mentioned_commands,
    spans,
    text_of,
    typed,
    typed_commands,
)

PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
SECTIONS = {
    "data": DataParams,
    "problem": ProblemParams,
    "prepare": PrepareParams,
    "model": ModelParams,
    "tokenize": TokenizeParams,
    "train": TrainParams,
    "scores": ScoresParams,
    "evaluate": EvaluateParams,
    "threshold_sweep": ThresholdSweepParams,
    "plot": PlotParams,
    "export": ExportParams,
}
METRICS = {f"metrics/{path.name}": flat("", json.loads(path.read_text())) for path in (ROOT / "metrics").glob("*.json")}
STAGES = set(yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"])
MAKEFILE = (ROOT / "Makefile").read_text()
BUILT_IN = {"cd", "source"}  # commands of the shell itself
ANY = re.compile(r"[A-Z]+")  # a name that a reader puts in
RESULTS = Path("results/README.md")  # generated


def check_make(words: list[str]) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
    variables = set(re.findall(r"\$\(([A-Z]+)\)", MAKEFILE))
    for word in words:
        name, given, _ = word.partition("=")
        assert name in (variables if given else targets)


def check_python(words: list[str]) -> None:
    dash, module, *arguments = words
    assert dash == "-m"
    if module != "emotions":
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file()
    elif arguments:
        check_door(*arguments)


def check_door(name: str, *arguments: str) -> None:
    """Parse what is given to a command of the door, as the door does; nothing is run."""
    assert name in COMMANDS
    try:
        context = command(name).make_context(name, list(arguments))
    except TyperException as error:
        raise AssertionError(error) from None
    if name == "runs" and not ANY.fullmatch(context.params["name"]):
        assert context.params["name"] in read_runs(ROOT / RUNS)


def check_torchrun(words: list[str]) -> None:
    check_python(words[words.index("-m") :])


def check_dvc(words: list[str]) -> None:
    try:
        parsed = vars(parse_args(words))
    except DvcParserError:
        raise AssertionError("dvc has no such command or option") from None
    check_settings(parsed.get("set_param") or [], parsed.get("queue", False))
    if words[0] in ("repro", "commit"):
        assert all(target in STAGES or (ROOT / target.split(":")[0]).exists() for target in parsed["targets"])
    if column := parsed.get("sort_by"):
        file, _, name = column.rpartition(":")
        assert len([of for of, keys in METRICS.items() if name in keys and file in ("", of)]) == 1, "one such column"


def check_settings(settings: list[str], queued: bool) -> None:
    """Put values of `-S key=value` in params.yaml's place, as DVC does, and let each section read itself."""
    keys = [setting.partition("=")[0] for setting in settings]
    values = [setting.partition("=")[2].split(",") for setting in settings]
    assert queued or all(len(several) == 1 for several in values), "several values need --queue"
    for combination in itertools.product(*values):
        params = json.loads(json.dumps(PARAMS))
        for key, value in zip(keys, combination, strict=True):
            assert key in flat("", PARAMS), f"{key} is no param"
            *sections, name = key.split(".")
            section = params
            for part in sections:
                section = section[part]
            section[name] = YAML(typ="safe").load(value)  # as DVC reads it
        for name, of in params.items():
            SECTIONS[name].model_validate(of)


CHECKS = {"make": check_make, "python": check_python, "dvc": check_dvc, "torchrun": check_torchrun}
ADDED = [
    words[2]
    for page in PAGES
    for words in typed_commands(page) + mentioned_commands(page)
    if words[:2] == ["dvc", "add"]
]


def check(words: list[str]) -> None:
    program, *arguments = words
    if program not in CHECKS:
        assert program in BUILT_IN or shutil.which(program), f"{' '.join(words)}: no such program"
        return
    try:
        CHECKS[program](arguments)
    except (AssertionError, ValueError, KeyError) as error:
        raise AssertionError(f"{' '.join(words)}: {error}") from error


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_what_is_to_be_typed_can_be(page):
    for words in typed_commands(page):
        check(words)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_command_named_in_a_sentence_is_one(page):
    for words in mentioned_commands(page):
        if words[:3] == ["python", "-m", "emotions"] and len(words) == 4:
            assert words[3] in COMMANDS
        else:
            check(words)


@pytest.mark.parametrize(
    "wrong",
    [
        "make rpero",
        "mkae repro",
        "make compare C=HEAD",
        "dvc exp runn",
        "dvc exp run --quee",
        "dvc exp run -S train.epoch=3",
        "dvc exp run -S train.epochs=0",
        "dvc exp run -S train.epochs=3,4",
        "dvc exp run -S train.loss.name=zlpr -S train.loss.weighting=inverse",
        "dvc exp show --sort-by test.macro_f1",
        "dvc repro tokenise",
        "python -m stages.tokenise",
        "python -m emotions predcit hello",
        "python -m emotions predict --polcy global hello",
        "dvc exp run $(python -m emotions runs mean-seed-99)",
        "for x in 1 2; do python -m emotions baselines $x; done",
    ],
)
def test_a_command_that_fails_when_typed_is_found(wrong):
    with pytest.raises(AssertionError):
        for words in commands(wrong):
            check(words)


def test_a_loop_and_a_substitution_are_the_commands_in_them():
    assert commands(
        "A=1 dvc push && make test > log\n# a comment\nfor n in 3 4; do\n  dvc x $(make y$n) | z\ndone"
    ) == [
        ["make", "y3"],
        ["dvc", "push"],
        ["make", "test"],
        ["dvc", "x"],
        ["z"],
    ]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_somewhere(page):
    for target in links(text_of(page)):
        path, _, anchor = target.partition("#")
        leads_to = (page.parent / path) if path else page
        assert (ROOT / leads_to).exists(), target
        if anchor:
            assert anchor in anchors(text_of(leads_to)), target


def test_a_heading_is_linked_to_as_github_does():
    text = "# The report's `make` tables\n```\n# no heading\n```\n## 5.1 Training\n"
    assert anchors(text) == {"the-reports-make-tables", "51-training"}


def test_every_page_of_docs_is_linked_from_the_readme():
    linked = set(links(text_of(Path("README.md"))))
    assert {str(page) for page in PAGES if page.parent.name == "docs"} <= linked


def test_the_readme_is_at_most_150_lines():
    assert len(text_of(Path("README.md")).splitlines()) <= 150


@pytest.mark.parametrize("page", [page for page in PAGES if page != RESULTS], ids=str)
def test_every_param_in_words_exists(page):
    known = flat("", PARAMS)
    for span in spans(text_of(page)):
        named = re.fullmatch(r"((\w+)\.[\w.]+)(?:[=:] ?\S+)?", span)
        if named and named[2] in SECTIONS and not named[1].endswith((".tsv", ".json", ".parquet")):
            assert named[1] in known or any(key.startswith(f"{named[1]}.") for key in known), span


@pytest.mark.parametrize("path", ADDED)
def test_git_does_not_ignore_what_dvc_is_told_to_add(path, tmp_path):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    ignored = subprocess.run(["git", "check-ignore", "--quiet", f"{path}.dvc"], cwd=tmp_path, check=False)
    assert ignored.returncode == 1, "dvc refuses to write a .dvc file that Git ignores"


@pytest.mark.parametrize("page", ["README.md", "docs/use.md"])
def test_predictions_in_words_are_made(page, project_copy, call, monkeypatch):
    (project_copy / "models").symlink_to(ROOT / "models")
    asked = [words[3:] for words in typed_commands(Path(page)) if words[:4] == ["python", "-m", "emotions", "predict"]]
    assert asked
    for arguments in asked:
        monkeypatch.setattr("sys.stdin", io.StringIO("so happy today\n"))
        assert "%" in call(*arguments) or "--json" in arguments


@pytest.mark.parametrize("page", ["README.md", "docs/use.md"])
def test_the_released_model_answers_as_words_show(page, call, monkeypatch):
    monkeypatch.chdir(ROOT)
    number = re.compile(r"\d+\.\d")
    asked = 0
    for block in blocks(text_of(Path(page)), ("",)):
        for line, *shown in (part.splitlines() for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]):
            for words in commands(line):
                if words[:6] == ["python", "-m", "emotions", "predict", "--model", "models/goemotions-minilm-l6"]:
                    said, shown = call(*words[3:]), "\n".join(shown) + "\n"
                    assert number.sub("", said) == number.sub("", shown)
                    percents = [[float(one) for one in number.findall(text)] for text in (said, shown)]
                    assert percents[0] == pytest.approx(percents[1], abs=0.2), "another processor rounds otherwise"
                    asked += 1
    assert asked == 1


@pytest.mark.slow
def test_a_pipe_into_predict_answers_each_line(project_copy):
    piped = [
        line
        for block in blocks(text_of(Path("docs/use.md")), ("",))
        for line in typed(block).splitlines()
        if "| python -m emotions predict" in line
    ]
    for line in piped:
        environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "so happy today\n" in done.stdout
    assert piped


@pytest.mark.parametrize("page", ["README.md", "docs/use.md"])
def test_python_in_words_runs(page, project_copy):
    (project_copy / "models").symlink_to(ROOT / "models")
    snippets = blocks(text_of(Path(page)), ("python",))
    assert snippets
    for snippet in snippets:
        exec(snippet, {})


def test_the_pipeline_in_words_says_what_predict_says_of_a_long_text_too(project_copy, call):
    snippet = next(block for block in blocks(text_of(Path("docs/use.md")), ("python",)) if "pipeline(" in block)
    assert "truncation=True" in snippet, "without it a text beyond the encoder's positions is a traceback"
    defined = {}
    exec(snippet, defined)
    long = "so happy " * 500
    [scores] = defined["classify"]([long], truncation=True)
    said = {one["label"]: one["score"] for one in scores}
    answered = json.loads(call("predict", "--json", "--all", long))
    predicted = {one["label"]: one["probability"] for one in answered["emotions"] + answered["below"]}
    assert said == pytest.approx(predicted, abs=1e-5)
