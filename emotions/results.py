"""Rebuild the results tables from the records in results/: `python -m emotions.results`, `--check` for CI."""

import argparse
import json
from pathlib import Path

import pandas as pd

from emotions.artifacts import whole

RESULTS = Path("results")
PUBLISHED = RESULTS / "published.csv"
PAGE = RESULTS / "README.md"
README = Path("README.md")
BEGIN, END = "<!-- results: made by `make results` -->", "<!-- end of results -->"

POLICIES = {  # a record's name: what a reader calls it
    "fixed_0_5": "fixed 0.5",
    "fixed_0_3": "fixed 0.3",
    "global": "one threshold from validation",
    "per_label": "per emotion from validation",
    "per_label_tuned_on_test_leak": "*per emotion tuned on test: a leak, for comparison only*",
}


def percent(value: float) -> str:
    return "–" if pd.isna(value) else f"{100 * value:.2f}"


def markdown(rows: list[dict[str, str]]) -> str:
    """Return a table, columns in the order of the first row's keys; numbers to the right."""
    columns = list(rows[0])
    lines = [columns, ["---:" if "F1" in column or column == "mAP" else "---" for column in columns]]
    lines += [[row[column] for column in columns] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def run_rows(name: str, metrics: dict) -> list[dict[str, str]]:
    """Return one row a policy of a recorded run, scored on test."""
    test = metrics["test"]
    frequent = next(key for key in test["policies"]["fixed_0_5"] if key.startswith("macro_f1_"))
    return [
        {
            "system": f"**{name}**",
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


def page(runs: dict[str, dict], published: pd.DataFrame) -> str:
    """Return results/README.md: every recorded run by policy, then what others published."""
    parts = ["# Recorded runs on GoEmotions, test split", "Made by `make results` from the folders beside this file."]
    for name, metrics in runs.items():
        parts += [f"## {name}", markdown(run_rows(name, metrics))]
    parts += ["## Published", markdown(published_rows(published))]
    return "\n\n".join(parts) + "\n"


def readme_table(runs: dict[str, dict], published: pd.DataFrame) -> str:
    """Return the README's table: the published rows, then each run's policies but the leak."""
    rows = [{key: row[key] for key in row if key != "source"} for row in published_rows(published)]
    for name, metrics in runs.items():
        honest = [row for row in run_rows(name, metrics) if "leak" not in row["thresholds"]]
        rows += [{key: row[key] for key in rows[0]} for row in honest]
    return markdown(rows)


def with_table(readme: str, table: str) -> str:
    """Return the README with the table between its two marks."""
    before, _, rest = readme.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"{README}: expected a line {BEGIN!r} and, below it, {END!r}")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a table is stale")
    check = parser.parse_args().check
    runs = {
        path.parent.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(RESULTS.glob("*/metrics.json"))
    }
    published = pd.read_csv(PUBLISHED)
    readme = README.read_text(encoding="utf-8")

    texts = {PAGE: page(runs, published), README: with_table(readme, readme_table(runs, published))}
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]

    if check and stale:
        raise SystemExit(f"{', '.join(map(str, stale))}: not what the records in {RESULTS}/ say; make results")
    for path in stale:
        with whole(path) as beside:
            beside.write_text(texts[path], encoding="utf-8")
    print(
        f"results: {len(runs)} recorded runs, {'rewritten: ' + ', '.join(map(str, stale)) if stale else 'up to date'}"
    )


if __name__ == "__main__":
    main()
