import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from emotions.experiments.run import run_of
from emotions.inference.predictions import load_predictions
from emotions.reporting import run_page
from tests.browser import CHROMIUM, rendered


@pytest.fixture
def run(project_copy):
    return run_of("workspace")


def test_sliders_hold_the_counts_of_every_step(run):
    labels = run_page.label_data(run)
    for index, label in enumerate(labels):
        for step in (0, 30, 50, 100):
            decided = run.test.probability[:, index] >= step / 100
            assert label["predicted"][step] == decided.sum()
            assert label["hits"][step] == (decided & (run.test.truth[:, index] == 1)).sum()


def test_a_comment_cannot_end_the_script_that_holds_it(run):
    data = run_page.page_data(run, None)
    data["pairs"] = [{"pair": "a", "rows": 1, "comments": ["</script><script>alert(1)</script>"]}]
    html = run_page.page(data)
    assert "<script>alert(1)" not in html
    held = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL).group(1)
    assert json.loads(held)["pairs"] == data["pairs"]


def test_the_page_asks_for_nothing_and_is_small(run, monkeypatch):
    html = run_page.page(run_page.page_data(run, None))
    assert len(html.encode()) < 3e6
    monkeypatch.setattr(run_page.vl_convert, "javascript_bundle", lambda: "")  # its texts name tags of their own
    html = run_page.page(run_page.page_data(run, None))
    assert not re.search(r"<(script|link|img)[^>]*(src|href)=.(?!data:)", html)


def test_two_runs_are_compared_on_the_page(run):
    data = run_page.page_data(run, run)
    assert {row[-1] for row in data["comparison"]["rows"]} == {"within the noise of test rows"}


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_the_page_says_which_runs_are_compared(run, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(run_page.page(run_page.page_data(run, run)))
    sides = re.search(r'<p id="sides">(.*?)</p>', rendered(path)).group(1)
    assert sides.startswith("A is workspace (")
    assert "B is workspace (" in sides


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_of_many_labels_the_first_and_the_last_30_are_shown(run, tmp_path):
    data = run_page.page_data(run, None)
    label = data["labels"][0]
    data["labels"] = [label | {"name": f"label {number}", "f1": number / 100} for number in range(100)]
    data["buttons"] = {}
    path = tmp_path / "report.html"
    path.write_text(run_page.page(data))
    shown = rendered(path)
    assert [int(found) for found in re.findall(r"<td class=\"\">label (\d+)</td>", shown)] == [
        *range(99, 69, -1),
        *range(29, -1, -1),
    ]
    assert "The first and last 30 of 100 labels in the order chosen" in shown


class Tiles(HTMLParser):
    """The numbers of the tiles in #live, by what they are called."""

    def __init__(self, html: str):
        super().__init__()
        self.depth, self.texts = 0, []
        self.feed(html)
        self.values = dict(zip(self.texts[1::2], map(float, self.texts[::2]), strict=True))

    def handle_starttag(self, tag, attributes):
        if tag == "div" and (self.depth or dict(attributes).get("id") == "live"):
            self.depth += 1

    def handle_endtag(self, tag):
        self.depth -= bool(self.depth) and tag == "div"

    def handle_data(self, data):
        if self.depth:
            self.texts.append(data)


def test_policies_are_called_what_the_runs_params_say(run):
    called = run_page.policies_called(replace(run, sweep=run.sweep | {"fixed": 0.2, "min_precision": 0.9}))
    assert called["fixed"] == "fixed 0.2"
    assert called["precise"] == "per emotion, 90 % precision on validation"


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
@pytest.mark.parametrize(("slider", "columns"), [("all", slice(None)), ("threshold-1", slice(1, 2))])
def test_moving_a_slider_gives_the_numbers_of_scikit_learn(run, tmp_path, slider, columns):
    html = run_page.page(run_page.page_data(run, None))
    move = f"""<script type="module">const slider = document.getElementById("{slider}"); slider.value = 30;
        slider.dispatchEvent(new Event("input"));</script></body>"""
    path = tmp_path / "report.html"
    before, _, after = html.rpartition("</body>")
    path.write_text(before + move + after)
    shown = rendered(path)
    assert shown.count('role="graphics-document"') == 3, "every chart is drawn"

    test = load_predictions(Path("data/predictions/test.npz"))
    thresholds = np.round(run.thresholds[run.policy].clip(max=1), 2)
    thresholds[columns] = 0.3
    decided = test.probability >= thresholds
    expected = {
        "micro-F1": 100 * f1_score(test.truth, decided, average="micro", zero_division=0),
        "macro-F1": 100 * f1_score(test.truth, decided, average="macro", zero_division=0),
        "precision": 100 * precision_score(test.truth, decided, average="micro", zero_division=0),
        "recall": 100 * recall_score(test.truth, decided, average="micro", zero_division=0),
        "predictions a comment": decided.sum(axis=1).mean(),
    }
    assert Tiles(shown).values == pytest.approx(expected, abs=0.006)
