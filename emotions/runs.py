"""The settings of a run in results/runs.yaml, as options for DVC: `dvc exp run $(python -m emotions.runs NAME)`."""

import argparse
from pathlib import Path

import yaml

RUNS = Path("results/runs.yaml")


def read_base(path: Path) -> dict[str, object]:
    """Return the settings that every run starts from."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))["base"]


def read_changes(path: Path) -> dict[str, dict[str, object]]:
    """Return what each run changes against the base, in the order of the file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))["runs"]


def read_runs(path: Path) -> dict[str, dict[str, object]]:
    """Return each run's settings, those of `base` first; a run's own take the place of base's."""
    base = read_base(path)
    return {name: base | changed for name, changed in read_changes(path).items()}


def spelled(value: object) -> str:
    """Return a param's value as DVC and YAML write it: true, not True."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def options(settings: dict[str, object]) -> list[str]:
    """Return settings in the words of `dvc exp run`."""
    return [f"-S {key}={spelled(value)}" for key, value in settings.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help=f"a run of {RUNS}")
    name = parser.parse_args().name
    runs = read_runs(RUNS)
    if name not in runs:
        print(f"--no-such-run-{name}")  # a $(...) that fails does not stop the command around it; DVC refuses this
        raise SystemExit(f"{name}: expected a run of {RUNS}: {', '.join(runs)}")
    print(" ".join(options(runs[name])))


if __name__ == "__main__":
    main()
