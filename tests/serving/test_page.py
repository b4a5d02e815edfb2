import re
import threading
import time

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="not installed: pip install -r requirements-serve.txt")
import uvicorn
from fastapi import Response

from emotions.serving.app import PAGE, PAGE_HEADERS, build_app
from tests.browser import CHROMIUM, rendered
from tests.serving.test_app import LIMITS, Model

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")

TYPE = """
const box = document.getElementById("text");
const when = (found, act) => { const wait = setInterval(() => { if (found()) { clearInterval(wait); act(); } }, 20); };
when(() => document.querySelector("#examples button"), () => {
  box.value = TEXT;
  box.dispatchEvent(new Event("input"));
  ACT
});
"""


@pytest.fixture
def page():
    """A function that serves the page, types a text into it, acts, and returns what it shows then."""
    servers = []

    def typed(text: str, act: str = "", model: Model | None = None) -> str:
        app = build_app(model or Model(), LIMITS)

        @app.get("/typed")
        async def page() -> Response:
            html = (PAGE / "index.html").read_text().replace("</head>", '<script src="type.js" defer></script></head>')
            return Response(html, media_type="text/html", headers=PAGE_HEADERS)

        @app.get("/type.js")
        async def script() -> Response:
            return Response(TYPE.replace("TEXT", repr(text)).replace("ACT", act), media_type="text/javascript")

        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
        servers.append((server, threading.Thread(target=server.run)))
        servers[-1][1].start()
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        return rendered(f"http://127.0.0.1:{port}/typed")

    yield typed
    for server, thread in servers:
        server.should_exit = True
        thread.join()


def test_one_text_is_shown_as_bars_with_thresholds(page):
    shown = page("so happy")
    assert "This text carries joy." in shown
    assert 'aria-label="joy: 90.0&nbsp;%, threshold 50.0&nbsp;%, reached"' in shown
    assert 'aria-label="anger: 30.0&nbsp;%, threshold 50.0&nbsp;%, not reached"' in shown


class OneLabel(Model):
    """The same probabilities, of which the most probable label is the answer whatever its threshold is."""

    def __init__(self):
        super().__init__()
        self.policy, self.policies = "argmax", {"argmax": np.zeros(2)}

    def decide(self, probability, thresholds):
        return probability == probability.max(axis=1, keepdims=True)


def test_of_one_label_a_text_only_the_most_probable_is_reached(page):
    shown = page("so happy", model=OneLabel())
    assert "This text carries joy." in shown
    assert 'aria-label="joy: 90.0&nbsp;%, threshold 0.0&nbsp;%, reached"' in shown
    assert 'aria-label="anger: 30.0&nbsp;%, threshold 0.0&nbsp;%, not reached"' in shown


def test_a_text_from_right_to_left_stands_from_right_to_left(page):
    shown = page("أنا سعيد\nso sad")
    assert '<td dir="auto">أنا سعيد</td>' in shown


def test_a_chosen_emotion_shows_the_word_that_speaks_for_it(page):
    shown = page(
        "😊 happy", 'when(() => document.querySelector(".emotion"), () => document.querySelector(".emotion").click());'
    )
    assert re.findall(r'<mark title="([^"]*)"(?: class="(\w+)")?>([^<]*)</mark>', shown) == [
        ("+0.0&nbsp;% for joy", "", "😊"),
        ("+80.0&nbsp;% for joy", "for", "happy"),
    ]


def test_many_lines_become_a_table(page):
    shown = page("so happy\nso sad\n\n")
    assert "2 texts" in shown
    assert '<td dir="auto">so happy</td><td>joy 90.0&nbsp;%</td>' in shown
    assert '<td dir="auto">so sad</td><td>none</td>' in shown


def test_a_text_that_looks_like_markup_is_text(page):
    shown = page("<img src=x onerror=alert(1)>\n<b>happy</b>")
    assert "&lt;img src=x onerror=alert(1)&gt;</td>" in shown
    assert "&lt;b&gt;happy&lt;/b&gt;</td>" in shown


def test_a_text_that_is_too_long_is_told_in_words(page):
    assert re.search(r'id="problem" role="alert">texts\.0: String should have at most 40 characters', page("x" * 41))
