"""The configurations that results/runs.yaml names as headlines: their seeds, their tables, what they reached."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from emotions.errors import UserError
from emotions.experiments.protocol import CALIBRATED_MICRO, KEPT
from emotions.experiments.recorded import Record
from emotions.reporting.differences import beyond_goal
from emotions.reporting.leaderboard import CALIBRATIONS, CALLED, HONEST, POLICIES, configurations, mean_and_spread
from emotions.reporting.tables import markdown, percent, published_rows, signed

SEEDS = 3  # a single run may be luck
CALIBRATED = "platt_per_label"
ERRORS = {
    "expected_calibration_error": "calibration error, pooled",
    "classwise_calibration_error": "calibration error, by emotion",
}


@dataclass(frozen=True)
class Headline:
    """A configuration that the tables show: its records by seed, and the goals that were set for it, by score."""

    configuration: str
    seeds: dict[str, Record]
    goals: dict[str, float]

    @property
    def runs(self) -> list[Record]:
        return list(self.seeds.values())

    @property
    def checkpoint(self) -> str:
        return self.runs[0].checkpoint

    @property
    def millions(self) -> str:
        return f"{self.runs[0].parameters / 1e6:.1f}M"

    @property
    def policy(self) -> str:
        """The policy with the highest macro-F1 on held-out validation rows, of those that are not chosen for micro."""
        return max(
            (policy for policy in HONEST if policy != CALIBRATED_MICRO),
            key=lambda policy: sum(run.metrics["held_out"][policy]["macro_f1"] for run in self.runs),
        )


def headlines(runs: dict[str, Record], named: dict[str, dict]) -> list[Headline]:
    """Return, for each headline named, the best of its candidates on validation, as the mean of its seeds.

    `named` has `candidates`, configurations, and `goals` by name. Test has no say. Raises UserError where no candidate
    has SEEDS records.
    """
    recorded = configurations(runs)
    found = []
    for name, of in named.items():
        known = {one: recorded[one] for one in of["candidates"] if len(recorded.get(one, {})) >= SEEDS}
        if not known:
            raise UserError(
                f"headline {name}: expected records of {' or '.join(of['candidates'])}, {SEEDS} seeds; found none: "
                "python -m emotions record NAME-seed-42"
            )
        best = max(known, key=lambda one: np.mean([run.ranking for run in known[one].values()]))
        found.append(Headline(best, known[best], of["goals"]))
    return found


def our_row(system: str, seeds: list[Record], policy: str) -> dict[str, str]:
    """Return our scores on test by a policy, mean ± spread over seeds, in the columns of the published ones."""
    scores = pd.DataFrame([run.test(policy) for run in seeds])
    return {
        "system": system,
        "thresholds": POLICIES[policy],
        "micro-F1": mean_and_spread(scores["micro_f1"]),
        "macro-F1": mean_and_spread(scores["macro_f1"]),
    }


def without_source(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{key: value for key, value in row.items() if key != "source"} for row in rows]


def headline_table(ours: list[Headline], published: pd.DataFrame) -> str:
    """Return the first published system, those of the highest micro-F1 and macro-F1, then each headline's means."""
    shown = [0, published["micro_f1"].idxmax(), published["macro_f1"].idxmax()]
    rows = without_source(published_rows(published.loc[list(dict.fromkeys(shown))]))
    for one in ours:
        system = f"**this project: {one.checkpoint}** ({one.millions}), mean of {len(one.seeds)} seeds"
        rows.append(our_row(system, one.runs, one.policy))
    return markdown(rows)


def scores_table(ours: list[Headline], published: pd.DataFrame) -> str:
    """Return all published rows, then those of each headline, one a policy."""
    rows = without_source(published_rows(published))
    for one in ours:
        system = f"**{one.checkpoint}, {one.configuration}** ({one.millions}), {len(one.seeds)} seeds"
        rows += [our_row(system, one.runs, policy) for policy in HONEST]
    return markdown(rows)


def goals_table(ours: list[Headline]) -> str:
    """Return each headline's scores on test against its goals: macro-F1 by one policy, micro-F1 by the one for it.

    Calibration errors are those after CALIBRATED; a score without a goal is told as well. How far F1 is off its goal
    has a 95 % interval over test rows and seeds, where the policy's resamples are kept.
    """
    rows = []
    for one in ours:
        for score in ("macro_f1", "macro_f1_frequent", "micro_f1", *ERRORS):
            policy = CALIBRATED_MICRO if score == "micro_f1" else one.policy
            values = [
                run.metrics[score][CALIBRATED] if score in ERRORS else run.test(policy)[score] for run in one.runs
            ]
            goal = one.goals.get(score)
            rows.append(
                {
                    "configuration": f"`{one.configuration}` ({one.millions})",
                    "score": ERRORS.get(score) or CALLED[score],
                    "by": CALIBRATIONS[CALIBRATED] if score in ERRORS else POLICIES[policy],
                    "goal": "–" if goal is None else f"{'at most ' * (score in ERRORS)}{percent(goal)}",
                    "test": mean_and_spread(values),
                    "test - goal": off_goal(one, policy, score, goal, values),
                }
            )
    return markdown(rows)


def off_goal(one: Headline, policy: str, score: str, goal: float | None, values: list[float]) -> str:
    """Return how far the mean of seeds is above a goal, `–` without one; of an F1 with its interval, if it is kept."""
    if goal is None:
        return "–"
    if score in ERRORS or policy not in KEPT:
        return signed(np.mean(values) - goal)
    return str(beyond_goal(one.runs, policy, score, goal))
