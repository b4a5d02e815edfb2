"""Whether two runs differ by more than chance: differences with the paired bootstrap's intervals, label by label."""

import numpy as np

from emotions.experiments.bootstrap import (
    averaged,
    can_fall,
    draw,
    holm,
    interval,
    p_value,
    resampled_average_precision,
    resampled_f1,
)
from emotions.experiments.run import Run
from emotions.metrics.decisions import frequent_labels
from emotions.metrics.f1 import counts, f1, headline
from emotions.metrics.ranking import ranking_scores

LEVEL = 0.05
SCORES_COMPARED = ("micro_f1", "macro_f1", "macro_f1_frequent", "mean_average_precision")


def verdict(difference: np.ndarray) -> tuple[float, float, str]:
    """Return the interval of resampled differences, (resamples,), and what it says of B."""
    low, high = interval(difference)
    return low, high, "better" if low > 0 else "worse" if high < 0 else "within noise"


def flat(params: dict, before: str = "") -> dict[str, object]:
    """Return nested params as dotted keys."""
    keys = {}
    for key, value in params.items():
        keys |= flat(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": value}
    return keys


def scores(run: Run, frequent: np.ndarray) -> dict[str, float]:
    """Return the scores of SCORES_COMPARED, on all rows."""
    ranking = ranking_scores(run.test.truth, run.test.probability)
    return headline(run.test.truth, run.decided, frequent) | {
        "mean_average_precision": ranking["mean_average_precision"]
    }


def resampled(run: Run, weights: np.ndarray, frequent: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return SCORES_COMPARED in every resample, (resamples,) each, and F1 by label (resamples, labels)."""
    micro, by_label = resampled_f1(weights, run.test.truth, run.decided)
    return averaged(micro, by_label, frequent) | {
        "mean_average_precision": resampled_average_precision(weights, run.test.truth, run.test.probability),
    }, by_label


def compare(a: Run, b: Run, frequent_rows: int) -> dict:
    """Return scores with differences B - A, intervals and verdicts; labels whose F1 moved; params that differ.

    A label moved where its difference stays after Holm's correction over all labels, at LEVEL; where labels are too
    many for the resamples, none is tested.
    """
    frequent = frequent_labels(a.test.truth, frequent_rows)
    weights = draw(len(a.test.truth))
    (before, labels_before), (after, labels_after) = (resampled(run, weights, frequent) for run in (a, b))
    of_a, of_b = scores(a, frequent), scores(b, frequent)
    rows = []
    for name in SCORES_COMPARED:
        low, high, in_words = verdict(after[name] - before[name])
        difference = of_b[name] - of_a[name]
        found = {"a": of_a[name], "b": of_b[name], "difference": difference, "low": low, "high": high}
        rows.append({"metric": name, **found, "verdict": in_words})

    differences = labels_after - labels_before
    f1_a, f1_b = (f1(*counts(run.test.truth, run.decided)) for run in (a, b))
    moved = []
    for label in np.flatnonzero(holm([p_value(of_label) for of_label in differences.T], LEVEL)):
        low, high, in_words = verdict(differences[:, label])
        found = {"a": f1_a[label], "b": f1_b[label], "difference": f1_b[label] - f1_a[label], "low": low, "high": high}
        moved.append(
            {"label": a.labels[label], **{key: float(value) for key, value in found.items()}, "verdict": in_words}
        )
    params_a, params_b = flat(a.params), flat(b.params)
    return {
        "a": {"name": a.name, "policy": a.policy},
        "b": {"name": b.name, "policy": b.policy},
        "test_rows": len(a.test.truth),
        "frequent_rows": frequent_rows,
        "scores": rows,
        "labels": moved,
        "labels_tested": len(a.labels) if can_fall(len(a.labels), LEVEL) else 0,
        "params": {
            key: [params_a.get(key), params_b.get(key)]
            for key in sorted(params_a.keys() | params_b.keys())
            if params_a.get(key) != params_b.get(key)
        },
    }
