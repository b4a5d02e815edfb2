"""What watches training step by step: a bar over rows, losses that are no number, a moving average of the weights."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import TrainerCallback

from emotions.errors import UserError
from emotions.progress import row_bar
from emotions.training.curves import CURVE_COLUMNS, training_curves


class RowProgress(TrainerCallback):
    """A bar over the rows of all epochs, a line of scores after each."""

    def __init__(self, rows: int):
        self.rows = rows
        self.bar = None

    def on_train_begin(self, args, state, control, **kwargs):
        title = "train" if state.is_world_process_zero else None
        self.bar = row_bar(self.rows * round(state.num_train_epochs), title, done=round(state.epoch * self.rows))

    def on_step_end(self, args, state, control, **kwargs):
        self.bar.update(round(state.epoch * self.rows) - self.bar.n)

    def on_evaluate(self, args, state, control, metrics, **kwargs):
        if state.is_world_process_zero:
            shown = ", ".join(f"{ours} {metrics[theirs]:.4f}" for theirs, ours in CURVE_COLUMNS.items())
            self.bar.write(f"epoch {state.epoch:.0f}: {shown}")

    def close(self) -> None:
        """Leave the bar as it is, also of a training that was cut off."""
        if self.bar:
            self.bar.close()


class EachEpoch(TrainerCallback):
    """Hand on the curves so far after each epoch, so that whoever watches a run sees them move."""

    def __init__(self, write: Callable[[pd.DataFrame], None]):
        self.write = write

    def on_evaluate(self, args, state, control, **kwargs):
        if state.is_world_process_zero:
            self.write(training_curves(state.log_history))


class Divergence(TrainerCallback):
    """Stop a training whose loss is NaN or infinite, and say at which step it became so and what to try.

    Losses are counted where they are computed: to look at each would let a GPU wait at each step.
    """

    STEPS = 50  # between two looks

    def __init__(self, learning_rate: float):
        self.learning_rate = learning_rate

    def on_train_begin(self, args, state, control, **kwargs):
        self.began = state.global_step
        self.finite = torch.ones((), dtype=torch.bool, device=args.device)
        self.count = torch.zeros((), dtype=torch.int64, device=args.device)  # of losses before the first such

    def watch(self, loss: Tensor) -> Tensor:
        """Return a step's loss as it is, having counted it; one of an evaluation is not counted."""
        if torch.is_grad_enabled():
            self.finite &= loss.detach().isfinite()
            self.count += self.finite
        return loss

    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step % self.STEPS == 0:
            self.refuse_other(state.max_steps)

    def on_epoch_end(self, args, state, control, **kwargs):
        self.refuse_other(state.max_steps)

    def refuse_other(self, steps: int) -> None:
        """Raise UserError where a loss so far was not finite."""
        if not self.finite:
            raise UserError(
                f"training diverged: the loss of step {self.began + int(self.count) + 1} of {steps} is not a finite "
                f"number; dvc exp run -S train.learning_rate={self.learning_rate / 2:g}, or -S train.precision=fp32"
            )


class WeightAverage(TrainerCallback):
    """Keep an exponential moving average of the weights; epochs are scored and saved with it, training goes on without.

    The average after step t is decay_t x itself + (1 - decay_t) x the weights, decay_t being (1 + t) / (10 + t) until
    that reaches `decay`, so that the untrained start is soon forgotten (as TensorFlow's ExponentialMovingAverage does).
    """

    def __init__(self, decay: float):
        self.decay = decay

    def on_train_begin(self, args, state, control, model, **kwargs):
        self.weights = [weight for weight in model.parameters() if weight.requires_grad]
        self.average = [weight.detach().clone() for weight in self.weights]
        self.swapped = False

    def save(self, path: Path) -> None:
        """Write the average as it is between two steps of an epoch."""
        save_file({str(number): average for number, average in enumerate(self.average)}, path)

    def load(self, path: Path) -> None:
        """Go on with an average that `save` wrote."""
        stored = load_file(path)
        for number, average in enumerate(self.average):
            average.copy_(stored[str(number)])

    def swap(self) -> None:
        for weight, average in zip(self.weights, self.average, strict=True):
            kept = weight.detach().clone()
            weight.data.copy_(average)
            average.copy_(kept)
        self.swapped = not self.swapped

    def on_epoch_begin(self, args, state, control, **kwargs):
        if self.swapped:
            self.swap()

    def on_step_end(self, args, state, control, **kwargs):
        decay = min(self.decay, (1 + state.global_step) / (10 + state.global_step))
        torch._foreach_lerp_(self.average, [weight.detach() for weight in self.weights], 1 - decay)

    def on_epoch_end(self, args, state, control, **kwargs):
        self.swap()
