"""A row of scores an epoch, from the Trainer's log."""

import pandas as pd

CURVE_COLUMNS = {  # the Trainer's name: ours
    "eval_validation_loss": "validation_loss",
    "eval_micro_f1": "micro_f1",
    "eval_macro_f1": "macro_f1",
    "eval_mean_average_precision": "mean_average_precision",
}


def training_curves(log_history: list[dict]) -> pd.DataFrame:
    """Return one row an epoch from the Trainer's log: epoch, both losses, F1 and mAP of validation."""
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
