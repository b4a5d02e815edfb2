"""A run's report as one page that opens without internet; of two runs, what differs."""

from pathlib import Path

import numpy as np
import pandas as pd
import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from emotions.experiments.bootstrap import draw, interval, resampled_f1
from emotions.experiments.compare import compare
from emotions.experiments.protocol import BINS
from emotions.experiments.run import Run, training, validation_comments
from emotions.metrics.calibration import reliability
from emotions.metrics.decisions import confused_pairs, decide, decision_scores, frequent_labels
from emotions.metrics.f1 import counts, f1, headline
from emotions.metrics.problem import SingleLabel
from emotions.metrics.ranking import ranking_scores
from emotions.metrics.undefined import without_nan
from emotions.reporting.comparison import TOO_MANY, difference_row, noise_of
from emotions.reporting.leaderboard import POLICIES
from emotions.reporting.tables import SCORE_NAMES, percent, published_rows
from emotions.thresholds.policies import LEAK, PRECISE
from emotions.thresholds.search import GRID, best_threshold, cuts, f1_curve, reject_curve

ROOM = Path(__file__).parent
TEMPLATE, SCRIPT = "run_page.html", "run_page.js"
PUBLISHED = Path("results/published.csv")
PUBLISHED_SOURCE = "goemotions"  # whose published scores those are
STEPS = np.arange(101) / 100  # where a slider can stand
PAIRS = 12
SHOWN = {  # columns of the policies' table
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "macro_f1_frequent": "macro-F1 frequent",
    "weighted_f1": "weighted F1",
    "samples_f1": "samples F1",
    "subset_accuracy": "subset accuracy",
    "empty_rows_share": "empty rows",
}


def policies_called(run: Run) -> dict[str, str]:
    """Return what a reader calls each policy, with the params that its thresholds were chosen by."""
    return (
        {SingleLabel.default_policy: "the most probable label"}
        | POLICIES
        | {
            "fixed": f"fixed {run.sweep['fixed']:g}",
            PRECISE: f"per emotion, {100 * run.sweep['min_precision']:g} % precision on validation",
        }
    )


def label_data(run: Run) -> list[dict]:
    """Return, per label, what the sliders need: rows, hits and predictions at STEPS; F1 by the run's own policy.

    A label that no test row carries has no F1: NaN.
    """
    truth, decided = run.test.truth, run.decided
    _, resampled = resampled_f1(draw(len(truth)), truth, decided)
    own = f1(*counts(truth, decided))
    labels = []
    for label, ranked in enumerate(run.ranked["test"]):
        hits, predicted = ranked.counts(STEPS)
        low, high = interval(resampled[:, label])
        labels.append(
            {
                "name": run.labels[label],
                "rows": ranked.support,
                "hits": hits.tolist(),
                "predicted": predicted.tolist(),
                "f1": float(own[label]) if ranked.support else np.nan,
                "low": low,
                "high": high,
            }
        )
    return labels


def button_data(run: Run) -> dict[str, list[list[float]]]:
    """Return by policy, label by label, its threshold with hits and predictions there: exact, not at STEPS."""
    buttons = {}
    for name in (policy for policy in policies_called(run) if policy in run.thresholds):
        buttons[name] = []
        for threshold, ranked in zip(run.thresholds[name].tolist(), run.ranked["test"], strict=True):
            hits, predicted = ranked.counts(np.array([threshold]))
            buttons[name].append([threshold, int(hits[0]), int(predicted[0])])
    return buttons


def policy_data(run: Run, frequent: np.ndarray) -> dict:
    """Return the policies' table, every score on test, and below it the thresholds tuned on test."""
    test = run.test
    leak = [best_threshold(cuts(of)) if of.support else 1.0 for of in run.ranked["test"]]
    rows, called = [], policies_called(run)
    thresholds = run.thresholds | {LEAK: np.array(leak)}
    for name in (policy for policy in called if policy in thresholds):
        scores = decision_scores(test.truth, decide(run.candidates["test"], thresholds[name]), frequent)
        rows.append(
            {
                "called": called[name].strip("*"),
                "chosen": name == run.policy,
                "leak": name == LEAK,
                "scores": [scores[score] for score in SHOWN],
            }
        )
    return {"scores": list(SHOWN.values()), "rows": rows}


def pair_data(run: Run) -> list[dict]:
    """Return the most frequent confused pairs on validation with the texts of some comments."""
    predictions, comments = run.validation, validation_comments(run)
    decided = decide(run.candidates["validation"], run.thresholds[run.policy])
    table = confused_pairs(predictions.truth, decided, run.labels, PAIRS, predictions.ids)
    return [
        {"pair": row.pair, "rows": row.rows, "comments": [comments[id] for id in row.examples.split()]}
        for row in table.itertuples()
    ]


def curve_data(runs: list[Run]) -> list[dict]:
    """Return the F1 curves as points: one threshold for all labels, both splits, every run."""
    points = []
    for run in runs:
        before = f"{run.name}: " if len(runs) > 1 else ""
        for split, labels in run.ranked.items():
            for row in f1_curve(labels).itertuples():
                for score, value in (("micro-F1", row.micro_f1), ("macro-F1", row.macro_f1)):
                    points.append(
                        {
                            "threshold": round(row.threshold, 2),
                            "F1": round(value, 4),
                            "score": before + score,
                            "split": split,
                        }
                    )
    return points


def coverage_data(runs: list[Run]) -> list[dict]:
    """Return how good the answers are against the share of rows that get one, as points: a threshold each of GRID.

    Both splits, every run whose thresholds leave rows without an answer; of thresholds that answer as many rows the
    lowest, none where no row gets an answer.
    """
    points = []
    for run in (run for run in runs if run.problem.rejects):
        before = f"{run.name}: " if len(runs) > 1 else ""
        for split, predictions in run.splits.items():
            table = reject_curve(predictions.truth, run.candidates[split], run.problem).assign(threshold=GRID)
            for row in table[table["coverage"] > 0].drop_duplicates("coverage").itertuples():
                for score, value in (("accuracy", row.accuracy_of_answered), ("macro-F1", row.macro_f1_of_answered)):
                    points.append(
                        {
                            "answered": round(row.coverage, 4),
                            "of the answers": round(value, 4),
                            "threshold": round(row.threshold, 2),
                            "score": before + score,
                            "split": split,
                        }
                    )
    return points


def reliability_data(runs: list[Run]) -> list[dict]:
    """Return reliability on test as points, every run, with the diagonal where what is said is what is observed."""
    points = [{"probability": end, "observed": end, "run": "as said", "split": "as said"} for end in (0, 1)]
    for run in runs:
        claims = run.problem.claims(run.test.truth, run.test.probability)
        for row in reliability(*claims, BINS).itertuples():
            point = {"probability": round(row.mean_probability, 4), "observed": round(row.observed_share, 4)}
            points.append(point | {"run": run.name, "split": "test"})
    return points


def training_data(runs: list[Run]) -> list[dict]:
    """Return the loss of each epoch as points, on train and on validation, of every run that was trained."""
    points = []
    for run in runs:
        curves = training(run)
        for row in [] if curves is None else curves.itertuples():
            for split, loss in (("train", row.train_loss), ("validation", row.validation_loss)):
                points.append({"epoch": row.epoch, "loss": loss, "run": run.name, "split": split})
    return points


def published_data(run: Run, scores: dict[str, float]) -> list[dict]:
    """Return published systems with this run among them, for the source that they are scored on; else nothing."""
    if run.params["data"]["source"] != PUBLISHED_SOURCE:
        return []
    rows = [row | {"ours": False} for row in published_rows(pd.read_csv(PUBLISHED))]
    ours = {"system": run.name, "thresholds": policies_called(run)[run.policy], "ours": True}
    return [*rows, ours | {"micro-F1": percent(scores["micro_f1"]), "macro-F1": percent(scores["macro_f1"])}]


def comparison_data(a: Run, b: Run, frequent_rows: int) -> dict:
    """Return what `compare` finds, as rows of text."""
    found = compare([a], [b], frequent_rows)
    rows = [difference_row(SCORE_NAMES[of["metric"]], of) for of in found["scores"]]
    rows += [difference_row(of["label"], of) for of in found["labels"]]
    moved = ", ".join(of["label"] for of in found["labels"]) or "none"
    tested = f"Labels whose F1 moved beyond {noise_of(found)}, all tested at once: {moved}."
    return {
        "runs": ", ".join(
            f"{letter} is {run.name} ({policies_called(run)[run.policy]})" for letter, run in (("A", a), ("B", b))
        )
        + ".",
        "rows": [list(row.values()) for row in rows],
        "moved": tested if found["labels_tested"] else TOO_MANY,
        "params": [[key, str(before), str(after)] for key, (before, after) in found["params"].items()],
    }


def page_data(a: Run, b: Run | None) -> dict:
    """Return all that the page shows; with `b`, of b, and of a for comparison."""
    run = b or a
    frequent_rows = run.params["scores"]["frequent_rows"]
    frequent = frequent_labels(run.test.truth, frequent_rows)
    truth, probability = run.test.truth, run.test.probability
    scores = headline(truth, run.decided, frequent) | ranking_scores(truth, probability)
    of_problem = run.problem.ranking(truth, probability)
    tiles = {"micro_f1": "micro-F1", "macro_f1": "macro-F1", "macro_f1_frequent": f"macro-F1, {frequent_rows}+ rows"}
    tiles |= {"mean_average_precision": "mAP", "macro_auroc": "macro AUROC"}
    tiles = {name: name.replace("_", " ") for name in of_problem} | tiles
    scores |= of_problem
    runs = [a, b] if b else [a]
    return {
        "title": f"Report of {run.name}",
        "what": f"{run.params['data']['source']}, {len(run.test.ids):,} test comments, {len(run.labels)} labels; "
        f"thresholds: {policies_called(run)[run.policy]}. Scores in percent.",
        "rows": len(run.test.ids),
        "tiles": [{"called": called, "value": scores[score]} for score, called in tiles.items()],
        "published": published_data(run, scores),
        "comparison": comparison_data(a, b, frequent_rows) if b else None,
        "policies": policy_data(run, frequent),
        "labels": label_data(run),
        "policy": run.policy,
        "buttons": button_data(run),
        "curve": curve_data(runs),
        "coverage": coverage_data(runs),
        "reliability": reliability_data(runs),
        "training": training_data(runs),
        "pairs": pair_data(run),
    }


def page(data: dict) -> str:
    """Return the page, with Vega and the data inside; every text of a comment, a label or a run stays a text."""
    room = Environment(loader=FileSystemLoader(ROOM), autoescape=True, undefined=StrictUndefined)
    room.policies["json.dumps_kwargs"] = {"ensure_ascii": False}  # Jinja would sort the policies by name, too
    return room.get_template(TEMPLATE).render(
        title=data["title"],
        what=data["what"],
        vega=Markup(vl_convert.javascript_bundle().replace("</script", r"<\/script")),  # code of ours and Vega's own
        script=Markup((ROOM / SCRIPT).read_text(encoding="utf-8")),
        data=without_nan(data),
    )
