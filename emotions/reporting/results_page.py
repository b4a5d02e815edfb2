"""The results tables and pictures, rebuilt from the records in results/."""

import json
import re
from pathlib import Path

import matplotlib
import pandas as pd

from emotions.artifacts import atomic_write
from emotions.errors import UserError
from emotions.experiments.recorded import Record, read_all
from emotions.experiments.runs import read_base, read_changes
from emotions.reporting.bert_base_report import bert_base_report_tables
from emotions.reporting.leaderboard import (
    HONEST,
    POLICIES,
    ablation_rows,
    ablations,
    calibration_rows,
    group_rows,
    headline_runs,
    leaderboard_rows,
    mean_and_spread,
    own_sweep_rows,
    policy_row,
)
from emotions.reporting.pictures import ablation_picture, emotion_picture
from emotions.reporting.tables import growth_table, markdown, published_rows, speed_table

RESULTS = Path("results")
RUNS = RESULTS / "runs.yaml"
PUBLISHED = RESULTS / "published.csv"
PUBLISHED_PER_EMOTION = RESULTS / "published_per_emotion.csv"
PICTURES = {name: RESULTS / f"{name}.png" for name in ("per_emotion", "ablations")}
PAGE = RESULTS / "README.md"
TABLES = {  # where each stands, between a line <!-- table NAME: made by `make results` --> and a line <!-- end -->
    "headline": Path("README.md"),
    "scores": Path("docs/results.md"),
    "speed": Path("docs/performance.md"),
    "growth": Path("docs/performance.md"),
}
BENCHMARK = Path("benchmarks/training.json")
GROWTH = Path("benchmarks/growth.json")


def page(
    runs: dict[str, Record],
    seeds: dict[str, Record],
    base: str,
    changes: dict[str, dict],
    published: pd.DataFrame,
    per_emotion: pd.DataFrame,
) -> str:
    """Return results/README.md: the headline, the leaderboard, what each lever changes, the report's tables."""
    best = next(iter(seeds))
    parts = [
        "# Recorded runs on GoEmotions",
        "Made by `make results` from the folders beside this file. Scores in percent. Everything chosen was chosen on "
        "validation; test is scored for reporting. macro-28 is macro-F1 over all emotions, macro-24 over those that at "
        "least 37 test rows carry. A run of this list again: `dvc exp run $(python -m emotions runs NAME)`; one "
        "whose changes name a commit is of an earlier pipeline, and runs again there.",
        f"## The best on validation: {', '.join(seeds)}",
        "Mean ± standard deviation over seeds. *Unseen* leaves out the test comments whose normalised text stands in "
        "train; *held out* is cross-validated inside validation, *validation to test* what choosing on the rows "
        "themselves promised too much.",
        markdown([policy_row(list(seeds.values()), policy) for policy in POLICIES]),
        "## Leaderboard",
        "By mean average precision on validation. Test scores by the policy that held-out validation rows chose, with "
        "the bootstrap's 95 % interval (2,000 resamples of test rows).",
        markdown(leaderboard_rows(runs, changes)),
        *own_sweep_part(runs),
        f"## What each change does to {base}",
        "Differences, thresholds shrunk per emotion in both; in brackets the paired bootstrap's 95 % interval, in bold "
        "where it leaves out 0.",
        f"![What each change does]({PICTURES['ablations'].name})",
        markdown(ablation_rows(ablations(runs, base, changes), changes)),
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
        *bert_base_report_tables(runs, base, best, list(seeds.values()), per_emotion),
        "### 9 Comparison",
        markdown(published_rows(published)),
    ]
    return "\n\n".join(parts) + "\n"


def our_row(system: str, seeds: list[Record], policy: str) -> dict[str, str]:
    """Return our scores on test by a policy, mean ± spread over seeds, in the columns of the published ones."""
    scores = pd.DataFrame([run.test(policy) for run in seeds])
    return {
        "system": system,
        "thresholds": POLICIES[policy],
        "micro-F1": mean_and_spread(scores["micro_f1"]),
        "macro-F1": mean_and_spread(scores["macro_f1"]),
    }


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


def headline_table(seeds: list[Record], published: pd.DataFrame) -> str:
    """Return five rows: the first two published ones, those of the highest micro-F1 and macro-F1, then ours.

    Ours is by the policy with the highest macro-F1 on held-out validation rows, as the mean of the seeds.
    """
    shown = [0, 1, published["micro_f1"].idxmax(), published["macro_f1"].idxmax()]
    rows = without_source(published_rows(published.loc[list(dict.fromkeys(shown))]))
    policy = max(HONEST, key=lambda name: sum(run.metrics["held_out"][name]["macro_f1"] for run in seeds))
    system = f"**this project: {seeds[0].checkpoint}** ({millions(seeds[0])}), mean of {len(seeds)} seeds"
    return markdown([*rows, our_row(system, seeds, policy)])


def scores_table(name: str, seeds: list[Record], published: pd.DataFrame) -> str:
    """Return all published rows, then those of our configuration `name`, one a policy."""
    system = f"**{seeds[0].checkpoint}, {name}** ({millions(seeds[0])}), {len(seeds)} seeds"
    ours = [our_row(system, seeds, policy) for policy in HONEST]
    return markdown(without_source(published_rows(published)) + ours)


def millions(run: Record) -> str:
    return f"{run.parameters / 1e6:.1f}M"


def without_source(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{key: value for key, value in row.items() if key != "source"} for row in rows]


def with_table(page: Path, text: str, name: str, table: str) -> str:
    """Return a page's text with the table between its two marks; raises UserError where they are missing."""
    begin, end = f"<!-- table {name}: made by `make results` -->", "<!-- end -->"
    before, _, rest = text.partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        raise UserError(f"{page}: expected a line {begin!r} and, below it, {end!r}")
    return f"{before}{begin}\n{table}\n{end}{after}"


def rebuild(check: bool) -> None:
    """Write results/README.md, its pictures and the tables of README.md and docs/; with `check` only compare.

    Raises UserError where no run was recorded and, with `check`, where a table is stale.
    """
    source, changes = read_base(RUNS)["data.source"], read_changes(RUNS)
    recorded = read_all(RESULTS)
    runs = {name: run for name, run in recorded.items() if run.source == source}
    if others := recorded.keys() - runs.keys():
        print(f"results: left out, for they are not of {source}: {', '.join(sorted(others))}")
    published, per_emotion = pd.read_csv(PUBLISHED), pd.read_csv(PUBLISHED_PER_EMOTION)
    if not runs:
        raise UserError(
            f"{RESULTS}: expected at least one recorded run of {source}; found none: python -m emotions record NAME"
        )

    seeds = headline_runs(runs)
    best = next(iter(seeds))
    base = next(name for name, changed in changes.items() if not changed)
    benchmark = json.loads(BENCHMARK.read_text(encoding="utf-8"))
    growth = json.loads(GROWTH.read_text(encoding="utf-8"))
    tables = {
        "headline": headline_table(list(seeds.values()), published),
        "scores": scores_table(re.sub(r"-seed-\d+$", "", best), list(seeds.values()), published),
        "speed": speed_table(benchmark),
        "growth": growth_table(growth),
    }
    texts = {path: path.read_text(encoding="utf-8") for path in TABLES.values()}
    for name, path in TABLES.items():
        texts[path] = with_table(path, texts[path], name, tables[name])
    texts[PAGE] = page(runs, seeds, base, changes, published, per_emotion)
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]

    if check and stale:
        raise UserError(f"{', '.join(map(str, stale))}: not what the records in {RESULTS}/ say; make results")
    if not check:
        for path in stale:
            with atomic_write(path) as beside:
                beside.write_text(texts[path], encoding="utf-8")
        matplotlib.use("agg")
        figures = {
            "per_emotion": emotion_picture(runs[best], per_emotion),
            "ablations": ablation_picture(ablations(runs, base, changes), base),
        }
        for name, figure in figures.items():
            with atomic_write(PICTURES[name]) as beside:
                figure.savefig(beside, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    print(f"results: {len(runs)} recorded runs, {best} ahead on validation, tables as they say")
