"""The example of docs/your-data.md, run as it is written there."""

import json
import subprocess

import pandas as pd
import yaml

from stages import prepare


def test_the_example_is_a_source(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/labels").mkdir(parents=True)
    page = (root / "docs/your-data.md").read_text()
    *commands, run = page.split("```\nmkdir")[1].split("```")[0].splitlines()
    assert run.startswith("dvc exp run -S data.source=tickets")
    subprocess.run(["sh", "-e", "-c", "mkdir" + "\n".join(commands)], check=True)
    params = yaml.safe_load((root / "params.yaml").read_text())
    params["data"]["source"] = "tickets"
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))

    prepare.main()

    train = pd.read_parquet("data/prepared/train.parquet")
    assert [list(labels) for labels in train["labels"]] == [[0], [1, 2], [2]]
    assert json.loads((tmp_path / "data/prepared/labels.json").read_text()) == ["bug", "feature", "question"]
