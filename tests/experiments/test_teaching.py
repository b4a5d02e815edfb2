import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from emotions.data.prepared import read_source_sha256
from emotions.errors import UserError
from emotions.experiments import teaching
from emotions.experiments.teaching import join, teach
from emotions.training.distillation import load_teachers, read_teaching, save_teaching
from emotions.training.folds import folds_of
from stages import prepare, tokenize, train
from tests.tiny import TINY_LABELS

pytestmark = pytest.mark.slow

HALF = Path("data/teachers/half.npz")


def hold_out(fold):
    path = Path("params.yaml")
    params = yaml.safe_load(path.read_text())
    params["train"].update({"folds": 2, "held_out_fold": fold, "epochs": 1})
    path.write_text(yaml.safe_dump(params))
    train.main()


@pytest.fixture
def ids(project_copy):
    return pd.read_parquet("data/prepared/train.parquet")["id"].tolist()


def test_a_teacher_has_every_training_comment(ids):
    teach("mine", out_of_fold=False)
    assert read_teaching(Path("data/teachers/mine.npz"))[0] == ids
    assert load_teachers("mine", ids, TINY_LABELS, read_source_sha256()).shape == (len(ids), 3)


def test_folds_make_one_teacher_whatever_their_order(ids):
    teachers, models = {}, []
    for name, order in (("up", (0, 1)), ("down", (1, 0))):
        for fold in order:
            hold_out(fold)
            models.append(Path("data/model/classifier/model.safetensors").read_bytes())
            teach(name, out_of_fold=True)
        teachers[name] = read_teaching(Path(f"data/teachers/{name}.npz"))
    assert models[0] != models[1], "each fold has a model of its own"
    assert teachers["up"][0] == teachers["down"][0] == ids, "every row once, in the order of the source"
    assert np.array_equal(teachers["up"][1], teachers["down"][1])


def test_a_name_that_teachers_have_together_is_refused(ids):
    for name in ("one", "two"):
        teach(name, out_of_fold=False)
    both = join("both", ["one", "two"])
    before = both.read_text()
    with pytest.raises(UserError, match=r"both\.json is there already, for other teachers; choose another name"):
        teach("both", out_of_fold=False)
    assert both.read_text() == before
    assert not both.with_suffix(".npz").exists()


def test_a_folds_model_keeps_the_rows_it_has_not_seen(ids):
    hold_out(1)
    teach("half", out_of_fold=True)
    rows = pd.read_parquet("data/prepared/train.parquet")
    assert (
        read_teaching(Path("data/teachers/half.npz"))[0] == rows["id"][folds_of(rows["text"].tolist(), 2) == 1].tolist()
    )
    with pytest.raises(UserError, match=r"half\.npz: expected every training comment"):
        load_teachers("half", ids, TINY_LABELS, read_source_sha256())


def test_a_fold_that_is_there_is_refused(ids):
    hold_out(1)
    teach("half", out_of_fold=True)
    with pytest.raises(UserError, match=r"half\.npz has these comments already"):
        teach("half", out_of_fold=True)


def other_comments(description):
    shutil.move("data/raw/tiny/train.tsv", "data/raw/tiny/first.tsv")
    lines = Path("data/raw/tiny/first.tsv").read_text().splitlines()
    Path("data/raw/tiny/train.tsv").write_text("".join(f"{line}-of-another\n" for line in lines))  # the id comes last
    prepare.main()
    tokenize.main()
    hold_out(0)


def another_label(description):
    description["labels"].append("calm")
    ids, probability = read_teaching(HALF)
    save_teaching(HALF, ids, np.pad(probability, ((0, 0), (0, 1)), constant_values=0.5))


def an_edited_source(description):
    description["source_sha256"] = dict.fromkeys(description["source_sha256"], "0" * 64)


def a_file_of_other_comments(description):
    ids, probability = read_teaching(HALF)
    save_teaching(HALF, [f"{id}-of-another" for id in ids], probability)


@pytest.mark.parametrize("change", [other_comments, another_label, an_edited_source, a_file_of_other_comments])
def test_folds_of_other_comments_or_labels_are_refused_before_the_model_says_anything(ids, change, monkeypatch):
    hold_out(1)
    teach("half", out_of_fold=True)
    description = json.loads(HALF.with_suffix(".json").read_text())
    hold_out(0)
    change(description)
    HALF.with_suffix(".json").write_text(json.dumps(description))
    before = HALF.read_bytes(), HALF.with_suffix(".json").read_bytes()
    monkeypatch.setattr(teaching, "probabilities", lambda *_, **__: pytest.fail("all comments were read"))
    with pytest.raises(UserError, match=r"half\.npz is of other comments or labels; choose another name, or remove it"):
        teach("half", out_of_fold=True)
    assert (HALF.read_bytes(), HALF.with_suffix(".json").read_bytes()) == before


def test_probabilities_that_nothing_describes_are_refused(ids):
    hold_out(1)
    teach("half", out_of_fold=True)
    HALF.with_suffix(".json").unlink()
    hold_out(0)
    with pytest.raises(UserError, match=r"half\.npz: expected data/teachers/half\.json beside it; found none"):
        teach("half", out_of_fold=True)


def test_a_teacher_that_is_there_is_refused(ids):
    teach("mine", out_of_fold=False)
    with pytest.raises(UserError, match=r"mine\.npz is there already; choose another name"):
        teach("mine", out_of_fold=False)


def test_a_model_that_does_not_fit_is_refused(ids):
    with pytest.raises(UserError, match="has seen every training row"):
        teach("mine", out_of_fold=True)
    hold_out(0)
    with pytest.raises(UserError, match="has not seen one fold"):
        teach("mine", out_of_fold=False)


@pytest.mark.parametrize("name", ["none", "a/b", ""])
def test_a_bad_name_is_refused(ids, name):
    with pytest.raises(UserError, match="expected a name of letters"):
        teach(name, out_of_fold=False)


def test_teachers_join_under_a_name_each_once(ids):
    teach("first", out_of_fold=False)
    teach("second", out_of_fold=False)
    join("both", ["first", "second"])
    join("again", ["both", "first"])
    assert list(json.loads(Path("data/teachers/again.json").read_text())["teachers"]) == ["first", "second"]
    both, first = (load_teachers(name, ids, TINY_LABELS, read_source_sha256()) for name in ("both", "first"))
    assert np.array_equal(both, first)
    with pytest.raises(UserError, match=r"both\.json is there already"):
        join("both", ["first"])


def test_teachers_of_other_rows_do_not_join(ids):
    teach("first", out_of_fold=False)
    with Path("data/raw/tiny/train.tsv").open("a") as source:
        source.write("one more\t0\tt99\n")
    prepare.main()
    teach("second", out_of_fold=False)
    with pytest.raises(UserError, match="second and first differ in source_sha256"):
        join("both", ["first", "second"])
    with pytest.raises(UserError, match="none.json: expected a teacher"):
        join("both", ["first", "none"])
