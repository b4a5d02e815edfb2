import math
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml
from transformers import AutoModel, AutoTokenizer

from emotions.errors import UserError
from emotions.experiments import pretraining
from emotions.experiments.pretraining import pretrain
from stages import evaluate, tokenize, train

pytestmark = pytest.mark.slow


def test_more_epochs_name_hidden_tokens_better(project_copy):
    _, once = pretrain("once", 1)
    target, often = pretrain("often", 20)
    assert target == Path("build/often")
    assert 0 < often < once, "mean losses, the later epochs' lower"


def test_the_new_checkpoint_is_trained_and_scored_as_any_other(project_copy, tiny_checkpoint):
    target, _ = pretrain("comments", 1)
    before, after = AutoModel.from_pretrained(tiny_checkpoint), AutoModel.from_pretrained(target)
    first, second = (model.encoder.layer[0].output.dense.weight for model in (before, after))
    assert first.shape == second.shape
    assert not torch.equal(first, second), "it learned"
    tokens = {path.name: path.read_bytes() for path in Path("data/tokens").glob("*.parquet")}
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["model"]["checkpoint"] = str(target)
    Path("params.yaml").write_text(yaml.safe_dump(params))
    for stage in (tokenize, train, evaluate):
        stage.main()
    assert {path.name: path.read_bytes() for path in Path("data/tokens").glob("*.parquet")} == tokens
    assert (
        AutoTokenizer.from_pretrained(target).get_vocab()
        == AutoTokenizer.from_pretrained("data/tokens/tokenizer").get_vocab()
    )


def test_the_same_seed_gives_the_same_weights(project_copy):
    one, two = (pretrain(name, 1)[0] / "model.safetensors" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_a_loss_that_is_no_number_is_told_and_nothing_is_written(project_copy, monkeypatch):
    monkeypatch.setattr(pretraining.ClassifierTrainer, "train", lambda trainer: SimpleNamespace(training_loss=math.nan))
    with pytest.raises(UserError, match=r"the loss became NaN or infinite.*a smaller train\.learning_rate"):
        pretrain("comments", 1)
    assert not Path("build/comments").exists()


@pytest.mark.parametrize("name", ["../comments", "", "a/b"])
def test_a_name_that_leads_elsewhere_is_refused(name, project_copy):
    with pytest.raises(UserError, match="expected a name"):
        pretrain(name, 1)


def test_a_name_that_is_taken_is_refused(project_copy):
    Path("build/comments").mkdir(parents=True)
    with pytest.raises(UserError, match="build/comments is there already"):
        pretrain("comments", 1)
