def test_the_page_is_written_where_dvc_looks_for_it(tmp_path, monkeypatch, call, root):
    monkeypatch.chdir(tmp_path)
    said = call("plot-page")
    config = (root / ".dvc/config").read_text()
    assert "html_template = ../build/plot_page.html" in config, "from .dvc/, where DVC's paths start"
    assert said.startswith("plot-page: build/plot_page.html")
    assert (tmp_path / "build/plot_page.html").read_text().count("{plot_divs}") == 1
