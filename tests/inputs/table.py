"""Damaged and hostile inputs, one a line: what is done to which file, which command reads it, what it says."""

import json
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import yaml

from tests.inputs.damage import (
    POINTER,
    Damage,
    cut,
    emptied,
    file_in_its_place,
    folder_in_its_place,
    holds,
    json_with,
    npz_with,
    one_array,
    parquet_with,
    put,
    removed,
    weights_with,
)


class Input(NamedTuple):
    """A damage to a path of the finished tiny project, a command (a stage's, or words for the door), what it says."""

    what: str
    path: str
    damage: Damage
    command: str | tuple[str, ...]  # words, where a text among them is one
    said: str

    @property
    def words(self) -> list[str]:
        return self.command.split(" ") if isinstance(self.command, str) else list(self.command)

    @property
    def id(self) -> str:
        return f"{' '.join(self.words)!a:.40} {self.path} {self.what}"


def lines(path: str, damages: dict[str, Damage], commands: Iterable[str], said: str) -> list[Input]:
    return [Input(what, path, damage, command, said) for command in commands for what, damage in damages.items()]


GONE: dict[str, Damage] = {"missing": removed, "a folder": folder_in_its_place}
BROKEN: dict[str, Damage] = {
    "empty": emptied,
    "cut": cut,
    "a Git LFS pointer": holds(POINTER),
    "random bytes": holds(bytes(range(256)) * 3),
}
NO_JSON = GONE | BROKEN | {"NaN": holds("NaN"), "deep": holds("[" * 100_000), "Latin-1": holds('"é"'.encode("latin-1"))}
OTHER_JSON: dict[str, Damage] = {
    "a list": holds("[]"),
    "an object": holds("{}"),
    "null": holds("null"),
    "a number": holds("3"),
}

# A trained model's folder: whatever is changed in it, its hashes say so.
READS_MODEL = ("evaluate", "predict fine", "teach mine")
MODEL_FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "environment.json")
MODEL = [
    *(
        line
        for file in MODEL_FILES
        for damage, said in ((BROKEN, "expected sha256"), (GONE, "expected sha256 .*; found no such file"))
        for line in lines(f"data/model/classifier/{file}", damage, READS_MODEL, said)
    ),
    *lines(
        "data/model/classifier",
        {"missing": removed, "a file": file_in_its_place},
        ("evaluate", "teach mine"),
        "expected a trained model",
    ),
    *lines(
        "data/model/classifier",
        {"missing": removed, "a file": file_in_its_place},
        ("predict fine",),
        "data/model: expected a model's folder.*dvc repro, dvc pull",
    ),
    *lines("data/model/classifier", {"empty": emptied}, READS_MODEL, "expected the hashes"),
    *lines("data/model/classifier/manifest.json", NO_JSON | OTHER_JSON, READS_MODEL, "expected the hashes"),
    *lines(
        "data/model/classifier/manifest.json",
        {
            "without the weights": json_with(lambda m: m["sha256"].pop("model.safetensors") and None),
            "hashes in a list": json_with(lambda m: m.update(sha256=list(m["sha256"]))),
        },
        READS_MODEL,
        "manifest.json: expected the hashes",
    ),
    *lines(
        "data/model/classifier/manifest.json",
        {
            "hashes of numbers": json_with(lambda m: m.update(sha256=dict.fromkeys(m["sha256"], 3))),
            "a file elsewhere": json_with(lambda m: m["sha256"].update({"../thresholds.json": "0" * 64})),
        },
        READS_MODEL,
        "expected sha256",
    ),
    *lines(
        "data/model/classifier/model.safetensors",
        {
            "without a head": weights_with(lambda w: {name: w[name] for name in w if "classifier" not in name}),
            "without a layer": weights_with(lambda w: {name: w[name] for name in w if "layer.1." not in name}),
            "under other names": weights_with(lambda w: {f"0.auto_model.{name}": w[name] for name in w}),
            "of NaN": weights_with(lambda w: {name: w[name] * float("nan") for name in w}),
            "with one NaN": weights_with(lambda w: w | {"classifier.bias": w["classifier.bias"] * float("nan")}),
            "of two labels": weights_with(
                lambda w: w | {name: w[name][:2].clone() for name in ("classifier.weight", "classifier.bias")}
            ),
        },
        READS_MODEL,
        "model.safetensors: expected sha256",
    ),
    *lines(
        "data/model/classifier/config.json",
        {
            "of three layers": json_with(lambda c: c.update(num_hidden_layers=3)),
            "of one layer": json_with(lambda c: c.update(num_hidden_layers=1)),
            "of four heads": json_with(lambda c: c.update(num_attention_heads=4)),
            "of another family": json_with(lambda c: c.update(model_type="roberta")),
            "of an unknown family": json_with(lambda c: c.update(model_type="none")),
            "of mean pooling": json_with(lambda c: c.update(model_type="mean_pooled_bert")),
            "with labels in another order": json_with(
                lambda c: c.update(id2label={"0": "anger", "1": "joy", "2": "neutral"})
            ),
            "with another label": json_with(lambda c: c["id2label"].update({"0": "pride"})),
            "of two labels": json_with(lambda c: c["id2label"].pop("2") and None),
            "without labels": json_with(lambda c: c.pop("id2label") and None),
            "an object": holds("{}"),
            "a list": holds("[]"),
        },
        READS_MODEL,
        "config.json: expected sha256",
    ),
    *lines(
        "data/model/classifier/tokenizer.json",
        {
            "of more tokens": json_with(lambda t: t["model"]["vocab"].update(more=10_000)),
            "without tokens": json_with(lambda t: t["model"].update(vocab={})),
            "without [NAME]": json_with(lambda t: t.update(added_tokens=t["added_tokens"][:-2])),
        },
        READS_MODEL,
        "tokenizer.json: expected sha256",
    ),
]

# Label names: the same in the same order wherever they stand.
LABEL_NAMES = [
    *lines(
        "data/prepared/labels.json",
        NO_JSON | OTHER_JSON,
        ("tokenize", "train", "evaluate", "teach mine"),
        "labels.json: expected",
    ),
    *lines(
        "data/prepared/labels.json",
        {
            "in another order": holds('["anger", "joy", "neutral"]'),
            "renamed": holds('["joy", "rage", "neutral"]'),
            "fewer": holds('["joy", "anger"]'),
            "more": holds('["joy", "anger", "neutral", "pride"]'),
        },
        ("evaluate", "teach mine"),
        "expected the model's labels, joy, anger, neutral; found",
    ),
    *lines(
        "data/prepared/labels.json",
        {
            "one twice": holds('["joy", "joy", "neutral"]'),
            "one of a number": holds('["joy", 1, "neutral"]'),
            "empty text": holds('["joy", "", "a"]'),
            "an escape sequence": holds('["joy", "\\u001b[31manger", "neutral"]'),
        },
        ("tokenize", "train", "evaluate"),
        "labels.json: expected",
    ),
    *lines(
        "data/prepared/labels.json",
        {"fewer": holds('["joy", "anger"]')},
        ("tokenize",),
        "label ids from 0 to 1; found 2",
    ),
    *lines(
        "data/prepared/labels.json",
        {"fewer": holds('["joy", "anger"]'), "more": holds('["joy", "anger", "neutral", "pride"]')},
        ("train",),
        "labels in each row",
    ),
]


def one_row(table: pa.Table) -> pa.Table:
    return table.slice(0, 1)


def no_row(table: pa.Table) -> pa.Table:
    return table.slice(0, 0)


def with_first(name: str, value: object):
    """Return what puts a value into the first row of a table's column."""

    def change(table: pa.Table) -> pa.Table:
        values = table[name].to_pylist()
        values[0] = value
        place = table.column_names.index(name)
        return table.set_column(place, table.field(name), pa.array(values, table.field(name).type))

    return change


TABLES = (
    GONE | BROKEN | {"of other columns": parquet_with(lambda t: t.rename_columns([f"x{n}" for n in t.column_names]))}
)
PREPARED = [
    *(
        line
        for split in ("train", "validation", "test")
        for line in lines(
            f"data/prepared/{split}.parquet",
            TABLES | {"without rows": parquet_with(no_row)},
            ("tokenize",),
            f"{split}.parquet: expected",
        )
    ),
    *lines(
        "data/prepared/train.parquet",
        TABLES | {"without rows": parquet_with(no_row)},
        ("train",),
        "train.parquet: expected",
    ),
    *lines(
        "data/prepared",
        {"missing": removed, "empty": emptied, "a file": file_in_its_place},
        ("tokenize", "train", "evaluate"),
        "labels.json: expected the label names; found no file",
    ),
    *lines(
        "data/prepared/source.json", NO_JSON | OTHER_JSON, ("train", "teach mine"), "source.json: expected the training"
    ),
    *lines(
        "data/prepared/source.json",
        {"a hash of a number": holds('{"train.tsv": 3}'), "a hash cut short": holds('{"train.tsv": "1c25"}')},
        ("train",),
        "source.json: expected the training",
    ),
    *lines(
        "data/prepared/train.parquet",
        {
            "a text missing": parquet_with(with_first("text", None)),
            "an id missing": parquet_with(with_first("id", None)),
            "labels missing": parquet_with(with_first("labels", None)),
            "a label missing": parquet_with(with_first("labels", [None])),
            "a label of -1": parquet_with(with_first("labels", [-1])),
            "a label of 3": parquet_with(with_first("labels", [3])),
        },
        ("tokenize",),
        "train.parquet: expected",
    ),
    *lines(
        "data/prepared/train.parquet",
        {
            "one row": parquet_with(one_row),
            "in another order": parquet_with(lambda t: t.take(list(range(len(t)))[::-1])),
            "of another id": parquet_with(with_first("id", "other")),
        },
        ("train",),
        "expected the training comments of data/prepared; found others",
    ),
]

TOKENS = [
    *(
        line
        for split, commands in {
            "train": ("train", "teach mine"),
            "validation": ("train", "evaluate"),
            "test": ("evaluate",),
        }.items()
        for line in lines(
            f"data/tokens/{split}.parquet",
            TABLES
            | {
                "without rows": parquet_with(no_row),
                "one row": parquet_with(one_row),
                "an id missing": parquet_with(with_first("id", None)),
                "an id twice": parquet_with(lambda t: pa.concat_tables([t, t.slice(0, 1)])),
                "labels missing": parquet_with(with_first("labels", None)),
                "a label missing": parquet_with(with_first("labels", [None, 0, 0])),
                "of two labels": parquet_with(with_first("labels", [0, 1])),
                "a label of NaN": parquet_with(with_first("labels", [float("nan"), 0, 0])),
                "a label of a half": parquet_with(with_first("labels", [0.5, 0, 0])),
                "a label of 2": parquet_with(with_first("labels", [2, 0, 0])),
                "without tokens": parquet_with(with_first("input_ids", [])),
                "a token missing": parquet_with(with_first("input_ids", [1, None])),
                "a token of -1": parquet_with(with_first("input_ids", [2, -1, 3])),
                "a token beyond the last": parquet_with(with_first("input_ids", [2, 10_000, 3])),
                "another length": parquet_with(with_first("length", 1)),
            },
            commands,
            f"{split}.parquet: expected",
        )
    ),
    *lines(
        "data/tokens",
        {"missing": removed, "empty": emptied, "a file": file_in_its_place},
        ("train", "evaluate", "teach mine"),
        "expected a tokenizer's file; found none: dvc repro tokenize",
    ),
    *(
        line
        for file in ("tokenizer.json", "tokenizer_config.json")
        for line in lines(
            f"data/tokens/tokenizer/{file}",
            GONE,
            ("train", "evaluate"),
            f"{file}: expected a tokenizer's file; found none",
        )
    ),
    *lines(
        "data/tokens/tokenizer/tokenizer.json",
        BROKEN | OTHER_JSON,
        ("train", "evaluate"),
        "data/tokens/tokenizer: expected a tokenizer",
    ),
    *lines(
        "data/tokens/tokenizer/tokenizer_config.json",
        BROKEN,
        ("train", "evaluate"),
        "data/tokens/tokenizer: expected a tokenizer",
    ),
    *lines(
        "data/tokens/tokenizer/tokenizer.json",
        {"of other tokens": json_with(lambda t: t["model"]["vocab"].update(zzz=t["model"]["vocab"].pop("happy")))},
        ("evaluate", "teach mine"),
        "expected tokens of the model's own tokenizer",
    ),
    *lines(
        "data/tokens/tokenizer/tokenizer.json",
        {"of other tokens": json_with(lambda t: t["model"]["vocab"].update(zzz=t["model"]["vocab"].pop("happy")))},
        ("train",),
        "the tokens are another checkpoint's: dvc repro tokenize",
    ),
]

SPLIT_DAMAGES = {
    "an npy": one_array,
    "pickled ids": npz_with(ids=lambda a: a.astype(object)),
    "pickled truth": npz_with(truth=lambda a: a.astype(object)),
    "without ids": npz_with(ids=None),
    "without truth": npz_with(truth=None),
    "without labels": npz_with(labels=None),
    "without probabilities": npz_with(probability=None),
    "NaN": npz_with(probability=put(np.float32("nan"))),
    "infinite": npz_with(probability=put(np.float32("inf"))),
    "a probability of 1.5": npz_with(probability=put(np.float32(1.5))),
    "a probability below 0": npz_with(probability=put(np.float32(-1e-6))),
    "log-odds": npz_with(probability=lambda a: np.log(a / (1 - a))),
    "probabilities of text": npz_with(probability=lambda a: a.astype(str)),
    "complex probabilities": npz_with(probability=lambda a: a.astype(np.complex64)),
    "whole probabilities": npz_with(probability=lambda a: a.round().astype(np.int64)),
    "one row less": npz_with(probability=lambda a: a[:-1]),
    "one id less": npz_with(ids=lambda a: a[:-1]),
    "an id twice": npz_with(ids=lambda a: np.array([a[0], *a[:-1]])),
    "ids of numbers": npz_with(ids=lambda a: np.arange(len(a))),
    "one column less": npz_with(probability=lambda a: a[:, :-1]),
    "one dimension": npz_with(probability=lambda a: a[:, 0]),
    "three dimensions": npz_with(truth=lambda a: a[:, :, None]),
    "a truth of 2": npz_with(truth=put(np.uint8(2))),
    "a truth of a half": npz_with(truth=lambda a: a * 0.5),
    "a negative truth": npz_with(truth=lambda a: -a.astype(np.int8)),
    "no row": npz_with(truth=lambda a: a[:0], probability=lambda a: a[:0], ids=lambda a: a[:0]),
    "fewer labels": npz_with(labels=lambda a: a[:-1]),
    "a label twice": npz_with(labels=lambda a: np.array(["joy", "joy", "neutral"])),
    "labels of numbers": npz_with(labels=lambda a: np.arange(3)),
    "all truth 0": npz_with(truth=lambda a: a * 0),
    "all truth 1": npz_with(truth=lambda a: a * 0 + 1),
    "one row": npz_with(truth=lambda a: a[:1], probability=lambda a: a[:1], ids=lambda a: a[:1]),
}
PREDICTIONS = [
    *(
        line
        for split in ("validation", "test")
        for line in lines(
            f"data/predictions/{split}.npz",
            GONE | BROKEN | SPLIT_DAMAGES,
            ("threshold_sweep",),
            f"data/predictions/{split}.npz: expected",
        )
    ),
    *lines(
        "data/predictions/validation.npz",
        {
            "labels renamed": npz_with(labels=lambda a: np.array(["joy", "rage", "neutral"])),
            "labels in another order": npz_with(labels=lambda a: a[::-1]),
        },
        ("threshold_sweep",),
        "expected the same labels in validation and test",
    ),
    *lines(
        "data/predictions/test.npz",
        {
            "of another model": npz_with(model=lambda a: np.array("0" * 64)),
            "of no model": npz_with(model=None),
        },
        ("threshold_sweep",),
        "expected one model's validation and test; found two models'",
    ),
    *lines(
        "data/predictions",
        {"missing": removed, "empty": emptied, "a file": file_in_its_place},
        ("threshold_sweep",),
        "validation.npz: expected an npz file",
    ),
    *(
        line
        for split in ("validation", "test")
        for line in lines(
            f"data/predictions/{split}.npz",
            BROKEN | {"NaN": SPLIT_DAMAGES["NaN"]},
            ("compare workspace workspace", "report workspace"),
            f"{split}.npz of workspace: expected",
        )
    ),
]


# What a person asks of a finished run.
ASKED = [
    *lines("metrics/evaluate.json", NO_JSON | OTHER_JSON, ("headline",), "metrics.*: expected a run's metrics"),
    *lines("metrics/threshold_sweep.json", NO_JSON | OTHER_JSON, ("headline",), "metrics.*: expected a run's metrics"),
    *lines("plots/policies.csv", GONE | BROKEN, ("headline",), "policies.csv: expected a CSV of policy"),
    *lines(
        "plots/training.csv",
        {"empty": emptied, "random bytes": BROKEN["random bytes"]},
        ("report workspace",),
        "plots/training.csv of workspace: expected a CSV of a row an epoch",
    ),
    *lines(
        "data/prepared/validation.parquet",
        BROKEN,
        ("report workspace",),
        "validation.parquet of workspace: expected a table of id and text",
    ),
    *lines(
        "params.yaml",
        {"a list": holds("[]"), "not closed": holds("train: {"), "Latin-1": holds("a: é".encode("latin-1"))},
        ("compare workspace workspace", "report workspace"),
        "params.yaml of workspace",
    ),
    *lines(
        "data/model/thresholds.json",
        BROKEN | OTHER_JSON,
        ("compare workspace workspace", "report workspace"),
        "thresholds.json of workspace: expected the thresholds",
    ),
]


def threshold(policy: str, label: str, value: object) -> Damage:
    return json_with(lambda t: t["policies"][policy].update({label: value}))


THRESHOLDS = [
    *lines(
        "data/model/thresholds.json",
        GONE,
        ("predict fine",),
        "thresholds.json: expected the thresholds of a run; found none",
    ),
    *lines(
        "data/model/thresholds.json",
        BROKEN
        | OTHER_JSON
        | {
            "Latin-1": holds("é".encode("latin-1")),
            "NaN": threshold("fixed", "joy", float("nan")),
            "infinite": threshold("fixed", "joy", float("inf")),
            "5": threshold("fixed", "joy", 5),
            "below 0": threshold("fixed", "joy", -0.1),
            "text": threshold("fixed", "joy", "0.5"),
            "true": threshold("fixed", "joy", True),
            "null": threshold("fixed", "joy", None),
            "a list for one": threshold("fixed", "joy", [0.5]),
            "beyond floats": threshold("fixed", "joy", 10**400),
            "without a label": json_with(lambda t: t["policies"]["fixed"].pop("joy") and None),
            "with another label": threshold("fixed", "pride", 0.5),
            "without policies": json_with(lambda t: t.update(policies={})),
            "policies of a list": json_with(lambda t: t.update(policies=[])),
            "of another policy": json_with(lambda t: t.update(policy="best")),
            "of no policy": json_with(lambda t: t.update(policy=None)),
            "without calibration": json_with(lambda t: t.pop("calibration") and None),
            "a negative slope": json_with(lambda t: t["calibration"]["slope"].update(joy=-1)),
            "a slope of 0": json_with(lambda t: t["calibration"]["slope"].update(joy=0)),
            "an intercept of NaN": json_with(lambda t: t["calibration"]["intercept"].update(joy=float("nan"))),
            "a slope less": json_with(lambda t: t["calibration"]["slope"].pop("joy") and None),
            "without labels": json_with(lambda t: t.update(labels=[])),
            "labels of numbers": json_with(lambda t: t.update(labels=[1, 2, 3])),
            "a label twice": json_with(lambda t: t.update(labels=["joy", "joy", "neutral"])),
            "labels of a text": json_with(lambda t: t.update(labels="joy")),
            "a label of an escape sequence": holds(
                json.dumps(
                    {
                        "labels": ["\x1b[31m"],
                        "policy": "p",
                        "policies": {"p": {"\x1b[31m": 0.5}},
                        "calibration": {"slope": {"\x1b[31m": 1}, "intercept": {"\x1b[31m": 0}},
                    }
                )
            ),
            "a key twice": holds('{"policy": "fixed", "policy": "global"}'),
            "of a model of a number": json_with(lambda t: t.update(model_sha256=3)),
        },
        ("predict fine",),
        "thresholds.json: expected the thresholds that this version writes; found others",
    ),
    *lines(
        "data/model/thresholds.json",
        {
            "labels in another order": json_with(lambda t: t["labels"].reverse()),
            "of other labels": holds(
                json.dumps(
                    {
                        "labels": ["a"],
                        "policy": "p",
                        "policies": {"p": {"a": 0.5}},
                        "calibration": {"slope": {"a": 1}, "intercept": {"a": 0}},
                    }
                )
            ),
        },
        ("predict fine",),
        "have different labels",
    ),
    *lines(
        "data/model/thresholds.json",
        {
            "of another model": json_with(lambda t: t.update(model_sha256="0" * 64)),
            "of no model": json_with(lambda t: t.pop("model_sha256") and None),
        },
        ("predict fine", "compare workspace workspace"),
        "thresholds.json.*: expected thresholds chosen for the model with the weights",
    ),
    *(
        Input("policy", "data/model/thresholds.json", lambda path: None, f"predict fine --policy={policy}", "--policy")
        for policy in ("", "best", "../fixed")
    ),
]


def param(name: str, value: object) -> None:
    """Put a value into params.yaml of the current folder."""
    params = yaml.safe_load(Path("params.yaml").read_text())
    *sections, key = name.split(".")
    section = params
    for part in sections:
        section = section[part]
    section[key] = value
    Path("params.yaml").write_text(yaml.safe_dump(params))


def taught(damage: Damage) -> Damage:
    """Return what makes the workspace's params ask for the teacher `one`, then damages its file."""

    def both(path: Path) -> None:
        param("train.distillation.teacher", "one")
        damage(path)

    return both


def teacher(damage: Damage) -> Damage:
    """Return what damages the teacher `one` and lets its JSON vouch for the damaged file."""

    def both(path: Path) -> None:
        from emotions.data.prepared import read_source_sha256
        from emotions.training.distillation import name_teachers

        param("train.distillation.teacher", "one")
        damage(path)
        name_teachers("one", ["joy", "anger", "neutral"], read_source_sha256(), ["one"])

    return both


TEACHERS = [
    *lines(
        "data/teachers/one.json",
        {what: taught(damage) for what, damage in (NO_JSON | OTHER_JSON).items()},
        ("train",),
        "one.json: expected the names of teachers",
    ),
    *lines(
        "data/teachers/one.npz",
        {what: taught(damage) for what, damage in GONE.items()},
        ("train",),
        "one.npz: expected a teacher's probabilities, sha256",
    ),
    *lines(
        "data/teachers/one.npz",
        {what: taught(damage) for what, damage in BROKEN.items()},
        ("train",),
        "one.npz: expected sha256",
    ),
    *lines(
        "data/teachers/one.json",
        {
            what: taught(json_with(change))
            for what, change in {
                "without teachers": lambda t: t.update(teachers={}),
                "teachers of a list": lambda t: t.update(teachers=["one"]),
                "a teacher elsewhere": lambda t: t.update(teachers={"../one": "0" * 64}),
                "a hash of a number": lambda t: t.update(teachers={"one": 3}),
                "without labels": lambda t: t.pop("labels") and None,
                "labels of numbers": lambda t: t.update(labels=[1, 2, 3]),
                "more than it should": lambda t: t.update(more=1),
            }.items()
        },
        ("train",),
        "one.json: expected the names of teachers, their labels and hashes; found others",
    ),
    *lines(
        "data/teachers/one.json",
        {
            "labels in another order": taught(json_with(lambda t: t["labels"].reverse())),
            "fewer labels": taught(json_with(lambda t: t["labels"].pop() and None)),
        },
        ("train",),
        "its teachers know the labels",
    ),
    *lines(
        "data/teachers/one.json",
        {
            "of another file": taught(json_with(lambda t: t["source_sha256"].update({"train.tsv": "0" * 64}))),
            "of another file's name": taught(
                json_with(lambda t: t.update(source_sha256={"train.jsonl": t["source_sha256"]["train.tsv"]}))
            ),
            "of no file": taught(json_with(lambda t: t.update(source_sha256={}))),
        },
        ("train",),
        r"one.json: expected teachers of these comments, train.tsv with sha256 \w+; found teachers of",
    ),
    *lines(
        "data/teachers/one.npz",
        {f"{what}, vouched for": teacher(damage) for what, damage in BROKEN.items()},
        ("train",),
        "one.npz: expected an npz file",
    ),
    *lines(
        "data/teachers/one.npz",
        {
            what: teacher(damage)
            for what, damage in {
                "an npy": one_array,
                "pickled": npz_with(ids=lambda a: a.astype(object)),
                "without ids": npz_with(ids=None),
                "without probabilities": npz_with(probability=None),
                "NaN": npz_with(probability=put(np.float16("nan"))),
                "all NaN": npz_with(probability=lambda a: a * np.float16("nan")),
                "a probability of 2": npz_with(probability=put(np.float16(2))),
                "a probability of -1": npz_with(probability=put(np.float16(-1))),
                "all 0": npz_with(probability=lambda a: a * 0),
                "whole numbers": npz_with(probability=lambda a: a.astype(np.int64)),
                "ids of numbers": npz_with(ids=lambda a: np.arange(len(a))),
                "one id less": npz_with(ids=lambda a: a[:-1]),
                "one row less": npz_with(probability=lambda a: a[:-1]),
                "an id twice": npz_with(ids=lambda a: np.array([a[1], *a[1:]])),
                "one dimension": npz_with(probability=lambda a: a[:, 0]),
                "two labels": npz_with(probability=lambda a: a[:, :2]),
                "another comment": npz_with(ids=lambda a: np.array(["other", *a[1:]])),
                "no row": npz_with(ids=lambda a: a[:0], probability=lambda a: a[:0]),
            }.items()
        },
        ("train",),
        "one.npz: expected",
    ),
    *(
        Input(f"named {name!r}", "data/teachers", lambda path: None, f"teach {name}", "expected a name of letters")
        for name in ("..", ".", "../mine", "none", ".hidden", "a/b", "a" * 101)
    ),
    *(
        Input(
            f"named {name!r}", "data/teachers", lambda path: None, f"teachers {name} one", "expected a name of letters"
        )
        for name in ("..", "../mine", "none")
    ),
    *(
        Input(f"named {name!r:.9} {rest}", "data", lambda path: None, f"{command} {name}{rest}", "expected a name of")
        for name in ("..", ".", "../mine", "a/b", ".hidden", "a" * 101)
        for command, rest in (
            ("record", ""),
            ("blend", " one two"),
            ("fetch", ""),
            ("add", " --input data/raw/tiny/train.tsv --no-header --text 1 --labels 2 --id 3"),
            ("add", " --of tiny --fix data/labels/tiny.txt"),
        )
    ),
    *lines(
        "data/teachers/one.npz",
        {"cut": cut, "missing": removed},
        ("teachers both one one",),
        "one.npz: expected an npz file",
    ),
]


def said(**changed: np.ndarray) -> Damage:
    """Return what puts probabilities of one half into a record, those of a split changed."""

    def damage(path: Path) -> None:
        halves = {split: np.full((14, 3), 0.5, dtype=np.float32) for split in ("validation", "test")}
        np.savez(path, **halves | changed)

    return damage


COMPARE, REPORT, AGAIN = "compare results/one results/two", "report results/one", "record --again"
BLEND, RESULTS = "blend both one two", "results"
RECORDS = [
    *lines(
        "results/one/params.yaml",
        GONE
        | BROKEN
        | {
            "a list": holds("[]\n"),
            "a number": holds("3\n"),
            "not closed": holds("train: {"),
            "Latin-1": holds("a: é\n".encode("latin-1")),
            "without a source": holds("data: {}\nscores: {frequent_rows: 2}\n"),
            "a count of true": holds("data: {source: tiny}\nscores: {frequent_rows: true}\n"),
            "a count of 0": holds("data: {source: tiny}\nscores: {frequent_rows: 0}\n"),
            "a count in words": holds("data: {source: tiny}\nscores: {frequent_rows: many}\n"),
            "without a count": holds("data: {source: tiny}\n"),
            "of an unknown problem": holds(
                "data: {source: tiny}\nscores: {frequent_rows: 2}\nproblem: {type: regression}\n"
            ),
        },
        (COMPARE, REPORT, AGAIN, BLEND, RESULTS),
        "results/one/params.yaml",
    ),
    *lines(
        "results/one/params.yaml",
        {"of another source": lambda path: path.write_text(path.read_text().replace("source: tiny", "source: other"))},
        (COMPARE, REPORT, AGAIN, BLEND, RESULTS),
        "results/sources/other.json: expected the comment ids that records of other are of",
    ),
    *lines(
        "results/one/provenance.json",
        NO_JSON
        | OTHER_JSON
        | {
            "without hashes": json_with(lambda p: p.pop("data_sha256") and None),
            "hashes in a list": json_with(lambda p: p.update(data_sha256=list(p["data_sha256"]))),
            "parameters of text": json_with(lambda p: p.update(parameters="many")),
            "without a commit": json_with(lambda p: p.pop("git_revision") and None),
        },
        (COMPARE, AGAIN, BLEND, RESULTS),
        "results/one/provenance.json: expected where a record comes from",
    ),
    *lines(
        "results/one/provenance.json",
        {
            "of no file": json_with(lambda p: p.update(data_sha256={})),
            "of another file": json_with(lambda p: p["data_sha256"].update({"test.tsv": "0" * 64})),
            "of a file more": json_with(lambda p: p["data_sha256"].update({"more.tsv": "0" * 64})),
        },
        (COMPARE, REPORT, AGAIN, BLEND, RESULTS),
        "results/one: expected a record of tiny as results/sources/tiny.json describes it",
    ),
    *lines(
        "results/one/predictions.npz",
        GONE
        | BROKEN
        | {
            "an npy": one_array,
            "NaN": said(test=np.full((14, 3), np.nan)),
            "infinite": said(validation=np.full((14, 3), np.inf)),
            "a probability of 1.5": said(test=np.full((14, 3), 1.5)),
            "a probability below 0": said(test=np.full((14, 3), -0.1)),
            "one row less": said(test=np.full((13, 3), 0.5)),
            "one row more": said(validation=np.full((15, 3), 0.5)),
            "one label less": said(test=np.full((14, 2), 0.5)),
            "one dimension": said(test=np.full(14, 0.5)),
            "pickled": said(test=np.full((14, 3), None)),
            "of text": said(test=np.full((14, 3), "half")),
            "without test": npz_with(test_high=None, test_low=None),
            "without places": npz_with(test_place=None),
            "an exact one beyond the last": npz_with(test_at=lambda a: np.append(a, 10**6)),
        },
        (COMPARE, REPORT, AGAIN, BLEND),
        "results/one/predictions.npz: expected",
    ),
    *lines(
        "results/one/metrics.json",
        NO_JSON
        | OTHER_JSON
        | {
            "without a policy": json_with(lambda m: m.pop("policy") and None),
            "of another policy": json_with(lambda m: m.update(policy="best")),
            "a policy of a list": json_with(lambda m: m.update(policy=[])),
            "without test": json_with(lambda m: m.pop("test") and None),
            "scores of text": json_with(lambda m: m["validation"].update(mean_average_precision="good")),
        },
        (COMPARE, REPORT, RESULTS),
        "results/one/metrics.json: expected the metrics of a record",
    ),
    *lines(
        "results/one/metrics.json",
        {
            "without thresholds": json_with(lambda m: m.pop("thresholds") and None),
            "a threshold of 5": json_with(lambda m: m["thresholds"]["fixed"].update(joy=5)),
            "a threshold of text": json_with(lambda m: m["thresholds"]["fixed"].update(joy="half")),
            "a threshold less": json_with(lambda m: m["thresholds"]["fixed"].pop("joy") and None),
            "a threshold of another label": json_with(lambda m: m["thresholds"]["fixed"].update(pride=0.5)),
        },
        (COMPARE, REPORT),
        "results/one/metrics.json: expected a threshold for each label",
    ),
    *lines(
        "results/one/thresholds.json",
        BROKEN | OTHER_JSON,
        (f"{COMPARE} --policy own", AGAIN),
        "results/one/thresholds.json: expected the thresholds",
    ),
    *lines(
        "results/one/thresholds.json",
        {"labels in another order": json_with(lambda t: t["labels"].reverse())},
        (f"{COMPARE} --policy own", AGAIN),
        "results/one/thresholds.json: expected thresholds for the labels joy, anger, neutral",
    ),
    *lines("results/one/thresholds.json", {"missing": removed}, (f"{COMPARE} --policy own",), "has no thresholds but"),
    *(
        line
        for table in ("per_emotion", "groups", "confused_pairs", "threshold_curve")
        for line in lines(f"results/one/{table}.csv", GONE | BROKEN, (RESULTS,), f"{table}.csv: expected a CSV")
    ),
    *lines("results/one/training.csv", BROKEN, (REPORT, RESULTS), "training.csv: expected a CSV of epoch"),
    *lines(
        "results/one/resampled.npz",
        GONE
        | BROKEN
        | {
            "an npy": one_array,
            "pickled": npz_with(shrunk=lambda a: a.astype(object)),
            "whole numbers": npz_with(shrunk=lambda a: a.astype(np.int64)),
            "one dimension": npz_with(shrunk=lambda a: a[0]),
            "no resample": npz_with(shrunk=lambda a: a[:, :0]),
        },
        (RESULTS,),
        "results/one/resampled.npz: expected the resampled scores of a record",
    ),
    *lines(
        "results/sources/tiny.json",
        NO_JSON
        | OTHER_JSON
        | {
            "without test": json_with(lambda s: s["splits"].pop("test") and None),
            "ids of numbers": json_with(lambda s: s["splits"]["test"].update(ids=[1])),
            "labels of a text": json_with(lambda s: s.update(labels="joy")),
            "without hashes": json_with(lambda s: s.pop("data_sha256") and None),
        },
        (COMPARE, AGAIN, BLEND, RESULTS),
        "results/sources/tiny.json: expected the comment ids that records of tiny are of",
    ),
    *(
        line
        for file in ("train", "dev", "test")
        for line in lines(
            f"data/raw/tiny/{file}.tsv",
            {
                "reversed": lambda path: path.write_text("".join(path.read_text().splitlines(keepends=True)[::-1])),
                "of other labels": lambda path: path.write_text(path.read_text().replace("\t0\t", "\t1\t")),
                "one row less": lambda path: path.write_text("".join(path.read_text().splitlines(keepends=True)[1:])),
            },
            (COMPARE, REPORT, AGAIN),
            rf"{file}.tsv: expected the file that the records in results/ were scored on",
        )
    ),
    *lines(
        "data/raw/tiny/test.tsv", GONE, (COMPARE, AGAIN), "expected the comments that records of tiny are scored on"
    ),
    *lines(
        "data/labels/tiny.txt",
        {"in another order": holds("anger\njoy\nneutral\n")},
        (COMPARE, REPORT, AGAIN),
        "expected the labels of the records in results/, joy, anger, neutral; found anger, joy, neutral",
    ),
    *lines(
        "results/runs.yaml",
        GONE
        | BROKEN
        | {
            "a list": holds("[]"),
            "without a base": holds("runs: {plain: {}}"),
            "without runs": holds("base: {data.source: tiny}"),
            "a run of nothing": holds("base: {data.source: tiny}\nruns: {plain: }"),
            "a run of a list": holds("base: {data.source: tiny}\nruns: {plain: []}"),
            "a run twice": holds("base: {data.source: tiny}\nruns: {plain: {}, plain: {}}"),
            "a run named by a number": holds("base: {data.source: tiny}\nruns: {1: {}}"),
        },
        ("runs plain", RESULTS),
        "results/runs.yaml",
    ),
]


def checkpoint(damage: Damage) -> Damage:
    """Return what copies the checkpoint into the workspace, names it in params and damages a file of it."""

    def both(path: Path) -> None:
        shutil.copytree(yaml.safe_load(Path("params.yaml").read_text())["model"]["checkpoint"], "checkpoint")
        param("model.checkpoint", "checkpoint")
        damage(path)

    return both


def of_checkpoint(file: str, damages: dict[str, Damage], command: str, said: str) -> list[Input]:
    return lines(f"checkpoint/{file}", {what: checkpoint(damage) for what, damage in damages.items()}, (command,), said)


def config(**changes: object) -> Damage:
    return json_with(lambda c: c.update(changes))


def tokenizer_config(**changes: object) -> Damage:
    return json_with(lambda c: c.update({"tokenizer_class": "PreTrainedTokenizerFast"} | changes))


CANNOT_BE_READ = "expected a pretrained model; found one that cannot be read"
CHECKPOINT = [
    *of_checkpoint("config.json", GONE | BROKEN | OTHER_JSON, "tokenize", CANNOT_BE_READ),
    *of_checkpoint(
        "config.json",
        {
            "of an unknown family": config(model_type="none"),
            "of a family that is a list": config(model_type=[]),
            "of a family with code of its own": config(
                model_type="none", auto_map=dict.fromkeys(("AutoConfig", "AutoModel"), "code.Code")
            ),
            "of layers in words": config(num_hidden_layers="two"),
            "of positions in words": config(max_position_embeddings="many"),
            "labels of a list": config(id2label=["a"]),
            "labels of texts": config(id2label={"x": "a"}),
            "of an unknown number format": config(dtype="float3"),
        },
        "tokenize",
        CANNOT_BE_READ,
    ),
    *of_checkpoint(
        "config.json",
        {family: config(model_type=family) for family in ("gpt2", "bart", "llama", "vit", "whisper")},
        "tokenize",
        "expected an encoder of one of these families",
    ),
    *of_checkpoint(
        "config.json", {"of 32 positions": config(max_position_embeddings=32)}, "tokenize", "is beyond the 32 tokens"
    ),
    *of_checkpoint(
        "config.json",
        {"of 1,000 tokens": config(vocab_size=1_000)},
        "tokenize",
        "its files are missing, or another model's",
    ),
    *of_checkpoint("tokenizer.json", BROKEN | OTHER_JSON, "tokenize", CANNOT_BE_READ),
    *of_checkpoint("tokenizer.json", GONE, "tokenize", "its files are missing, or another model's"),
    *of_checkpoint(
        "tokenizer.json",
        {
            "without a model": json_with(lambda t: t.update(model=None)),
            "of an unknown kind": json_with(lambda t: t["model"].update(type="none")),
        },
        "tokenize",
        CANNOT_BE_READ,
    ),
    *of_checkpoint(
        "tokenizer.json",
        {"without tokens": json_with(lambda t: t["model"].update(vocab={}))},
        "tokenize",
        "its files are missing, or another model's",
    ),
    *of_checkpoint(
        "tokenizer_config.json", BROKEN | {"a list": holds("[]"), "null": holds("null")}, "tokenize", CANNOT_BE_READ
    ),
    *of_checkpoint(
        "tokenizer_config.json",
        {"a padding token of a number": tokenizer_config(pad_token=3)},
        "tokenize",
        CANNOT_BE_READ,
    ),
    *of_checkpoint(
        "tokenizer_config.json",
        {"without a padding token": tokenizer_config(pad_token=None)},
        "tokenize",
        "expected a padding token",
    ),
    *of_checkpoint(
        "tokenizer_config.json",
        {
            "a length in words": tokenizer_config(model_max_length="many"),
            "a length below 0": tokenizer_config(model_max_length=-1),
            "a length of a half": tokenizer_config(model_max_length=0.5),
        },
        "tokenize",
        "model_max_length",
    ),
    *of_checkpoint("model.safetensors", GONE | BROKEN, "train", CANNOT_BE_READ),
    *of_checkpoint(
        "config.json",
        {
            "of three heads": config(num_attention_heads=3),
            "of no width": config(hidden_size=0),
            "of an endless width": config(hidden_size=2**40),
            "of an unknown activation": config(hidden_act="none"),
        },
        "train",
        CANNOT_BE_READ,
    ),
    *of_checkpoint(
        "config.json",
        {
            "of one layer": config(num_hidden_layers=1),
            "of three layers": config(num_hidden_layers=3),
            "of no layer": config(num_hidden_layers=0),
            "of more tokens": config(vocab_size=75),
            "of 80 positions": config(max_position_embeddings=80),
            "of another width": config(intermediate_size=32),
            "of another family": config(model_type="distilbert"),
        },
        "train",
        "expected weights that belong to its config.json",
    ),
    *of_checkpoint(
        "model.safetensors",
        {
            "without a layer": weights_with(lambda w: {name: w[name] for name in w if "layer.1." not in name}),
            "without embeddings": weights_with(lambda w: {name: w[name] for name in w if "embeddings" not in name}),
            "under other names": weights_with(lambda w: {f"0.auto_model.{name}": w[name] for name in w}),
            "with a layer too many": weights_with(
                lambda w: w | {"encoder.layer.2.output.dense.bias": w["encoder.layer.1.output.dense.bias"].clone()}
            ),
            "without weights": weights_with(lambda w: {}),
        },
        "train",
        "expected weights that belong to its config.json",
    ),
    *of_checkpoint(
        "model.safetensors",
        {
            "with a NaN": weights_with(lambda w: w | {"embeddings.LayerNorm.bias": w["embeddings.LayerNorm.bias"] / 0}),
            "infinite": weights_with(
                lambda w: w | {"embeddings.LayerNorm.weight": w["embeddings.LayerNorm.weight"] / 0}
            ),
        },
        "train",
        "expected finite weights",
    ),
]

TRAIN, LABELS = "data/raw/tiny/train.tsv", "data/labels/tiny.txt"


def with_line(line: bytes) -> Damage:
    """Return what puts a line in the second place of a file."""

    def damage(path: Path) -> None:
        first, *rest = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join([first, line + b"\n", *rest]))

    return damage


def as_json_lines(damage: Damage) -> Damage:
    """Return what turns the tiny source into JSON lines, says so in params and damages its training rows."""

    def both(path: Path) -> None:
        names = Path(LABELS).read_text().split()
        for file in Path("data/raw/tiny").glob("*.tsv"):
            rows = [line.split("\t") for line in file.read_text().splitlines()]
            written = [
                json.dumps({"id": id, "text": text, "labels": [names[int(label)] for label in ids.split(",")]})
                for text, ids, id in rows
            ]
            file.with_suffix(".jsonl").write_text("\n".join(written) + "\n")
            file.unlink()
        param("data.format", "jsonl")
        damage(path)

    return both


BAD_LINES = {
    "one cell": (b"text only", "expected 3 cells"),
    "four cells": (b"text\t0\tid\tmore", "expected 3 cells"),
    "an empty line": (b"", "expected 3 cells"),
    "no text": (b"\t0\tid", "expected a text"),
    "spaces for a text": (b"  \t0\tid", "expected a text"),
    "zero-width characters for a text": ("\u200b\u200d\ufeff\t0\tid".encode(), "expected a text"),
    "a blank letter for a text": ("\u3164\t0\tid".encode(), "expected a text"),
    "a mark without a letter": ("\u0301\t0\tid".encode(), "expected a text"),
    "control characters for a text": (b"\x01\x02\t0\tid", "found '\\x01' in the text"),
    "NUL in the text": (b"a\0b\t0\tid", "found '\\x00' in the text"),
    "an escape sequence in the text": (b"a\x1b[31mb\t0\tid", "found '\\x1b' in the text"),
    "a bell in the text": (b"a\x07b\t0\tid", "in the text"),
    "an 8-bit escape in the text": ("a\x9b31mb\t0\tid".encode(), "in the text"),
    "no UTF-8": (b"caf\xe9\t0\tid", "expected UTF-8; found byte 0xe9"),
    "half a character": (b"a\xed\xa0\xbd\t0\tid", "expected UTF-8"),
    "UTF-16": ("text\t0\tid".encode("utf-16"), "expected UTF-8"),
    "no id": (b"text\t0\t", "expected a comment id"),
    "an id of two words": (b"text\t0\ttwo words", "expected a comment id"),
    "NUL in the id": (b"text\t0\ta\0b", "in the comment id"),
    "an escape sequence in the id": (b"text\t0\ta\x1b[2Jb", "in the comment id"),
    "an id twice": (b"text\t0\tt2", "expected an id of its own"),
    "a label beyond the last": (b"text\t3\tid", "expected label ids from 0 to 2"),
    "a label below 0": (b"text\t-1\tid", "expected label ids"),
    "a label by name": (b"text\tjoy\tid", "expected label ids"),
    "a label of a half": (b"text\t0.5\tid", "expected label ids"),
    "a label of 5,000 digits": (b"text\t" + b"1" * 5_000 + b"\tid", "expected label ids"),
    "a label of other digits": ("text\t²\tid".encode(), "expected label ids"),
    "a label twice": (b"text\t1,1\tid", "expected each label once"),
    "a comma too many": (b"text\t1,\tid", "expected label ids"),
    "no label": (b"text\t\tid", "expected a label; found none"),
}
BAD_JSON_LINES = {
    "TSV": (b"text\t0\tid", 'expected {"id"'),
    "an empty line": (b"", 'expected {"id"'),
    "a cut object": (b'{"id": "a", "text', 'expected {"id"'),
    "a deep list": (b"[" * 100_000, 'expected {"id"'),
    "a list": (b"[1]", "expected an object"),
    "null": (b"null", "expected an object"),
    "a key missing": (b'{"id": "a", "text": "b"}', "expected an object of id, text and labels"),
    "a key too many": (
        b'{"id": "a", "text": "b", "labels": [], "more": 1}',
        "expected an object of id, text and labels",
    ),
    "a key twice": (b'{"id": "a", "id": "b", "text": "b", "labels": ["joy"]}', 'expected {"id"'),
    "an id of a number": (b'{"id": 7, "text": "b", "labels": ["joy"]}', "expected id as a string"),
    "an id of 5,000 digits": (b'{"id": ' + b"1" * 5_000 + b', "text": "b", "labels": ["joy"]}', 'expected {"id"'),
    "a text of null": (b'{"id": "a", "text": null, "labels": ["joy"]}', "expected text as a string"),
    "NaN": (b'{"id": "a", "text": NaN, "labels": ["joy"]}', 'expected {"id"'),
    "half a character": (b'{"id": "a", "text": "\\ud83d", "labels": ["joy"]}', "found half of one in the text"),
    "half a character in the id": (
        b'{"id": "\\ud83d", "text": "b", "labels": ["joy"]}',
        "found half of one in the comment id",
    ),
    "NUL": (b'{"id": "a", "text": "b\\u0000", "labels": ["joy"]}', "in the text"),
    "an escape sequence": (
        b'{"id": "a", "text": "\\u001b[31m", "labels": ["joy"]}',
        "in the text",
    ),
    "labels of a text": (b'{"id": "a", "text": "b", "labels": "joy"}', "expected labels as a list"),
    "labels of numbers": (b'{"id": "a", "text": "b", "labels": [0]}', "expected labels that the list"),
    "an unknown label": (b'{"id": "a", "text": "b", "labels": ["pride"]}', "expected labels that the list"),
    "no UTF-8": (b'{"id": "a", "text": "\xff", "labels": ["joy"]}', "expected UTF-8"),
}
SOURCES = [
    *(
        Input(what, TRAIN, with_line(line), "prepare", rf"train\.tsv:\d+: .*{re.escape(said)}")
        for what, (line, said) in BAD_LINES.items()
    ),
    *(
        Input(what, f"{TRAIN[:-3]}jsonl", as_json_lines(with_line(line)), "prepare", f"jsonl:2: .*{re.escape(said)}")
        for what, (line, said) in BAD_JSON_LINES.items()
    ),
    *(
        line
        for split in ("train", "dev", "test")
        for line in lines(
            f"data/raw/tiny/{split}.tsv", GONE | {"empty": emptied}, ("prepare",), f"{split}.tsv: expected"
        )
    ),
    *(
        line
        for split in ("dev", "test")
        for line in lines(
            f"data/raw/tiny/{split}.tsv",
            {"of one label on all rows": holds("a\t0\tx1\nb\t0\tx2\n")},
            ("prepare",),
            "expected a label on some rows and not on others",
        )
    ),
    *lines(
        TRAIN,
        {
            "without a label": lambda path: path.write_text(path.read_text().replace("\t2\t", "\t0\t")),
            "of one label": lambda path: path.write_text("a\t0\tx1\nb\t0\tx2\n"),
        },
        ("prepare",),
        "expected each label on some training rows",
    ),
    *lines(LABELS, GONE, ("prepare",), "tiny.txt: expected a file with one label name a line"),
    *(
        Input(what, LABELS, holds(content), "prepare", said)
        for what, content, said in (
            ("empty", "", "found an empty file"),
            ("with an empty line", "joy\n\nneutral\n", ":2: expected a label name"),
            ("with a space before", "joy\n anger\nneutral\n", ":2: expected a label name without spaces"),
            ("with a name twice", "joy\njoy\nneutral\n", ":2: expected each label name once"),
            ("with NUL", "joy\nan\0ger\nneutral\n", ":2: expected a label name of characters that show"),
            (
                "with an escape sequence",
                "joy\n\x1b[31manger\nneutral\n",
                ":2: expected a label name of characters that show",
            ),
            (
                "with a zero-width space",
                "joy\nan\u200bger\nneutral\n",
                ":2: expected a label name of characters that show",
            ),
            (
                "with a right-to-left override",
                "joy\n\u202eanger\nneutral\n",
                ":2: expected a label name of characters that show",
            ),
            ("with a tab", "joy\nan\tger\nneutral\n", ":2: expected a label name of characters that show"),
            ("with old line ends", "joy\ranger\rneutral\r", ":1: expected a label name of characters that show"),
            ("of a line separator", "joy\u2028anger\u2028neutral", ":1: expected a label name of characters that show"),
            ("in Latin-1", "joy\ncolère\nneutral\n".encode("latin-1"), "expected UTF-8; found byte 0xe8"),
            ("in UTF-16", "joy\nanger\nneutral\n".encode("utf-16"), "expected UTF-8; found byte 0xff"),
            ("fewer", "joy\nanger\n", "expected label ids from 0 to 1"),
            ("more", "joy\nanger\nneutral\npride\n", "expected each label on some training rows"),
        )
    ),
]


def set_to(name: str, value: object) -> Damage:
    return lambda path: param(name, value)


BAD_PARAMS: dict[str, tuple[object, ...]] = {
    "data.source": ("..", ".", "../tiny", "/etc", "", ".git", 3, None, "a" * 200, "a\nb"),
    "data.format": ("csv", None),
    "prepare.drop_leaked_train_rows": ("yes", 1, None),
    "prepare.rows_without_labels": ("drop", True),
    "model.checkpoint": ("", None, 3),
    "model.revision": (3, True),
    "tokenize.max_length": (2, -1, True, 64.0, "64", 10**30, None),
    "tokenize.emoji_tokens": (1, "yes"),
    "train.epochs": (0, -1, True, 1.5, "3", 10**30, float("nan"), None, [1]),
    "train.batch_size": (0, True, 10**30),
    "train.eval_batch_size": (0, 10**30),
    "train.batching": ("sorted", None),
    "train.pooling": ("max",),
    "train.learning_rate": (True, 0, -1, "fast", float("inf"), float("nan"), 10**400, None),
    "train.head_learning_rate": (0, True),
    "train.layer_decay": (0, 1.1, True, None),
    "train.warmup_share": (1, -0.1, True),
    "train.weight_decay": (-1, float("inf")),
    "train.max_grad_norm": (0, True),
    "train.dropout": (None, 3, [], {}),
    "train.dropout.hidden": (1, -0.1, True),
    "train.dropout.mask": ("word",),
    "train.r_drop": (-1, True, float("inf")),
    "train.classifier_bias": ("one",),
    "train.loss": (None, "bce"),
    "train.loss.name": ("mse",),
    "train.loss.weight_cap": (0.5, True),
    "train.loss.effective_number_beta": (1,),
    "train.loss.label_smoothing": (0.5,),
    "train.loss.focal.gamma": (-1, True),
    "train.loss.focal.alpha": (0, 1, True),
    "train.loss.asymmetric.margin": (1,),
    "train.weight_average": (1, True),
    "train.merge_duplicates": (1, "no"),
    "train.oversampling.share": (1, True),
    "train.distillation.teacher": ("..", "a/b", "", 3),
    "train.distillation.weight": (0, 1.1, True),
    "train.folds": (1, 100_000, True),
    "train.held_out_fold": (-1, True, "all"),
    "train.best_epoch_by": ("accuracy",),
    "train.precision": ("fp8",),
    "train.attention": ("flash",),
    "train.checkpoint_minutes": (-1, True),
    "train.processes": (0, 10**6, True),
    "train.threads": (-1, 10**12, True),
    "train.report_to": ("", 3),
    "train.seed": (-1, 2**32, True, 1.0, "42"),
    "train.epoch": (3,),
    "scores.frequent_rows": (0, True),
    "scores.calibration_bins": (1, 10**9),
    "evaluate.batch_size": (0, 10**30, True),
    "threshold_sweep.fixed": (0, 1, True),
    "threshold_sweep.objective": ("macro",),
    "threshold_sweep.shrinkage": (-1, True),
    "threshold_sweep.resamples": (0, 10**9),
    "threshold_sweep.min_precision": (0, 1.1),
    "threshold_sweep.calibration": ("isotonic",),
    "threshold_sweep.policy": ("best",),
    "threshold_sweep.folds": (1, 100_000),
    "threshold_sweep.confused_pairs": (0, 10**9),
    "threshold_sweep.seed": (-1, True),
    "plot.dpi": (0, 3, 10**6, True, "110"),
    "export.int8_loss": (-1, True),
}
PARAMS = [
    *(
        Input(f"{name}: {value!r:.20}", "params.yaml", set_to(name, value), "prepare", f"params.yaml: {name}")
        for name, values in BAD_PARAMS.items()
        for value in values
    ),
    *lines("params.yaml", GONE, ("prepare",), "run from the root of the project"),
    *(
        Input(what, "params.yaml", holds(content), "prepare", said)
        for what, content, said in (
            ("empty", "", "expected sections"),
            ("a list", "- train\n", "expected sections"),
            ("a text", "train", "expected sections"),
            ("not closed", "train: {", "not valid YAML"),
            ("a tab", "train:\n\tepochs: 3\n", "not valid YAML"),
            ("a section twice", "plot: {}\nplot: {}\n", "not valid YAML"),
            ("a Python object", "plot: !!python/object:os.system {}\n", "not valid YAML"),
            ("an unknown anchor", "plot: *none\n", "not valid YAML"),
            ("Latin-1", "plot: é\n".encode("latin-1"), "expected UTF-8; found byte 0xe9"),
            ("UTF-16", "plot: {}\n".encode("utf-16"), "expected UTF-8"),
            ("NUL", "plot: \0\n", "not valid YAML"),
            ("deep", "plot: " + "[" * 1_000, "not valid YAML"),
            ("an unknown section", "plots: {}\n", "found 'plots' too"),
            ("a section of a number", "3: {}\n", "found '3' too"),
        )
    ),
    *(
        Input(
            f"without {section}",
            "params.yaml",
            lambda path, section=section: path.write_text(
                yaml.safe_dump({name: of for name, of in yaml.safe_load(path.read_text()).items() if name != section})
            ),
            "prepare",
            f"expected a section '{section}:'",
        )
        for section in (
            "data",
            "prepare",
            "model",
            "tokenize",
            "train",
            "scores",
            "evaluate",
            "threshold_sweep",
            "plot",
        )
    ),
    *(
        Input(
            f"{old} as {new}",
            "params.yaml",
            lambda path, old=old, new=new: path.write_text(path.read_text().replace(old, new)),
            "prepare",
            said,
        )
        for old, new, said in (
            ("  epochs: 2", "  epochs: 1:30", "train.epochs: .*found '1:30'"),
            ("  epochs: 2", "  epochs: 2020-01-01", "train.epochs"),
            ("  epochs: 2", "  epochs: yes", "train.epochs: .*found 'yes'"),
            ("  merge_duplicates: false", "  merge_duplicates: no", "train.merge_duplicates: .*found 'no'"),
        )
    ),
    Input(
        "zlpr with weights",
        "params.yaml",
        lambda path: (param("train.loss.name", "zlpr"), param("train.loss.weighting", "inverse")),
        "prepare",
        "zlpr ranks labels",
    ),
    Input(
        "zlpr with shares of labels",
        "params.yaml",
        lambda path: (param("train.loss.name", "zlpr"), param("train.merge_duplicates", True)),
        "prepare",
        "zlpr takes labels",
    ),
    Input(
        "focal weighed twice",
        "params.yaml",
        lambda path: (
            param("train.loss.name", "focal"),
            param("train.loss.focal.alpha", 0.5),
            param("train.loss.weighting", "inverse"),
        ),
        "prepare",
        "both weigh positives",
    ),
    Input(
        "more folds than rows",
        "params.yaml",
        set_to("threshold_sweep.folds", 15),
        "threshold_sweep",
        "threshold_sweep.folds=15: expected at most the 14 validation rows",
    ),
    Input(
        "a checkpoint that is not here",
        "params.yaml",
        set_to("model.checkpoint", "./none"),
        "tokenize",
        "no such folder",
    ),
    Input("a checkpoint of no name", "params.yaml", set_to("model.checkpoint", "a/b/c"), "tokenize", "no such folder"),
    Input(
        "a hub id without a commit",
        "params.yaml",
        set_to("model.checkpoint", "bert-base-uncased"),
        "tokenize",
        "git ls-remote",
    ),
    Input(
        "a hub id at a branch",
        "params.yaml",
        lambda path: (param("model.checkpoint", "a/b"), param("model.revision", "main")),
        "tokenize",
        "git ls-remote",
    ),
    Input("a folder at a commit", "params.yaml", set_to("model.revision", "0" * 40), "tokenize", "expected null"),
    Input(
        "more tokens than positions",
        "params.yaml",
        set_to("tokenize.max_length", 65),
        "tokenize",
        "beyond the 64 tokens",
    ),
    Input(
        "a teacher that is not here",
        "params.yaml",
        set_to("train.distillation.teacher", "none-such"),
        "train",
        "python -m emotions teach none-such",
    ),
]

CURVES = {
    "label_distribution": ("train", "prepare"),
    "training": ("validation_loss", "train"),
    "per_emotion": ("f1", "threshold-sweep"),
    "threshold_curve": ("validation_macro_f1", "threshold-sweep"),
    "confused_pairs": ("rows", "threshold-sweep"),
    "confusion_matrix": ("share", "threshold-sweep"),
    "reliability": ("pairs", "evaluate"),
    "calibrated_reliability": ("pairs", "threshold-sweep"),
}


def csv_with(change: Callable[[list[list[str]]], list[list[str]]]) -> Damage:
    """Return what changes the cells of a CSV, the first row its header."""

    def damage(path: Path) -> None:
        cells = [line.split(",") for line in path.read_text().splitlines()]
        path.write_text("\n".join(",".join(row) for row in change(cells)) + "\n")

    return damage


def with_cells(column: str, value: str) -> Damage:
    def change(cells: list[list[str]]) -> list[list[str]]:
        place = cells[0].index(column)
        rows = cells[1:] or [["x"] * len(cells[0])]
        return [cells[0], *([*row[:place], value, *row[place + 1 :]] for row in rows)]

    return csv_with(change)


PLOTS = [
    line
    for name, (column, stage) in CURVES.items()
    for line in lines(
        f"plots/{name}.csv",
        GONE
        | {
            "empty": emptied,
            "cut": cut,
            "random bytes": holds(bytes(range(128, 256)) * 3),
            "without a column": csv_with(
                lambda cells, column=column: [[c.replace(column, "other") for c in cells[0]], *cells[1:]]
            ),
            "text for a number": with_cells(column, "many"),
            "an infinite number": with_cells(column, "inf"),
        },
        ("plot",),
        rf"plots/{name}\.csv: expected .*dvc repro {stage}",
    )
]

TYPED = [
    *(
        Input(f"text {text!r}", "params.yaml", lambda path: None, ("predict", text), said)
        for text, said in (
            ("", "found an empty text"),
            ("  ", "found an empty text"),
            ("caf\udce9", "text 1: expected UTF-8"),
            ("\ud83d", "text 1: expected UTF-8"),
        )
    ),
    *(
        Input(f"text {text!r} as JSON", "params.yaml", lambda path: None, ("predict", text, "--json"), said)
        for text, said in (("caf\udce9", "text 1: expected UTF-8"),)
    ),
]

HOSTILE_JSON = {"deep": "[" * 100_000, "a number of 5,000 digits": "1" * 5_000}
ADD = "add own --input"
TABLES_OF_OTHERS = [
    *lines(
        "own.jsonl",
        {
            what: holds(f'{{"text": "a", "label": "joy"}}\n{{"text": {value}}}\n')
            for what, value in HOSTILE_JSON.items()
        },
        (f"{ADD} own.jsonl", "score --input own.jsonl --text-column text --output scored.jsonl"),
        "own.jsonl:2: expected an object of JSON",
    ),
    *lines(
        "own.json",
        {what: holds(f'[{{"text": {value}}}]') for what, value in HOSTILE_JSON.items()},
        (f"{ADD} own.json",),
        "own.json: expected a list of objects of JSON",
    ),
    *lines(
        "names.json",
        {what: holds(f"[{value}]") for what, value in HOSTILE_JSON.items()}
        | {what: NO_JSON[what] for what in ("empty", "random bytes", "NaN", "Latin-1")}
        | OTHER_JSON,
        (f"{ADD} data/raw/tiny/train.tsv --no-header --text 1 --labels 2 --id 3 --label-names names.json",),
        "names.json: expected a JSON list of label names",
    ),
    *lines(
        "own.jsonl",
        {
            "a space before a key": holds('{"text": "a", " joy": 1, "anger": 0}\n'),
            "a no-break space in a key": holds('{"text": "a", "jo\\u00a0y": 1, "anger": 0}\n'),
            "a line break in a key": holds('{"text": "a", "joy\\n": 1, "anger": 0}\n'),
        },
        (f"{ADD} own.jsonl",),
        "own.jsonl, names of columns that are labels: expected a label name",
    ),
    *lines(
        "own.jsonl",
        {
            "a no-break space in a label": holds('{"text": "a", "label": "jo\\u00a0y"}\n'),
            "a zero-width space in a label": holds('{"text": "a", "label": "jo\\u200by"}\n'),
            "a mark of direction in a label": holds('{"text": "a", "label": "\\u202ejoy"}\n'),
        },
        (f"{ADD} own.jsonl",),
        "own.jsonl:1: expected a label name of characters that show",
    ),
    *lines(
        "own.csv",
        {"a column twice but for spaces": holds("text,joy, joy\na,1,0\n")},
        (f"{ADD} own.csv",),
        "own.csv: expected each column once; found 'joy' again",
    ),
]

INPUTS = [
    *MODEL,
    *LABEL_NAMES,
    *PREPARED,
    *TOKENS,
    *PREDICTIONS,
    *ASKED,
    *THRESHOLDS,
    *TEACHERS,
    *RECORDS,
    *CHECKPOINT,
    *SOURCES,
    *PARAMS,
    *PLOTS,
    *TYPED,
    *TABLES_OF_OTHERS,
]
