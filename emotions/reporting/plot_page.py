"""The page that `dvc plots diff` fills, with Vega inside: DVC's own loads it from elsewhere and is blank offline."""

from pathlib import Path

import vl_convert

PAGE = Path(".dvc/plot_page.html")
HTML = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Experiments side by side</title>
<style>
  body {{ font-family: system-ui, sans-serif; margin: 1rem; display: flex; flex-wrap: wrap; gap: 1rem; }}
  img {{ max-width: 45rem; height: auto; }}
</style>
<script>{vega}</script>
</head>
<body>
{{plot_divs}}
</body>
</html>
"""


def page() -> str:
    """Return DVC's template: everything a browser needs but the plots, which DVC puts at `{plot_divs}`."""
    bundle = vl_convert.javascript_bundle()  # Vega, Vega-Lite and Vega-Embed, 0.9 MB
    return HTML.format(vega=bundle.replace("</script", r"<\/script"))
