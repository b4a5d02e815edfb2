"""What a run came to, in a dozen lines: the headline metrics by policy and the pictures."""

import json
from pathlib import Path

import pandas as pd

from emotions.errors import UserError

METRICS = Path("metrics")
PLOTS = Path("plots")


def headline_text() -> str:
    """Return micro-F1 and macro-F1 on test by policy, mean average precision, the pictures.

    Raises UserError where no run was made.
    """
    try:
        ranking = json.loads((METRICS / "evaluate.json").read_text(encoding="utf-8"))["test"]
        sweep = json.loads((METRICS / "threshold_sweep.json").read_text(encoding="utf-8"))
        policies = pd.read_csv(PLOTS / "policies.csv")
    except FileNotFoundError as error:
        raise UserError(f"{error.filename}: expected the metrics of a run; found none: make repro") from None

    lines = ["", f"{'test, by thresholds':<32}{'micro-F1':>10}{'macro-F1':>10}"]
    for row in policies.sort_values("test_macro_f1").itertuples():
        chosen = " (chosen)" if row.policy == sweep["policy"] else ""
        lines.append(f"{row.policy + chosen:<32}{row.test_micro_f1:>10.4f}{row.test_macro_f1:>10.4f}")
    lines += [f"{'mean average precision':<42}{ranking['mean_average_precision']:>10.4f}", ""]
    return "\n".join(lines + [str(picture) for picture in sorted(PLOTS.glob("*.png"))])
