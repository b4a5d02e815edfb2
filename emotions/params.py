"""Reading params.yaml, typed and closed: a wrong value stops the first stage that starts."""

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML, YAMLError

from emotions.errors import UserError

PARAMS = Path("params.yaml")

# Limits keep a slip of the finger from filling the memory; no use of this project comes near them.
Count = Annotated[int, Field(ge=1, le=1_000_000)]
BatchSize = Annotated[int, Field(ge=1, le=65_536)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
NAME = r"[\w-][\w.-]{0,99}"  # of a file or folder to be made: no path, nothing hidden, not `..`
FileName = Annotated[str, Field(pattern=f"^{NAME}$")]

# Of each section the file that reads it first and the module of its class, named like it: ThresholdSweepParams.
SECTIONS = {
    "data": ("stages/prepare.py", "emotions.data.params"),
    "problem": ("stages/prepare.py", "emotions.params"),
    "prepare": ("stages/prepare.py", "emotions.data.params"),
    "model": ("stages/tokenize.py", "emotions.model.params"),
    "tokenize": ("stages/tokenize.py", "emotions.data.params"),
    "train": ("stages/train.py", "emotions.training.params"),
    "scores": ("stages/evaluate.py", "emotions.metrics.params"),
    "evaluate": ("stages/evaluate.py", "emotions.inference.params"),
    "threshold_sweep": ("stages/threshold_sweep.py", "emotions.thresholds.params"),
    "plot": ("stages/plot.py", "emotions.series"),
    "export": ("emotions/release/export.py", "emotions.release.params"),
}


def refuse_path(name: str) -> None:
    """Raise UserError where a name of a file or folder to be made leads elsewhere, is hidden or too long."""
    if not re.fullmatch(NAME, name):
        raise UserError(f"{name!r:.60}: expected a name of letters, digits, dashes and inner dots")


class Section(BaseModel):
    """A section of params.yaml: no unknown key, no missing key, no default, no value of another type, never changed.

    Each section's class stands in a module of its room that only the stages import which read it, so that a new knob
    re-runs those alone. None imports PyTorch: each stage checks all sections.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class ProblemParams(Section):
    """Whether a row has any number of labels or exactly one, in the words of transformers."""

    type: Literal["multi_label_classification", "single_label_classification"]


S = TypeVar("S", bound=Section)


def read_params(section: str, kind: type[S]) -> S:
    """Return one section of params.yaml, after a look at all others, so that no stage runs before one that cannot.

    Sections whose reader is not here are not looked at. Raises UserError with a sentence for each value that
    is wrong: the key, what was found and what to type.
    """
    sections = read_sections()
    if unknown := sorted(str(name) for name in sections.keys() - SECTIONS.keys()):
        raise UserError(f"{PARAMS}: expected the sections {', '.join(SECTIONS)}; found {unknown[0]!r} too; remove it")
    kinds = {name: _kind(name) for name, (reader, _) in SECTIONS.items() if Path(reader).is_file()}
    read, problems = {}, []
    for name, of in (kinds | {section: kind}).items():
        if name not in sections:
            raise UserError(f"{PARAMS}: expected a section '{name}:'; found none")
        try:
            read[name] = of.model_validate(sections[name])
        except ValidationError as error:
            problems += _sentences(name, sections[name], error)
    if problems:
        raise UserError("\n".join(problems))
    return read[section]


def _kind(section: str) -> type[Section]:
    """Return a section's class; what had to be imported for it is forgotten again.

    Else it would count as code of the stage that runs, whose outputs do not depend on it.
    """
    before = set(sys.modules)
    _, module = SECTIONS[section]
    name = "".join(word.capitalize() for word in section.split("_"))
    kind = getattr(import_module(module), f"{name}Params")
    for new in [name for name in sys.modules.keys() - before if name.startswith("emotions.")]:
        del sys.modules[new]
    return kind


def read_sections() -> dict[str, object]:
    """Return params.yaml as it stands, not validated; raises UserError where it is missing or is no YAML."""
    if not PARAMS.is_file():
        raise UserError(f"{PARAMS} is not here: run from the root of the project")
    return parse_sections(PARAMS.read_bytes(), str(PARAMS))


def parse_sections(text: bytes, origin: str) -> dict[str, object]:
    """Return what a params.yaml says, read as DVC reads it: YAML 1.2, where `010` is ten and `1:30` is text.

    Raises UserError, naming the origin, where it is no YAML or no sections.
    """
    try:
        sections = YAML(typ="safe").load(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise UserError(f"{origin}: expected UTF-8; found byte {text[error.start]:#04x} at {error.start}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{origin} is not valid YAML: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(sections, dict):
        raise UserError(f"{origin}: expected sections such as 'train:'; found {type(sections).__name__}")
    return sections


def flat(prefix: str, values: dict[str, object]) -> dict[str, object]:
    """Return nested values under their names with dots, as `dvc params diff` names them, after the prefix."""
    found = {}
    for name, value in values.items():
        found |= flat(f"{prefix}{name}.", value) if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found


def _sentences(section: str, content: object, error: ValidationError) -> list[str]:
    """Return a sentence for each key with a wrong value; what a value could have been instead stands in one."""
    by_key: dict[str, list[dict]] = {}
    for problem in error.errors():
        parts, value = [section], content
        for part in problem["loc"]:
            if isinstance(value, dict) and part in value:
                value = value[part]
            elif problem["type"] != "missing":
                break  # a kind that the value could be of, not a key
            parts.append(str(part))
        by_key.setdefault(".".join(parts), []).append(problem)
    return [_sentence(key, problems) for key, problems in by_key.items()]


def _sentence(key: str, problems: list[dict]) -> str:
    first = problems[0]
    if first["type"] == "extra_forbidden":
        return f"{PARAMS}: {key} is not a parameter of this project; remove it or mend its name"
    if first["type"] == "missing":
        return f"{PARAMS}: {key} is missing; every parameter has its value in {PARAMS}"
    if first["type"] == "value_error":  # a combination that a section refuses in words of its own
        return f"{PARAMS}: {key}: {first['ctx']['error']}"
    should_be = " or ".join(
        [first["msg"], *(problem["msg"].removeprefix("Input should be ") for problem in problems[1:])]
    )
    return f"{PARAMS}: {key}: {should_be}; found {first['input']!r:.60}; to change it: dvc exp run -S {key}=VALUE"
