import json
import re
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from emotions.experiments.run import run_of
from emotions.inference.predictions import load_predictions
from emotions.reporting import run_page
from tests.browser import CHROMIUM, rendered

pytestmark = pytest.mark.slow


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


def test_policies_keep_their_order_and_names_of_any_script_are_as_written(run):
    data = run_page.page_data(run, None)
    data["pairs"] = [{"pair": "开心 → joy", "rows": 1, "comments": []}]
    html = run_page.page(data)
    assert "开心 → joy" in html
    held = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL).group(1)
    expected = [name for name in run_page.policies_called(run) if name in run.thresholds]
    assert expected != sorted(expected)
    assert list(json.loads(held)["buttons"]) == expected


HOSTILE = ["/*page*/ /*data*/ /*vega*/", "</script><script>alert(1)</script>", "{{ 7 * 7 }} {% raw %}", "<!--<script>"]
LABEL = "<img src=x onerror=\"document.title='run'\">"


def hostile_page(run) -> tuple[dict, str]:
    labels = np.array([LABEL, *run.labels[1:]])
    named = [replace(split, labels=labels) for split in (run.validation, run.test)]
    hostile = replace(run, validation=named[0], test=named[1])
    data = run_page.page_data(hostile, None)
    data["title"] = f"Report of {LABEL}"
    data["pairs"] = [{"pair": f"{LABEL} → b", "rows": 1, "comments": HOSTILE}]
    return data, run_page.page(data)


def test_every_text_stays_a_text(run):
    data, html = hostile_page(run)
    assert "<script>alert(1)" not in html
    assert "<img" not in html.replace(run_page.vl_convert.javascript_bundle().replace("</script", r"<\/script"), "")
    assert "49" not in re.search(r"<h1>(.*?)</h1>", html).group(1)
    held = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL).group(1)
    assert json.loads(held)["pairs"] == data["pairs"]
    assert json.loads(held)["labels"][0]["name"] == LABEL
    script = (run_page.ROOM / run_page.SCRIPT).read_text()
    assert html.count(script) == 1, "the page's own script, whole"


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_a_hostile_page_works_and_runs_nothing_of_theirs(run, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(hostile_page(run)[1])
    shown = rendered(path)
    assert "<title>run</title>" not in shown
    assert shown.count('role="graphics-document"') == 3, "every chart is drawn"
    for comment in HOSTILE:
        assert f'<blockquote dir="auto">{escape(comment, quote=False)}</blockquote>' in shown


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
    data["buttons"] = {data["policy"]: [data["buttons"][data["policy"]][0]] * 100}
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


def scores_of(truth, decided) -> dict[str, float]:
    return {
        "micro-F1": 100 * f1_score(truth, decided, average="micro", zero_division=0),
        "macro-F1": 100 * f1_score(truth, decided, average="macro", zero_division=0),
        "precision": 100 * precision_score(truth, decided, average="micro", zero_division=0),
        "recall": 100 * recall_score(truth, decided, average="micro", zero_division=0),
        "predictions a comment": decided.sum(axis=1).mean(),
    }


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_the_sliders_open_at_the_chosen_thresholds_to_the_last_digit(run, tmp_path):
    """A threshold rounded to hundredths would decide other rows: here each stands on a row's probability."""
    on_rows = np.sort(run.test.probability, axis=0)[7]
    assert (np.round(on_rows, 2) != on_rows).all()
    exact = replace(run, thresholds=run.thresholds | {run.policy: on_rows})
    path = tmp_path / "report.html"
    path.write_text(run_page.page(run_page.page_data(exact, None)))
    shown = rendered(path)
    decided = exact.decided
    assert decided.sum() == 21, "half of 14 rows, each of three labels"
    assert Tiles(shown).values == pytest.approx(scores_of(run.test.truth, decided), abs=0.006)
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", shown.partition('id="labels"')[2].partition("</table>")[0], re.DOTALL)
    for label, row in enumerate(rows[1:]):
        cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
        threshold, f1, own = (re.sub("<.*?>", "", cells[place]) for place in (3, 7, 8))
        assert own.startswith(f"{f1} ("), "a row agrees with itself"
        assert threshold == f"{on_rows[label]:.4f}"


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
    thresholds = run.thresholds[run.policy].copy()
    thresholds[columns] = 0.3
    decided = test.probability >= thresholds
    assert Tiles(shown).values == pytest.approx(scores_of(test.truth, decided), abs=0.006)


def test_a_label_without_test_rows_has_no_f1_on_the_page(run):
    truth = run.test.truth.copy()
    truth[:, 2] = 0
    without = replace(run, test=replace(run.test, truth=truth))
    held = re.search(r'id="data">(.*?)</script>', run_page.page(run_page.page_data(without, None)), re.DOTALL).group(1)
    neutral = json.loads(held)["labels"][2]
    assert (neutral["rows"], neutral["f1"], neutral["low"], neutral["high"]) == (0, None, None, None)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_without_confusions_the_page_says_so(run, tmp_path):
    data = run_page.page_data(run, None)
    data["pairs"] = []
    path = tmp_path / "report.html"
    path.write_text(run_page.page(data))
    shown = rendered(path)
    assert '<p id="no-pairs">None:' in shown
