"""What configurations score more than others, with intervals over test rows and seeds."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from emotions.errors import UserError
from emotions.experiments.bootstrap import SCORES, can_fall, holm, interval, p_value, resampled_differences
from emotions.experiments.compare import LEVEL
from emotions.experiments.protocol import CALIBRATED_MICRO, PAIRED, RANKING
from emotions.experiments.recorded import Record
from emotions.experiments.run import SEED_KEY
from emotions.reporting.leaderboard import CALLED, configurations, in_words
from emotions.reporting.tables import markdown, signed

Seeds = dict[str, Record]  # the runs of one configuration, by name


class Difference(NamedTuple):
    """How much more a configuration scores on test, its 95 % interval, and the level at which that leaves out 0."""

    value: float
    low: float
    high: float
    p_value: float

    def __str__(self) -> str:
        return f"{signed(self.value)} ({signed(self.low)} to {signed(self.high)})"


def mean_of(seeds: Seeds, value: Callable[[Record], float]) -> float:
    return float(np.mean([value(run) for run in seeds.values()]))


def difference(before: Seeds, after: Seeds, policy: str, score: str) -> Difference:
    """Return what `after` scores more than `before`: one of SCORES by a policy whose resamples are kept, or RANKING."""
    of_seeds = [np.stack([run.resampled_score(policy, score) for run in side.values()]) for side in (before, after)]
    resampled = resampled_differences(*of_seeds)
    before_mean, after_mean = (mean_of(side, lambda run: run.test_score(policy, score)) for side in (before, after))
    return Difference(after_mean - before_mean, *interval(resampled), p_value(resampled))


def beyond_goal(seeds: list[Record], policy: str, score: str, goal: float) -> Difference:
    """Return what a configuration scores more than a goal, as `difference` does."""
    of_seeds = np.stack([run.resampled_score(policy, score) for run in seeds])
    resampled = resampled_differences(np.full_like(of_seeds, goal), of_seeds)
    mean = float(np.mean([run.test_score(policy, score) for run in seeds]))
    return Difference(mean - goal, *interval(resampled), p_value(resampled))


def ablations(runs: dict[str, Record], base: str, changes: Iterable[str]) -> pd.DataFrame:
    """Return what each configuration of `changes` scores more than the configuration `base`, thresholds by PAIRED.

    Columns run (the configuration), first (the run whose changes are its own), seeds, ranking (validation mAP), and for
    each of SCORES on test its name, then with `_low` and `_high` its 95 % interval and with `_clear` whether it stays
    after Holm's correction over all configurations of the table. The resamples of all runs are of the same rows, so
    differences are paired; with several seeds on both sides seeds are resampled too.
    """
    known = configurations({name: runs[name] for name in changes if name in runs})
    against = known.pop(base)
    if not known:
        return pd.DataFrame()
    rows = []
    p_values = {score: [] for score in SCORES}
    for configuration, seeds in known.items():
        row = {"run": configuration, "first": next(iter(seeds)), "seeds": len(seeds), "ranking": gain(against, seeds)}
        for score in SCORES:
            of_score = difference(against, seeds, PAIRED, score)
            row |= {score: of_score.value, f"{score}_low": of_score.low, f"{score}_high": of_score.high}
            p_values[score].append(of_score.p_value)
        rows.append(row)
    table = pd.DataFrame(rows)
    for score, of_score in p_values.items():
        table[f"{score}_clear"] = holm(of_score, LEVEL)
    return table


def gain(before: Seeds, after: Seeds) -> float:
    """Return what `after` ranks better than `before` on validation, in mean average precision."""
    return mean_of(after, lambda run: run.ranking) - mean_of(before, lambda run: run.ranking)


def ablation_rows(differences: pd.DataFrame, changes: dict[str, dict]) -> list[dict[str, str]]:
    """Return one row a configuration from what `ablations` returns.

    A difference that stays after the correction is bold; in italics where it has one seed, whose luck nobody knows.
    """
    rows = []
    for of in differences.to_dict("records"):
        changed = {key: value for key, value in changes[of["first"]].items() if key != SEED_KEY}
        row = {
            "configuration": of["run"],
            "seeds": str(of["seeds"]),
            "changes": in_words(changed) or "the base",
            "validation mAP": signed(of["ranking"]),
        }
        for score, called in CALLED.items():
            low, high = of[f"{score}_low"], of[f"{score}_high"]
            mark = "" if not of[f"{score}_clear"] else "**" if of["seeds"] > 1 else "*"
            row[called] = f"{mark}{signed(of[score])}{mark} ({signed(low)} to {signed(high)})"
        rows.append(row)
    return rows


def correction_in_words(differences: pd.DataFrame) -> str:
    """Return how many configurations the table corrects for, and whether the resamples can tell so many apart."""
    count = len(differences)
    if not can_fall(count, LEVEL):
        return (
            f"There are {count} configurations, more than the resamples can tell from chance at once; none is marked."
        )
    return (
        f"In bold what stays after Holm's correction for the {count} configurations compared, score by score; in "
        "italics what does so with one seed: beyond the noise of test rows; seeds unknown."
    )


def comparison_table(runs: dict[str, Record], pairs: list[list[str]]) -> str:
    """Return the table of pairs of configurations, or of single runs, B - A: macro-F1 by PAIRED, micro-F1 by its own.

    Raises UserError for a configuration that is not recorded.
    """
    known = configurations(runs) | {name: {name: run} for name, run in runs.items()}
    rows = []
    for names in pairs:
        if missing := [name for name in names if name not in known]:
            raise UserError(f"results/runs.yaml: comparisons name {', '.join(missing)}, which is not recorded")
        before, after = (known[name] for name in names)
        rows.append(
            {
                "A": f"`{names[0]}`",
                "B": f"`{names[1]}`",
                "seeds": f"{len(before)}, {len(after)}",
                "validation mAP": signed(gain(before, after)),
                "test mAP": str(difference(before, after, RANKING, RANKING)),
                "macro-28": str(difference(before, after, PAIRED, "macro_f1")),
                "macro-24": str(difference(before, after, PAIRED, "macro_f1_frequent")),
                "micro": str(difference(before, after, CALIBRATED_MICRO, "micro_f1")),
            }
        )
    return markdown(rows)
