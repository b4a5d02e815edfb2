"""Dropout as params say it, with one mask a comment or one a token."""

from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedConfig

from emotions.errors import UserError
from emotions.training.params import DropoutParams

# What the families call the two shares in their configs. Modules are not told apart by name: MPNet's
# `attention.dropout` drops hidden units, DistilBERT's the attention weights, and ModernBERT has no module for these.
HIDDEN = (
    "hidden_dropout_prob",  # BERT, RoBERTa, ELECTRA, MPNet, DeBERTa, ALBERT
    "dropout",  # DistilBERT, XLNet
    "hidden_dropout",  # Funnel
    "embedding_dropout",  # ModernBERT
    "mlp_dropout",  # ModernBERT
    "activation_dropout",  # Funnel
    "classifier_dropout",  # before the head, from here on
    "classifier_dropout_prob",  # ALBERT
    "seq_classif_dropout",  # DistilBERT
    "pooler_dropout",  # DeBERTa
    "cls_dropout",  # DeBERTa
    "summary_last_dropout",  # XLNet
)
ATTENTION = ("attention_probs_dropout_prob", "attention_dropout")


def set_dropout(config: PreTrainedConfig, params: DropoutParams) -> None:
    """Set every dropout that the family's config names, in place, before a model is built from it.

    Raises UserError for a family whose config names none of the hidden units or, where params ask for it, none
    of the attention weights.
    """
    for asked, fields, share in (("hidden", HIDDEN, params.hidden), ("attention", ATTENTION, params.attention)):
        known = [field for field in fields if hasattr(config, field)]
        if share and not known:
            raise UserError(
                f"{config.model_type} has no dropout of {asked} units that this project knows; "
                f"dvc exp run -S train.dropout.{asked}=0"
            )
        for field in known:
            setattr(config, field, share)


class CommentDropout(nn.Dropout):
    """Zero the same hidden units at every token of a comment (Gal & Ghahramani 2016 do so along a sequence).

    Input is (rows, tokens, hidden) or (rows, hidden), the mask (rows, 1, hidden); what stays is scaled by
    1 / (1 - p), as usual. A comment of 20 tokens needs a twentieth of the random numbers, which a CPU draws one after
    the other. Attention weights, (rows, heads, tokens, tokens), get PyTorch's mask: one for all queries would hide
    whole words.
    """

    def forward(self, hidden: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return hidden
        if hidden.dim() > 3:
            return functional.dropout(hidden, self.p)
        shape = (hidden.shape[0], *[1] * (hidden.dim() - 2), hidden.shape[-1])
        return hidden * hidden.new_empty(shape).bernoulli_(1 - self.p).div_(1 - self.p)


def share_masks(model: nn.Module) -> None:
    """Let every dropout of the model, in place, draw one mask a comment, its share as it was.

    A dropout holds no weights, so the model saves as it would without.
    """
    dropouts = [
        (module, key)
        for module in model.modules()
        for key, child in module.named_children()
        if type(child) is nn.Dropout
    ]
    for module, key in dropouts:
        setattr(module, key, CommentDropout(module.get_submodule(key).p))
