"""What training says of itself: a bar while it runs, a row of scores an epoch."""

import pandas as pd
from transformers import TrainerCallback

from emotions.progress import row_bar

CURVE_COLUMNS = {  # the Trainer's name: ours
    "eval_validation_loss": "validation_loss",
    "eval_micro_f1": "micro_f1",
    "eval_macro_f1": "macro_f1",
    "eval_mean_average_precision": "mean_average_precision",
}


class RowProgress(TrainerCallback):
    """A bar over the rows of all epochs, a line of scores after each."""

    def __init__(self, rows: int):
        self.rows = rows

    def on_train_begin(self, args, state, control, **kwargs):
        title = "train" if state.is_world_process_zero else None
        self.bar = row_bar(self.rows * round(state.num_train_epochs), title)

    def on_step_end(self, args, state, control, **kwargs):
        self.bar.update(round(state.epoch * self.rows) - self.bar.n)

    def on_evaluate(self, args, state, control, metrics, **kwargs):
        if state.is_world_process_zero:
            shown = ", ".join(f"{ours} {metrics[theirs]:.4f}" for theirs, ours in CURVE_COLUMNS.items())
            self.bar.write(f"epoch {state.epoch:.0f}: {shown}")

    def on_train_end(self, args, state, control, **kwargs):
        self.bar.close()


def training_curves(log_history: list[dict]) -> pd.DataFrame:
    """Return one row an epoch from the Trainer's log: epoch, train_loss, validation_loss, F1 at 0.5, mAP."""
    train_loss = {entry["epoch"]: entry["loss"] for entry in log_history if "loss" in entry}
    return pd.DataFrame(
        [
            {"epoch": round(entry["epoch"]), "train_loss": train_loss[entry["epoch"]]}
            | {ours: entry[theirs] for theirs, ours in CURVE_COLUMNS.items()}
            for entry in log_history
            if "eval_validation_loss" in entry
        ]
    )


def best_epoch(curves: pd.DataFrame, by: str) -> pd.Series:
    """Return the row of the epoch that the Trainer kept: the first with the best value of the column `by`."""
    return curves.loc[curves[by].idxmin() if by == "validation_loss" else curves[by].idxmax()]
