import pytest

from benchmarks.growth import exponent, repeat


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
