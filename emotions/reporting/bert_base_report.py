"""The BERT-base report's own tables, numbered as there, from a run of ours."""

import pandas as pd

from emotions.experiments.recorded import RESULTS, Record
from emotions.reporting.leaderboard import POLICIES, emotion_rows
from emotions.reporting.tables import markdown, percent, signed

PUBLISHED = ("per_emotion", "thresholds", "tiers", "facts", "improvements")  # results/published_<name>.csv


def read_published() -> dict[str, pd.DataFrame]:
    """Return what the report states, a table each of PUBLISHED, every figure with its source."""
    return {name: pd.read_csv(RESULTS / f"published_{name}.csv", keep_default_na=False) for name in PUBLISHED}


def never_predicted(per_emotion: pd.DataFrame) -> list[str]:
    """Return the emotions for which the report's F1 is 0."""
    return per_emotion.loc[per_emotion["report_f1"] == 0, "label"].tolist()


def training_table(run: Record) -> str:
    """5.1: losses and validation scores at 0.5 by epoch."""
    return markdown(
        [
            {
                "epoch": str(row.epoch),
                "training loss": f"{row.train_loss:.4f}",
                "validation loss": f"{row.validation_loss:.4f}",
                "micro-F1": percent(row.micro_f1),
                "macro-F1": percent(row.macro_f1),
                "mAP": percent(row.mean_average_precision),
            }
            for row in run.training.itertuples()
        ]
    )


def evaluation_table(run: Record) -> str:
    """5.2: validation and test, at the BERT-base report's 0.5 and by the chosen policy."""
    return markdown(
        [
            {
                "split": split,
                "thresholds": POLICIES[policy],
                "micro-F1": percent(run.metrics[split]["policies"][policy]["micro_f1"]),
                "macro-F1": percent(run.metrics[split]["policies"][policy]["macro_f1"]),
            }
            for policy in ("fixed", run.policy)
            for split in ("validation", "test")
        ]
    )


def tier_table(run: Record, tiers: pd.DataFrame) -> str:
    """5.4: emotions by the F1 of the chosen policy."""
    return markdown(
        [
            {
                "tier": row.tier,
                "emotions": str(len(labels)),
                "in the BERT-base report": str(row.emotions),
                "which": ", ".join(labels),
            }
            for row in tiers.itertuples()
            for labels in [run.labels.loc[run.labels["tier"] == row.tier, "label"].tolist()]
        ]
    )


def rare_table(run: Record, rare: list[str]) -> str:
    """6.1: the emotions that the BERT-base report never predicted."""
    rows = run.labels.set_index("label").loc[rare]
    return markdown(
        [
            {
                "emotion": row.Index,
                "training rows": str(row.train_rows),
                "test rows": str(row.test_rows),
                "F1 at 0.5": percent(row.fixed_f1),
                "F1 by the chosen policy": percent(getattr(row, f"{run.policy}_f1")),
                "its threshold": f"{run.metrics['thresholds'][run.policy][row.Index]:.2f}",
                "average precision": percent(row.average_precision),
            }
            for row in rows.itertuples()
        ]
    )


def imbalance_table(run: Record, facts: pd.DataFrame) -> str:
    """6.2, and the counts of 3: what the report states, and what the files say."""
    counts = run.labels.set_index("label")["train_rows"]
    most, least = counts.idxmax(), counts.idxmin()
    counted = {
        "most frequent": f"{most}, {counts[most]:,}",
        "least frequent": f"{least}, {counts[least]:,}",
        "imbalance": f"{counts[most] / counts[least]:.0f}:1",
        "above 5,000 rows": ", ".join(f"{label} ({rows:,})" for label, rows in counts[counts > 5000].items()),
    }

    def count(fact: str) -> str:
        return counted.get(fact) or ", ".join(str(counts[label]) for label in fact.split(", "))

    return markdown(
        [{"fact": row.fact, "BERT-base report": row.stated, "counted": count(row.fact)} for row in facts.itertuples()]
    )


def threshold_table(run: Record, thresholds: pd.DataFrame) -> str:
    """6.3: one threshold for all, on test; what the BERT-base report estimated has its own mark for that."""
    rows = []
    for stated in thresholds.itertuples():
        row = run.threshold_curve.iloc[(run.threshold_curve["threshold"] - stated.threshold).abs().argmin()]
        rows.append(
            {
                "threshold": f"{stated.threshold}",
                "micro-F1": percent(row["test_micro_f1"]),
                "macro-F1": percent(row["test_macro_f1"]),
                "predictions a row": f"{row['test_predictions_per_row']:.2f}",
                "report: micro-F1": stated.estimate + percent(stated.micro_f1),
                "report: macro-F1": stated.estimate + percent(stated.macro_f1),
                "report: predictions a row": f"{stated.estimate}{stated.predictions_per_row}",
            }
        )
    return markdown(rows)


def confusion_table(run: Record) -> str:
    """6.4: which label is predicted where another was missed, on test, with comment ids to look up."""
    return markdown(
        [
            {
                "missed → predicted": row.pair,
                "rows": str(row.rows),
                "of the missed": f"{row.share:.0%}",
                "ids": row.examples,
            }
            for row in run.confused_pairs.head(10).itertuples()
        ]
    )


def example_table(run: Record) -> str:
    """7: the four sentences, every emotion above its threshold and the most probable one below."""
    rows = []
    for text, predicted in run.examples.groupby("text", sort=False):
        limits = predicted["label"].map(run.metrics["thresholds"][run.policy])
        ranked = predicted.assign(reached=predicted["probability"] >= limits, limit=limits).sort_values("probability")[
            ::-1
        ]
        reached = [f"{row.label} {row.probability:.1%}" for row in ranked[ranked["reached"]].itertuples()]
        below = ranked[~ranked["reached"]].iloc[0]
        rows.append(
            {
                "text": text,
                "emotions": ", ".join(reached) or "none",
                "next below": f"{below.label} {below.probability:.1%} (threshold {below.limit:.1%})",
            }
        )
    return markdown(rows)


def improvement_table(runs: dict[str, Record], base: str, improvements: pd.DataFrame, rare: list[str]) -> str:
    """11, with the measured effect on test macro-F1 in place of the expected one.

    A policy's is against 0.5 in the base run; a run's is against the base run, thresholds shrunk per emotion in both.
    """
    run = runs[base]
    are_rare = run.labels["label"].isin(rare)
    rows = []
    for row in improvements.itertuples():
        name = row.name
        if row.measured_by == "policy":
            gain = run.test(name)["macro_f1"] - run.test("fixed")["macro_f1"]
            of_rare = (run.labels[f"{name}_f1"] - run.labels["fixed_f1"])[are_rare].mean()
        elif name in runs:
            gain = runs[name].test("shrunk")["macro_f1"] - run.test("shrunk")["macro_f1"]
            of_rare = (runs[name].labels["shrunk_f1"] - run.labels["shrunk_f1"])[are_rare].mean()
        else:
            continue
        rows.append(
            {
                "improvement": row.improvement,
                "expected": row.expected,
                "macro-F1": signed(gain),
                "of the five rare": signed(of_rare),
            }
        )
    return markdown(rows)


def bert_base_report_tables(
    runs: dict[str, Record], base: str, best: str, seeds: list[Record], published: dict[str, pd.DataFrame]
) -> list[str]:
    """Return the parts of a page: a heading, a sentence where one is needed, a table, and so on.

    `published` is what `read_published` returns.
    """
    run, rare = runs[best], never_predicted(published["per_emotion"])
    parts = ["### 5.1 Training", training_table(run)] if run.training is not None else []
    parts += ["### 5.2 Evaluation", evaluation_table(run)]
    parts += ["### 5.3 Emotions", markdown(emotion_rows(seeds, published["per_emotion"]))]
    parts += ["### 5.4 Tiers", tier_table(run, published["tiers"])]
    parts += ["### 6.1 The five emotions it never predicted", rare_table(run, rare)]
    parts += [
        "### 6.2 Imbalance",
        "Counted over the rows of the official training file.",
        imbalance_table(run, published["facts"]),
    ]
    parts += [
        "### 6.3 Thresholds",
        "One for all emotions, on test; the record's `threshold_curve.csv` has 0.05 to 0.95. Figures that the "
        "BERT-base report marks `~` are its estimates.",
        threshold_table(run, published["thresholds"]),
    ]
    parts += ["### 6.4 Confused pairs", confusion_table(run)]
    if run.examples is not None:
        parts += ["### 7 Examples", example_table(run)]
    parts += [
        "### 11 Improvements",
        f"On test, against {base}: thresholds against 0.5 in that run, trained changes by thresholds shrunk per "
        "emotion in both.",
        improvement_table(runs, base, published["improvements"], rare),
    ]
    return parts
