"""Each stage runs in a bare folder with only what dvc.yaml declares, and leaves only what it declares."""

import ast
import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.tiny import ROOT, run_python, tiny_params, write_tiny_source
from tests.warm import run_module

PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
EXPORT = yaml.safe_load((ROOT / "models/dvc.yaml").read_text())["stages"]["export"]

VARIABLES = {"${data.source}": "tiny", "${data.format}": "tsv", "${train.distillation.teacher}": "none"}


def declared(entries: list) -> list[str]:
    """Return the paths of a stage's deps, outs, metrics or plots, options left out."""
    return [path for entry in entries for path in ([entry] if isinstance(entry, str) else entry)]


def files_in(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """What lies in the project before the first stage; each stage's outputs are added to it."""
    folder = tmp_path_factory.mktemp("world")
    for room in ("stages", "emotions"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements.txt", folder)
    write_tiny_source(folder)
    return folder


@pytest.mark.parametrize("stage", PIPELINE)
def test_stage_needs_and_leaves_only_what_it_declares(stage, world, tiny_checkpoint, tmp_path):
    declaration = PIPELINE[stage]
    for dependency in declared(declaration["deps"]):
        for variable, value in VARIABLES.items():
            dependency = dependency.replace(variable, value)
        source = world / dependency
        target = tmp_path / source.relative_to(world)
        target.parent.mkdir(parents=True, exist_ok=True)
        assert source.exists(), f"{stage} declares {dependency}, which no stage before it made"
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    params = tiny_params(tiny_checkpoint)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({name: params[name] for name in declaration["params"]}))
    before = files_in(tmp_path)

    command = declaration["cmd"].split()
    assert command[:2] == ["python", "-m"]
    done = run_module(*command[2:], cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    last_line = done.stdout.strip().splitlines()[-1]
    assert last_line.startswith(f"{stage}: "), "a stage says in one line what it did"
    outputs = [path for kind in ("outs", "metrics", "plots") for path in declared(declaration.get(kind, []))]
    new = files_in(tmp_path) - before
    assert all((tmp_path / output).exists() for output in outputs)
    assert not {file for file in new if not any(Path(file).is_relative_to(output) for output in outputs)}
    shutil.copytree(tmp_path, world, dirs_exist_ok=True, ignore=shutil.ignore_patterns("params.yaml", "__pycache__"))


def imported(module: Path) -> set[Path]:
    """Return the files of emotions/ that a file of the project imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / module).read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "emotions":
            path = Path(node.module.replace(".", "/"))
            names = {path.with_suffix(".py"), *(path / f"{alias.name}.py" for alias in node.names)}
            found |= {name for name in names if (ROOT / name).is_file()}
    return found


def reached(start: Path) -> set[Path]:
    """Return the file and the files of emotions/ that it imports, and those that they import, and so on."""
    found, waiting = set(), {start}
    while waiting:
        module = waiting.pop()
        found.add(module)
        waiting |= imported(module) - found
    return found


def declared_code(declaration: dict) -> set[Path]:
    """Return the modules that a stage's deps name, a folder's one by one."""
    modules = set()
    for path in map(Path, declared(declaration["deps"])):
        if path.parts[0] in ("stages", "emotions"):
            folder = ROOT / path
            modules |= {file.relative_to(ROOT) for file in folder.glob("*.py")} if folder.is_dir() else {path}
    return modules


def test_every_declared_module_is_imported_by_its_stage():
    for stage, declaration in PIPELINE.items():
        assert declared_code(declaration) == reached(Path(f"stages/{stage.replace('-', '_')}.py")), stage
    assert declared_code(EXPORT) == reached(Path("emotions/commands/export.py"))


@pytest.mark.slow
def test_export_needs_and_leaves_only_what_it_declares(tiny_export, tmp_path):
    """The door itself, which lists every command, is no dep: a new command exports nothing again."""
    for dependency in [*declared(EXPORT["deps"]), "emotions/__main__.py"]:
        here = tiny_export / dependency
        source = here if here.exists() else ROOT / dependency
        target = tmp_path / dependency
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    params = yaml.safe_load((tiny_export / "params.yaml").read_text())
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({name: params[name] for name in EXPORT["params"]}))
    before = files_in(tmp_path)

    done = run_python(*EXPORT["cmd"].split()[1:], cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    outputs = declared(EXPORT["outs"] + EXPORT["metrics"])
    assert not {file for file in files_in(tmp_path) - before if not any(Path(file).is_relative_to(o) for o in outputs)}
    for kind in ("fp32", "int8"):
        again, first = (project / "models/exported" / kind for project in (tmp_path, tiny_export))
        for file in first.iterdir():
            assert (again / file.name).read_bytes() == file.read_bytes(), f"{kind}/{file.name} repeats to the byte"


FLOORS = [  # a module imports from its own floor and those below it, never from above
    {"__main__", "__init__", "commands", "benchmarks"},
    {"reporting", "serving"},
    {"experiments", "release"},
    {"training", "inference", "thresholds"},
    {"model", "metrics", "data"},
    {"ground"},
]
SIDEWAYS = {
    ("thresholds", "inference"),
    ("thresholds", "training"),
    ("training", "inference"),
    ("inference", "training"),
}
HEAVY = {"torch", "transformers"}  # seconds to import
MAY_BE_HEAVY = ("model", "training", "inference/probabilities.py", "release/graph.py", "experiments/pretraining.py")


def room(module: Path) -> str:
    """Return the room that a file of the project is in; modules of emotions/ itself are the ground."""
    if module.parts[0] != "emotions":
        return module.parts[0]
    if len(module.parts) == 2:
        return module.stem if module.stem in ("__main__", "__init__") else "ground"  # the doors open every room
    return module.parts[1]


def floor(module: Path) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room(module) in rooms)


MODULES = [path.relative_to(ROOT) for folder in ("emotions", "benchmarks") for path in (ROOT / folder).rglob("*.py")]


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_imports_run_downwards(module):
    for other in imported(module):
        assert floor(other) >= floor(module), f"{module} imports {other}, which stands above it"
        assert (room(module), room(other)) not in SIDEWAYS, f"{module} imports {other}, from a room beside it"


@pytest.mark.parametrize("stage", PIPELINE)
def test_a_stage_imports_nothing_from_experiments_or_above(stage):
    for module in imported(Path(f"stages/{stage.replace('-', '_')}.py")):
        assert floor(module) > floor(Path("emotions/experiments/run.py")), f"{stage} imports {module}"


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_torch_is_imported_only_where_models_are(module):
    if module.parts[0] == "benchmarks" or str(module).removeprefix("emotions/").startswith(MAY_BE_HEAVY):
        return
    for node in ast.walk(ast.parse((ROOT / module).read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not HEAVY & {name.split(".")[0] for name in names}, f"{module}:{node.lineno}"


MIRRORED = [
    path.relative_to(ROOT)
    for folder in ("emotions", "stages")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path.name != "__init__.py"
]


@pytest.mark.parametrize("module", MIRRORED, ids=str)
def test_every_module_has_its_tests_in_the_same_room(module):
    rooms = module.parts[:-1] if module.parts[0] == "stages" else module.parts[1:-1]
    mirror = Path("tests", *rooms, f"test_{module.stem.strip('_')}.py")
    assert (ROOT / mirror).is_file(), f"{mirror} is missing"
    assert "def test_" in (ROOT / mirror).read_text(), f"{mirror} tests nothing"


def test_the_files_of_stages_are_the_stages_of_the_pipeline():
    files = {path.stem for path in (ROOT / "stages").glob("*.py")} - {"__init__"}
    assert files == {stage.replace("-", "_") for stage in PIPELINE}


@pytest.mark.parametrize("stage", ["threshold_sweep", "plot"])
def test_threshold_experiments_import_no_torch(stage, root):
    done = run_python(
        "-c",
        f"import sys, stages.{stage}; sys.exit(any(m in sys.modules for m in ('torch', 'transformers')))",
        cwd=root,
    )
    assert done.returncode == 0, done.stderr


def test_a_python_without_the_packages_is_told_what_to_type(root):
    done = run_python("-S", "-m", "stages.prepare", cwd=root)  # -S: without the packages installed beside it
    assert done.returncode == 1
    assert re.fullmatch(r".*: expected a Python with the packages of requirements\.txt; .*bin/activate\n", done.stderr)
