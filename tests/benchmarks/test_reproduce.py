import pytest

from benchmarks.reproduce import agreement, clone, hashes
from emotions.errors import UserError

LOCK = """
schema: '2.0'
stages:
  prepare:
    cmd: python -m stages.prepare
    deps: [{path: data/raw, md5: a1}]
    outs: [{path: data/prepared, md5: b2.dir}, {path: metrics/prepare.json, md5: c3}]
  train:
    cmd: python -m stages.train
    outs: [{path: data/model, md5: d4.dir}]
"""


def test_the_outputs_of_all_stages_are_compared_and_no_inputs():
    assert hashes(LOCK) == {"data/prepared": "b2.dir", "metrics/prepare.json": "c3", "data/model": "d4.dir"}


def test_an_output_that_one_run_lacks_is_compared_and_not_equal():
    one, other = {"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "9"}
    assert agreement(one, other) == {"compared": 3, "equal": 1}
    assert agreement(other, one) == {"compared": 3, "equal": 1}


def test_a_clone_of_what_is_no_repository_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="git clone .* failed in"):
        clone(tmp_path / "clone")
