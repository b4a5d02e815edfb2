"""The BERT-base report's own tables, numbered as there, from a run of ours."""

import pandas as pd

from emotions.experiments.recorded import Record
from emotions.metrics.decisions import TIERS
from emotions.reporting.leaderboard import POLICIES, emotion_rows
from emotions.reporting.tables import markdown, percent, signed

NEVER_PREDICTED = ("embarrassment", "grief", "nervousness", "pride", "relief")  # by the BERT-base report
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
REPORT_THRESHOLDS = {  # its table 6.3: micro, macro, predictions a row; all but 0.5 marked "~" there
    0.2: (0.50, 0.35, 3.5), 0.3: (0.54, 0.38, 2.5), 0.4: (0.56, 0.40, 1.8),
    0.5: (0.575, 0.395, 1.3), 0.6: (0.55, 0.35, 0.9), 0.7: (0.48, 0.28, 0.5),
}  # fmt: skip
IMPROVEMENTS = (  # its table 11: what it expected, and what here measures it: a policy, or a run
    ("Per-class optimal thresholds", "+5 to +10 macro-F1", "policy", "per_label"),
    ("Weighted BCEWithLogitsLoss", "+3 to +5 macro-F1", "run", "sqrt-inverse"),
    ("Lower threshold (0.3)", "+3 to +5 on rare classes", "policy", "fixed_0_3"),
    ("Data augmentation for rare emotions", "+5 to +8 on rare classes", "run", "oversampled"),
    ("Use RoBERTa-base (here all-mpnet-base-v2, of the same size)", "+1 to +2 overall", "run", "mpnet-base-mended"),
    ("Focal loss", "better rare class handling", "run", "focal"),
)


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


def tier_table(run: Record) -> str:
    """5.4: emotions by the F1 of the chosen policy."""
    names = [name for _, name in TIERS] + ["zero"]
    in_tier = {name: run.labels.loc[run.labels["tier"] == name, "label"].tolist() for name in names}
    reported = dict(zip(names, (4, 7, 9, 3, 5), strict=True))
    return markdown(
        [
            {
                "tier": name,
                "emotions": str(len(labels)),
                "in the BERT-base report": str(reported[name]),
                "which": ", ".join(labels),
            }
            for name, labels in in_tier.items()
        ]
    )


def rare_table(run: Record) -> str:
    """6.1: the five emotions that the BERT-base report never predicted."""
    rows = run.labels.set_index("label").loc[list(NEVER_PREDICTED)]
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


def imbalance_table(run: Record) -> str:
    """6.2, and the counts of 3: what the files say."""
    counts = run.labels.set_index("label")["train_rows"]
    most, least = counts.idxmax(), counts.idxmin()
    return markdown(
        [
            {
                "fact": "most frequent",
                "BERT-base report": "neutral, about 15,000",
                "counted": f"{most}, {counts[most]:,}",
            },
            {"fact": "least frequent", "BERT-base report": "grief, about 50", "counted": f"{least}, {counts[least]:,}"},
            {"fact": "imbalance", "BERT-base report": "300:1", "counted": f"{counts[most] / counts[least]:.0f}:1"},
            {
                "fact": "above 5,000 rows",
                "BERT-base report": "neutral, admiration, approval",
                "counted": ", ".join(f"{label} ({rows:,})" for label, rows in counts[counts > 5000].items()),
            },
            {
                "fact": "pride, relief, nervousness",
                "BERT-base report": "about 100 each",
                "counted": ", ".join(str(counts[label]) for label in ("pride", "relief", "nervousness")),
            },
            {"fact": "embarrassment", "BERT-base report": "about 200", "counted": str(counts["embarrassment"])},
        ]
    )


def threshold_table(run: Record) -> str:
    """6.3: one threshold for all, on test; the BERT-base report's figures are estimates but for 0.5."""
    rows = []
    for threshold in THRESHOLDS:
        row = run.threshold_curve.iloc[(run.threshold_curve["threshold"] - threshold).abs().argmin()]
        micro, macro, predictions = REPORT_THRESHOLDS[threshold]
        about = "" if threshold == 0.5 else "~"  # the BERT-base report's own mark for an estimate
        rows.append(
            {
                "threshold": f"{threshold}",
                "micro-F1": percent(row["test_micro_f1"]),
                "macro-F1": percent(row["test_macro_f1"]),
                "predictions a row": f"{row['test_predictions_per_row']:.2f}",
                "report: micro-F1": about + percent(micro),
                "report: macro-F1": about + percent(macro),
                "report: predictions a row": f"{about}{predictions}",
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


def improvement_table(runs: dict[str, Record], base: str) -> str:
    """11, with the measured effect on test macro-F1 in place of the expected one.

    A policy's is against 0.5 in the base run; a run's is against the base run, thresholds shrunk per emotion in both.
    """
    run = runs[base]
    rare = run.labels["label"].isin(NEVER_PREDICTED)
    rows = []
    for called, expected, kind, name in IMPROVEMENTS:
        if kind == "policy":
            gain = run.test(name)["macro_f1"] - run.test("fixed")["macro_f1"]
            of_rare = (run.labels[f"{name}_f1"] - run.labels["fixed_f1"])[rare].mean()
        elif name in runs:
            gain = runs[name].test("shrunk")["macro_f1"] - run.test("shrunk")["macro_f1"]
            of_rare = (runs[name].labels["shrunk_f1"] - run.labels["shrunk_f1"])[rare].mean()
        else:
            continue
        rows.append(
            {"improvement": called, "expected": expected, "macro-F1": signed(gain), "of the five rare": signed(of_rare)}
        )
    return markdown(rows)


def bert_base_report_tables(
    runs: dict[str, Record], base: str, best: str, seeds: list[Record], published: pd.DataFrame
) -> list[str]:
    """Return the parts of a page: a heading, a sentence where one is needed, a table, and so on."""
    run = runs[best]
    parts = ["### 5.1 Training", training_table(run)] if run.training is not None else []
    parts += ["### 5.2 Evaluation", evaluation_table(run)]
    parts += ["### 5.3 Emotions", markdown(emotion_rows(seeds, published)), "### 5.4 Tiers", tier_table(run)]
    parts += ["### 6.1 The five emotions it never predicted", rare_table(run)]
    parts += ["### 6.2 Imbalance", "Counted over the rows of the official training file.", imbalance_table(run)]
    parts += [
        "### 6.3 Thresholds",
        "One for all emotions, on test; the record's `threshold_curve.csv` has 0.05 to 0.95. Figures that the "
        "BERT-base report marks `~` are its estimates.",
        threshold_table(run),
    ]
    parts += ["### 6.4 Confused pairs", confusion_table(run)]
    if run.examples is not None:
        parts += ["### 7 Examples", example_table(run)]
    parts += [
        "### 11 Improvements",
        f"On test, against {base}: thresholds against 0.5 in that run, trained changes by thresholds shrunk per "
        "emotion in both.",
        improvement_table(runs, base),
    ]
    return parts
