"""Say whether two runs differ by more than chance: `python -m emotions.compare A B`.

A and B are git revisions, experiments, folders with a checkout (`workspace` is this one), or records such as
`results/minilm-l6`. Both are scored on the same
test rows, each by its own thresholds; the difference is B - A with the 95 % interval of the paired bootstrap.
"""

import argparse
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from emotions.bootstrap import draw, holm, interval, p_value, resampled_average_precision, resampled_f1
from emotions.calibration import cooled
from emotions.params import PARAMS
from emotions.ranking import ranking_scores
from emotions.record import read_source
from emotions.report import multi_hot
from emotions.scores import counts, decide, f1, frequent_labels, headline
from emotions.tables import markdown, percent, signed

TEST = "data/predictions/test.npz"
THRESHOLDS = "data/thresholds.json"
WORKSPACE = "workspace"
LEVEL = 0.05
CALLED = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "macro_f1_frequent": "macro-F1, frequent labels",
    "mean_average_precision": "mAP",
}


@dataclass(frozen=True)
class Side:
    """One of the two runs on the test split: truth, decided (rows, labels) of 0 and 1, probability, ids, labels."""

    name: str
    policy: str
    truth: np.ndarray
    probability: np.ndarray
    decided: np.ndarray
    ids: list[str]
    labels: list[str]
    params: dict


def content(path: str, revision: str) -> bytes:
    """Return a file of a checkout's folder, or of a revision from Git, DVC's cache or a remote.

    Raises SystemExit where it is not there.
    """
    folder = Path() if revision == WORKSPACE else Path(revision)
    if folder.is_dir():
        if not (folder / path).is_file():
            raise SystemExit(f"{folder / path}: expected the outputs of a run; found none: dvc repro, or dvc pull")
        return (folder / path).read_bytes()

    import dvc.api  # seconds, not spent on the workspace or on records
    from dvc.exceptions import DvcException
    from dvc.scm import RevError

    try:
        return dvc.api.read(path, rev=revision, mode="rb")
    except RevError:
        raise SystemExit(
            f"{revision}: expected a git revision, an experiment (dvc exp list), {WORKSPACE}, a folder or a record"
        ) from None
    except DvcException:
        raise SystemExit(
            f"{path} of {revision} is neither in DVC's cache nor on a remote: dvc fetch, or check {revision} out and "
            "dvc repro"
        ) from None


def side_of_run(revision: str, policy: str | None) -> Side:
    """Return what a revision's pipeline made; `policy` None is the one that its sweep chose."""
    chosen = json.loads(content(THRESHOLDS, revision))
    policy = policy or chosen["policy"]
    if policy not in chosen["policies"]:
        raise SystemExit(f"--policy {policy}: {revision} has {', '.join(chosen['policies'])}")
    with np.load(io.BytesIO(content(TEST, revision)), allow_pickle=False) as arrays:
        truth, said, ids, labels = (arrays[name] for name in ("truth", "probability", "ids", "labels"))
    thresholds, temperatures = (
        np.array([by_label[label] for label in labels.tolist()])
        for by_label in (chosen["policies"][policy], chosen["temperatures"])
    )
    probability = cooled(said.astype(np.float64), temperatures)
    params = yaml.safe_load(content(str(PARAMS), revision))
    decided = decide(probability, thresholds)
    return Side(revision, policy, truth, probability, decided, ids.tolist(), labels.tolist(), params)


def side_of_record(folder: Path, policy: str | None) -> Side:
    """Return what a record holds, with the truth from its source's files, which must be here."""
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    policy = policy or metrics["policy"]
    if policy not in metrics["thresholds"]:
        raise SystemExit(f"--policy {policy}: {folder} has {', '.join(metrics['thresholds'])}")
    params = yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))
    labels, rows = read_source(params["data"]["source"])
    with np.load(folder / "predictions.npz", allow_pickle=False) as arrays:
        probability = arrays["test"].astype(np.float64)
    thresholds = np.array([metrics["thresholds"][policy][label] for label in labels])
    truth, ids = multi_hot(rows["test"], len(labels)), [row.id for row in rows["test"]]
    return Side(str(folder), policy, truth, probability, decide(probability, thresholds), ids, labels, params)


def side_of(name: str, policy: str | None) -> Side:
    folder = Path(name)
    return side_of_record(folder, policy) if (folder / "metrics.json").is_file() else side_of_run(name, policy)


def refuse_other_rows(a: Side, b: Side) -> None:
    """Raise SystemExit unless both were scored on the same comments with the same labels."""
    if a.labels != b.labels:
        raise SystemExit(f"{a.name} has {len(a.labels)} labels, {b.name} {len(b.labels)} or others; nothing to compare")
    if a.ids != b.ids or (a.truth != b.truth).any():
        raise SystemExit(
            f"{a.name} and {b.name} were scored on different test comments ({len(a.ids):,} and {len(b.ids):,}, or "
            "other labels of them); compare runs on one source"
        )


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
    ranking = ranking_scores(side.truth, side.probability)
    return headline(side.truth, side.decided, frequent) | {"mean_average_precision": ranking["mean_average_precision"]}


def resampled(side: Side, weights: np.ndarray, frequent: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the scores that CALLED names in every resample, (resamples,) each, and F1 by label (resamples, labels)."""
    micro, by_label = resampled_f1(weights, side.truth, side.decided)
    return {
        "micro_f1": micro,
        "macro_f1": by_label.mean(axis=1),
        "macro_f1_frequent": by_label[:, frequent].mean(axis=1) if frequent.any() else np.zeros_like(micro),
        "mean_average_precision": resampled_average_precision(weights, side.truth, side.probability),
    }, by_label


def compare(a: Side, b: Side, frequent_rows: int) -> dict:
    """Return scores with differences B - A, intervals and verdicts; labels whose F1 moved; params that differ.

    A label moved where its difference stays after Holm's correction over all labels, at LEVEL.
    """
    frequent = frequent_labels(a.truth, frequent_rows)
    weights = draw(len(a.truth))
    (before, labels_before), (after, labels_after) = (resampled(side, weights, frequent) for side in (a, b))
    of_a, of_b = scores(a, frequent), scores(b, frequent)
    rows = []
    for name in CALLED:
        low, high, said = verdict(after[name] - before[name])
        difference = of_b[name] - of_a[name]
        found = {"a": of_a[name], "b": of_b[name], "difference": difference, "low": low, "high": high}
        rows.append({"metric": name, **found, "verdict": said})

    differences = labels_after - labels_before
    f1_a, f1_b = (f1(*counts(side.truth, side.decided)) for side in (a, b))
    moved = []
    for label in np.flatnonzero(holm([p_value(of_label) for of_label in differences.T], LEVEL)):
        low, high, said = verdict(differences[:, label])
        found = {"a": f1_a[label], "b": f1_b[label], "difference": f1_b[label] - f1_a[label], "low": low, "high": high}
        moved.append({"label": a.labels[label], **{key: float(value) for key, value in found.items()}, "verdict": said})
    params_a, params_b = flat(a.params), flat(b.params)
    return {
        "a": {"name": a.name, "policy": a.policy},
        "b": {"name": b.name, "policy": b.policy},
        "test_rows": len(a.truth),
        "frequent_rows": frequent_rows,
        "scores": rows,
        "labels": moved,
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
    else:
        parts.append("No label's F1 moved beyond noise, all tested at once (Holm's correction).")
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
