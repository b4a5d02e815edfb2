"""Compare the metrics of this run with the committed ones; exit 1 where one is further off than it may be."""

import json
import math
import subprocess
import sys

# Same data, same tokens: equal. Training on another processor rounds differently, and ten epochs amplify it. Between
# bf16 and fp32 the largest difference measured was 0.011 in an F1 and 0.023 in predictions per row on one machine,
# 0.017 and 0.035 where the processor was another too, 5 % of a calibration error of 0.0084.
EXACT = {"metrics/prepare.json", "metrics/tokenize.json"}
TRAINED = 0.05
SHARE = 0.2  # of the committed figure: 0.05 would let a calibration error of 0.01 or a loss of 0.004 be anything
UNCOMPARED = {"best_epoch", "global_threshold", "policy", "precision", "threads"}  # may tip over, or are the machine's


def tolerance(file: str, committed: object) -> float:
    """Return how far a figure may be off the committed one: by TRAINED, and by no more than a SHARE of its size."""
    if file in EXACT or not isinstance(committed, int | float):
        return 0.0
    return min(TRAINED, SHARE * abs(committed))


def differences(changes: dict[str, dict[str, dict]]) -> list[str]:
    """Return a line for each metric further off than it may be; `changes` as `dvc metrics diff --json` says them."""
    return [
        f"{file}: {name}: committed {change['old']}, here {change['new']}"
        for file, metrics in changes.items()
        for name, change in metrics.items()
        # one that is missing here or is no number has no "diff": it can't be within a tolerance
        if name not in UNCOMPARED and not abs(change.get("diff", math.inf)) <= tolerance(file, change["old"])
    ]


def main() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "metrics", "diff", "--json"], stdout=subprocess.PIPE, text=True, check=True
    )
    off = differences(json.loads(done.stdout))
    if off:
        sys.exit("\n".join(off))
    print("ci: metrics are the committed ones within the stated tolerance")


if __name__ == "__main__":
    main()
