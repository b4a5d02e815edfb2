import pytest
import torch
from transformers import AutoTokenizer

from emotions.errors import UserError
from emotions.manifest import write_manifest
from emotions.metrics.problem import MULTI_LABEL
from emotions.model.classifier import build_classifier
from emotions.model.params import ModelParams
from emotions.model.saved import load_classifier
from tests.tiny import run_python

NAMES = ["joy", "anger", "neutral"]


@pytest.fixture
def tokenizer(tiny_checkpoint):
    return AutoTokenizer.from_pretrained(tiny_checkpoint)


def built(checkpoint, tokenizer, pooling):
    torch.manual_seed(0)
    return build_classifier(
        ModelParams(checkpoint=str(checkpoint), revision=None), NAMES, MULTI_LABEL, tokenizer, pooling
    ).eval()


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
        write_manifest(tmp_path / pooling)
        loaded, _ = load_classifier(tmp_path / pooling)
        with torch.no_grad():
            assert torch.equal(loaded.cpu().eval()(**batch).logits, classifier(**batch).logits), pooling


LOAD = "from transformers import pipeline; print(pipeline('text-classification', {!r})('so happy')[0]['label'])"


@pytest.fixture
def mean_pooled(tiny_checkpoint, tokenizer, tmp_path):
    folder = tmp_path / "mean"
    built(tiny_checkpoint, tokenizer, "mean").save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.mark.slow
def test_a_folder_with_mean_pooling_works_with_auto_classes_once_its_module_is_imported(mean_pooled, root):
    done = run_python("-c", "import emotions.model.pooling; " + LOAD.format(str(mean_pooled)), cwd=root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in NAMES


@pytest.mark.slow
def test_a_folder_with_mean_pooling_is_not_mistaken_for_plain_bert(mean_pooled, root):
    done = run_python("-c", LOAD.format(str(mean_pooled)), cwd=root)
    assert done.returncode != 0
    assert "mean_pooled_bert" in done.stderr


def test_training_goes_on_from_a_mean_pooled_model_with_its_own_pooling_alone(mean_pooled, tokenizer):
    again = built(mean_pooled, tokenizer, "mean")
    assert torch.equal(again.classifier.weight, built(mean_pooled, tokenizer, "mean").classifier.weight)
    with pytest.raises(UserError, match=r"was trained with mean: dvc exp run -S train\.pooling=mean"):
        built(mean_pooled, tokenizer, "first")


def test_mean_pooling_of_another_family_is_refused(tokenizer, tmp_path):
    from transformers import DistilBertConfig, DistilBertModel

    config = DistilBertConfig(vocab_size=len(tokenizer), dim=32, n_layers=1, n_heads=2, hidden_dim=64)
    DistilBertModel(config).save_pretrained(tmp_path)
    with pytest.raises(UserError, match=r"is distilbert: dvc exp run -S train\.pooling=first"):
        built(tmp_path, tokenizer, "mean")
