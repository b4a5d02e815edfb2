"""The settings of the runs in results/runs.yaml."""

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from emotions.data.corpus import RAW
from emotions.data.download import SOURCES
from emotions.errors import UserError
from emotions.params import parse_sections

RUNS = Path("results/runs.yaml")

T = TypeVar("T")


def _part(path: Path, name: str, kind: type[T]) -> T:
    """Return a section of the file; raises UserError where it is missing or of another kind."""
    if not path.is_file():
        raise UserError(f"{path}: expected the settings of recorded runs; found no such file: git checkout {path}")
    try:
        return TypeAdapter(kind).validate_python(parse_sections(path.read_bytes(), str(path)).get(name), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, (name, *first["loc"])))
        raise UserError(f"{path}: {key}: {first['msg']}; found {first['input']!r:.60}: git checkout {path}") from None


def read_base(path: Path) -> dict[str, object]:
    """Return the settings that every run starts from."""
    return _part(path, "base", dict[str, object])


def read_changes(path: Path) -> dict[str, dict[str, object]]:
    """Return what each run changes against the base, in the order of the file."""
    return _part(path, "runs", dict[str, dict[str, object]])


def read_headlines(path: Path) -> dict[str, dict[str, object]]:
    """Return the headlines by name: `candidates`, configurations of which the best on validation is shown, `goals`."""
    return _part(path, "headlines", dict[str, dict[str, object]])


def read_accuracy_goals(path: Path) -> dict[str, float]:
    """Return, by configuration, the accuracy on test that was to be reached by runs of one label a row."""
    return _part(path, "accuracy_goals", dict[str, float])


def read_comparisons(path: Path) -> list[list[str]]:
    """Return pairs of configurations or runs, of which a table says what the second scores more than the first."""
    return _part(path, "comparisons", list[list[str]])


def read_out_of_fold(path: Path) -> dict[str, str]:
    """Return, for some records, the teacher of the same settings whose models said nothing of rows they trained on."""
    return _part(path, "out_of_fold", dict[str, str])


def read_runs(path: Path) -> dict[str, dict[str, object]]:
    """Return each run's settings, those of `base` first; a run's own take the place of base's."""
    base = read_base(path)
    return {name: base | changed for name, changed in read_changes(path).items()}


def spelled(value: object) -> str:
    """Return a param's value as DVC and YAML write it: true, not True."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def options(settings: dict[str, object]) -> list[str]:
    """Return settings in the words of `dvc exp run`.

    A downloaded source lies outside Git: -C takes it along into runs of the queue and --temp; others don't heed it.
    """
    words = [f"-S {key}={spelled(value)}" for key, value in settings.items()]
    source = settings.get("data.source")
    return [*words, f"-C {RAW / source}"] if (SOURCES / f"{source}.json").is_file() else words
