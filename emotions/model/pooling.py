"""BERT with its head on the mean of a comment's tokens, where the plain model reads [CLS]."""

from torch import Tensor
from torch.nn import functional
from transformers import AutoConfig, AutoModelForSequenceClassification, BertConfig, BertForSequenceClassification
from transformers.modeling_outputs import SequenceClassifierOutput


class MeanPooledBertConfig(BertConfig):
    """BERT's, under another type: whoever loads the folder as plain BERT is told, not given wrong probabilities."""

    model_type = "mean_pooled_bert"


class MeanPooledBertForSequenceClassification(BertForSequenceClassification):
    """The same weights under the same names; the pooler and the classifier read the mean of the last hidden states.

    all-MiniLM-L6-v2 was trained to put a sentence's meaning there, not at [CLS].
    """

    config_class = MeanPooledBertConfig

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor | None = None, **options
    ) -> SequenceClassifierOutput:
        """Return logits (rows, labels) for token ids and a mask of 1 for tokens and 0 for padding, (rows, tokens).

        With labels, (rows, labels) of 0 to 1, their binary cross-entropy too, as the plain model does.
        """
        hidden = self.bert(input_ids, attention_mask=attention_mask, **options).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
        pooled = self.bert.pooler(mean.unsqueeze(1))  # it takes the first place of a sequence
        logits = self.classifier(self.dropout(pooled))
        loss = None if labels is None else functional.binary_cross_entropy_with_logits(logits, labels)
        return SequenceClassifierOutput(loss=loss, logits=logits)


# As transformers' own families are known, so is this one to whoever has imported this module.
AutoConfig.register(MeanPooledBertConfig.model_type, MeanPooledBertConfig)
AutoModelForSequenceClassification.register(MeanPooledBertConfig, MeanPooledBertForSequenceClassification)
