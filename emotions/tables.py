"""Markdown tables of recorded runs, of published scores, of training speeds."""

import pandas as pd

from emotions.record import Run

NUMBERS = (
    "F1",
    "mAP",
    "rows",
    "tokens",
    "padding",
    "limit",
    "exponent",
)  # what a column's name holds where its cells are numbers
POLICIES = {  # a record's name: what a reader calls it
    "fixed": "fixed 0.5",
    "fixed_0_3": "fixed 0.3",
    "global": "one threshold from validation",
    "per_label": "per emotion from validation",
    "shrunk": "per emotion, shrunk towards one by rows",
    "averaged": "per emotion, averaged over resamples",
    "per_label_tuned_on_test_leak": "*per emotion tuned on test: a leak, for comparison only*",
}


def percent(value: float) -> str:
    return "–" if pd.isna(value) else f"{100 * value:.2f}"


def markdown(rows: list[dict[str, str]]) -> str:
    """Return a table, columns in the order of the first row's keys; numbers to the right."""
    columns = list(rows[0])
    lines = [columns, ["---:" if any(word in column for word in NUMBERS) else "---" for column in columns]]
    lines += [[row[column] for column in columns] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def run_rows(name: str, run: Run) -> list[dict[str, str]]:
    """Return one row a policy of a recorded run, scored on test."""
    test = run.metrics["test"]
    frequent = next(key for key in test["policies"]["fixed"] if key.startswith("macro_f1_"))
    return [
        {
            "system": f"**{name}** ({run.parameters / 1e6:.1f}M)",
            "thresholds": called,
            "micro-F1": percent(test["policies"][policy]["micro_f1"]),
            "macro-F1": percent(test["policies"][policy]["macro_f1"]),
            f"macro-F1 of {frequent.removeprefix('macro_f1_')}": percent(test["policies"][policy][frequent]),
            "mAP": percent(test["mean_average_precision"]),
        }
        for policy, called in POLICIES.items()
    ]


def published_rows(table: pd.DataFrame) -> list[dict[str, str]]:
    return [
        {
            "system": f"{row.system} ({row.parameters})",
            "thresholds": row.policy,
            "micro-F1": percent(row.micro_f1),
            "macro-F1": percent(row.macro_f1),
            "source": row.source,
        }
        for row in table.itertuples()
    ]


def emotion_rows(labels: pd.DataFrame, published: pd.DataFrame) -> list[dict[str, str]]:
    """Return one row a label: its F1 on test in the seed report, in the paper and under each of a run's policies."""
    return [
        {
            "emotion": row["label"],
            "test rows": str(row["test_rows"]),
            "F1 seed": percent(row["seed_f1"]),
            "F1 paper": percent(row["paper_f1"]),
            **{f"F1 {called}": percent(row[f"{policy}_f1"]) for policy, called in list(POLICIES.items())[:-1]},
        }
        for _, row in labels.merge(published, on="label", how="left").iterrows()
    ]


def page(runs: dict[str, Run], published: pd.DataFrame, seed: pd.DataFrame) -> str:
    """Return results/README.md: every recorded run by policy and by label, then what others published."""
    parts = ["# Recorded runs on GoEmotions, test split", "Made by `make results` from the folders beside this file."]
    for name, run in runs.items():
        parts += [f"## {name}", markdown(run_rows(name, run)), markdown(emotion_rows(run.labels, seed))]
    parts += ["## Published", markdown(published_rows(published))]
    return "\n\n".join(parts) + "\n"


def readme_table(name: str, run: Run, published: pd.DataFrame) -> str:
    """Return the README's table: the published rows, then a run's policies but the leak."""
    rows = [{key: row[key] for key in row if key != "source"} for row in published_rows(published)]
    honest = [row for row in run_rows(name, run) if "leak" not in row["thresholds"]]
    return markdown(rows + [{key: row[key] for key in rows[0]} for row in honest])


def speed_table(benchmark: dict) -> str:
    """Return the README's table of training speeds; rows/s as median (minimum to maximum) over the pairs."""
    called = {
        "seed_report": "the seed report's recipe: random batches of {batch}, {precision}",
        "this_project": "this project: batches of {batch} of one length, {precision}",
    }
    return markdown(
        [
            {
                "training with": text.format(
                    batch=benchmark["batch_size"][name], precision=benchmark["precision"][name]
                ),
                "rows/s": "{median:.0f} ({minimum:.0f} to {maximum:.0f})".format(**benchmark["rows_per_second"][name]),
                "tokens/s": f"{benchmark['tokens_per_second'][name]:,}",
                "padding": f"{benchmark['padding_share'][name]:.1%}",
                "of the limit": f"{benchmark['limit_share'][name]:.0%}",
            }
            for name, text in called.items()
        ]
    )


def growth_table(growth: dict) -> str:
    """Return the README's table of what the stages besides training cost: seconds and peak memory by rows."""
    return markdown(
        [
            {
                "stage": f"`{stage.replace('_', '-')}`",
                **{
                    f"{taken['rows']:,} rows": f"{taken['seconds']:.1f} s, {taken['peak_mib']:,} MiB"
                    for taken in points
                },
                "exponent": f"{growth['exponent'][stage]:.2f}",
            }
            for stage, points in growth["stages"].items()
        ]
    )
