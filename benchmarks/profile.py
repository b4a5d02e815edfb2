"""Where the time of training goes, operator by operator: `make profile` writes benchmarks/profile.csv."""

from pathlib import Path

import pandas as pd
from torch.profiler import ProfilerActivity, profile
from transformers import TrainerCallback
from transformers.utils import logging

from benchmarks.training import ROWS, settings, slice_of, tokenized_source, two_epochs
from emotions.artifacts import write_table
from emotions.errors import exit_in_words
from emotions.model.params import ModelParams
from emotions.params import read_params

RESULT = Path("benchmarks/profile.csv")
SHOWN = 16  # operators; the rest is one line


class SecondEpoch(TrainerCallback):
    """Profile the second epoch, when every kernel is built."""

    def __init__(self):
        self.profiler = profile(activities=[ProfilerActivity.CPU])

    def on_epoch_begin(self, args, state, control, **kwargs):
        if state.epoch >= 1:
            self.profiler.start()

    def on_epoch_end(self, args, state, control, **kwargs):
        if state.epoch >= 2:
            self.profiler.stop()

    def microseconds_per_row(self, rows: int) -> pd.Series:
        """Return each operator's own time, what it calls left out, for one row of the epoch."""
        return pd.Series({event.key: event.self_cpu_time_total / rows for event in self.profiler.key_averages()})


def main() -> None:
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    spent = {}
    contestants = settings()
    model = read_params("model", ModelParams)
    with tokenized_source() as folder:
        rows = slice_of(folder / "data/tokens", contestants["this_project"][0].batch_size, ROWS)
        for name, (params, precision) in contestants.items():
            with two_epochs(folder, rows, model, params, precision) as trainer:
                second = SecondEpoch()
                trainer.add_callback(second)
                trainer.train()
            spent[name] = second.microseconds_per_row(len(rows))
    table = pd.DataFrame(spent).fillna(0)
    first = (
        table.sort_values("this_project", ascending=False)
        .head(SHOWN)
        .index.union(table.sort_values("bert_base_report", ascending=False).head(SHOWN).index)
    )
    shown = table.loc[first].sort_values("this_project", ascending=False)
    shown.loc["all others"] = table.drop(first).sum()
    shown.loc["sum"] = table.sum()
    result = shown.add_suffix("_us_per_row").round(1).rename_axis("operator").reset_index()
    write_table(RESULT, result)
    print(result.to_string(index=False))


if __name__ == "__main__":
    exit_in_words(main)
