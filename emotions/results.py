"""Rebuild the results tables from the records in results/: `python -m emotions.results`, `--check` for CI."""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from emotions.artifacts import whole

RESULTS = Path("results")
PUBLISHED = RESULTS / "published.csv"
PUBLISHED_PER_EMOTION = RESULTS / "published_per_emotion.csv"
PICTURE = RESULTS / "per_emotion.png"
PAGE = RESULTS / "README.md"
README = Path("README.md")  # its tables stand between <!-- table NAME: made by `make results` --> and <!-- end -->
BENCHMARK = Path("benchmarks/training.json")

NUMBERS = ("F1", "mAP", "rows")  # what a column's name holds where its cells are numbers
POLICIES = {  # a record's name: what a reader calls it
    "fixed_0_5": "fixed 0.5",
    "fixed_0_3": "fixed 0.3",
    "global": "one threshold from validation",
    "per_label": "per emotion from validation",
    "per_label_tuned_on_test_leak": "*per emotion tuned on test: a leak, for comparison only*",
}


@dataclass(frozen=True)
class Run:
    """A recorded run: its metrics.json, its per-emotion table, how many parameters its model has."""

    metrics: dict
    labels: pd.DataFrame
    parameters: int


def read_run(folder: Path) -> Run:
    return Run(
        metrics=json.loads((folder / "metrics.json").read_text(encoding="utf-8")),
        labels=pd.read_csv(folder / "per_emotion.csv"),
        parameters=json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["parameters"],
    )


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
    frequent = next(key for key in test["policies"]["fixed_0_5"] if key.startswith("macro_f1_"))
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


def picture(name: str, labels: pd.DataFrame, seed: pd.DataFrame) -> Figure:
    """Draw each label's F1 in the seed report and in a run with one threshold, a line between the two."""
    both = labels.merge(seed, on="label").sort_values("global_f1")
    figure, axes = plt.subplots(figsize=(8, 8.3))
    names = [f"{row.label} ({row.test_rows})" for row in both.itertuples()]
    axes.hlines(names, both["seed_f1"], both["global_f1"], color="#999999", linewidth=1.5, zorder=1)
    axes.scatter(both["seed_f1"], names, color="#D55E00", marker="s", s=30, label="seed report, fixed 0.5")
    axes.scatter(both["global_f1"], names, color="#0072B2", s=45, label=f"{name}, one threshold from validation")
    axes.set(xlim=(-0.02, 1), xlabel="test F1", title="GoEmotions: F1 of each emotion (test rows)")
    axes.legend(loc="lower right")
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(y=0.02)
    return figure


def headline_run(runs: dict[str, Run]) -> str:
    """Return the run with the highest macro-F1 on validation, one threshold for all: test has no say."""
    return max(runs, key=lambda name: runs[name].metrics["validation"]["policies"]["global"]["macro_f1"])


def readme_table(name: str, run: Run, published: pd.DataFrame) -> str:
    """Return the README's table: the published rows, then a run's policies but the leak."""
    rows = [{key: row[key] for key in row if key != "source"} for row in published_rows(published)]
    honest = [row for row in run_rows(name, run) if "leak" not in row["thresholds"]]
    return markdown(rows + [{key: row[key] for key in rows[0]} for row in honest])


def speed_table(benchmark: dict) -> str:
    """Return the README's table of training speeds; ratios as median (minimum to maximum) over the rounds."""
    called = {
        "seed_report": "the seed report's settings: batches of 16, random, {plain}",
        "fp32_random_batches": "this project's, but fp32 and random batches",
        "this_project": "this project's: batches of similar length, {fast}",
    }
    precision = {"fast": benchmark["machine"]["precision"], "plain": benchmark["plain_precision"]}
    ratios = {
        name: "{median:.2f} ({minimum:.2f} to {maximum:.2f})".format(**ratio)
        for name, ratio in benchmark["ratio_to"].items()
    }
    return markdown(
        [
            {
                "training with": text.format(**precision),
                "rows/s": f"{benchmark['rows_per_second'][name]:.0f}",
                "this project's speed against it": ratios.get(name, ""),
            }
            for name, text in called.items()
        ]
    )


def with_table(readme: str, name: str, table: str) -> str:
    """Return the README with the table between its two marks."""
    begin, end = f"<!-- table {name}: made by `make results` -->", "<!-- end -->"
    before, _, rest = readme.partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        raise SystemExit(f"{README}: expected a line {begin!r} and, below it, {end!r}")
    return f"{before}{begin}\n{table}\n{end}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a table is stale")
    check = parser.parse_args().check
    runs = {path.parent.name: read_run(path.parent) for path in sorted(RESULTS.glob("*/metrics.json"))}
    published, seed = pd.read_csv(PUBLISHED), pd.read_csv(PUBLISHED_PER_EMOTION)
    readme = README.read_text(encoding="utf-8")
    if not runs:
        raise SystemExit(f"{RESULTS}: expected at least one recorded run; found none: python -m emotions.record NAME")

    best = headline_run(runs)
    benchmark = json.loads(BENCHMARK.read_text(encoding="utf-8"))
    readme_with_scores = with_table(readme, "scores", readme_table(best, runs[best], published))
    texts = {
        PAGE: page(runs, published, seed),
        README: with_table(readme_with_scores, "speed", speed_table(benchmark)),
    }
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]

    if check and stale:
        raise SystemExit(f"{', '.join(map(str, stale))}: not what the records in {RESULTS}/ say; make results")
    if not check:
        for path in stale:
            with whole(path) as beside:
                beside.write_text(texts[path], encoding="utf-8")
        matplotlib.use("agg")
        figure = picture(best, runs[best].labels, seed)
        with whole(PICTURE) as beside:
            figure.savefig(beside, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    print(f"results: {len(runs)} recorded runs, {best} ahead on validation, tables as they say")


if __name__ == "__main__":
    main()
