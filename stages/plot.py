"""Draw the pictures from the series that the other stages wrote."""

from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, PercentFormatter, StrMethodFormatter

from emotions.artifacts import atomic_write
from emotions.fonts import drawable, use_fonts_for
from emotions.metrics.problem import PROBLEMS
from emotions.params import ProblemParams, read_params
from emotions.series import PlotParams, read_series
from emotions.stage import Inputs, run_stage

PLOTS = Path("plots")
SERIES = {  # of each, its columns of text, those of numbers, and the stage that writes it
    "label_distribution": (["label"], ["train"], "prepare"),
    "training": (
        [],
        ["epoch", "train_loss", "validation_loss", "micro_f1", "macro_f1", "mean_average_precision"],
        "train",
    ),
    "per_emotion": (["label", "tier"], ["rows", "f1", "average_precision"], "threshold-sweep"),
    "threshold_curve": (
        [],
        [
            "threshold",
            *(f"{split}_{score}" for split in ("validation", "test") for score in ("micro_f1", "macro_f1")),
            "validation_predictions_per_row",
        ],
        "threshold-sweep",
    ),
    "confused_pairs": (["pair"], ["rows", "share"], "threshold-sweep"),
    "confusion_matrix": (["label", "predicted"], ["rows", "share"], "threshold-sweep"),
    "reliability": ([], ["pairs", "mean_probability", "observed_share"], "evaluate"),
    "calibrated_reliability": ([], ["pairs", "mean_probability", "observed_share"], "threshold-sweep"),
}

DECIDED = ("confused_pairs", "confusion_matrix")  # without a row where nothing is decided
ANSWERED = [  # what threshold_curve has besides, where thresholds decide which rows get an answer
    f"{split}_{score}"
    for split in ("validation", "test")
    for score in ("coverage", "accuracy_of_answered", "macro_f1_of_answered")
]

MOST = 30  # labels of a matrix, or at either end of a list, that can be read

# Okabe & Ito's palette: told apart with any colour vision, and in grey by their lightness.
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
TIERS = {"excellent": BLUE, "good": SKY, "moderate": YELLOW, "poor": ORANGE, "zero": RED}

NAMES = {  # columns of names, by series
    "label_distribution": ["label"],
    "per_emotion": ["label"],
    "confused_pairs": ["pair"],
    "confusion_matrix": ["label", "predicted"],
}


def ends(ordered: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the first and last MOST rows of an ordered table, and in words which; all rows where it has no more."""
    if len(ordered) <= 2 * MOST:
        return ordered, ""
    return pd.concat([ordered.head(MOST), ordered.tail(MOST)]), f": the lowest and highest {MOST} of {len(ordered):,}"


def label_bars(count: int) -> tuple[Figure, plt.Axes]:
    """Return an empty figure tall enough to read one horizontal bar a label."""
    figure, axes = plt.subplots(figsize=(8, 1.6 + 0.24 * count))
    axes.margins(y=0.01)
    return figure, axes


def label_distribution(counts: pd.DataFrame) -> Figure:
    """Draw how many training rows carry each label, on a logarithmic axis."""
    ordered, which = ends(counts.sort_values("train"))
    figure, axes = label_bars(len(ordered))
    bars = axes.barh(ordered["label"], ordered["train"], color=BLUE)
    axes.bar_label(bars, labels=[f"{rows:,}" for rows in ordered["train"]], padding=3, fontsize=8)
    axes.set(xscale="log", xlabel="training rows (logarithmic)", title=f"Rows that carry each label{which}")
    axes.set_xlim(right=ordered["train"].max() * 2)
    axes.xaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    for set_formatter in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
        set_formatter(StrMethodFormatter("{x:,.0f}"))  # powers of ten would be formulas, which fonts.py turns off
    return figure


def training_curves(epochs: pd.DataFrame, convention: str) -> Figure:
    """Draw the losses and the validation scores over the epochs, side by side."""
    figure, (losses, scores) = plt.subplots(1, 2, figsize=(10, 4))
    for column, label, colour, mark in (
        ("train_loss", "train", BLUE, "o"),
        ("validation_loss", "validation", RED, "s"),
    ):
        losses.plot(epochs["epoch"], epochs[column], color=colour, marker=mark, label=label)
    losses.set(xlabel="epoch", ylabel="loss", title="Loss")
    for column, label, colour, mark in (
        ("mean_average_precision", "mAP", GREEN, "^"),
        ("micro_f1", f"micro-F1 {convention}", BLUE, "o"),
        ("macro_f1", f"macro-F1 {convention}", RED, "s"),
    ):
        scores.plot(epochs["epoch"], epochs[column], color=colour, marker=mark, label=label)
    scores.set(xlabel="epoch", title="Validation scores", ylim=(0, 1))
    for axes in (losses, scores):
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend()
    return figure


def per_emotion_f1(labels: pd.DataFrame, convention: str) -> Figure:
    """Draw each label's test F1 by the problem's convention, coloured by tier, with its average precision as a dot.

    A label that no test row carries has neither.
    """
    ordered, which = ends(labels.sort_values(["f1", "average_precision"], na_position="first"))
    figure, axes = label_bars(len(ordered))
    for tier, colour in TIERS.items():
        bars = ordered["f1"].where(ordered["tier"] == tier)
        if bars.notna().any():
            axes.barh(ordered["label"], bars, color=colour, edgecolor=BLACK, linewidth=0.4, label=tier)
    axes.plot(
        ordered["average_precision"], ordered["label"], "D", color=BLACK, markersize=3.5, label="average precision"
    )
    axes.set_yticks(ordered["label"], [f"{row.label} ({row.rows})" for row in ordered.itertuples()])
    axes.set(xlim=(0, 1), xlabel=f"test F1 {convention}", title=f"F1 of each label (test rows){which}")
    axes.legend(title="tier", loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def threshold_curves(curve: pd.DataFrame) -> Figure:
    """Draw F1 and the predictions per row over one threshold for all labels; the best validation macro-F1 is marked."""
    figure, (scores, predictions) = plt.subplots(1, 2, figsize=(11, 4.2), width_ratios=(3, 2))
    for column, label, colour in (("micro_f1", "micro-F1", BLUE), ("macro_f1", "macro-F1", RED)):
        scores.plot(curve["threshold"], curve[f"validation_{column}"], color=colour, label=f"{label}, validation")
        scores.plot(curve["threshold"], curve[f"test_{column}"], color=colour, linestyle="--", label=f"{label}, test")
    best = curve.loc[curve["validation_macro_f1"].idxmax()]
    scores.plot(best["threshold"], best["validation_macro_f1"], "o", color=RED, markersize=8)
    scores.annotate(
        f"{best['validation_macro_f1']:.3f} at {best['threshold']:.2f}",
        (best["threshold"], best["validation_macro_f1"]),
        xytext=(0, -18),
        textcoords="offset points",
        ha="center",
    )
    scores.set(xlabel="threshold", ylabel="F1", title="One threshold for all labels", ylim=(0, None))
    scores.legend(fontsize=8)
    predictions.plot(curve["threshold"], curve["validation_predictions_per_row"], color=GREEN)
    predictions.set(xlabel="threshold", ylabel="predictions per row", title="Predictions per validation row")
    predictions.set_ylim(bottom=0)
    return figure


def reject_curves(curve: pd.DataFrame) -> Figure:
    """Draw accuracy and macro-F1 of the rows that get an answer against the share of rows that get one."""
    figure, axes = plt.subplots(figsize=(7, 4.2))
    for column, label, colour in (("accuracy", "accuracy", BLUE), ("macro_f1", "macro-F1", RED)):
        for split, style in (("validation", "-"), ("test", "--")):
            answered = curve[curve[f"{split}_coverage"] > 0]
            axes.plot(
                answered[f"{split}_coverage"],
                answered[f"{split}_{column}_of_answered"],
                color=colour,
                linestyle=style,
                label=f"{label}, {split}",
            )
    axes.set(xlabel="rows with an answer", ylabel="of the answers", title="What a threshold to answer gains")
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.legend()
    return figure


def confusion_matrix(cells: pd.DataFrame) -> Figure:
    """Draw which labels rows were given, as a share of each label's rows; of many labels the most confused ones."""
    wrong = cells[cells["label"] != cells["predicted"]]
    confused = wrong.groupby("label")["rows"].sum().add(wrong.groupby("predicted")["rows"].sum(), fill_value=0)
    labels = list(dict.fromkeys(cells["label"]))
    chosen = set(labels if len(labels) <= MOST else confused.nlargest(MOST).index)
    shown = [label for label in labels if label in chosen]
    table = (
        cells.pivot(index="label", columns="predicted", values="share").reindex(index=shown, columns=shown).fillna(0)
    )
    side = 2.6 + 0.24 * len(shown)
    figure, axes = plt.subplots(figsize=(side + 1, side))
    image = axes.pcolormesh(table, cmap="cividis", vmin=0, vmax=1)
    axes.set_xticks(np.arange(len(shown)) + 0.5, shown, rotation=90, fontsize=8)
    axes.set_yticks(np.arange(len(shown)) + 0.5, shown, fontsize=8)
    axes.invert_yaxis()
    which = "" if len(shown) == len(labels) else f": the {len(shown)} most confused of {len(labels)}"
    axes.set(xlabel="label given", ylabel="label carried", title=f"Labels given on test{which}")
    figure.colorbar(image, ax=axes, fraction=0.04, format=PercentFormatter(1), label="share of the label's rows")
    return figure


def confused_pairs(pairs: pd.DataFrame, convention: str) -> Figure:
    """Draw the most frequent pairs of a missed label and one wrongly predicted in its place."""
    title = f"Missed label → label predicted instead, {convention}"
    ordered = pairs.iloc[::-1]
    figure, axes = label_bars(max(len(ordered), 1))
    if ordered.empty:
        axes.text(0.5, 0.5, "none", ha="center", va="center", transform=axes.transAxes)
        axes.set(title=title, xticks=[], yticks=[])
        return figure
    bars = axes.barh(ordered["pair"], ordered["rows"], color=PURPLE)
    axes.bar_label(
        bars, labels=[f"{row.rows} ({row.share:.0%})" for row in ordered.itertuples()], padding=3, fontsize=8
    )
    axes.set(xlabel="test rows (share of the missed label's)", title=title)
    axes.margins(x=0.15)
    axes.xaxis.get_major_locator().set_params(integer=True)
    return figure


def reliability_diagram(before: pd.DataFrame, after: pd.DataFrame) -> Figure:
    """Draw the observed share against the mean probability of each bin, dots sized by pairs.

    Where the two are equal is the diagonal. Before and after calibration; one line where nothing was calibrated.
    """
    figure, axes = plt.subplots(figsize=(5.5, 5.5))
    axes.plot([0, 1], [0, 1], color=BLACK, linewidth=0.8, linestyle=":")
    drawn = {"as the model says": (before, BLUE, "o"), "calibrated on validation": (after, RED, "s")}
    if before.equals(after):
        del drawn["calibrated on validation"]
    for label, (diagram, colour, mark) in drawn.items():
        axes.plot(diagram["mean_probability"], diagram["observed_share"], color=colour, linewidth=1)
        size = 15 + 250 * (diagram["pairs"] / diagram["pairs"].max()) ** 0.5
        axes.scatter(
            diagram["mean_probability"],
            diagram["observed_share"],
            s=size,
            color=colour,
            marker=mark,
            alpha=0.6,
            label=label,
        )
    axes.set(xlabel="mean predicted probability", ylabel="share of pairs that hold", title="Reliability on test")
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    legend = axes.legend(loc="upper left")
    for handle in legend.legend_handles:
        handle.set_sizes([40])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    return figure


def save(name: str, figure: Figure, dpi: int) -> None:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.set_axisbelow(True)
    with atomic_write(PLOTS / f"{name}.png") as beside:
        figure.savefig(beside, format="png", dpi=dpi, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)


def main() -> None:
    params = read_params("plot", PlotParams)
    problem = PROBLEMS[read_params("problem", ProblemParams).type]
    matplotlib.use("agg")
    paths = {name: PLOTS / f"{name}.csv" for name in SERIES}
    inputs = Inputs.read(["problem", "plot"], paths.values())
    series = {}
    for name, (text, numbers, stage) in SERIES.items():
        besides = ANSWERED if name == "threshold_curve" and problem.rejects else []
        series[name] = read_series(paths[name], text, numbers + besides, stage, may_be_empty=name in DECIDED)

    missing = use_fonts_for(series["label_distribution"]["label"])
    for name, columns in NAMES.items():
        for column in columns:
            series[name][column] = [drawable(one, missing) for one in series[name][column]]
    figures = {
        "label_distribution": label_distribution(series["label_distribution"]),
        "training": training_curves(series["training"], problem.convention),
        "per_emotion_f1": per_emotion_f1(series["per_emotion"], problem.convention),
        "threshold_curves": (reject_curves if problem.rejects else threshold_curves)(series["threshold_curve"]),
        "confused_pairs": confused_pairs(series["confused_pairs"], problem.convention),
        "confusion_matrix": confusion_matrix(series["confusion_matrix"]),
        "reliability": reliability_diagram(series["reliability"], series["calibrated_reliability"]),
    }

    inputs.refuse_changes()
    for name, figure in figures.items():
        save(name, figure, params.dpi)
    print(f"plot: {len(figures)} pictures in {PLOTS}/: {', '.join(sorted(figures))}")


if __name__ == "__main__":
    run_stage("plot", main)
