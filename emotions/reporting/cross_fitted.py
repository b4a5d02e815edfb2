"""Tables of what is chosen on validation and what is chosen on out-of-fold rows as well."""

from itertools import pairwise

import pandas as pd

from emotions.experiments.cross_fitted import CALIBRATION_SCORES, CROSS_FITTED, VALIDATION
from emotions.experiments.protocol import RANKING
from emotions.reporting.leaderboard import CALIBRATIONS, CALLED, POLICIES
from emotions.reporting.tables import markdown, percent, signed

SCORES_CALLED = CALLED | {
    RANKING: "mAP",
    "classwise_calibration_error": "calibration error, by emotion",
    "log_loss": "log loss, in hundredths",
}


def choice_table(table: pd.DataFrame) -> str:
    """Return one row a run and a score: by each choice the score where it was made, on test, and their difference.

    `table` is what `emotions.experiments.cross_fitted.cross_fitted` returns.
    """
    rows = []
    for (run, score, by), of in table.groupby(["run", "score", "by"], sort=False):
        row = {"run": run, "score": SCORES_CALLED[score], "by": (POLICIES | CALIBRATIONS).get(by, "–")}
        for choice in (VALIDATION, CROSS_FITTED):
            [found] = of[of["choice"] == choice].to_dict("records")
            row |= {
                f"{choice}: there": percent(found["there"]),
                f"{choice}: test": percent(found["test"]),
                f"{choice}: there to test": signed(found["test"] - found["there"]),
            }
        rows.append(row)
    return markdown(rows)


def between_table(table: pd.DataFrame) -> str:
    """Return what each run scores more than the one before it, on the rows of each choice and on test."""
    rows = []
    kept = table[~table["score"].isin(CALIBRATION_SCORES)]
    for before, after in pairwise(dict.fromkeys(kept["run"])):
        for (score, by), of in kept.groupby(["score", "by"], sort=False):
            row = {"B - A": f"{after} - {before}", "score": SCORES_CALLED[score], "by": POLICIES.get(by, "–")}
            for choice in (VALIDATION, CROSS_FITTED):
                a, b = (of[(of["choice"] == choice) & (of["run"] == run)].iloc[0] for run in (before, after))
                row |= {
                    f"{choice}: there": signed(b["there"] - a["there"]),
                    f"{choice}: test": signed(b["test"] - a["test"]),
                }
            rows.append(row)
    return markdown(rows)
