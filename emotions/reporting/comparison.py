"""A comparison of two runs in words and tables."""

from collections.abc import Callable

import pandas as pd

from emotions.experiments.bootstrap import RESAMPLES
from emotions.reporting.tables import SCORE_NAMES, percent, signed

TOO_MANY = f"Single labels were not tested: there are more than {RESAMPLES:,} resamples can tell from chance at once."


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


def said(side: dict) -> str:
    """Return what a side of a comparison is called, with its policies, and how many seeds where there are several."""
    seeds = f", {side['seeds']} seeds" if side["seeds"] > 1 else ""
    return f"{side['name']} ({side['policy']}{seeds})"


def noise_of(found: dict) -> str:
    """Return what a difference has to exceed: seeds are resampled where both sides have several."""
    return "noise" if min(found["a"]["seeds"], found["b"]["seeds"]) > 1 else "the noise of test rows"


def comparison_text(found: dict, table: Callable[[list[dict[str, str]]], str]) -> str:
    """Return the comparison in words and tables, each table as `table` lays it out."""
    called = SCORE_NAMES | {"macro_f1_frequent": f"macro-F1, labels with {found['frequent_rows']} test rows"}
    parts = [
        f"A is {said(found['a'])}, B is {said(found['b'])}; {found['test_rows']:,} test rows, scores in percent.",
        table([difference_row(called[of["metric"]], of) for of in found["scores"]]),
    ]
    noise = noise_of(found)
    if found["labels"]:
        parts += [
            f"Labels whose F1 moved beyond {noise}, of all labels tested at once (Holm's correction):",
            table([difference_row(of["label"], of) for of in found["labels"]]),
        ]
    elif found["labels_tested"]:
        parts.append(f"No label's F1 moved beyond {noise}, all tested at once (Holm's correction).")
    else:
        parts.append(TOO_MANY)
    if found["resamples_without_a_label"]:
        parts.append(
            f"{found['resamples_without_a_label']:,} of {RESAMPLES:,} resamples drew no row of some label; their means "
            "leave it out."
        )
    if found["params"]:
        parts += [
            "Params that differ:",
            table([{"param": key, "A": str(a), "B": str(b)} for key, (a, b) in found["params"].items()]),
        ]
    else:
        parts.append("The params are the same.")
    return "\n\n".join(parts)
