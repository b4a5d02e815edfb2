"""What is chosen on out-of-fold rows beside what is chosen on validation, and how much of each arrives on test."""

from pathlib import Path

import numpy as np
import pandas as pd

from emotions.data.targets import multi_hot
from emotions.experiments.protocol import (
    BINS,
    CALIBRATED_MICRO,
    CALIBRATION_OF_MICRO,
    MULTI,
    PAIRED,
    RANKING,
    chosen_by_protocol,
)
from emotions.experiments.recorded import RESULTS, probabilities_of, settings_of
from emotions.experiments.sources import read_described, training_sha256
from emotions.metrics.calibration import classwise_calibration_error, fit_calibration
from emotions.metrics.decisions import decide, frequent_labels
from emotions.metrics.f1 import headline
from emotions.metrics.ranking import ranking_scores
from emotions.training.distillation import load_teachers

TABLE = RESULTS / "cross_fitted.csv"
VALIDATION, CROSS_FITTED = "validation", "cross_fitted"
COLUMNS = ["run", "choice", "rows", "score", "by", "there", "test"]
CALIBRATION_SCORES = ("classwise_calibration_error", "log_loss")
CHOSEN = {  # the score that a policy is shown by
    "shrunk": ("macro_f1", "macro_f1_frequent"),
    PAIRED: ("macro_f1", "macro_f1_frequent"),
    CALIBRATED_MICRO: ("micro_f1",),
}


def chosen_on(
    truth: np.ndarray,
    probability: np.ndarray,
    test_truth: np.ndarray,
    test_probability: np.ndarray,
    frequent: np.ndarray,
) -> list[dict]:
    """Return what thresholds and a calibration chosen on rows score there and on test: score, by, there, test.

    Truth and probability are (rows, labels), `frequent` (labels,).
    """
    found = []
    for policy, thresholds in chosen_by_protocol(truth, probability, MULTI).items():
        there, test = (
            headline(of_truth, decide(of_probability, thresholds), frequent)
            for of_truth, of_probability in ((truth, probability), (test_truth, test_probability))
        )
        scores = CHOSEN.get(policy, ())
        found += [{"score": score, "by": policy, "there": there[score], "test": test[score]} for score in scores]
    calibration = fit_calibration(truth, probability, CALIBRATION_OF_MICRO, MULTI)
    there, test = (
        (
            classwise_calibration_error(of_truth, calibration.apply(of_probability), BINS),
            MULTI.log_loss(of_truth, calibration.apply(of_probability)),
        )
        for of_truth, of_probability in ((truth, probability), (test_truth, test_probability))
    )
    for score, *values in zip(CALIBRATION_SCORES, there, test, strict=True):
        found.append({"score": score, "by": CALIBRATION_OF_MICRO, **dict(zip(("there", "test"), values, strict=True))})
    return found


def cross_fitted(out_of_fold: dict[str, str]) -> pd.DataFrame:
    """Return what each choice of recorded runs scores where it was made and on test, one row a score.

    `out_of_fold` names, for a record, the teacher of its settings whose models each said nothing of rows that they were
    trained on. `validation` chooses on validation's rows; `cross_fitted` on these and on the training rows, by what was
    said of them out of fold; ranking is compared on the latter alone, for ranks of two models don't mix. Columns run,
    choice, rows, score, by, there, test. Raises UserError as `settings_of` and `load_teachers` do.
    """
    tables = []
    for name, teacher in out_of_fold.items():
        folder = RESULTS / name
        settings = settings_of(folder)
        source = settings["data"]["source"]
        labels, rows = read_described(source)
        truth = {split: multi_hot([row.labels for row in of], len(labels)) for split, of in rows.items()}
        probability = probabilities_of(folder)
        probability["train"] = load_teachers(
            teacher, [row.id for row in rows["train"]], labels, training_sha256(source)
        )
        frequent = frequent_labels(truth["test"], settings["scores"]["frequent_rows"])
        both = [np.concatenate([of["validation"], of["train"]]) for of in (truth, probability)]
        on_test = ranking_scores(truth["test"], probability["test"])[RANKING]
        for choice, chosen, ranked in (
            (VALIDATION, (truth["validation"], probability["validation"]), "validation"),
            (CROSS_FITTED, both, "train"),
        ):
            of_ranking = ranking_scores(truth[ranked], probability[ranked])[RANKING]
            found = [
                {"score": RANKING, "by": "", "rows": len(truth[ranked]), "there": of_ranking, "test": on_test},
                *chosen_on(*chosen, truth["test"], probability["test"], frequent),
            ]
            tables.append(pd.DataFrame(found).assign(run=name, choice=choice).fillna({"rows": len(chosen[0])}))
    if not tables:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(tables, ignore_index=True).astype({"rows": int})[COLUMNS]


def read_cross_fitted(path: Path) -> pd.DataFrame:
    """Return the table as it is kept, without a row where there is none."""
    return pd.read_csv(path, keep_default_na=False) if path.is_file() else cross_fitted({})
