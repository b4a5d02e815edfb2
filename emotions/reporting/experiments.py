"""The experiments of a commit in a table that fits a terminal or a pull request."""

import textwrap
from collections.abc import Iterator
from itertools import zip_longest

from emotions.params import PARAMS, flat
from emotions.reporting.tables import percent

WIDTH = 120
NAME_WIDTH = 34
NUMBERS = ("held out", "micro", "macro", "frequent", "mAP")
SWEEP = "metrics/threshold_sweep.json"
RANKING = "metrics/evaluate.json"
UNREADABLE = "unreadable"  # by DVC, as with a broken dvc.yaml or params.yaml; dvc exp show says why
LEGEND = (
    "In percent. held out: macro-F1 on validation rows held out, by which the rows are sorted. On test:\n"
    "micro-F1, macro-F1, macro-F1 of the frequent labels, mean average precision."
)


def shown_runs(shown: list[dict]) -> Iterator[tuple[str, dict, dict, str | None]]:
    """Yield the runs of `dvc exp show --json`: name, data, its commit's data, and a word where it is not finished.

    The workspace stands first in what DVC shows; its commit is the one that follows. What DVC cannot read has no data.
    """
    for baseline in shown:
        of_workspace = baseline["rev"] == "workspace"
        name = baseline["name"] or ("workspace" if of_workspace else baseline["rev"][:7])
        commit = shown[1] if of_workspace else baseline
        yield name, baseline["data"] or {}, commit["data"] or {}, None if baseline["data"] else UNREADABLE
        for experiment in baseline["experiments"] or []:
            revision = experiment["revs"][0]
            state = (experiment["executor"] or {}).get("state")
            if state in (None, "success"):
                state = None if revision["data"] else UNREADABLE
            name = experiment["name"] or revision["rev"][:7]
            yield name, revision["data"] or {}, baseline["data"] or {}, state


def short_names(keys: list[str]) -> dict[str, str]:
    """Return for each dotted key its shortest end that no other key has: weighting for train.loss.weighting."""
    ends = {key: [key.split(".", start)[-1] for start in range(key.count("."), -1, -1)] for key in keys}
    taken = [end for all_ends in ends.values() for end in all_ends]
    return {key: next(end for end in ends[key] if taken.count(end) == 1 or end == key) for key in keys}


def found_in(data: dict, kind: str, path: str) -> dict:
    """Return what DVC found in a run's file of params or metrics; nothing where its commit lacks it or it is broken."""
    return data.get(kind, {}).get(path, {}).get("data") or {}


def params_of(data: dict) -> dict[str, object]:
    return flat("", found_in(data, "params", str(PARAMS)))


def number(metrics: dict, *keys: str | None) -> float:
    """Return the number under nested keys, NaN without one: earlier commits had other metrics."""
    found: object = metrics
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, int | float) else float("nan")


def experiment_rows(shown: list[dict]) -> list[dict[str, str]]:
    """Return a row a run of `dvc exp show --json`, those best on validation rows held out first, unfinished ones last.

    A param that a run changed against its commit has the shortest end of its key that no other key has. What a run has
    no value of is shown as –; so are changes against a commit without params.
    """
    ranked = []
    for name, data, commit, unfinished in shown_runs(shown):
        now, before = params_of(data), params_of(commit)
        names = short_names(list(now))
        changed = [f"{names[key]}={value}" for key, value in now.items() if key not in before or before[key] != value]
        changed = changed if before else []
        row = {"experiment": name, "changed": ", ".join(changed) or "–", "policy": unfinished or "–"}
        numbers = [float("nan")] * len(NUMBERS)
        if unfinished is None:  # of an unfinished run DVC shows the metrics of its commit
            sweep, ranking = (found_in(data, "metrics", path) for path in (SWEEP, RANKING))
            policy = sweep.get("policy")
            row["policy"] = policy or "–"
            numbers = [
                number(sweep, "held_out_macro_f1", policy),
                *(number(sweep, "test", score) for score in ("micro_f1", "macro_f1", "macro_f1_frequent")),
                number(ranking, "test", "mean_average_precision"),
            ]
        ranked.append((numbers[0], row | dict(zip(NUMBERS, map(percent, numbers), strict=True))))
    ranked.sort(key=lambda pair: (pair[0] != pair[0], -pair[0]))  # not a number, so unfinished: last
    return [row for _, row in ranked]


def fitted(rows: list[dict[str, str]]) -> str:
    """Return the rows as text at most WIDTH wide; long names and changes go on in the next line."""
    header = {column: column for column in rows[0]}
    width = {column: max(len(row[column]) for row in [header, *rows]) for column in rows[0]}
    width["experiment"] = min(width["experiment"], NAME_WIDTH)
    others = sum(size + 2 for column, size in width.items() if column != "changed")
    width["changed"] = min(width["changed"], WIDTH - others)
    lines = []
    for row in [header, *rows]:
        wrapped = [textwrap.wrap(row[column], width[column]) for column in row]
        for cells in zip_longest(*wrapped, fillvalue=""):
            aligned = [
                cell.rjust(width[column]) if column in NUMBERS else cell.ljust(width[column])
                for column, cell in zip(row, cells, strict=True)
            ]
            lines.append("  ".join(aligned).rstrip())
    return "\n".join(lines)
