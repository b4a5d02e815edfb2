import pytest

from benchmarks.growth import exponent, repeat
from benchmarks.growth_inputs import write_source
from emotions.data.corpus import read_source


def test_twice_the_time_for_twice_the_rows_is_an_exponent_of_1():
    points = [{"rows": 1, "seconds": 9}, {"rows": 10, "seconds": 3}, {"rows": 20, "seconds": 6}]
    assert exponent(points) == pytest.approx(1), "the smallest scale, mostly start-up, has no say"


def test_repeated_rows_have_ids_of_their_own(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for file in ("train.tsv", "dev.tsv", "test.tsv"):
        (source / file).write_bytes(b"a\rb\t0\tx\r\nc\t1\ty")
    repeat(list(source.iterdir()), tmp_path / "twice", 2)
    assert (tmp_path / "twice/dev.tsv").read_bytes() == b"a\rb\t0\tx-0\nc\t1\ty-0\na\rb\t0\tx-1\nc\t1\ty-1\n"


def test_made_up_rows_have_each_label_in_train_and_a_tenth_in_each_other_split(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/labels").mkdir(parents=True)
    write_source(tmp_path, labels=20, rows=200)
    names, rows = read_source("made-up")
    assert len(names) == 20
    assert {split: len(of) for split, of in rows.items()} == {"train": 160, "validation": 20, "test": 20}
    assert {label for row in rows["train"] for label in row.labels} == set(range(20))
    assert {len(row.labels) for row in rows["train"]} == {1, 2}
