import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from emotions.errors import UserError
from emotions.inference.probabilities import load_classifier
from emotions.model.checkpoint import ModelParams
from emotions.model.classifier import build_classifier

NAMES = ["joy", "anger", "neutral"]


@pytest.fixture
def tokenizer(tiny_checkpoint):
    return AutoTokenizer.from_pretrained(tiny_checkpoint)


def built(checkpoint, tokenizer, pooling):
    torch.manual_seed(0)
    return build_classifier(ModelParams(checkpoint=str(checkpoint), revision="main"), NAMES, tokenizer, pooling).eval()


def test_the_head_reads_the_mean_of_the_tokens_and_no_padding(tiny_checkpoint, tokenizer):
    classifier = built(tiny_checkpoint, tokenizer, "mean")
    batch = tokenizer(["so happy", "this is a terrible bus"], padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = classifier(**batch).logits
        for row, length in enumerate(batch["attention_mask"].sum(dim=1)):
            alone = {name: values[row : row + 1, :length] for name, values in batch.items()}
            mean = classifier.bert(**alone).last_hidden_state.mean(dim=1)
            pooled = torch.tanh(classifier.bert.pooler.dense(mean))
            assert torch.allclose(logits[row], classifier.classifier(pooled)[0], atol=1e-5)


def test_what_was_saved_is_loaded_as_it_was(tiny_checkpoint, tokenizer, tmp_path):
    batch = tokenizer(["so happy", "this is a terrible bus"], padding=True, return_tensors="pt")
    for pooling in ("first", "mean"):
        classifier = built(tiny_checkpoint, tokenizer, pooling)
        classifier.save_pretrained(tmp_path / pooling)
        tokenizer.save_pretrained(tmp_path / pooling)
        loaded, _ = load_classifier(tmp_path / pooling)
        with torch.no_grad():
            assert torch.equal(loaded.cpu().eval()(**batch).logits, classifier(**batch).logits), pooling


def test_a_folder_with_mean_pooling_is_not_mistaken_for_plain_bert(tiny_checkpoint, tokenizer, tmp_path):
    built(tiny_checkpoint, tokenizer, "mean").save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="mean_pooled_bert"):
        AutoModelForSequenceClassification.from_pretrained(tmp_path)


def test_mean_pooling_of_another_family_is_refused(tokenizer, tmp_path):
    from transformers import DistilBertConfig, DistilBertModel

    config = DistilBertConfig(vocab_size=len(tokenizer), dim=32, n_layers=1, n_heads=2, hidden_dim=64)
    DistilBertModel(config).save_pretrained(tmp_path)
    with pytest.raises(UserError, match=r"is distilbert: dvc exp run -S train\.pooling=first"):
        built(tmp_path, tokenizer, "mean")
