"""Reading params.yaml, typed and closed: a wrong value stops a stage before it starts."""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emotions.errors import UserError

PARAMS = Path("params.yaml")

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


class Section(BaseModel):
    """A section of params.yaml: no unknown key, no missing key, no default, never changed after reading.

    Each section's class stands with the code that reads it, so that a new knob re-runs only that code's stages.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ProblemParams(Section):
    """Whether a row has any number of labels or exactly one, in the words of transformers."""

    type: Literal["multi_label_classification", "single_label_classification"]


S = TypeVar("S", bound=Section)


def read_params(section: str, kind: type[S]) -> S:
    """Return one section of params.yaml, its values typed: `3e-05`, a string to PyYAML, becomes a number.

    Raises UserError with one sentence that names the key, what was found and what to type.
    """
    sections = read_sections()
    if section not in sections:
        raise UserError(f"{PARAMS}: expected a section '{section}:'; found none")
    try:
        return kind.model_validate(sections[section])
    except ValidationError as error:
        raise UserError("\n".join(_sentence(section, problem) for problem in error.errors())) from None


def read_sections() -> dict[str, object]:
    """Return params.yaml as it stands, not validated; raises UserError where it is missing or is no YAML."""
    if not PARAMS.is_file():
        raise UserError(f"{PARAMS} is not here: run from the root of the project")
    try:
        sections = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UserError(f"{PARAMS} is not valid YAML: {' '.join(str(error).split())}") from None
    return sections if isinstance(sections, dict) else {}


def _sentence(section: str, problem: dict) -> str:
    key = ".".join([section, *(str(part) for part in problem["loc"])])
    if problem["type"] == "extra_forbidden":
        return f"{PARAMS}: {key} is not a parameter of this project; remove it or mend its name"
    if problem["type"] == "missing":
        return f"{PARAMS}: {key} is missing; every parameter has its value in {PARAMS}"
    if problem["type"] == "value_error":  # a combination that a section refuses in words of its own
        return f"{PARAMS}: {key}: {problem['ctx']['error']}"
    return f"{PARAMS}: {key}: {problem['msg']}; found {problem['input']!r}; to change it: dvc exp run -S {key}=VALUE"
