import warnings

import matplotlib
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from emotions.fonts import use_fonts_for
from stages import plot

matplotlib.use("agg")


def names(axes):
    return [tick.get_text() for tick in axes.get_yticklabels()]


@pytest.fixture(autouse=True)
def close():
    with matplotlib.rc_context():
        yield
    plt.close("all")


def test_pictures_are_the_same_bytes_each_time(project_copy):
    before = {path.name: path.read_bytes() for path in (project_copy / "plots").glob("*.png")}
    assert len(before) == 7
    plot.main()
    assert {path.name: path.read_bytes() for path in (project_copy / "plots").glob("*.png")} == before


@pytest.mark.parametrize("name", ["None", "1", "$x$", "开心", "a\\b"])
def test_a_label_may_be_called_anything(project_copy, monkeypatch, name):
    """What pandas takes for nothing or a number, what matplotlib takes for a formula, what its font lacks."""
    for path in (project_copy / "plots").glob("*.csv"):
        path.write_text(path.read_text().replace("joy", name))
    drawn = {}
    monkeypatch.setattr(plot, "save", lambda title, figure, dpi: (drawn.update({title: figure}), figure.canvas.draw()))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot.main()
    shown = name if name != "开心" or len(matplotlib.rcParams["font.family"]) > 1 else r"\u5f00\u5fc3"
    assert shown in names(drawn["label_distribution"].axes[0])
    assert any(label.startswith(f"{shown} (") for label in names(drawn["per_emotion_f1"].axes[0]))


def test_label_bars_are_sorted_by_rows():
    counts = pd.DataFrame({"label": ["joy", "grief", "neutral"], "train": [20, 1, 300]})
    axes = plot.label_distribution(counts).axes[0]
    assert names(axes) == ["grief", "joy", "neutral"]
    assert [bar.get_width() for bar in axes.patches] == [1, 20, 300]


def test_numbers_on_the_logarithmic_axis_are_plain_also_where_nothing_is_a_formula():
    use_fonts_for(["joy"])
    counts = pd.DataFrame({"label": ["joy", "grief", "neutral"], "train": [20, 1, 1300]})
    axes = plot.label_distribution(counts).axes[0]
    axes.figure.canvas.draw()
    shown = [tick.get_text() for tick in axes.get_xticklabels(which="both")]
    assert {"1", "20", "500", "1,000"} <= set(shown)
    assert not any("$" in text for text in shown)


def test_the_most_frequent_pair_is_on_top():
    pairs = pd.DataFrame({"pair": ["a → b", "b → c"], "rows": [5, 1], "share": [0.5, 0.1]})
    axes = plot.confused_pairs(pairs, "at 0.5").axes[0]
    assert names(axes) == ["b → c", "a → b"]
    assert [text.get_text() for text in axes.texts] == ["1 (10%)", "5 (50%)"]


def test_no_confused_pair_at_all_says_none():
    axes = plot.confused_pairs(pd.DataFrame({"pair": [], "rows": [], "share": []}), "at 0.5").axes[0]
    assert [text.get_text() for text in axes.texts] == ["none"]
    assert names(axes) == []


def test_a_label_without_test_rows_has_no_bar():
    labels = pd.DataFrame(
        {"label": ["some", "none"], "rows": [9, 0], "f1": [0.5, float("nan")],
         "average_precision": [0.6, float("nan")], "tier": ["good", "undefined"]}
    )  # fmt: skip
    axes = plot.per_emotion_f1(labels, "at 0.5").axes[0]
    assert names(axes) == ["none (0)", "some (9)"]
    assert [bar.get_width() for bar in axes.patches if bar.get_width() > 0] == [0.5]


def test_of_many_labels_the_lowest_and_the_highest_are_drawn():
    counts = pd.DataFrame({"label": [f"label {rows}" for rows in range(1, 1001)], "train": range(1, 1001)})
    axes = plot.label_distribution(counts).axes[0]
    assert names(axes) == [f"label {rows}" for rows in (*range(1, 31), *range(971, 1001))]
    assert axes.get_title() == "Rows that carry each label: the lowest and highest 30 of 1,000"
    labels = counts.assign(f1=counts["train"] / 1000, average_precision=0.5, rows=9, tier="good")
    axes = plot.per_emotion_f1(labels, "at 0.5").axes[0]
    assert len(names(axes)) == len(axes.patches) == 60
    assert axes.get_title() == "F1 of each label (test rows): the lowest and highest 30 of 1,000"


def test_the_matrix_shows_each_labels_rows_by_the_label_they_were_given():
    cells = pd.DataFrame(
        {"label": ["b", "b", "a"], "predicted": ["b", "a", "a"], "rows": [3, 1, 2], "share": [0.75, 0.25, 1.0]}
    )
    axes = plot.confusion_matrix(cells).axes[0]
    assert names(axes) == ["b", "a"], "in the order of the labels"
    assert axes.collections[0].get_array().tolist() == [[0.75, 0.25], [0, 1]]


def test_of_many_labels_the_matrix_shows_the_most_confused():
    many = [f"label {number}" for number in range(40)]
    hits = pd.DataFrame({"label": many, "predicted": many, "rows": 10, "share": 0.9})
    missed = pd.DataFrame({"label": many[5:35], "predicted": many[4:34], "rows": 1, "share": 0.1})
    axes = plot.confusion_matrix(pd.concat([hits, missed])).axes[0]
    assert axes.get_title() == "Labels given on test: the 30 most confused of 40"
    assert set(many[5:34]) <= set(names(axes)), "these missed a row and were given wrongly"


def test_what_a_threshold_to_answer_gains_is_drawn_over_coverage():
    curve = pd.DataFrame(
        {
            f"{split}_{score}": values
            for split in ("validation", "test")
            for score, values in (
                ("coverage", [1.0, 0.5, 0.0]),
                ("accuracy_of_answered", [0.8, 0.9, 0.0]),
                ("macro_f1_of_answered", [0.7, 0.9, 0.0]),
            )
        }
    )
    accuracy = plot.reject_curves(curve).axes[0].lines[0]
    assert accuracy.get_xdata().tolist() == [1.0, 0.5], "where nothing is answered nothing is drawn"
    assert accuracy.get_ydata().tolist() == [0.8, 0.9]


def test_the_best_validation_macro_f1_is_marked():
    curve = pd.DataFrame(
        {"threshold": [0.3, 0.4], "validation_micro_f1": [0.5, 0.6], "validation_macro_f1": [0.4, 0.3],
         "test_micro_f1": [0.5, 0.5], "test_macro_f1": [0.3, 0.9], "validation_predictions_per_row": [2.0, 1.0]}
    )  # fmt: skip
    axes = plot.threshold_curves(curve).axes[0]
    assert [text.get_text() for text in axes.texts] == ["0.400 at 0.30"]
