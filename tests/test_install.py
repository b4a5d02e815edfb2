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
    for pins in install.PINS:
        pins.write_text("# nothing\n")
    return tmp_path


@pytest.fixture
def commands(monkeypatch):
    run = []

    def record(command, check):
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
        "pip", "plot-page"
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
    assert sum("pip" in command for command in commands) == 2


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
    def fail_in_pip(command, check):
        return subprocess.CompletedProcess(command, 1 if "pip" in command else 0)

    monkeypatch.setattr(subprocess, "run", fail_in_pip)
    with pytest.raises(UserError, match="packages could not be installed"):
        install.main()
    assert not install.STAMP.exists()
