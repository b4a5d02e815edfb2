"""A tiny checkpoint and a tiny finished project, made here, so that tests of the whole pipeline take seconds."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from filelock import FileLock

from emotions.__main__ import door
from tests.repository import make_repository
from tests.tiny import ROOT, tiny_params, write_tiny_source
from tests.warm import run_module


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a worker a whole file, so that it sets up once what its tests share; files with slow tests come first."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.location[0]))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long",
        action="store_true",
        help="tests that take minutes too, such as the long forms of tests/inputs and tests/faults",
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("long") and not item.config.getoption("--long"):
        pytest.skip("takes minutes: --long")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture
def sections(root: Path) -> dict[str, dict]:
    """The project's own params.yaml."""
    return yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def call(capsys: pytest.CaptureFixture) -> Callable[..., str]:
    """A function that calls a command of the door in this process and returns what it prints."""

    def command(*arguments: str) -> str:
        door(list(arguments), standalone_mode=False)
        return capsys.readouterr().out

    return command


def built_once(name: str, factory: pytest.TempPathFactory, build: Callable[[Path], None]) -> Path:
    """Return a folder that the first of pytest-xdist's workers builds, and the others wait for."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            unfinished.mkdir()
            build(unfinished)
            unfinished.rename(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an untrained BERT of two narrow layers and a tokenizer of letters and a few words."""
    return built_once("checkpoint", tmp_path_factory, build_tiny_checkpoint)


def build_tiny_checkpoint(folder: Path) -> None:
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    words = ["happy", "angry", "love", "hate", "terrible", "lovely", "the", "bus", "nine", "name", "this", "so"]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = special + letters + [f"##{letter}" for letter in letters] + words + ["[", "]"]
    tokenizer = BertTokenizer(vocab={token: id for id, token in enumerate(vocabulary)}, model_max_length=64)
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    torch.manual_seed(0)
    BertModel(config).save_pretrained(folder)


@pytest.fixture(scope="session")
def tiny_project(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path) -> Path:
    """A folder with the code, the tiny source and the outputs of all six stages; tests read it, never write."""
    return built_once("project", tmp_path_factory, lambda folder: run_tiny_project(folder, tiny_checkpoint))


def run_tiny_project(project: Path, checkpoint: Path) -> None:
    for room in ("stages", "emotions"):
        shutil.copytree(ROOT / room, project / room, ignore=shutil.ignore_patterns("__pycache__"))
    write_tiny_source(project)
    (project / "params.yaml").write_text(yaml.safe_dump(tiny_params(checkpoint)))
    for stage in ("prepare", "tokenize", "train", "evaluate", "threshold_sweep", "plot"):
        done = run_module(f"stages.{stage}", cwd=project)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory, tiny_project: Path) -> Path:
    """The finished tiny project in a Git and DVC repository of its own, with a tiny stand-in for GoEmotions."""
    folder = tmp_path_factory.mktemp("repository")
    make_repository(folder, tiny_project)
    return folder


@pytest.fixture
def project_copy(tiny_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the finished tiny project as the current folder, free to be changed."""
    copy = tmp_path / "project"
    shutil.copytree(tiny_project, copy)
    monkeypatch.chdir(copy)
    return copy


@pytest.fixture
def committed_project(project_copy: Path) -> Path:
    """The copy with its code in a commit and a results/runs.yaml on the tiny source, so that runs can be recorded."""
    (project_copy / "results").mkdir()
    base = {"data.source": "tiny", "scores.frequent_rows": 2}
    (project_copy / "results/runs.yaml").write_text(yaml.safe_dump({"base": base, "runs": {"plain": {}}}))
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"]
    for arguments in (["init", "--quiet"], ["add", "stages", "emotions"], [*who, "commit", "--quiet", "-m", "Code"]):
        subprocess.run(["git", *arguments], check=True)
    return project_copy


@pytest.fixture(scope="session")
def tiny_export(tmp_path_factory: pytest.TempPathFactory, tiny_project: Path) -> Path:
    """The tiny project with models/exported, from `python -m emotions export`; tests read it, never write."""
    pytest.importorskip("onnxscript", reason="not installed: pip install -r requirements-export.txt")

    def build(folder: Path) -> None:
        shutil.copytree(tiny_project, folder, dirs_exist_ok=True)
        done = run_module("emotions", "export", cwd=folder)
        assert done.returncode == 0, done.stderr
        (folder / "export.txt").write_text(done.stdout + done.stderr)

    return built_once("export", tmp_path_factory, build)
