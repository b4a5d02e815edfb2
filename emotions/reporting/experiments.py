"""The experiments of a commit in a table that fits a terminal or a pull request."""

import textwrap
from collections.abc import Iterator
from itertools import zip_longest

from emotions.experiments.run import flat
from emotions.params import PARAMS
from emotions.reporting.tables import percent

WIDTH = 120
NAME_WIDTH = 34
NUMBERS = ("held out", "micro", "macro", "frequent", "mAP")
SWEEP = "metrics/threshold_sweep.json"
RANKING = "metrics/evaluate.json"
LEGEND = (
    "In percent. held out: macro-F1 on validation rows held out, by which the rows are sorted. On test:\n"
    "micro-F1, macro-F1, macro-F1 of the frequent labels, mean average precision."
)


def shown_runs(shown: list[dict]) -> Iterator[tuple[str, dict, dict, str | None]]:
    """Yield the runs of `dvc exp show --json`: name, data, its commit's data, and a word where it is not finished.

    The workspace stands first in what DVC shows; its commit is the one that follows.
    """
    for baseline in shown:
        commit = shown[1] if baseline["rev"] == "workspace" else baseline
        yield baseline["name"] or baseline["rev"], baseline["data"], commit["data"], None
        for experiment in baseline["experiments"] or []:
            state = (experiment["executor"] or {}).get("state")
            revision = experiment["revs"][0]
            yield (
                experiment["name"] or revision["rev"][:7],
                revision["data"],
                baseline["data"],
                None if state in (None, "success") else state,
            )


def short_names(keys: list[str]) -> dict[str, str]:
    """Return for each dotted key its shortest end that no other key has: weighting for train.loss.weighting."""
    ends = {key: [key.split(".", start)[-1] for start in range(key.count("."), -1, -1)] for key in keys}
    taken = [end for all_ends in ends.values() for end in all_ends]
    return {key: next(end for end in ends[key] if taken.count(end) == 1 or end == key) for key in keys}


def params_of(data: dict) -> dict[str, object]:
    return flat(data["params"][str(PARAMS)]["data"])


def experiment_rows(shown: list[dict]) -> list[dict[str, str]]:
    """Return a row a run of `dvc exp show --json`, those best on validation rows held out first, unfinished ones last.

    A param that a run changed against its commit has the shortest end of its key that no other key has.
    """
    ranked = []
    for name, data, commit, unfinished in shown_runs(shown):
        now, before = params_of(data), params_of(commit)
        names = short_names(list(now))
        changed = [f"{names[key]}={value}" for key, value in now.items() if key not in before or before[key] != value]
        row = {"experiment": name, "changed": ", ".join(changed) or "–", "policy": unfinished or "–"}
        numbers = [float("nan")] * len(NUMBERS)
        sweep, ranking = (data["metrics"].get(path, {}).get("data") for path in (SWEEP, RANKING))
        if sweep and ranking and unfinished is None:  # of an unfinished run DVC shows the metrics of its commit
            row["policy"] = sweep["policy"]
            numbers = [
                sweep["held_out_macro_f1"][sweep["policy"]],
                *(sweep["test"][score] for score in ("micro_f1", "macro_f1", "macro_f1_frequent")),
                ranking["test"]["mean_average_precision"],
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
