import matplotlib
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import same_color

from emotions.experiments.recorded import read_run
from emotions.reporting.pictures import BLUE, GREY, RED, ablation_picture, emotion_picture


@pytest.fixture(autouse=True)
def _without_a_screen():
    matplotlib.use("agg")
    yield
    plt.close("all")


def test_each_emotion_has_a_point_of_the_report_and_one_of_ours(root, monkeypatch):
    monkeypatch.chdir(root)
    run = read_run(root / "results/mean-seed-42")
    published = pd.read_csv(root / "results/published_per_emotion.csv")
    [axes] = emotion_picture(run, published).axes
    of_report, ours = (points.get_offsets() for points in axes.collections[1:])
    by_label = run.labels.set_index("label")
    names = [text.get_text() for text in axes.get_yticklabels()]
    assert len(names) == len(of_report) == len(ours) == 28
    for name, (report_f1, _), (our_f1, _) in zip(names, of_report, ours, strict=True):
        label, rows = name.rstrip(")").split(" (")
        assert our_f1 == by_label.loc[label, f"{run.policy}_f1"]
        assert report_f1 == published.set_index("label").loc[label, "report_f1"]
        assert int(rows) == by_label.loc[label, "test_rows"]
    assert [our_f1 for our_f1, _ in ours] == sorted(our_f1 for our_f1, _ in ours), "the best on top"


def test_a_configuration_has_the_colour_of_what_stays_after_the_correction():
    scores = ("micro_f1", "macro_f1", "macro_f1_frequent")
    rows = [
        ("better", 3, 0.02, 0.01, 0.03, True),
        ("worse", 1, -0.02, -0.03, -0.01, True),
        ("level", 3, 0.02, 0.01, 0.03, False),  # beyond noise alone, not among so many
    ]
    differences = pd.DataFrame(
        [
            {"run": name, "seeds": seeds, "ranking": ranking}
            | {
                f"{score}{end}": value
                for score in scores
                for end, value in (("", at), ("_low", low), ("_high", high), ("_clear", clear))
            }
            for ranking, (name, seeds, at, low, high, clear) in zip((0.01, 0.03, 0.02), rows, strict=True)
        ]
    )
    ranking, *panels = ablation_picture(differences, "base").axes
    assert [text.get_text() for text in ranking.get_yticklabels()] == ["better", "level", "worse"], "best ranked on top"
    assert [axes.get_title() for axes in panels] == ["test micro-F1", "test macro-28", "test macro-24"]
    for axes in panels:
        points = {line.get_ydata()[0]: line for line in axes.lines if line.get_marker() in ("^", "v", "o")}
        assert {name: line.get_marker() for name, line in points.items()} == {"better": "^", "worse": "v", "level": "o"}
        for name, colour in (("better", BLUE), ("worse", RED), ("level", GREY)):
            assert same_color(points[name].get_color(), colour)
        assert same_color(points["worse"].get_markerfacecolor(), "white"), "one seed: hollow"
        assert points["better"].get_xdata()[0] == 2, "in points of F1"
