from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from transformers import AutoModelForSequenceClassification

from emotions.errors import UserError
from emotions.inference.emotion_model import EmotionModel
from emotions.inference.predictions import load_predictions
from emotions.model import checkpoint, families
from emotions.model.checkpoint import pretrained_config, pretrained_tokenizer
from emotions.model.families import longest_input
from emotions.model.params import ModelParams
from stages import evaluate, threshold_sweep, tokenize, train
from tests.families import FAMILIES, POSITIONS, write_family

pytestmark = pytest.mark.slow

DECODERS = ("bart", "gpt2", "t5")
ENCODERS = [family for family in FAMILIES if family not in DECODERS]


def use(folder: Path, **tokenizing) -> None:
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["model"]["checkpoint"] = str(folder)
    params["tokenize"] |= tokenizing
    Path("params.yaml").write_text(yaml.safe_dump(params))


def test_every_family_that_is_known_is_tried_here():
    assert {*ENCODERS, "mean_pooled_bert"} == set(families.FAMILIES)


@pytest.mark.parametrize("family", ENCODERS)
def test_a_family_goes_from_tokens_to_answers(family, project_copy, tmp_path):
    write_family(family, tmp_path / "checkpoint")
    use(tmp_path / "checkpoint")
    for stage in (tokenize, train, evaluate, threshold_sweep):
        stage.main()
    texts = pd.read_parquet("data/prepared/test.parquet")["text"].tolist()
    evaluated = load_predictions(Path("data/predictions/test.npz")).probability
    np.testing.assert_allclose(EmotionModel.load("data/model").predict_proba(texts), evaluated, atol=1e-5)
    assert len(pd.read_csv("plots/training.csv")) == 2


@pytest.mark.parametrize("family", ENCODERS)
def test_a_family_reads_as_many_tokens_as_it_has_positions_for(family, tmp_path):
    write_family(family, tmp_path)
    model = ModelParams(checkpoint=str(tmp_path), revision=None)
    longest = pretrained_tokenizer(model).model_max_length
    classifier = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    assert longest == longest_input(pretrained_config(model)) > POSITIONS - 3
    classifier(input_ids=torch.full((1, longest), 7), attention_mask=torch.ones(1, longest, dtype=torch.long))


@pytest.mark.parametrize("family", DECODERS)
def test_a_family_that_was_not_tried_is_refused_before_its_weights_load(family, tmp_path, monkeypatch):
    write_family(family, tmp_path)
    monkeypatch.setattr(checkpoint, "AutoModel", None)
    with pytest.raises(UserError, match=f"expected an encoder of one of these families: albert, .*; found {family}"):
        pretrained_tokenizer(ModelParams(checkpoint=str(tmp_path), revision=None))
