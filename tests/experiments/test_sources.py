import json

import pytest

from emotions.errors import UserError
from emotions.experiments import sources
from emotions.experiments.sources import data_sha256, keep_described, read_described, refuse_other_version


@pytest.fixture
def described(project_copy):
    keep_described("tiny")
    return project_copy


def rewrite(path, change):
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(change(lines)))


def test_ids_stand_once_in_the_order_of_the_files(described):
    kept = json.loads((described / "results/sources/tiny.json").read_text())
    for split, file in (("validation", "dev.tsv"), ("test", "test.tsv")):
        lines = (described / "data/raw/tiny" / file).read_text().splitlines()
        assert kept["splits"][split]["ids"] == [line.split("\t")[2] for line in lines]
    assert kept["labels"] == ["joy", "anger", "neutral"]
    labels, rows = read_described("tiny")
    assert labels == kept["labels"]
    assert len(rows["train"]) == 56


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        ("raw/tiny/test.tsv", lambda lines: lines[::-1], r"test\.tsv: expected the file that the records"),
        (
            "raw/tiny/dev.tsv",
            lambda lines: [lines[0].replace("\t0\t", "\t1\t"), *lines[1:]],
            r"dev\.tsv: expected",
        ),
        ("raw/tiny/train.tsv", lambda lines: lines[:-1], r"train\.tsv: expected the file"),
        (
            "labels/tiny.txt",
            lambda lines: lines[::-1],
            r"tiny\.txt: expected the labels .* joy, anger, neutral; f",
        ),
    ],
)
def test_other_rows_other_labels_and_another_order_are_refused(described, path, change, said):
    rewrite(described / "data" / path, change)
    with pytest.raises(UserError, match=said):
        read_described("tiny")
    with pytest.raises(UserError, match=said):
        keep_described("tiny")


def test_rows_that_are_read_otherwise_from_the_same_files_are_refused(described, monkeypatch):
    def backwards(source):
        labels, rows = real(source)
        return labels, {split: of[::-1] for split, of in rows.items()}

    real = sources.read_source
    monkeypatch.setattr(sources, "read_source", backwards)
    with pytest.raises(UserError, match="validation: expected the comments and their labels in the order of"):
        read_described("tiny")


def test_a_record_of_other_files_is_refused_without_the_files(described):
    hashes = data_sha256("tiny")
    for file in (described / "data/raw/tiny").iterdir():
        file.unlink()
    refuse_other_version(described / "results/a", "tiny", hashes)
    with pytest.raises(UserError, match=r"results/a: expected a record of tiny .* test\.tsv with .*; found 0000"):
        refuse_other_version(described / "results/a", "tiny", hashes | {"test.tsv": "0000"})
    with pytest.raises(UserError, match="found None"):
        refuse_other_version(described / "results/a", "tiny", {})


def test_a_source_that_nobody_described_is_named(project_copy):
    with pytest.raises(UserError, match=r"results/sources/tiny\.json: expected the comment ids"):
        read_described("tiny")
