"""Whether two configurations differ by more than chance: differences with the paired bootstrap's intervals."""

import numpy as np

from emotions.experiments.bootstrap import (
    averaged,
    can_fall,
    draw,
    holm,
    interval,
    p_value,
    resampled_average_precision,
    resampled_differences,
    resampled_f1,
)
from emotions.experiments.run import Run
from emotions.metrics.decisions import frequent_labels
from emotions.metrics.f1 import counts, f1, headline
from emotions.metrics.ranking import ranking_scores
from emotions.params import flat

LEVEL = 0.05
SCORES_COMPARED = ("micro_f1", "macro_f1", "macro_f1_frequent", "mean_average_precision")


def verdict(difference: np.ndarray, seeds_known: bool) -> tuple[float, float, str]:
    """Return the interval of resampled differences, (resamples,), and what it says of B.

    `seeds_known` says whether seeds were resampled too; where they were not, it says so.
    """
    low, high = interval(difference)
    if np.isnan(low):
        return low, high, "not defined"
    better = "better" if low > 0 else "worse" if high < 0 else ""
    if seeds_known:
        return low, high, better or "within noise"
    if better:
        return low, high, f"{better} beyond the noise of test rows; seeds unknown"
    return low, high, "within the noise of test rows"


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


def said(runs: list[Run]) -> dict:
    """Return what a configuration is called: `name`, `policy`, which the seeds may have chosen each, and `seeds`."""
    policies = list(dict.fromkeys(run.policy for run in runs))
    return {"name": ", ".join(run.name for run in runs), "policy": ", ".join(policies), "seeds": len(runs)}


def compare(a: list[Run], b: list[Run], frequent_rows: int) -> dict:
    """Return scores with differences B - A, intervals and verdicts; labels whose F1 moved; params that differ.

    A and B are configurations, each a run or several that differ in their seed alone, whose scores are averaged; with
    several on both sides seeds are resampled as rows are. A label moved where its difference stays after Holm's
    correction over all labels that test rows carry, at LEVEL; where labels are too many for the resamples, none is
    tested.
    """
    truth = a[0].test.truth
    frequent, carried = frequent_labels(truth, frequent_rows), truth.any(axis=0)
    weights = draw(len(truth))
    seeds_known = min(len(a), len(b)) > 1
    sides = [[resampled(run, weights, frequent) for run in runs] for runs in (a, b)]
    on_all_rows = [[scores(run, frequent) for run in runs] for runs in (a, b)]
    rows = []
    for name in SCORES_COMPARED:
        of_a, of_b = (float(np.mean([one[name] for one in side])) for side in on_all_rows)
        before, after = (np.stack([score[name] for score, _ in side]) for side in sides)
        low, high, in_words = verdict(resampled_differences(before, after), seeds_known)
        found = {"a": of_a, "b": of_b, "difference": of_b - of_a, "low": low, "high": high}
        rows.append({"metric": name, **found, "verdict": in_words})

    tested = np.flatnonzero(carried)
    labels_a, labels_b = (np.stack([by_label for _, by_label in side]) for side in sides)
    differences = [resampled_differences(labels_a[:, :, label], labels_b[:, :, label]) for label in tested]
    f1_a, f1_b = (np.mean([f1(*counts(truth, run.decided)) for run in runs], axis=0) for runs in (a, b))
    moved = []
    for place in np.flatnonzero(holm([p_value(of_label) for of_label in differences], LEVEL)):
        label = tested[place]
        low, high, in_words = verdict(differences[place], seeds_known)
        found = {"a": f1_a[label], "b": f1_b[label], "difference": f1_b[label] - f1_a[label], "low": low, "high": high}
        moved.append(
            {"label": a[0].labels[label], **{key: float(value) for key, value in found.items()}, "verdict": in_words}
        )
    params_a, params_b = flat("", a[0].params), flat("", b[0].params)
    return {
        "a": said(a),
        "b": said(b),
        "test_rows": len(truth),
        "frequent_rows": frequent_rows,
        "scores": rows,
        "labels": moved,
        "labels_tested": len(tested) if can_fall(len(tested), LEVEL) else 0,
        "resamples_without_a_label": int(np.isnan(labels_a[0][:, carried]).any(axis=1).sum()),
        "params": {
            key: [params_a.get(key), params_b.get(key)]
            for key in sorted(params_a.keys() | params_b.keys())
            if params_a.get(key) != params_b.get(key)
        },
    }
