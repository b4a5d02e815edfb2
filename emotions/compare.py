"""Say whether two runs differ by more than chance: `python -m emotions.compare A B`.

A and B are git revisions, experiments, folders with a checkout (`workspace` is this one), or records such as
`results/minilm-l6`. Both are scored on the same
test rows, each by its own thresholds; the difference is B - A with the 95 % interval of the paired bootstrap.
"""

import argparse
import json
from collections.abc import Callable

import numpy as np
import pandas as pd

from emotions.bootstrap import (
    RESAMPLES,
    averaged,
    can_fall,
    draw,
    holm,
    interval,
    p_value,
    resampled_average_precision,
    resampled_f1,
)
from emotions.ranking import ranking_scores
from emotions.scores import counts, f1, frequent_labels, headline
from emotions.sides import Side, refuse_other_rows, side_of
from emotions.tables import markdown, percent, signed

LEVEL = 0.05
TOO_MANY = f"Single labels were not tested: there are more than {RESAMPLES:,} resamples can tell from chance at once."
CALLED = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "macro_f1_frequent": "macro-F1, frequent labels",
    "mean_average_precision": "mAP",
}


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


def scores(side: Side, frequent: np.ndarray) -> dict[str, float]:
    """Return the scores that CALLED names, on all rows."""
    ranking = ranking_scores(side.test.truth, side.test.probability)
    return headline(side.test.truth, side.decided, frequent) | {
        "mean_average_precision": ranking["mean_average_precision"]
    }


def resampled(side: Side, weights: np.ndarray, frequent: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the scores that CALLED names in every resample, (resamples,) each, and F1 by label (resamples, labels)."""
    micro, by_label = resampled_f1(weights, side.test.truth, side.decided)
    return averaged(micro, by_label, frequent) | {
        "mean_average_precision": resampled_average_precision(weights, side.test.truth, side.test.probability),
    }, by_label


def compare(a: Side, b: Side, frequent_rows: int) -> dict:
    """Return scores with differences B - A, intervals and verdicts; labels whose F1 moved; params that differ.

    A label moved where its difference stays after Holm's correction over all labels, at LEVEL; where labels are too
    many for the resamples, none is tested.
    """
    frequent = frequent_labels(a.test.truth, frequent_rows)
    weights = draw(len(a.test.truth))
    (before, labels_before), (after, labels_after) = (resampled(side, weights, frequent) for side in (a, b))
    of_a, of_b = scores(a, frequent), scores(b, frequent)
    rows = []
    for name in CALLED:
        low, high, said = verdict(after[name] - before[name])
        difference = of_b[name] - of_a[name]
        found = {"a": of_a[name], "b": of_b[name], "difference": difference, "low": low, "high": high}
        rows.append({"metric": name, **found, "verdict": said})

    differences = labels_after - labels_before
    f1_a, f1_b = (f1(*counts(side.test.truth, side.decided)) for side in (a, b))
    moved = []
    for label in np.flatnonzero(holm([p_value(of_label) for of_label in differences.T], LEVEL)):
        low, high, said = verdict(differences[:, label])
        found = {"a": f1_a[label], "b": f1_b[label], "difference": f1_b[label] - f1_a[label], "low": low, "high": high}
        moved.append({"label": a.labels[label], **{key: float(value) for key, value in found.items()}, "verdict": said})
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


def difference_row(called: str, of: dict) -> dict[str, str]:
    return {
        "test": called,
        "A": percent(of["a"]),
        "B": percent(of["b"]),
        "B - A": signed(of["difference"]),
        "95 % interval": f"{signed(of['low'])} to {signed(of['high'])}",
        "verdict": of["verdict"],
    }


def plain(rows: list[dict[str, str]]) -> str:
    """Return a table for a terminal."""
    return pd.DataFrame(rows).to_string(index=False)


def page(found: dict, table: Callable[[list[dict[str, str]]], str]) -> str:
    """Return the comparison in words and tables, each table as `table` lays it out."""
    called = CALLED | {"macro_f1_frequent": f"macro-F1, labels with {found['frequent_rows']} test rows"}
    parts = [
        f"A is {found['a']['name']} ({found['a']['policy']}), B is {found['b']['name']} ({found['b']['policy']}); "
        f"{found['test_rows']:,} test rows, scores in percent.",
        table([difference_row(called[of["metric"]], of) for of in found["scores"]]),
    ]
    if found["labels"]:
        parts += [
            "Labels whose F1 moved beyond noise, of all labels tested at once (Holm's correction):",
            table([difference_row(of["label"], of) for of in found["labels"]]),
        ]
    elif found["labels_tested"]:
        parts.append("No label's F1 moved beyond noise, all tested at once (Holm's correction).")
    else:
        parts.append(TOO_MANY)
    if found["params"]:
        parts += [
            "Params that differ:",
            table([{"param": key, "A": str(a), "B": str(b)} for key, (a, b) in found["params"].items()]),
        ]
    else:
        parts.append("The params are the same.")
    return "\n\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("a", help="a git revision, an experiment, a folder, workspace, or a record: results/NAME")
    parser.add_argument("b", help="as a; the difference is b - a")
    parser.add_argument("--policy", help="thresholds for both; each one's own chosen policy without it")
    layout = parser.add_mutually_exclusive_group()
    layout.add_argument("--md", action="store_true", help="print Markdown, for a pull request")
    layout.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    a, b = (side_of(name, arguments.policy) for name in (arguments.a, arguments.b))
    refuse_other_rows(a, b)

    found = compare(a, b, b.params["scores"]["frequent_rows"])
    print(json.dumps(found, indent=2) if arguments.json else page(found, markdown if arguments.md else plain))


if __name__ == "__main__":
    main()
