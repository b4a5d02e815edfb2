import re

import pytest

from emotions.reporting import plot_page
from tests.browser import CHROMIUM, rendered


def test_the_page_has_a_place_for_the_plots_and_asks_for_nothing():
    page = plot_page.page()
    assert page.count("{plot_divs}") == 1
    assert "{scripts}" not in page, "where DVC would put the address of its CDN"
    assert page.count("</script>") == 1, "a second one inside Vega would end it early"
    assert not re.search(r"<(script|link|img)[^>]*(src|href)=.http", page)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_a_browser_without_network_draws_every_plot(tmp_path):
    specification = """{"data": {"values": [{"x": 1, "y": 2}, {"x": 2, "y": 3}]}, "mark": "bar",
        "encoding": {"x": {"field": "x"}, "y": {"field": "y"}}}"""
    plot = '<div id="plot{0}"></div><script>vegaEmbed("#plot{0}", {1}, {{renderer: "svg"}})</script>'
    plots = "".join(plot.format(number, specification) for number in range(3))
    path = tmp_path / "index.html"
    path.write_text(plot_page.page().replace("{plot_divs}", plots))
    shown = rendered(path)
    assert shown.count('role="graphics-document"') == 3
