"""Tables of recorded runs whose rows have one label each, and of what sets them apart from runs of any number."""

import numpy as np

from emotions.experiments.recorded import Record
from emotions.metrics.problem import SINGLE_LABEL, SingleLabel
from emotions.reporting.leaderboard import POLICIES, configurations, mean_and_spread
from emotions.reporting.tables import markdown, percent, signed

ARGMAX = SingleLabel.default_policy
REJECTING = (ARGMAX, "fixed_0_3", "fixed", "precise")  # by falling share of rows that get an answer
CALLED = POLICIES | {ARGMAX: "none: the most probable label", "precise": "per label, 80 % precision on validation"}


def of_one_label(recorded: dict[str, Record]) -> dict[str, dict[str, Record]]:
    """Return the records of one label a row by configuration, then by name."""
    return configurations({name: run for name, run in recorded.items() if run.problem.type == SINGLE_LABEL})


def accuracy_table(found: dict[str, dict[str, Record]], goals: dict[str, float]) -> str:
    """Return one row a configuration: scores on test as mean ± spread over seeds, accuracy against its goal too.

    `goals` are accuracies by configuration. The calibration error is of the most probable label, as trained.
    """
    rows = []
    for name, of in found.items():
        seeds = list(of.values())
        test = [run.test(ARGMAX) for run in seeds]
        accuracy, goal = [scores["accuracy"] for scores in test], goals.get(name)
        rows.append(
            {
                "configuration": f"{name} ({seeds[0].checkpoint})",
                "seeds": str(len(seeds)),
                "validation accuracy": mean_and_spread([run.metrics["validation"]["accuracy"] for run in seeds]),
                "accuracy": mean_and_spread(accuracy),
                "goal": "–" if goal is None else percent(goal),
                "accuracy - goal": "–" if goal is None else signed(np.mean(accuracy) - goal),
                "macro-F1": mean_and_spread([scores["macro_f1"] for scores in test]),
                "among the first three": mean_and_spread([run.metrics["test"]["top_3_accuracy"] for run in seeds]),
                "calibration error": mean_and_spread(
                    [run.metrics["expected_calibration_error"]["none"] for run in seeds]
                ),
                "with one temperature": mean_and_spread(
                    [run.metrics["expected_calibration_error"]["temperature"] for run in seeds]
                ),
            }
        )
    return markdown(rows)


def coverage_table(seeds: list[Record]) -> str:
    """Return one row a policy: the share of test rows that get an answer, and how good the answers are."""
    rows = []
    for policy in REJECTING:
        test = [run.test(policy) for run in seeds]
        rows.append(
            {"thresholds": CALLED[policy]}
            | {
                called: mean_and_spread([scores[score] for scores in test])
                for score, called in (
                    ("coverage", "rows answered"),
                    ("accuracy_of_answered", "accuracy of the answers"),
                    ("macro_f1_of_answered", "macro-F1 of the answers"),
                )
            }
        )
    return markdown(rows)


def kinds_table(one: list[Record], many: list[Record], policy: str) -> str:
    """Return what sets a source of one label a row apart from one of any number, a column each.

    `policy` decides where a row may have any number of labels; scores are means ± spread over seeds.
    """

    def column(seeds: list[Record], policy: str) -> dict[str, str]:
        labels, test = seeds[0].labels, [run.test(policy) for run in seeds]
        return {
            "labels": f"{len(labels):,}",
            "labels a test row": f"{labels['test_rows'].sum() / seeds[0].metrics['test']['rows']:.2f}",
            "training rows of the commonest label to those of the rarest": (
                f"{labels['train_rows'].max() / labels['train_rows'].min():,.0f} to 1"
            ),
            "rows with all labels right": mean_and_spread([scores["subset_accuracy"] for scores in test]),
            "micro-F1": mean_and_spread([scores["micro_f1"] for scores in test]),
            "macro-F1": mean_and_spread([scores["macro_f1"] for scores in test]),
            "mean average precision": mean_and_spread([run.metrics["test"]["mean_average_precision"] for run in seeds]),
        }

    first, second = column(one, ARGMAX), column(many, policy)
    return markdown(
        [
            {"on test": name, f"one label: {one[0].source}": first[name], f"any number: {many[0].source}": second[name]}
            for name in first
        ]
    )
