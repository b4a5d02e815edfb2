"""Pictures of the records: what each emotion scores, what each change does."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from emotions.experiments.protocol import PAIRED
from emotions.experiments.recorded import Record
from emotions.reporting.leaderboard import CALLED, POLICIES

BLUE, RED, GREY = "#0072B2", "#D55E00", "#999999"  # Okabe & Ito's: told apart with any colour vision


def emotion_picture(run: Record, published: pd.DataFrame) -> Figure:
    """Draw each label's F1 in the BERT-base report and in a run by its chosen policy, a line between the two."""
    ours = f"{run.policy}_f1"
    both = run.labels.merge(published, on="label").sort_values(ours)
    figure, axes = plt.subplots(figsize=(8, 8.3))
    names = [f"{row.label} ({row.test_rows})" for row in both.itertuples()]
    axes.hlines(names, both["report_f1"], both[ours], color=GREY, linewidth=1.5, zorder=1)
    axes.scatter(both["report_f1"], names, color=RED, marker="s", s=30, label="BERT-base report, fixed 0.5")
    axes.scatter(both[ours], names, color=BLUE, s=45, label=f"this project, {run.checkpoint}, {POLICIES[run.policy]}")
    axes.set(xlim=(-0.02, 1), xlabel="test F1", title="GoEmotions: F1 of each emotion (test rows)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.07), ncols=2, frameon=False)  # no corner stays empty
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(y=0.02)
    return figure


def ablation_picture(differences: pd.DataFrame, base: str) -> Figure:
    """Draw, from what `differences.ablations` returns, what each configuration scores more, best on validation on top.

    Test scores have their 95 % intervals, in blue or red where the difference stays after the correction; the marks of
    configurations of one seed are hollow.
    """
    ordered = differences.sort_values("ranking")
    figure, panels = plt.subplots(
        1, 1 + len(CALLED), figsize=(12, 1.6 + 0.27 * len(ordered)), sharey=True, layout="constrained"
    )
    panels[0].scatter(100 * ordered["ranking"], ordered["run"], color="black", s=25)
    panels[0].set_title("validation mAP")
    for axes, (score, called) in zip(panels[1:], CALLED.items(), strict=True):
        for row in ordered.to_dict("records"):
            low, value, high = (100 * row[key] for key in (f"{score}_low", score, f"{score}_high"))
            colour, mark = GREY, "o"
            if row[f"{score}_clear"]:
                colour, mark = (BLUE, "^") if value > 0 else (RED, "v")
            axes.hlines(row["run"], low, high, color=colour, linewidth=1.5)
            inside = colour if row["seeds"] > 1 else "white"
            axes.plot(value, row["run"], mark, color=colour, markerfacecolor=inside, markersize=5.5)
        axes.set_title(f"test {called}-F1" if called == "micro" else f"test {called}")
    for axes in panels:
        axes.axvline(0, color="black", linewidth=0.8)
        axes.set_xlabel("points")
        axes.grid(alpha=0.3)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(y=0.02)
    figure.suptitle(
        f"What each configuration scores more than the one called {base}; thresholds: {POLICIES[PAIRED]}\n"
        "blue, red: stays after Holm's correction; hollow: one seed"
    )
    return figure
