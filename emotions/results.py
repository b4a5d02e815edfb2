"""Rebuild the results tables from the records in results/: `python -m emotions.results`, `--check` for CI."""

import argparse
import json
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from emotions.artifacts import whole
from emotions.record import Run, read_run
from emotions.tables import growth_table, page, readme_table, speed_table

RESULTS = Path("results")
PUBLISHED = RESULTS / "published.csv"
PUBLISHED_PER_EMOTION = RESULTS / "published_per_emotion.csv"
PICTURE = RESULTS / "per_emotion.png"
PAGE = RESULTS / "README.md"
README = Path("README.md")  # its tables stand between <!-- table NAME: made by `make results` --> and <!-- end -->
BENCHMARK = Path("benchmarks/training.json")
GROWTH = Path("benchmarks/growth.json")


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
    growth = json.loads(GROWTH.read_text(encoding="utf-8"))
    tables = {
        "scores": readme_table(best, runs[best], published),
        "speed": speed_table(benchmark),
        "growth": growth_table(growth),
    }
    for name, table in tables.items():
        readme = with_table(readme, name, table)
    texts = {PAGE: page(runs, published, seed), README: readme}
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
