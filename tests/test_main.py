from pathlib import Path

from emotions.__main__ import COMMANDS, command
from tests.tiny import run_python


def test_every_file_of_commands_is_listed(root):
    files = {path.stem.replace("_", "-") for path in (root / "emotions/commands").glob("*.py")}
    assert files == set(COMMANDS)


def test_the_list_says_of_each_command_what_its_file_says(root):
    for name, said in COMMANDS.items():
        first = Path(root, "emotions/commands", f"{name.replace('-', '_')}.py").read_text().splitlines()[0]
        assert first == f'"""{said}"""'


def test_every_command_explains_its_arguments():
    for name in COMMANDS:
        of = command(name)
        assert of.help, name
        for parameter in of.params:
            assert parameter.help or parameter.name == "help", f"{name} {parameter.name}"


def test_the_list_of_commands_imports_none_of_them(root):
    done = run_python(
        "-c",
        "import sys\n"
        "from emotions.__main__ import door\n"
        "door(['--help'], standalone_mode=False)\n"
        "heavy = {'torch', 'transformers', 'pandas', 'numpy'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)",
        cwd=root,
    )
    assert done.returncode == 0, done.stderr
    for name, said in COMMANDS.items():
        assert name in done.stdout
        assert said.split()[0] in done.stdout


def test_an_unknown_command_is_refused_in_a_line(root):
    done = run_python("-m", "emotions", "predcit", cwd=root)
    assert done.returncode == 2
    assert "No such command 'predcit'" in done.stderr


def test_a_user_error_is_its_sentence_and_exit_status_1(tmp_path, root):
    (tmp_path / "emotions").symlink_to(root / "emotions")
    done = run_python("-m", "emotions", "headline", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "metrics/evaluate.json: expected a run's metrics; found no file: make repro\n"
