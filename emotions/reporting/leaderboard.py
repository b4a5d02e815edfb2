"""Recorded runs beside each other: policies, configurations, the leaderboard."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from emotions.errors import UserError
from emotions.experiments.bootstrap import SCORES
from emotions.experiments.protocol import CALIBRATED_MICRO
from emotions.experiments.recorded import Record
from emotions.experiments.runs import spelled
from emotions.reporting.tables import percent, signed
from emotions.thresholds.policies import LEAK

POLICIES = {  # a record's name: what a reader calls it
    "fixed": "fixed 0.5",
    "fixed_0_3": "fixed 0.3",
    "global": "one threshold from validation",
    "per_label": "per emotion from validation",
    "shrunk": "per emotion, shrunk towards one by rows",
    "averaged": "per emotion, averaged over resamples",
    CALIBRATED_MICRO: "one after calibration by emotion, for micro-F1",
    "precise": "per emotion, 80 % precision on validation",
    LEAK: "*per emotion tuned on test: a leak, for comparison only*",
}
HONEST = [policy for policy in POLICIES if policy not in (LEAK, "precise")]
CALIBRATIONS = {  # a record's name: what a reader calls it
    "none": "as trained",
    "temperature": "one temperature",
    "temperature_per_label": "temperature an emotion",
    "platt": "one slope and intercept",
    "platt_per_label": "slope and intercept an emotion",
}
CALLED = dict(zip(SCORES, ("micro", "macro-28", "macro-24"), strict=True))


def configurations(runs: dict[str, Record]) -> dict[str, dict[str, Record]]:
    """Return runs by configuration, then by name: `<configuration>-seed-<n>`, or the configuration's name alone.

    Raises UserError where two of one configuration are the same model: a training counts once.
    """
    found = {}
    for name, run in runs.items():
        seeds = found.setdefault(configuration_of(name), {})
        for other, earlier in seeds.items():
            if run.model_sha256 is not None and run.model_sha256 == earlier.model_sha256:
                raise UserError(f"results: {other} and {name} are records of one model: a training counts once")
        seeds[name] = run
    return found


def configuration_of(name: str) -> str:
    return re.sub(r"-seed-\d+$", "", name)


def mean_and_spread(values: Sequence[float]) -> str:
    """Return values in percent as mean ± standard deviation, or one value alone."""
    if len(values) == 1:
        return percent(values[0])
    return f"{100 * np.mean(values):.2f} ± {100 * np.std(values, ddof=1):.2f}"


def policy_row(runs: list[Record], policy: str) -> dict[str, str]:
    """Return a policy's scores on test, as mean and spread over seeds, with its loss from validation to test."""
    test = pd.DataFrame([run.test(policy) for run in runs])
    row = {
        "thresholds": POLICIES[policy],
        "macro-28": mean_and_spread(test["macro_f1"]),
        "macro-24": mean_and_spread(test["macro_f1_frequent"]),
        "micro": mean_and_spread(test["micro_f1"]),
        "weighted": mean_and_spread(test["weighted_f1"]),
        "samples": mean_and_spread(test["samples_f1"]),
        "subset accuracy": mean_and_spread(test["subset_accuracy"]),
        "Hamming loss": f"{test['hamming_loss'].mean():.4f}",
        "predictions a row": f"{test['predictions_per_row'].mean():.2f}",
        "empty rows": f"{test['empty_rows_share'].mean():.1%}",
        "macro-28 unseen": mean_and_spread(
            [run.metrics["test_unseen"]["policies"][policy]["macro_f1"] for run in runs]
        ),
    }
    if policy == LEAK:
        return row | {"macro-28 held out": "–", "validation to test": "–"}
    validation = [run.metrics["validation"]["policies"][policy]["macro_f1"] for run in runs]
    held_out = [run.metrics["held_out"][policy]["macro_f1"] for run in runs]
    return row | {
        "macro-28 held out": mean_and_spread(held_out),
        "validation to test": signed(test["macro_f1"].mean() - np.mean(validation)),
    }


def in_words(changed: dict[str, object]) -> str:
    return ", ".join(f"`{key}={spelled(value)}`" for key, value in changed.items())


def leaderboard_rows(runs: dict[str, Record], changes: dict[str, dict]) -> list[dict[str, str]]:
    """Return one row a run, best on validation first; test scores by the policy that held-out rows chose.

    A run that is neither of results/runs.yaml nor made of others was made by an earlier pipeline: its commit is named.
    """
    rows = []
    for name, run in sorted(runs.items(), key=lambda item: -item[1].ranking):
        changed = (in_words(changes[name]) or "the base") if name in changes else f"commit {run.revision[:7]}"
        test = run.test(run.policy)
        low, high = run.metrics["intervals"][run.policy]["macro_f1"]
        rows.append(
            {
                "run": f"[{name}]({name}/)",
                "changes": run.made_of or changed,
                "parameters": f"{run.parameters / 1e6:.1f}M",
                "validation mAP": percent(run.ranking),
                "test mAP": percent(run.metrics["test"]["mean_average_precision"]),
                "policy": run.policy,
                "macro-28": f"{percent(test['macro_f1'])} ({percent(low)} to {percent(high)})",
                "macro-24": percent(test["macro_f1_frequent"]),
                "micro": percent(test["micro_f1"]),
                "micro by its own policy": percent(run.test(CALIBRATED_MICRO)["micro_f1"]),
                "ECE, pooled / by emotion": f"{percent(run.metrics['expected_calibration_error']['none'])} / "
                f"{percent(run.metrics['classwise_calibration_error']['none'])}",
            }
        )
    return rows


def configuration_rows(runs: dict[str, Record], least: int) -> list[dict[str, str]]:
    """Return one row a configuration of at least so many seeds, best on validation first: means ± spread over seeds."""
    trained = configurations({name: run for name, run in runs.items() if not run.made_of})
    rows = []
    for name, of in trained.items():
        if len(of) < least:
            continue
        seeds = list(of.values())
        ranking = np.array([run.ranking for run in seeds])
        on_test = np.array([run.metrics["test"]["mean_average_precision"] for run in seeds])
        row = {
            "configuration": name,
            "parameters": f"{seeds[0].parameters / 1e6:.1f}M",
            "validation mAP": mean_and_spread(ranking),
            "test mAP": mean_and_spread(on_test),
            "validation to test": mean_and_spread(on_test - ranking),
            "macro-28": mean_and_spread([run.test("averaged")["macro_f1"] for run in seeds]),
            "macro-24": mean_and_spread([run.test("averaged")["macro_f1_frequent"] for run in seeds]),
            "micro": mean_and_spread([run.test("averaged")["micro_f1"] for run in seeds]),
            "micro by its own policy": mean_and_spread([run.test(CALIBRATED_MICRO)["micro_f1"] for run in seeds]),
        }
        rows.append((ranking.mean(), row))
    return [row for _, row in sorted(rows, key=lambda one: -one[0])]


def emotion_rows(runs: list[Record], published: pd.DataFrame) -> list[dict[str, str]]:
    """Return one row a label: F1 on test by the chosen policy as the mean of seeds, beside what others published."""
    table = runs[0].labels[["label", "train_rows", "test_rows"]].merge(published, on="label", how="left")
    ours = np.mean([run.labels[f"{run.policy}_f1"] for run in runs], axis=0)
    ranked = np.mean([run.labels["average_precision"] for run in runs], axis=0)
    return [
        {
            "emotion": row.label,
            "training rows": f"{row.train_rows:,}",
            "test rows": f"{row.test_rows:,}",
            "ours": percent(ours[row.Index]),
            "average precision": percent(ranked[row.Index]),
            "BERT-base report": percent(row.report_f1),
            "paper": percent(row.paper_f1),
            "best of four": percent(row.best_f1),
        }
        for row in table.itertuples()
    ]


def group_rows(run: Record) -> list[dict[str, str]]:
    return [
        {
            "grouping": row["grouping"],
            "group": row["group"],
            "test rows": f"{row['rows']:,}",
            **{policy: percent(row[policy]) for policy in HONEST},
        }
        for _, row in run.groups.iterrows()
    ]


def calibration_rows(runs: dict[str, Record]) -> list[dict[str, str]]:
    """Return one row a run: pooled error, error by emotion and log loss on test, by each calibration."""
    rows = []
    for name, run in runs.items():
        of = run.metrics
        cells = {
            called: f"{percent(of['expected_calibration_error'][kind])} / "
            f"{percent(of['classwise_calibration_error'][kind])} / {of['log_loss'][kind]:.4f}"
            for kind, called in CALIBRATIONS.items()
        }
        rows.append({"run": name, **cells})
    return rows


def own_sweep_rows(runs: dict[str, Record]) -> list[dict[str, str]]:
    """Return one row a run whose own threshold_sweep is recorded: what it chose, and how that scores on test."""
    rows = []
    for name, run in runs.items():
        if (own := run.metrics.get("own_sweep")) is None:
            continue
        low, high = own["intervals"]["micro_f1"]
        rows.append(
            {
                "run": name,
                "objective": run.sweep["objective"],
                "calibration": CALIBRATIONS[run.sweep["calibration"]],
                "thresholds": POLICIES[own["policy"]],
                "macro-28": percent(own["test"]["macro_f1"]),
                "macro-24": percent(own["test"]["macro_f1_frequent"]),
                "micro": f"{percent(own['test']['micro_f1'])} ({percent(low)} to {percent(high)})",
                "ECE, pooled / by emotion": f"{percent(own['expected_calibration_error'])} / "
                f"{percent(own['classwise_calibration_error'])}",
            }
        )
    return rows
