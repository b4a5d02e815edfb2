"""Write a run's report as one page that opens without internet: `python -m emotions.report_page A [B]`.

A and B as for emotions.compare; with B the page also says which differences are real. Writes build/report.html.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
import vl_convert

from emotions.artifacts import whole
from emotions.bootstrap import draw, interval, resampled_f1
from emotions.calibration import reliability
from emotions.compare import CALLED, TOO_MANY, compare, difference_row
from emotions.decisions import confused_pairs, decision_scores
from emotions.leaderboard import POLICIES
from emotions.policies import LEAK, PRECISE
from emotions.ranking import ranking_scores
from emotions.scores import counts, decide, f1, frequent_labels, headline
from emotions.sides import Side, is_record, refuse_other_rows, side_of, training, validation_comments
from emotions.tables import percent, published_rows
from emotions.thresholds import best_threshold, cuts, f1_curve

PAGE = Path("build/report.html")
PARTS = Path("report")  # page.html and page.js
PUBLISHED = Path("results/published.csv")
PUBLISHED_SOURCE = "goemotions"  # whose published scores those are
STEPS = np.arange(101) / 100  # where a slider can stand
BINS = 15
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


def policies_called(side: Side) -> dict[str, str]:
    """Return what a reader calls each policy: a record's are of one protocol, those of a run are as its params say."""
    if is_record(side.name):
        return POLICIES
    params = side.params["threshold_sweep"]
    return POLICIES | {
        "fixed": f"fixed {params['fixed']:g}",
        PRECISE: f"per emotion, {100 * params['min_precision']:g} % precision on validation",
    }


def label_data(side: Side) -> list[dict]:
    """Return, per label, what the sliders need: rows, hits and predictions at STEPS; F1 by the run's own policy."""
    truth, decided = side.test.truth, side.decided
    _, resampled = resampled_f1(draw(len(truth)), truth, decided)
    own = f1(*counts(truth, decided))
    labels = []
    for label, ranked in enumerate(side.ranked["test"]):
        hits, predicted = ranked.counts(STEPS)
        low, high = interval(resampled[:, label])
        labels.append(
            {
                "name": side.labels[label],
                "rows": ranked.carried,
                "hits": hits.tolist(),
                "predicted": predicted.tolist(),
                "threshold": min(float(side.thresholds[side.policy][label]), 1.0),
                "f1": float(own[label]),
                "low": low,
                "high": high,
            }
        )
    return labels


def policy_data(side: Side, frequent: np.ndarray) -> dict:
    """Return the policies' table, every score on test, and below it the thresholds tuned on test."""
    test = side.test
    leak = [best_threshold(cuts(of)) if of.carried else 1.0 for of in side.ranked["test"]]
    rows, called = [], policies_called(side)
    thresholds = side.thresholds | {LEAK: np.array(leak)}
    for name in (policy for policy in POLICIES if policy in thresholds):
        scores = decision_scores(test.truth, decide(test.probability, thresholds[name]), frequent)
        rows.append(
            {
                "called": called[name].strip("*"),
                "chosen": name == side.policy,
                "leak": name == LEAK,
                "scores": [scores[score] for score in SHOWN],
            }
        )
    return {"scores": list(SHOWN.values()), "rows": rows}


def pair_data(side: Side) -> list[dict]:
    """Return the most frequent confused pairs on validation with the texts of some comments."""
    made, comments = side.validation, validation_comments(side)
    decided = decide(made.probability, side.thresholds[side.policy])
    table = confused_pairs(made.truth, decided, side.labels, PAIRS, made.ids)
    return [
        {"pair": row.pair, "rows": row.rows, "comments": [comments[id] for id in row.examples.split()]}
        for row in table.itertuples()
    ]


def curve_data(sides: list[Side]) -> list[dict]:
    """Return the F1 curves as points: one threshold for all labels, both splits, every run."""
    points = []
    for side in sides:
        before = f"{side.name}: " if len(sides) > 1 else ""
        for split, labels in side.ranked.items():
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


def reliability_data(sides: list[Side]) -> list[dict]:
    """Return reliability on test as points, every run, with the diagonal of honest probabilities."""
    points = [{"probability": end, "observed": end, "run": "honest", "split": "honest"} for end in (0, 1)]
    for side in sides:
        for row in reliability(side.test.truth, side.test.probability, BINS).itertuples():
            point = {"probability": round(row.mean_probability, 4), "observed": round(row.observed_share, 4)}
            points.append(point | {"run": side.name, "split": "test"})
    return points


def training_data(sides: list[Side]) -> list[dict]:
    """Return the loss of each epoch as points, on train and on validation, of every run that was trained."""
    points = []
    for side in sides:
        curves = training(side)
        for row in [] if curves is None else curves.itertuples():
            for split, loss in (("train", row.train_loss), ("validation", row.validation_loss)):
                points.append({"epoch": row.epoch, "loss": loss, "run": side.name, "split": split})
    return points


def published_data(side: Side, scores: dict[str, float]) -> list[dict]:
    """Return published systems with this run among them, for the source that they are scored on; else nothing."""
    if side.params["data"]["source"] != PUBLISHED_SOURCE:
        return []
    rows = [row | {"ours": False} for row in published_rows(pd.read_csv(PUBLISHED))]
    ours = {"system": side.name, "thresholds": policies_called(side)[side.policy], "ours": True}
    return [*rows, ours | {"micro-F1": percent(scores["micro_f1"]), "macro-F1": percent(scores["macro_f1"])}]


def comparison_data(a: Side, b: Side, frequent_rows: int) -> dict:
    """Return what emotions.compare finds, as rows of text."""
    found = compare(a, b, frequent_rows)
    rows = [difference_row(CALLED[of["metric"]], of) for of in found["scores"]]
    rows += [difference_row(of["label"], of) for of in found["labels"]]
    moved = ", ".join(of["label"] for of in found["labels"]) or "none"
    tested = f"Labels whose F1 moved beyond noise, all tested at once: {moved}." if found["labels_tested"] else TOO_MANY
    return {
        "sides": ", ".join(
            f"{letter} is {side.name} ({policies_called(side)[side.policy]})" for letter, side in (("A", a), ("B", b))
        )
        + ".",
        "rows": [list(row.values()) for row in rows],
        "moved": tested,
        "params": [[key, str(before), str(after)] for key, (before, after) in found["params"].items()],
    }


def page_data(a: Side, b: Side | None) -> dict:
    """Return all that the page shows; with `b`, of b, and of a for comparison."""
    side = b or a
    frequent_rows = side.params["scores"]["frequent_rows"]
    frequent = frequent_labels(side.test.truth, frequent_rows)
    scores = headline(side.test.truth, side.decided, frequent) | ranking_scores(side.test.truth, side.test.probability)
    tiles = {"micro_f1": "micro-F1", "macro_f1": "macro-F1", "macro_f1_frequent": f"macro-F1, {frequent_rows}+ rows"}
    tiles |= {"mean_average_precision": "mAP", "macro_auroc": "macro AUROC"}
    sides = [a, b] if b else [a]
    return {
        "title": f"Report of {side.name}",
        "what": f"{side.params['data']['source']}, {len(side.test.ids):,} test comments, {len(side.labels)} labels; "
        f"thresholds: {policies_called(side)[side.policy]}. Scores in percent.",
        "rows": len(side.test.ids),
        "tiles": [{"called": called, "value": scores[score]} for score, called in tiles.items()],
        "published": published_data(side, scores),
        "comparison": comparison_data(a, b, frequent_rows) if b else None,
        "policies": policy_data(side, frequent),
        "labels": label_data(side),
        "buttons": {name: side.thresholds[name].tolist() for name in POLICIES if name in side.thresholds},
        "curve": curve_data(sides),
        "reliability": reliability_data(sides),
        "training": training_data(sides),
        "pairs": pair_data(side),
    }


def page(data: dict) -> str:
    """Return the page, with Vega and the data inside; no text of a comment can end the script that holds it."""
    parts = {
        "/*vega*/": vl_convert.javascript_bundle().replace("</script", r"<\/script"),
        "/*data*/": json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
        "/*page*/": (PARTS / "page.js").read_text(encoding="utf-8"),
    }
    html = (PARTS / "page.html").read_text(encoding="utf-8")
    for mark, content in parts.items():
        html = html.replace(mark, content, 1)
    return html


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("a", help="a git revision, an experiment, a folder, workspace, or a record: results/NAME")
    parser.add_argument("b", nargs="?", help="another; the page is of b then, with a for comparison")
    arguments = parser.parse_args()
    a = side_of(arguments.a)
    b = side_of(arguments.b) if arguments.b else None
    if b:
        refuse_other_rows(a, b)

    html = page(page_data(a, b))

    with whole(PAGE) as beside:
        beside.write_text(html, encoding="utf-8")
    print(f"report_page: {PAGE}, {len(html) / 1e6:.1f} MB: open it in a browser")


if __name__ == "__main__":
    main()
