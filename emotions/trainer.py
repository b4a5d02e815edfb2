"""The Hugging Face Trainer with an optimizer and an order of rows of our own."""

from collections.abc import Callable

import torch
from datasets import Dataset
from torch.utils.data import Sampler
from transformers import PreTrainedModel, Trainer


class ClassifierTrainer(Trainer):
    """The Trainer with AdamW over `groups` of a model's parameters, its rows in the order of a given sampler."""

    def __init__(self, groups: Callable[[PreTrainedModel], list[dict]], sampler: Sampler, **options):
        self.groups = groups
        self.sampler = sampler
        super().__init__(**options)

    def create_optimizer(self, model: PreTrainedModel | None = None) -> torch.optim.Optimizer:
        """Return AdamW over our groups, of `model` where the Trainer has wrapped or sharded its own."""
        # unfused, a step on 2 cores takes a third longer
        self.optimizer = torch.optim.AdamW(self.groups(model or self.model), fused=True)
        return self.optimizer

    def _get_train_sampler(self, train_dataset: Dataset | None = None) -> Sampler:
        # The Trainer's own draws from PyTorch's global numbers. Dropout moves those on by another amount in each
        # process, so from the second epoch on processes would disagree on who trains which row.
        return self.sampler
