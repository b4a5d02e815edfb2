"""Texts from right to left and without spaces, up to 512 tokens, from a table to a page by a multilingual encoder."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from tests.families import write_family
from tests.tiny import tiny_params, write_project
from tests.warm import add_and_run, run_module

pytestmark = pytest.mark.slow

TEXTS = {
    "سرور": ["أنا سعيد جدا اليوم", "يا له من يوم جميل", "שמח מאוד היום", "今天我很高兴", "とてもうれしい"],
    "愤怒": ["هذا فظيع", "أنا غاضب", "זה נורא", "这太可怕了", "本当に腹が立つ"],
    "спокойствие": ["الباب مفتوح", "הדלת פתוחה", "门是开着的", "ドアが開いている", "Дверь открыта"],
}
LONG = "سعيد " * 600  # more tokens than 512


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with a tiny XLM-R of 512 tokens, the code, and the outputs of all six stages."""
    folder = tmp_path_factory.mktemp("languages")
    every = [*(text for texts in TEXTS.values() for text in texts), *"01234567"]
    write_family("xlm-roberta", folder / "encoder", texts=every, pieces=200, positions=514)
    params = tiny_params(folder / "encoder")
    params["tokenize"] |= {"max_length": 512, "emoji_tokens": False}
    rows = [(f"{text} {copy}", label) for label, texts in TEXTS.items() for text in texts for copy in range(8)]
    write_project(folder, params, [*rows, (LONG, "سرور")])
    add_and_run(folder)
    return folder


@pytest.fixture
def here(project, monkeypatch):
    monkeypatch.chdir(project)
    return project


def test_every_character_of_every_script_is_read_and_one_text_is_cut(here):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained("data/model/classifier")
    told = json.loads(Path("metrics/tokenize.json").read_text())
    cut = 0
    for split in ("train", "validation", "test"):
        tokens = pd.read_parquet(f"data/tokens/{split}.parquet")
        assert tokens["length"].max() <= 512
        assert not any(tokenizer.unk_token_id in ids for ids in tokens["input_ids"])
        assert told[split]["truncated_share"] == pytest.approx(tokens["truncated"].mean(), abs=1e-6)
        cut += tokens["truncated"].sum()
    assert cut == 1, "the long one"


def test_labels_of_any_script_stand_in_tables_pages_and_answers(here, call):
    assert set(pd.read_csv("plots/per_emotion.csv")["label"]) == set(TEXTS)
    call("report", "workspace")
    page = Path("build/report.html").read_text(encoding="utf-8")
    held = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL).group(1))
    assert {label["name"] for label in held["labels"]} == set(TEXTS)
    said = json.loads(call("predict", "今天我很高兴", LONG, "--json", "--all").splitlines()[1])
    assert {one["label"] for one in said["emotions"] + said["below"]} == set(TEXTS)


def test_a_length_beyond_the_encoder_is_refused_with_the_one_it_has(here):
    path = here / "params.yaml"
    before = path.read_text()
    path.write_text(before.replace("max_length: 512", "max_length: 513"))
    done = run_module("stages.tokenize", cwd=here)
    path.write_text(before)
    assert done.returncode == 1
    assert "tokenize.max_length=513 is beyond the 512 tokens" in done.stderr
