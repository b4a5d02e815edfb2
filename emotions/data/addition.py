"""A source made of somebody's tables: read once, split where no split is given, written whole or not at all."""

import json
import random
from array import array
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from tqdm import tqdm

from emotions.artifacts import atomic_write
from emotions.data.columns import Plan, placed
from emotions.data.corpus import FILES, jsonl_line, jsonl_of, new_source, refuse_unsound, write_label_names
from emotions.data.fingerprints import fingerprint, normalise, ordered, repetitions, within
from emotions.data.labelling import is_empty, shown
from emotions.data.stratification import iterative_split
from emotions.data.tables import SPLIT_NAMES, Table
from emotions.errors import UserError, listed
from emotions.progress import row_bar

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}  # of the rows, where a split is to be drawn
TEXTS_KEPT = 2_000  # of all, to measure their length
BAR_ROWS = 1_000  # between two moves of the bar
SHOWN = 5  # labels in a sentence
MOST_LABELS = 10_000  # more of them are texts or ids, named by mistake


@dataclass(frozen=True)
class Wishes:
    """What to do with rows: leave out those without text or without label, labels on fewer training rows than that."""

    drop_empty: bool
    drop_unlabelled: bool
    min_rows: int
    seed: int


@dataclass(frozen=True)
class Part:
    """A split's rows in numbers: label ids, one row's after another's, how many each row has, fingerprints of texts."""

    labels: np.ndarray
    counts: np.ndarray
    texts: np.ndarray

    def __len__(self) -> int:
        return len(self.counts)

    def support(self, label_count: int) -> np.ndarray:
        """Return how many rows carry each label, (labels,)."""
        return np.bincount(self.labels, minlength=label_count)

    def of_rows(self, chosen: np.ndarray) -> "Part":
        """Return the part of the rows chosen, (rows,) of bool."""
        return Part(self.labels[np.repeat(chosen, self.counts)], self.counts[chosen], self.texts[chosen])

    def without(self, dropped: np.ndarray) -> "Part":
        """Return the same rows without the labels dropped, (labels,) of bool."""
        stays = ~dropped[self.labels]
        rows = np.repeat(np.arange(len(self), dtype=np.int32), self.counts)
        return Part(self.labels[stays], np.bincount(rows[stays], minlength=len(self)).astype(np.uint16), self.texts)


@dataclass(frozen=True)
class Added:
    """What a new source came to: label names, each split's rows and support (labels,), what stands in it twice.

    `left_out` counts rows and names labels that are not in it; `texts` are a sample of its texts.
    """

    folder: Path
    names: list[str]
    rows: dict[str, int]
    support: dict[str, np.ndarray]
    unlabelled: int
    one_label: bool
    rows_left_out: dict[str, int]
    labels_left_out: list[str]
    train_duplicates: int
    texts_in_train: dict[str, int]
    texts: list[str]


class Reading:
    """The rows of all tables on their way to files, and what stays of them in memory: some 25 bytes a row."""

    def __init__(self, plan: Plan, wishes: Wishes):
        self.plan, self.wishes = plan, wishes
        self.label_ids: dict[str, int] = {}  # in the order of their first rows
        self.rows = 0
        self.ids = array("Q")
        self.left_out = {"without text": 0, "without a label": 0}
        self.texts: list[str] = []
        self._random = random.Random(wishes.seed)
        self._parts = {split: (array("I"), array("H"), array("Q")) for split in FILES}

    def parts(self) -> dict[str, Part]:
        """Return what was read of each split."""
        return {split: Part(*map(np.asarray, arrays)) for split, arrays in self._parts.items()}

    def read(self, table: Table, files: dict[str, IO[str]], bar: tqdm) -> None:
        """Write a table's rows to the files of their splits, rows without a split to train's.

        Raises UserError, with the place, for a row that cannot be read.
        """
        plan, texts = self.plan, len(self.plan.text)
        labels = texts + len(plan.labelling.columns)
        for number, cells in table.read(plan.columns):
            self.rows += 1
            if not self.rows % BAR_ROWS:
                bar.update(BAR_ROWS)
            rest = iter(cells[labels:])
            with placed(table, number):
                names = plan.labelling.of(cells[texts:labels])
                row_id = shown(next(rest)) if plan.id else str(self.rows)
                said = shown(next(rest)) if plan.split else "train"
                text = "\n".join(filter(None, map(shown, cells[:texts])))
            split = table.split or self._split(table, number, said)
            if not text.strip() and self.wishes.drop_empty:
                self.left_out["without text"] += 1
                continue
            if not names and self.wishes.drop_unlabelled:
                self.left_out["without a label"] += 1
                continue
            blank = all(map(is_empty, cells[texts:labels]))
            self._refuse(table.place(number), text, bool(names) or not (blank and plan.labelling.told), row_id)
            files[split].write(jsonl_line(row_id, text, names))
            self._note(split, text, names, row_id)

    def _split(self, table: Table, number: int, said: str) -> str:
        if said.strip().lower() not in SPLIT_NAMES:
            raise UserError(
                f"{table.place(number)}: expected a split, train, validation or test; found {said!r}; "
                "to draw a split anew: --split none"
            )
        return SPLIT_NAMES[said.strip().lower()]

    def _refuse(self, place: str, text: str, labelled: bool, row_id: str) -> None:
        if not text.strip():
            raise UserError(f"{place}: expected a text; found none; to leave such rows out: --drop-empty")
        if not labelled:
            raise UserError(f"{place}: expected a label; found none; to leave such rows out: --drop-unlabelled")
        if row_id.split() != [row_id]:
            raise UserError(
                f"{place}: expected a comment id without spaces; found {row_id!r}; to number the rows: --id none"
            )
        refuse_unsound(place, text, row_id)

    def _note(self, split: str, text: str, names: list[str], row_id: str) -> None:
        labels, counts, texts = self._parts[split]
        labels.extend(self.label_ids.setdefault(name, len(self.label_ids)) for name in names)
        counts.append(len(names))
        texts.append(fingerprint(normalise(text)))
        self.ids.append(fingerprint(row_id))
        if len(self.label_ids) > MOST_LABELS:
            raise UserError(
                f"{self.plan.labelling.said}: expected at most {MOST_LABELS:,} different labels; found more: are these "
                "labels? --labels COLUMN names another column"
            )
        if len(self.texts) < TEXTS_KEPT:
            self.texts.append(text)
        elif (place := self._random.randrange(len(self.ids))) < TEXTS_KEPT:
            self.texts[place] = text


def refuse_repeated_ids(plan: Plan, ids: array) -> None:
    """Raise UserError, with both places, for an id that stands twice in the tables."""
    suspects = set(repetitions(ordered(ids)).tolist())
    places = {}
    for table in plan.tables if suspects else ():
        for number, (cell,) in table.read([plan.id]):
            row_id = shown(cell)
            if fingerprint(row_id) not in suspects:
                continue
            if row_id in places:
                raise UserError(
                    f"{table.place(number)}: expected an id of its own; found {row_id!r}, also at {places[row_id]}; "
                    "to number the rows: --id none"
                )
            places[row_id] = table.place(number)


def deal(folder: Path, parts: dict[str, Part], label_count: int, seed: int) -> dict[str, Part]:
    """Draw the splits that no row has from train's rows; return all parts. Raises UserError without training rows."""
    if not len(parts["train"]):
        raise UserError("expected training rows; found none")
    missing = [split for split, part in parts.items() if not len(part)]
    if not missing:
        return parts
    splits = ["train", *missing]
    shares = np.array([SHARES[split] for split in splits])
    train = parts["train"]
    place = iterative_split(
        train.labels, train.counts, train.texts, label_count, (shares / shares.sum()).tolist(), seed
    )
    every = jsonl_of(folder, "train").rename(folder / "every.jsonl")
    with ExitStack() as stack:
        rows = stack.enter_context(every.open("rb"))
        files = [stack.enter_context(jsonl_of(folder, split).open("wb")) for split in splits]
        for row, split in zip(rows, memoryview(place), strict=True):
            files[split].write(row)
    every.unlink()
    return parts | {split: train.of_rows(place == number) for number, split in enumerate(splits)}


def drop_labels(folder: Path, parts: dict[str, Part], names: list[str], dropped: np.ndarray, rows_too: bool) -> dict:
    """Take labels, (labels,) of bool, out of files and parts, with `rows_too` the rows that are left without one."""
    unwanted = {name for name, drop in zip(names, dropped, strict=True) if drop}
    for split in parts:
        path = jsonl_of(folder, split)
        earlier = path.rename(folder / "earlier.jsonl")
        with (
            earlier.open("rb") as rows,
            path.open("w", encoding="utf-8", newline="\n") as file,
        ):
            for line in rows:
                row = json.loads(line)
                kept = [name for name in row["labels"] if name not in unwanted]
                if kept or not rows_too:
                    file.write(jsonl_line(row["id"], row["text"], kept))
        earlier.unlink()
    parts = {split: part.without(dropped) for split, part in parts.items()}
    return {split: part.of_rows(part.counts > 0) if rows_too else part for split, part in parts.items()}


def refuse_useless(rows: dict[str, int], support: dict[str, np.ndarray], names: list[str]) -> None:
    """Raise UserError for what nothing can be learned from: a label on no training row, or on all of them.

    Or a split in which no label stands on some rows and not on others.
    """
    never = [name for name, carried in zip(names, support["train"], strict=True) if not carried]
    if never:
        raise UserError(
            f"expected each label on a training row; found none with {listed(never, SHOWN)}; to leave such labels out: "
            "--min-rows 1"
        )
    always = [name for name, carried in zip(names, support["train"], strict=True) if carried == rows["train"]]
    if always:
        raise UserError(
            f"expected two labels, or rows without one; found {listed(always, SHOWN)} on every training row"
        )
    for split in ("validation", "test"):
        if not ((support[split] > 0) & (support[split] < rows[split])).any():
            raise UserError(
                f"expected a label on some {split} rows and not on others; found none in {rows[split]:,} rows"
            )


def add(name: str, plan: Plan, wishes: Wishes) -> Added:
    """Write data/raw/NAME and data/labels/NAME.txt from tables, both or neither; return what it came to.

    Rows without a split are drawn by iterative stratification. Raises UserError for a name that is taken or a path,
    for a row that cannot be read, an id that stands twice, and rows from which nothing can be learned.
    """
    target, list_of_names = new_source(name)
    reading = Reading(plan, wishes)
    with atomic_write(target) as folder:
        folder.mkdir()
        with ExitStack() as stack, row_bar(None, f"add {name}") as bar:
            files = {
                split: stack.enter_context(jsonl_of(folder, split).open("w", encoding="utf-8", newline="\n"))
                for split in FILES
            }
            for table in plan.tables:
                reading.read(table, files, bar)
        if plan.id:
            refuse_repeated_ids(plan, reading.ids)
        found = list(reading.label_ids)
        parts = deal(folder, reading.parts(), len(found), wishes.seed)
        rare = parts["train"].support(len(found)) < wishes.min_rows
        if rare.any():
            parts = drop_labels(folder, parts, found, rare, wishes.drop_unlabelled)
        kept = {name for name, drop in zip(found, rare, strict=True) if not drop}
        names = [name for name in plan.order or sorted(found) if name in kept]
        places = [reading.label_ids[name] for name in names]
        support = {split: part.support(len(found))[places] for split, part in parts.items()}
        rows = {split: len(part) for split, part in parts.items()}
        refuse_useless(rows, support, names)
        write_label_names(list_of_names, names)

    train_texts = ordered(parts["train"].texts)
    unlabelled = sum(int((part.counts == 0).sum()) for part in parts.values())
    return Added(
        folder=target,
        names=names,
        rows=rows,
        support=support,
        unlabelled=unlabelled,
        one_label=plan.labelling.one and not unlabelled,
        rows_left_out=reading.left_out,
        labels_left_out=[name for name in plan.order or sorted(found) if name not in kept],
        train_duplicates=len(repetitions(train_texts)),
        texts_in_train={split: int(within(parts[split].texts, train_texts).sum()) for split in ("validation", "test")},
        texts=reading.texts,
    )
