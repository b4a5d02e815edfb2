"""Dropout as params say it, with one mask a comment or one a token."""

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from emotions.errors import UserError
from emotions.params import Section

# Where a family keeps the dropout of its attention weights: BERT, RoBERTa, ELECTRA · DistilBERT.
ATTENTION = (".attention.self", ".attention")

Share = Annotated[float, Field(ge=0, lt=1)]


class DropoutParams(Section):
    hidden: Share
    attention: Share
    mask: Literal["comment", "token"]


class CommentDropout(nn.Dropout):
    """Zero the same hidden units at every token of a comment (Gal & Ghahramani 2016 do so along a sequence).

    Input is (rows, ..., hidden), the mask (rows, 1, ..., hidden); what stays is scaled by 1 / (1 - p), as usual. A
    comment of 20 tokens needs a twentieth of the random numbers, which a CPU draws one after the other.
    """

    def forward(self, hidden: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return hidden
        shape = (hidden.shape[0], *[1] * (hidden.dim() - 2), hidden.shape[-1])
        return hidden * hidden.new_empty(shape).bernoulli_(1 - self.p).div_(1 - self.p)


def set_dropout(model: nn.Module, params: DropoutParams) -> None:
    """Set every dropout of the model in place; a dropout holds no weights, so the model saves as it would without.

    Raises UserError where attention weights are to be dropped and the model has no place for it that we know.
    """
    dropouts = [
        (name, module, key)
        for name, module in model.named_modules()
        for key, child in module.named_children()
        if isinstance(child, nn.Dropout)
    ]
    if params.attention and not any(name.endswith(ATTENTION) for name, _, _ in dropouts):
        raise UserError(
            f"{type(model).__name__} has no dropout of attention weights; dvc exp run -S train.dropout.attention=0"
        )
    for name, module, key in dropouts:
        attention = name.endswith(ATTENTION)
        kind = CommentDropout if params.mask == "comment" and not attention else nn.Dropout
        setattr(module, key, kind(params.attention if attention else params.hidden))
