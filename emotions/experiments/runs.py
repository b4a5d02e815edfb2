"""The settings of the runs in results/runs.yaml."""

from pathlib import Path
from typing import Any

import yaml

from emotions.data.corpus import RAW
from emotions.data.download import SOURCES

RUNS = Path("results/runs.yaml")


def _part(path: Path, name: str) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))[name]


def read_base(path: Path) -> dict[str, object]:
    """Return the settings that every run starts from."""
    return _part(path, "base")


def read_changes(path: Path) -> dict[str, dict[str, object]]:
    """Return what each run changes against the base, in the order of the file."""
    return _part(path, "runs")


def read_headlines(path: Path) -> dict[str, dict[str, object]]:
    """Return the headlines by name: `candidates`, configurations of which the best on validation is shown, `goals`."""
    return _part(path, "headlines")


def read_accuracy_goals(path: Path) -> dict[str, float]:
    """Return, by configuration, the accuracy on test that was to be reached by runs of one label a row."""
    return _part(path, "accuracy_goals")


def read_comparisons(path: Path) -> list[list[str]]:
    """Return pairs of configurations or runs, of which a table says what the second scores more than the first."""
    return _part(path, "comparisons")


def read_out_of_fold(path: Path) -> dict[str, str]:
    """Return, for some records, the teacher of the same settings whose models said nothing of rows they trained on."""
    return _part(path, "out_of_fold")


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
