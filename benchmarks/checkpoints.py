"""What whole checkpoints cost a training, a share of its time: `python -m benchmarks.checkpoints`.

The same epoch is trained with a checkpoint after each step but the last and with none, in turn, so that a machine
whose speed drifts slows both alike. Writes benchmarks/checkpoints.json.
"""

import statistics
from pathlib import Path

from transformers.utils import logging

from benchmarks.training import EpochClock, settings, slice_of, spread, tokenized_source, two_epochs
from benchmarks.workspace import source_here
from emotions.artifacts import write_json
from emotions.errors import exit_in_words
from emotions.model.checkpoint import ModelParams
from emotions.params import read_params
from emotions.training.environment import environment
from emotions.training.resume import whole_checkpoints

RESULT = Path("benchmarks/checkpoints.json")
ROWS = 1024
PAIRS = 5
EVERY_STEP = 1e-9  # minutes


def main() -> None:
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    model = read_params("model", ModelParams)
    params, precision = settings()["this_project"]
    seconds = []
    with tokenized_source() as folder:
        rows = slice_of(folder / "data/tokens", params.batch_size, ROWS)
        written = len(rows) // params.batch_size - 1
        for number in range(1, PAIRS + 1):
            took = {}
            for minutes in (0, EVERY_STEP):
                changed = params.model_copy(update={"checkpoint_minutes": minutes})
                with two_epochs(folder, rows, model, changed, precision) as trainer:
                    clock = EpochClock(trainer)
                    trainer.add_callback(clock)
                    trainer.train()
                    took[minutes] = clock.seconds
                    whole = whole_checkpoints(Path(trainer.args.output_dir))
                    if whole:
                        mib = sum(path.stat().st_size for path in whole[0].iterdir()) / 2**20
            seconds.append((took[EVERY_STEP] - took[0]) / written)
            print(f"pair {number} of {PAIRS}: {seconds[-1]:.2f} s a checkpoint of {mib:.0f} MiB", flush=True)

    surroundings = environment(precision)
    share = statistics.median(seconds) / (60 * params.checkpoint_minutes)
    result = {
        "checkpoint": model.checkpoint,
        "source": source_here(),
        "mib": round(mib),
        "pairs": PAIRS,
        "seconds": spread(seconds, 2),
        "minutes_between": params.checkpoint_minutes,
        "share_of_time": round(share, 5),
        "machine": {key: surroundings[key] for key in ("cpu", "device", "threads")},
    }
    write_json(RESULT, result)
    print(f"checkpoints: one every {params.checkpoint_minutes:g} minutes costs {share:.2%} of a training's time")


if __name__ == "__main__":
    exit_in_words(main)
