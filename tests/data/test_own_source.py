"""The example of docs/your-data.md, run as it is written there."""

import json
import shlex
import subprocess

import pandas as pd
import yaml

from stages import prepare


def test_the_example_is_a_source(root, project_copy, call):
    page = (root / "docs/your-data.md").read_text()
    lines = page.split("```\nprintf ")[1].split("```")[0].strip().splitlines()
    tables, (add, run, *_) = lines[:3], lines[3:]
    subprocess.run(["sh", "-e", "-c", "printf " + "\n".join(tables)], check=True)
    *said, printed = call(*shlex.split(add)[3:]).splitlines()
    assert run == printed
    assert [line for line in said if line not in page.splitlines() and not line.startswith("  tokens ")] == []
    params = yaml.safe_load((project_copy / "params.yaml").read_text())
    params["data"] = {"source": "tickets", "format": "jsonl"}
    (project_copy / "params.yaml").write_text(yaml.safe_dump(params))

    prepare.main()

    train = pd.read_parquet("data/prepared/train.parquet")
    assert [list(labels) for labels in train["labels"]] == [[0], [1, 2], [2]]
    assert json.loads((project_copy / "data/prepared/labels.json").read_text()) == ["bug", "feature", "question"]
