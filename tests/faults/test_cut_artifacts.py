import pytest

from tests.faults.conftest import hashes, leftovers
from tests.faults.forks import STAGES
from tests.repository import dvc, git

pytestmark = pytest.mark.slow

READ = [  # a stage's file, and the next stage that reads it
    ("prepare", "data/prepared/labels.json", "tokenize"),
    ("prepare", "data/prepared/source.json", "train"),
    ("prepare", "data/prepared/train.parquet", "tokenize"),
    ("prepare", "data/prepared/test.parquet", "tokenize"),
    ("tokenize", "data/tokens/train.parquet", "train"),
    ("tokenize", "data/tokens/validation.parquet", "train"),
    ("tokenize", "data/tokens/tokenizer/tokenizer.json", "train"),
    ("train", "data/model/classifier/config.json", "evaluate"),
    ("train", "data/model/classifier/model.safetensors", "evaluate"),
    ("train", "data/model/classifier/tokenizer.json", "evaluate"),
    ("evaluate", "data/predictions/validation.npz", "threshold_sweep"),
    ("evaluate", "data/predictions/test.npz", "threshold_sweep"),
]
SERIES = ["plots/label_distribution.csv", "plots/training.csv", "plots/per_emotion.csv"]


def cut(path) -> None:
    """Leave the first half of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize(("maker", "name", "reader"), READ)
def test_a_file_cut_short_is_not_read_and_is_made_again(maker, name, reader, workspace, forks, undisturbed, survived):
    cut(workspace / name)
    status, said = forks.run(reader, workspace)
    kept = hashes(workspace, reader)
    survived(maker, workspace)
    survived(reader, workspace)
    assert status != 0, said
    assert kept == undisturbed[reader]


@pytest.mark.long
@pytest.mark.parametrize("name", [*(name for _, name, _ in READ), *SERIES])
def test_dvc_makes_a_file_cut_short_again(name, repository, undisturbed):
    cut(repository / name)
    dvc(repository, "repro")
    assert {stage: hashes(repository, stage) for stage in STAGES} == undisturbed
    assert git(repository, "status", "--porcelain") == ""
    assert leftovers(repository) == []
