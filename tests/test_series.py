import pytest

from emotions.errors import UserError
from emotions.series import read_series


def read(tmp_path, text, **options):
    path = tmp_path / "series.csv"
    path.write_text(text, encoding="utf-8")
    return read_series(path, ["label"], ["rows"], "prepare", **options)


def test_a_label_may_be_called_none_and_a_number_may_be_missing(tmp_path):
    table = read(tmp_path, "label,rows\nNone,3\nNA,\n")
    assert table["label"].tolist() == ["None", "NA"]
    assert table["rows"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it was cut"),
        ("label,rows\na,3\nb,4", "it was cut"),
        ("\n", "cannot be read"),
        ("label,rows\n", "found no row"),
        ("label\na\n", "found no column rows"),
        ("label,rows\na,many\n", "expected numbers in the column rows"),
        ("label,rows\na,inf\n", "expected numbers in the column rows"),
        ("label,rows\n,3\n", "expected a text in each row of the column label"),
        ("label,rows\na,1,2,3\nb,1\nc,1,2,3,4,5,6\n", "cannot be read"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(tmp_path, text, said):
    with pytest.raises(UserError, match=f"series.csv: .*{said}.*dvc repro prepare"):
        read(tmp_path, text)


def test_a_missing_file_names_the_stage_that_writes_it(tmp_path):
    with pytest.raises(UserError, match="found no file: dvc repro train"):
        read_series(tmp_path / "none.csv", [], ["epoch"], "train")


def test_a_series_that_may_be_empty_is(tmp_path):
    assert len(read(tmp_path, "label,rows\n", may_be_empty=True)) == 0
