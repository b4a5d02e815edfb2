"""The results tables and pictures, rebuilt from the records in results/."""

import json
from pathlib import Path

import matplotlib
import pandas as pd

from emotions.artifacts import atomic_write
from emotions.errors import UserError
from emotions.experiments.cross_fitted import CROSS_FITTED, TABLE, VALIDATION, read_cross_fitted
from emotions.experiments.protocol import CALIBRATED_MICRO, PAIRED, RANKING
from emotions.experiments.recorded import RESULTS, Record, read_all
from emotions.experiments.runs import (
    RUNS,
    read_accuracy_goals,
    read_base,
    read_changes,
    read_comparisons,
    read_headlines,
)
from emotions.reporting.bert_base_report import bert_base_report_tables, read_published
from emotions.reporting.cross_fitted import between_table, choice_table
from emotions.reporting.differences import ablation_rows, ablations, comparison_table, correction_in_words
from emotions.reporting.leaderboard import (
    POLICIES,
    calibration_rows,
    configuration_of,
    configuration_rows,
    configurations,
    group_rows,
    leaderboard_rows,
    own_sweep_rows,
    policy_row,
)
from emotions.reporting.named import SEEDS, Headline, goals_table, headline_table, headlines, scores_table
from emotions.reporting.one_label import accuracy_table, coverage_table, kinds_table, of_one_label
from emotions.reporting.pictures import ablation_picture, emotion_picture
from emotions.reporting.tables import (
    gpu_table,
    growth_table,
    inference_table,
    markdown,
    published_rows,
    reproduce_table,
    scoring_table,
    serving_table,
    speed_table,
    trust_table,
    wide_table,
)

PUBLISHED = RESULTS / "published.csv"
PICTURES = {name: RESULTS / f"{name}.png" for name in ("per_emotion", "ablations")}
PAGE = RESULTS / "README.md"
TABLES = {  # where each stands, between a line <!-- table NAME: made by `make results` --> and a line <!-- end -->
    "headline": Path("README.md"),
    "scores": Path("docs/results.md"),
    "goals": Path("docs/results.md"),
    "comparisons": Path("docs/results.md"),
    "speed": Path("docs/performance.md"),
    "gpu": Path("docs/performance.md"),
    "growth": Path("docs/performance.md"),
    "wide": Path("docs/performance.md"),
    "inference": Path("docs/performance.md"),
    "serving": Path("docs/performance.md"),
    "scoring": Path("docs/performance.md"),
    "reproduce": Path("docs/reproducibility.md"),
    "trust": Path("docs/reproducibility.md"),
    "accuracy": Path("docs/one-label.md"),
    "coverage": Path("docs/one-label.md"),
    "kinds": Path("docs/one-label.md"),
}
BENCHMARKS = Path("benchmarks")
MEASURED = {  # a table each, of benchmarks/NAME.json
    "speed": ("training", speed_table),
    "gpu": ("gpu", gpu_table),
    "growth": ("growth", growth_table),
    "wide": ("growth", wide_table),
    "inference": ("inference", inference_table),
    "serving": ("serving", serving_table),
    "scoring": ("scoring", scoring_table),
    "reproduce": ("reproduce", reproduce_table),
    "trust": ("trust", trust_table),
}


def page(
    runs: dict[str, Record],
    ours: list[Headline],
    base: str,
    changes: dict[str, dict],
    published: pd.DataFrame,
    report: dict[str, pd.DataFrame],
) -> str:
    """Return results/README.md: the headlines, the leaderboard, what each lever changes, the report's tables.

    Groups of emotions and the report's tables are of the first headline.
    """
    seeds = ours[0].seeds
    best = next(iter(seeds))
    parts = [
        "# Recorded runs on GoEmotions",
        "Made by `make results` from the folders beside this file. Scores in percent. Everything chosen was chosen on "
        "validation; test is scored for reporting. macro-28 is macro-F1 over all emotions, macro-24 over those that at "
        "least 37 test rows carry. A run of this list again: `dvc exp run $(python -m emotions runs NAME)`; one "
        "whose changes name a commit is of an earlier pipeline, and runs again there.",
        f"Test scores of {len(configurations(runs))} configurations have been seen, blends and baselines among them.",
        "## Headlines",
        "Named in [runs.yaml](runs.yaml) before a test score of theirs was made. Mean ± standard deviation over seeds. "
        "*Unseen* leaves out the test comments whose normalised text stands in train; *held out* is cross-validated "
        "inside validation, *validation to test* what choosing on the rows themselves promised too much.",
        *(
            part
            for one in ours
            for part in (
                f"### {one.configuration}: {one.checkpoint}, {one.millions}, {len(one.seeds)} seeds",
                markdown([policy_row(one.runs, policy) for policy in POLICIES]),
            )
        ),
        f"## Configurations of {SEEDS} seeds",
        f"Best on validation first. F1 on test, by thresholds {POLICIES['averaged']}; the last column by "
        f"{POLICIES[CALIBRATED_MICRO]}.",
        markdown(configuration_rows(runs, SEEDS)),
        "## Leaderboard",
        "By mean average precision on validation. Test scores by the policy that held-out validation rows chose, with "
        "the bootstrap's 95 % interval (2,000 resamples of test rows); *its own policy* for micro-F1 is "
        f"{POLICIES[CALIBRATED_MICRO]}.",
        markdown(leaderboard_rows(runs, changes)),
        *own_sweep_part(runs),
        *changes_part(runs, base, changes),
        *cross_fitted_part(read_cross_fitted(TABLE)),
        "## Groups of emotions",
        f"{best}. A group's probability is that of its most probable emotion; thresholds from validation.",
        markdown(group_rows(runs[best])),
        "## Calibration",
        "On test, 15 bins, every calibration fitted on validation: expected calibration error pooled over all pairs of "
        "comment and emotion / the mean of each emotion's own error / log loss in nats. The pooled error is small "
        "where emotions said too often and others said too seldom cancel out; the error by emotion shows them.",
        markdown(calibration_rows(runs)),
        "## The BERT-base report's tables",
        f"Numbered as there, from {best}; 5.3 is the mean over seeds.",
        *bert_base_report_tables(runs, base, best, list(seeds.values()), report),
        "### 9 Comparison",
        markdown(published_rows(published)),
    ]
    return "\n\n".join(parts) + "\n"


def changes_part(runs: dict[str, Record], base: str, changes: dict[str, dict]) -> list[str]:
    """Return what each change does to the base: a heading, sentences, a picture, a table; nothing without a change."""
    differences = ablations(runs, configuration_of(base), changes)
    if differences.empty:
        return []
    return [
        f"## What each change does to {configuration_of(base)}",
        f"Differences between the means of seeds; thresholds: {POLICIES[PAIRED]}; in brackets the 95 % interval of "
        "the paired bootstrap, over test rows and, where a configuration has several seeds, over the seeds of both. "
        + correction_in_words(differences),
        f"![What each change does]({PICTURES['ablations'].name})",
        markdown(ablation_rows(differences, changes)),
    ]


def cross_fitted_part(table: pd.DataFrame) -> list[str]:
    """Return what out-of-fold rows would choose, a heading, sentences and tables; nothing without such rows."""
    if table.empty:
        return []
    rows = table.loc[table["score"] != RANKING].groupby("choice")["rows"].first()
    return [
        "## Chosen on validation, chosen on out-of-fold rows as well",
        f"`validation` chooses thresholds and calibration on {rows[VALIDATION]:,} rows, `cross_fitted` on "
        f"{rows[CROSS_FITTED]:,}: these and the training rows, by what models said of them that were trained without "
        "them; mAP is on the latter alone. The models of folds learned from a fifth fewer rows, so they promise less.",
        choice_table(table),
        "What the second run scores more than the first, there and on test:",
        between_table(table),
    ]


def own_sweep_part(runs: dict[str, Record]) -> list[str]:
    """Return what the runs' own params chose, a heading, a sentence and a table; nothing where no record says it."""
    rows = own_sweep_rows(runs)
    if not rows:
        return []
    return [
        "## By each run's own threshold_sweep",
        "The other tables choose thresholds by one protocol for all runs, whatever their params say. Here each run is "
        "scored by the thresholds, the calibration and the policy that its own params chose, on validation as well.",
        markdown(rows),
    ]


def with_table(page: Path, text: str, name: str, table: str) -> str:
    """Return a page's text with the table between its two marks; raises UserError where they are missing."""
    begin, end = f"<!-- table {name}: made by `make results` -->", "<!-- end -->"
    before, _, rest = text.partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        raise UserError(f"{page}: expected a line {begin!r} and, below it, {end!r}")
    return f"{before}{begin}\n{table}\n{end}{after}"


def base_run(runs: dict[str, Record], changes: dict[str, dict]) -> str:
    """Return the run that changes nothing, to which others are compared; raises UserError where none is recorded."""
    for name, changed in changes.items():
        if not changed and name in runs:
            return name
    raise UserError(f"{RUNS}: expected a recorded run without a change, to compare the others to; found none")


def rebuild(check: bool) -> None:
    """Write results/README.md, its pictures and the tables of README.md and docs/; with `check` only compare.

    Raises UserError where no run was recorded and, with `check`, where a table is stale.
    """
    source, changes = read_base(RUNS)["data.source"], read_changes(RUNS)
    recorded = read_all(RESULTS)
    runs = {name: run for name, run in recorded.items() if run.source == source}
    one_label = of_one_label({name: run for name, run in recorded.items() if name not in runs})
    if others := recorded.keys() - runs.keys() - {name for of in one_label.values() for name in of}:
        print(f"results: left out, for they are not of {source}: {', '.join(sorted(others))}")
    published, report = pd.read_csv(PUBLISHED), read_published()
    for kind, found in ((source, runs), ("one label a row", one_label)):
        if not found:
            raise UserError(
                f"{RESULTS}: expected at least one recorded run of {kind}; found none: python -m emotions record NAME"
            )

    ours = headlines(runs, read_headlines(RUNS))
    best = next(iter(ours[0].seeds))
    base = base_run(runs, changes)
    first = list(next(iter(one_label.values())).values())
    tables = {
        "headline": headline_table(ours, published),
        "scores": scores_table(ours, published),
        "goals": goals_table(ours),
        "comparisons": comparison_table(runs, read_comparisons(RUNS)),
        "accuracy": accuracy_table(one_label, read_accuracy_goals(RUNS)),
        "coverage": coverage_table(first),
        "kinds": kinds_table(first, ours[0].runs, ours[0].policy),
    }
    for name, (file, table) in MEASURED.items():
        tables[name] = table(json.loads((BENCHMARKS / f"{file}.json").read_text(encoding="utf-8")))
    texts = {path: path.read_text(encoding="utf-8") for path in TABLES.values()}
    for name, path in TABLES.items():
        texts[path] = with_table(path, texts[path], name, tables[name])
    texts[PAGE] = page(runs, ours, base, changes, published, report)
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]

    if check and stale:
        raise UserError(f"{', '.join(map(str, stale))}: not what the records in {RESULTS}/ say; make results")
    if not check:
        for path in stale:
            with atomic_write(path) as beside:
                beside.write_text(texts[path], encoding="utf-8")
        matplotlib.use("agg")
        figures = {"per_emotion": emotion_picture(runs[best], report["per_emotion"])}
        if not (differences := ablations(runs, configuration_of(base), changes)).empty:
            figures["ablations"] = ablation_picture(differences, configuration_of(base))
        for name, figure in figures.items():
            with atomic_write(PICTURES[name]) as beside:
                figure.savefig(beside, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    shown = ", ".join(one.configuration for one in ours)
    print(f"results: {len(runs)} recorded runs, tables as they say; headlines: {shown}")
