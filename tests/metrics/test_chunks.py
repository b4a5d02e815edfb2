from emotions.metrics import chunks as chunked
from emotions.metrics.chunks import chunks


def test_every_row_is_in_one_chunk_and_the_last_may_be_smaller(monkeypatch):
    monkeypatch.setattr(chunked, "CHUNK", 3)
    assert [list(range(8))[part] for part in chunks(8)] == [[0, 1, 2], [3, 4, 5], [6, 7]]
    assert list(chunks(3)) == [slice(0, 3)]
    assert list(chunks(0)) == []
