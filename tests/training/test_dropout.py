import pytest
import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
)

from emotions.errors import UserError
from emotions.training.dropout import CommentDropout, DropoutParams, set_dropout

SMALL = {"vocab_size": 10, "num_labels": 2}


def bert():
    return BertForSequenceClassification(
        BertConfig(hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=8, **SMALL)
    )


def shares(model, kind):
    return [module.p for module in model.modules() if type(module) is kind]


def test_a_comments_tokens_lose_the_same_units():
    torch.manual_seed(0)
    dropped = CommentDropout(0.5)(torch.ones(3, 5, 400))
    assert dropped.unique().tolist() == [0, 2], "what stays is scaled by 1 / (1 - 0.5)"
    assert (dropped == dropped[:, :1]).all(), "one mask for the 5 tokens"
    assert not (dropped[0, 0] == dropped[1, 0]).all(), "another for the next comment"
    assert (dropped == 0).float().mean() == pytest.approx(0.5, abs=0.05)


def test_pooled_rows_are_dropped_too_and_evaluation_drops_nothing():
    assert set(CommentDropout(0.5)(torch.ones(2, 100)).unique().tolist()) == {0, 2}
    assert torch.equal(CommentDropout(0.5).eval()(torch.ones(2, 4)), torch.ones(2, 4))
    assert torch.equal(CommentDropout(0.0)(torch.ones(2, 4)), torch.ones(2, 4))


def test_every_hidden_dropout_of_bert_shares_its_mask():
    model = bert()
    set_dropout(model, DropoutParams(hidden=0.3, attention=0.2, mask="comment"))
    assert shares(model, CommentDropout) == [0.3] * 6, "embeddings, two a layer, before the classifier"
    assert shares(model, torch.nn.Dropout) == [0.2] * 2, "attention weights, one a layer"


def test_a_mask_a_token_is_pytorchs_dropout():
    model = bert()
    set_dropout(model, DropoutParams(hidden=0.3, attention=0.0, mask="token"))
    assert sorted(shares(model, torch.nn.Dropout)) == [0.0] * 2 + [0.3] * 6
    assert not shares(model, CommentDropout)


def test_distilberts_attention_is_found():
    model = DistilBertForSequenceClassification(DistilBertConfig(dim=8, n_layers=1, n_heads=2, hidden_dim=8, **SMALL))
    set_dropout(model, DropoutParams(hidden=0.3, attention=0.2, mask="comment"))
    assert shares(model, torch.nn.Dropout) == [0.2]


def test_attention_dropout_where_there_is_no_place_for_it_is_refused():
    with pytest.raises(UserError, match=r"Sequential has no dropout of attention .* train.dropout.attention=0"):
        set_dropout(torch.nn.Sequential(torch.nn.Dropout()), DropoutParams(hidden=0.1, attention=0.1, mask="token"))
