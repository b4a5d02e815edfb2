import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from emotions import install
from emotions.errors import UserError


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with pins that name no package; returns the commands that would have been run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TORCH", raising=False)
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    for pins in install.PINS:
        pins.write_text("# nothing\n")
    install.PINS[0].write_text("torch==2.13.0  # a note\n")
    return tmp_path


def calls_of_pip(commands):
    return ["--index-url" in command for command in commands if "pip" in command]


CPU_INDEX_FIRST = [True, False]
ONE_CALL = [False]


@pytest.fixture
def commands(monkeypatch):
    run = []

    def record(command, check, **options):
        run.append(command)
        if "venv" in command:
            install.PYTHON.parent.mkdir(parents=True)
            install.PYTHON.write_text("")
        if "plot-page" in command:
            install.PLOT_PAGE.parent.mkdir()
            install.PLOT_PAGE.write_text("")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", record)
    return run


def test_a_second_call_installs_nothing_and_says_so(project, commands, capsys):
    install.main()
    assert [name for command in commands for name in ("pip", "plot-page") if name in command] == [
        "pip", "pip", "plot-page"
    ]  # fmt: skip
    made = len(commands)
    install.main()
    assert len(commands) == made
    assert "nothing to install" in capsys.readouterr().out


def test_changed_pins_are_installed_into_the_same_environment(project, commands):
    install.main()
    Path("constraints.txt").write_text("# changed\n")
    install.main()
    assert [command[2] for command in commands].count("venv") == 1
    assert calls_of_pip(commands) == CPU_INDEX_FIRST * 2


def test_an_existing_environment_is_used(project, commands):
    install.PYTHON.parent.mkdir(parents=True)
    install.PYTHON.write_text("")
    install.main()
    assert not any("venv" in command for command in commands)


def test_an_old_python_is_refused(project, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(UserError, match=r"Python 3\.11 or newer is needed; found 3\.9\.2"):
        install.main()


def test_a_full_disk_is_refused_before_anything_is_made(project, monkeypatch):
    monkeypatch.setattr(install.shutil, "disk_usage", lambda path: namedtuple("Usage", "free")(2**30))
    with pytest.raises(UserError, match=r"no disk: .* 1\.0 GiB are"):
        install.main()
    assert not install.VENV.exists()


def test_a_failed_install_is_one_sentence_and_is_tried_again(project, monkeypatch):
    def fail_in_pip(command, check, **options):
        return subprocess.CompletedProcess(command, 1 if "pip" in command else 0)

    monkeypatch.setattr(subprocess, "run", fail_in_pip)
    with pytest.raises(UserError, match="packages could not be installed"):
        install.main()
    assert not install.STAMP.exists()


def test_without_a_gpu_the_pinned_cpu_build_comes_first_and_its_size_is_said(project, commands, capsys):
    install.main()
    assert calls_of_pip(commands) == CPU_INDEX_FIRST
    (first,) = (command for command in commands if "--index-url" in command)
    assert first[-2:] == ["https://download.pytorch.org/whl/cpu", "torch==2.13.0"]
    assert "will take about 2 GiB, with PyTorch's CPU build" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("torch", "smi", "expected"),
    [
        ("cuda", None, ONE_CALL),
        ("cpu", 0, CPU_INDEX_FIRST),
        (None, 0, ONE_CALL),
        (None, 9, CPU_INDEX_FIRST),  # installed, but it finds no GPU
    ],
)
def test_a_gpu_or_the_variable_decides(torch, smi, expected, project, commands, monkeypatch):
    record = subprocess.run

    def answer(command, check, **options):
        done = record(command, check, **options)
        return subprocess.CompletedProcess(command, smi) if command == ["nvidia-smi"] else done

    monkeypatch.setattr(subprocess, "run", answer)
    monkeypatch.setattr(install.shutil, "which", lambda name: None if smi is None else f"/usr/bin/{name}")
    if torch:
        monkeypatch.setenv("TORCH", torch)
    install.main()
    assert calls_of_pip(commands) == expected


def test_another_build_of_pytorch_is_refused(project, commands, monkeypatch):
    monkeypatch.setenv("TORCH", "rocm")
    with pytest.raises(UserError, match="TORCH=rocm: expected one of cpu, cuda"):
        install.main()
    assert commands == []


def test_an_index_out_of_reach_is_said_and_the_install_goes_on(project, commands, monkeypatch, capsys):
    record = subprocess.run

    def answer(command, check, **options):
        record(command, check, **options)
        return subprocess.CompletedProcess(command, int("--index-url" in command))

    monkeypatch.setattr(subprocess, "run", answer)
    install.main()
    assert calls_of_pip(commands) == CPU_INDEX_FIRST
    assert "whl/cpu gave no PyTorch (the reason stands above)" in capsys.readouterr().out
    assert install.STAMP.exists()
