"""What a run came to, in a dozen lines: the headline metrics by policy and the pictures."""

from pathlib import Path

from emotions.artifacts import read_json
from emotions.errors import reading
from emotions.series import read_series

METRICS = Path("metrics")
PLOTS = Path("plots")
MEND = "make repro"


def headline_text() -> str:
    """Return micro-F1 and macro-F1 on test by policy, mean average precision, the pictures.

    Raises UserError where no run was made, and where a file of it is damaged.
    """
    evaluated, swept = (
        read_json(METRICS / f"{stage}.json", "a run's metrics", MEND) for stage in ("evaluate", "threshold_sweep")
    )
    scores = ["test_micro_f1", "test_macro_f1"]
    policies = read_series(PLOTS / "policies.csv", ["policy"], scores, "threshold-sweep")
    with reading(str(METRICS), "a run's metrics", MEND):
        average_precision, policy = float(evaluated["test"]["mean_average_precision"]), swept["policy"]

    lines = ["", f"{'test, by thresholds':<32}{'micro-F1':>10}{'macro-F1':>10}"]
    for row in policies.sort_values("test_macro_f1").itertuples():
        chosen = " (chosen)" if row.policy == policy else ""
        lines.append(f"{row.policy + chosen:<32}{row.test_micro_f1:>10.4f}{row.test_macro_f1:>10.4f}")
    lines += [f"{'mean average precision':<42}{average_precision:>10.4f}", ""]
    return "\n".join(lines + [str(picture) for picture in sorted(PLOTS.glob("*.png"))])
