import copy

import pytest
import torch
from torch.nn import Dropout
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    DistilBertConfig,
    ElectraConfig,
    GPT2Config,
    ModernBertConfig,
    MPNetConfig,
    RobertaConfig,
)

from emotions.errors import UserError
from emotions.training.dropout import CommentDropout, set_dropout, share_masks
from emotions.training.params import DropoutParams

SMALL = {"vocab_size": 10, "num_labels": 2, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 8}
FAMILIES = {
    "bert": BertConfig(intermediate_size=8, **SMALL),
    "roberta": RobertaConfig(intermediate_size=8, **SMALL),
    "electra": ElectraConfig(intermediate_size=8, embedding_size=8, **SMALL),
    "mpnet": MPNetConfig(intermediate_size=8, **SMALL),
    "distilbert": DistilBertConfig(dim=8, n_layers=2, n_heads=2, hidden_dim=8, vocab_size=10, num_labels=2),
    "modernbert": ModernBertConfig(
        intermediate_size=8, pad_token_id=0, cls_token_id=1, bos_token_id=1, sep_token_id=2, eos_token_id=2, **SMALL
    ),
}
# Dropouts of hidden units by place, two layers: embeddings, after attention, after the feed-forward, before the head.
HIDDEN_COUNT = {"bert": 6, "roberta": 6, "electra": 6, "mpnet": 6, "distilbert": 4, "modernbert": 4}


def built(family, **params):
    """Return a family's tiny classifier as train builds it."""
    config = copy.deepcopy(FAMILIES[family])
    set_dropout(config, DropoutParams(**params))
    model = AutoModelForSequenceClassification.from_config(config, attn_implementation="eager")
    if params["mask"] == "comment":
        share_masks(model)
    return model


def of_attention(model, monkeypatch):
    """Return the shares that a pass in training drops of (rows, heads, tokens, tokens), the attention weights."""
    shares = []

    def watched(values, p=0.5, training=True, inplace=False):
        if values.dim() == 4:
            shares.append(p if training else 0.0)
        return values

    monkeypatch.setattr(torch.nn.functional, "dropout", watched)
    model.train()
    model(input_ids=torch.tensor([[1, 3, 4, 2]]), attention_mask=torch.ones(1, 4, dtype=torch.long))
    return [share for share in shares if share]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_dropout_of_a_family_gets_the_share_that_params_say(family):
    model = built(family, hidden=0.3, attention=0.2, mask="token")
    shares = [module.p for module in model.modules() if type(module) is Dropout]
    assert shares.count(0.3) == HIDDEN_COUNT[family], shares
    assert set(shares) <= {0.3, 0.2}


@pytest.mark.parametrize("mask", ["comment", "token"])
@pytest.mark.parametrize("family", FAMILIES)
def test_attention_weights_are_dropped_by_their_own_share(family, mask, monkeypatch):
    assert of_attention(built(family, hidden=0.3, attention=0.2, mask=mask), monkeypatch) == [0.2, 0.2], "one a layer"


@pytest.mark.parametrize("mask", ["comment", "token"])
@pytest.mark.parametrize("family", FAMILIES)
def test_attention_zero_leaves_the_keys_alone(family, mask, monkeypatch):
    assert of_attention(built(family, hidden=0.3, attention=0.0, mask=mask), monkeypatch) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_every_dropout_of_hidden_units_shares_its_mask(family):
    model = built(family, hidden=0.3, attention=0.0, mask="comment")
    assert [module.p for module in model.modules() if type(module) is CommentDropout].count(0.3) == HIDDEN_COUNT[family]
    assert not [module for module in model.modules() if type(module) is Dropout]


def test_a_comments_tokens_lose_the_same_units():
    torch.manual_seed(0)
    dropped = CommentDropout(0.5)(torch.ones(3, 5, 400))
    assert dropped.unique().tolist() == [0, 2], "what stays is scaled by 1 / (1 - 0.5)"
    assert (dropped == dropped[:, :1]).all(), "one mask for the 5 tokens"
    assert not (dropped[0, 0] == dropped[1, 0]).all(), "another for the next comment"
    assert (dropped == 0).float().mean() == pytest.approx(0.5, abs=0.05)


def test_each_query_loses_other_keys():
    torch.manual_seed(0)
    dropped = CommentDropout(0.5)(torch.ones(1, 1, 20, 20))
    assert not (dropped == dropped[:, :, :1]).all()


def test_pooled_rows_are_dropped_too_and_evaluation_drops_nothing():
    assert set(CommentDropout(0.5)(torch.ones(2, 100)).unique().tolist()) == {0, 2}
    assert torch.equal(CommentDropout(0.5).eval()(torch.ones(2, 4)), torch.ones(2, 4))
    assert torch.equal(CommentDropout(0.0)(torch.ones(2, 4)), torch.ones(2, 4))


@pytest.mark.parametrize("units", ["hidden", "attention"])
def test_a_family_without_such_a_dropout_is_refused(units):
    params = DropoutParams(**{"hidden": 0.0, "attention": 0.0, "mask": "token"} | {units: 0.1})
    with pytest.raises(UserError, match=rf"gpt2 has no dropout of {units} units .*train\.dropout\.{units}=0"):
        set_dropout(GPT2Config(), params)
