import gzip

import pytest

from emotions.data.compressed import open_bytes, open_text
from emotions.errors import UserError


def test_a_name_that_ends_in_gz_is_decompressed(tmp_path):
    (tmp_path / "a.txt").write_text("é\r\n", newline="")
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress("é\r\n".encode()))
    for name in ("a.txt", "a.txt.gz"):
        with open_text(tmp_path / name, "utf-8") as file:
            assert list(file) == ["é\r\n"], "line ends stay"


@pytest.mark.parametrize(
    "content",
    [pytest.param(b"not gzip", id="other bytes"), pytest.param(gzip.compress(b"a" * 10_000)[:-20], id="cut short")],
)
def test_a_part_of_a_compressed_file_is_refused(tmp_path, content):
    (tmp_path / "a.gz").write_bytes(content)
    with (
        pytest.raises(UserError, match="expected a whole file compressed by gzip"),
        open_bytes(tmp_path / "a.gz") as file,
    ):
        file.read()
