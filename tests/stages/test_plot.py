import matplotlib
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from stages import plot

matplotlib.use("agg")


def names(axes):
    return [tick.get_text() for tick in axes.get_yticklabels()]


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def test_pictures_are_the_same_bytes_each_time(project_copy):
    before = {path.name: path.read_bytes() for path in (project_copy / "plots").glob("*.png")}
    assert len(before) == 6
    plot.main()
    assert {path.name: path.read_bytes() for path in (project_copy / "plots").glob("*.png")} == before


def test_a_label_may_be_called_what_pandas_takes_for_nothing(project_copy):
    for path in (project_copy / "plots").glob("*.csv"):
        path.write_text(path.read_text().replace("joy", "None"))
    plot.main()


def test_label_bars_are_sorted_by_rows():
    counts = pd.DataFrame({"label": ["joy", "grief", "neutral"], "train": [20, 1, 300]})
    axes = plot.label_distribution(counts).axes[0]
    assert names(axes) == ["grief", "joy", "neutral"]
    assert [bar.get_width() for bar in axes.patches] == [1, 20, 300]


def test_the_most_frequent_pair_is_on_top():
    pairs = pd.DataFrame({"pair": ["a → b", "b → c"], "rows": [5, 1], "share": [0.5, 0.1]})
    axes = plot.confused_pairs(pairs).axes[0]
    assert names(axes) == ["b → c", "a → b"]
    assert [text.get_text() for text in axes.texts] == ["1 (10%)", "5 (50%)"]


def test_no_confused_pair_at_all_still_draws():
    assert plot.confused_pairs(pd.DataFrame({"pair": [], "rows": [], "share": []})).axes


def test_the_best_validation_macro_f1_is_marked():
    curve = pd.DataFrame(
        {"threshold": [0.3, 0.4], "validation_micro_f1": [0.5, 0.6], "validation_macro_f1": [0.4, 0.3],
         "test_micro_f1": [0.5, 0.5], "test_macro_f1": [0.3, 0.9], "validation_predictions_per_row": [2.0, 1.0]}
    )  # fmt: skip
    axes = plot.threshold_curves(curve).axes[0]
    assert [text.get_text() for text in axes.texts] == ["0.400 at 0.30"]
