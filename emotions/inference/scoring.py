"""A file of any size scored into another, in flat memory; what a stop leaves is gone on with."""

import json
import shutil
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from emotions.artifacts import sha256, write_json
from emotions.errors import UserError
from emotions.inference.emotion_model import CHUNK, EmotionModel
from emotions.inference.pieces import Layout, Scored, form_of_output
from emotions.inference.rows import Columns, Row, form_of, kept_types, read_rows
from emotions.progress import row_bar

PIECE = 4 * CHUNK  # rows: ten seconds of work, the most that a kill loses
SETTINGS = "settings.json"  # in the folder of pieces: what they were made from

T = TypeVar("T")


@dataclass(frozen=True)
class Task:
    """What is scored into what, and how; `every` asks for each label's probability, `keep_bad` keeps bad rows."""

    source: Path
    target: Path
    columns: Columns
    model: Path
    policy: str | None
    every: bool
    keep_bad: bool

    @property
    def part(self) -> Path:
        """The folder of pieces, beside the output until that is whole."""
        return self.target.with_name(f"{self.target.name}.part")

    def settings(self) -> dict:
        """Return what decides the output, with the sha256 of the input and of the model's files."""
        of_model = [path for path in sorted(self.model.rglob("*")) if path.is_file()]
        return {
            "source": sha256(self.source),
            "model": {str(path.relative_to(self.model)): sha256(path) for path in of_model},
            "columns": asdict(self.columns) | {"keep": list(self.columns.keep)},
            "policy": self.policy,
            "every": self.every,
            "keep_bad": self.keep_bad,
            "piece": PIECE,
        }


def score(task: Task, resume: bool) -> tuple[int, int]:
    """Write the task's output; return how many rows it has and how many of them could not be read.

    Every row is read once before the first is scored, so that a bad one is named at once, not after hours. Scored rows
    gather in pieces in `task.part`; `resume` goes on after the last. Raises UserError where the output, or pieces of an
    earlier call that is not resumed, are there already, where they are of another input, model or options, for a file
    without rows, and for a bad row unless such are kept.
    """
    if task.target.exists():
        raise UserError(f"{task.target} is there already, whole: remove it first, or name another --output")
    if task.part.exists() and not resume:
        raise UserError(f"{task.part} holds what an earlier call began: --resume goes on with it; or remove it first")
    layout = layout_of(task, (model := EmotionModel.load(task.model)).labels)
    layout.refuse_twins()
    thresholds = model.policy_thresholds(task.policy)
    rows, bad = count(task)
    pieces = begin(task)
    done = sum(number_of_rows(piece) for piece in pieces)
    with row_bar(rows, "score", done=done) as bar:
        try:
            remaining = islice(read_rows(task.source, task.columns), done, None)
            scored = scored_rows(model, thresholds, remaining, task.every)
            for piece in grouped(scored, PIECE):
                layout.write(task.part / piece_name(piece[0].number, len(piece)), piece)
                bar.update(len(piece))
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"{task.part} keeps {bar.n:,} scored rows: --resume goes on with them") from None
    layout.join(pieces_in(task.part), task.target)
    shutil.rmtree(task.part)
    return rows, bad


def layout_of(task: Task, labels: list[str]) -> Layout:
    """Return the columns of the output; a text without a name of a column is called `text`."""
    named = task.columns.text if task.columns.text and not task.columns.numbered else "text"
    form = form_of_output(task.target)
    return Layout(
        form=form,
        text=named,
        keep=task.columns.keep,
        every=tuple(labels) if task.every else (),
        with_error=task.keep_bad,
        types=kept_types(task.source, task.columns) if form == form_of(task.source) == "parquet" else {},
    )


def count(task: Task) -> tuple[int, int]:
    """Return how many rows the input has and how many of them are bad; raises UserError as `score` does for those."""
    rows = bad = 0
    for row in read_rows(task.source, task.columns):
        rows += 1
        if row.error:
            bad += 1
            if not task.keep_bad:
                raise UserError(f"{row.error}; --bad-rows keep scores the others, with an error for this one")
    if not rows:
        raise UserError(f"{task.source}: expected rows; found none")
    return rows, bad


def begin(task: Task) -> list[Path]:
    """Return the pieces that an earlier call of the same task left; raises UserError where it was another task."""
    settings = task.settings()
    kept = task.part / SETTINGS
    if not kept.is_file():
        task.part.mkdir(parents=True, exist_ok=True)
        write_json(kept, settings)
    before = json.loads(kept.read_text(encoding="utf-8"))
    for name, value in settings.items():
        if before.get(name) != value:
            raise UserError(f"{task.part} was begun with another {name}: remove it, or repeat the call that began it")
    return pieces_in(task.part)


def piece_name(first: int, rows: int) -> str:
    return f"{first:012d}-{rows}"


def number_of_rows(piece: Path) -> int:
    return int(piece.name.partition("-")[2])


def pieces_in(part: Path) -> list[Path]:
    """Return the pieces in the order of their rows; what a kill left half-written has another name."""
    return sorted(path for path in part.iterdir() if path.name[0].isdigit())


def scored_rows(model: EmotionModel, thresholds: np.ndarray, rows: Iterator[Row], every: bool) -> Iterator[Scored]:
    """Yield what a model says of each row, in order; `thresholds` are (labels,)."""
    ahead: deque[list[Row]] = deque()  # chunks whose texts the model has taken and not yet answered

    def texts() -> Iterator[list[str]]:
        for chunk in grouped(rows, CHUNK):
            ahead.append(chunk)
            yield [row.text for row in chunk if row.text is not None]

    for _, probabilities in model.stream(texts()):
        of_row = zip(probabilities, model.named(probabilities, thresholds), strict=True)
        for row in ahead.popleft():
            if row.text is None:
                yield Scored(row.number, row.kept, None, None, None, row.error)
                continue
            probability, decided = next(of_row)
            emotions = {label: shortest(p) for label, p in decided.items()}
            shown = [shortest(p) for p in probability] if every else None
            yield Scored(row.number, row.kept, row.text, emotions, shown, None)


def grouped(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of `size` items in their order, the last of what is left."""
    items = iter(items)
    while group := list(islice(items, size)):
        yield group


def shortest(probability: float) -> float:
    """Return the float of the fewest digits that is the same float32."""
    return float(str(np.float32(probability)))
