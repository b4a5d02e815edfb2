import functools
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
import torch
import yaml
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertForSequenceClassification,
    TrainerCallback,
    pipeline,
)

from emotions.data.prepared import read_source_sha256
from emotions.errors import UserError
from emotions.training.curves import best_epoch, training_curves
from emotions.training.distillation import name_teachers, save_teaching
from emotions.training.folds import folds_of
from emotions.training.params import TrainParams
from emotions.training.trainer import training_arguments
from stages import evaluate, prepare, tokenize, train
from tests.tiny import TINY_LABELS, run_python

pytestmark = pytest.mark.slow


def change(project, **values):
    path = project / "params.yaml"
    params = yaml.safe_load(path.read_text())
    params["train"].update(values)
    path.write_text(yaml.safe_dump(params))


def no_dropout(project):
    change(project, dropout={"hidden": 0.0, "attention": 0.0, "mask": "token"})


def test_outputs_of_the_tiny_project(tiny_project):
    files = {path.name for path in (tiny_project / "data/model/classifier").iterdir()}
    assert files == {
        "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "environment.json",
        "manifest.json",
    }  # fmt: skip
    curves = pd.read_csv(tiny_project / "plots/training.csv")
    assert curves.columns.tolist() == [
        "epoch", "train_loss", "validation_loss", "micro_f1", "macro_f1", "mean_average_precision"
    ]  # fmt: skip
    assert curves["epoch"].tolist() == [1, 2]
    metrics = json.loads((tiny_project / "metrics/train.json").read_text())
    assert metrics["precision"] == "fp32"
    assert metrics["threads"] == 1
    assert not list(tiny_project.glob("data/.*")), "no checkpoint is left behind"


def test_the_saved_folder_works_in_anyones_pipeline(tiny_project):
    folder = str(tiny_project / "data/model/classifier")
    classify = pipeline("text-classification", model=folder, top_k=None, device="cpu")
    texts = pd.read_parquet(tiny_project / "data/prepared/test.parquet")["text"].tolist()
    predictions = np.load(tiny_project / "data/predictions/test.npz")
    labels = predictions["labels"].tolist()
    for answer, expected in zip(classify(texts), predictions["probability"], strict=True):
        scores = {one["label"]: one["score"] for one in answer}
        assert [scores[label] for label in labels] == pytest.approx(expected.tolist(), abs=1e-5)


def test_the_saved_model_is_the_model_in_memory(project_copy, monkeypatch):
    in_memory = {}
    build = train.build_classifier
    monkeypatch.setattr(train, "build_classifier", lambda *a: in_memory.setdefault("classifier", build(*a)))
    train.main()
    saved = AutoModelForSequenceClassification.from_pretrained("data/model/classifier")
    for (name, ours), theirs in zip(
        in_memory["classifier"].state_dict().items(), saved.state_dict().values(), strict=True
    ):
        assert torch.equal(ours, theirs), name


def test_the_kept_model_is_the_one_of_the_best_epoch(project_copy):
    change(project_copy, epochs=3, best_epoch_by="validation_loss", learning_rate=0.3, head_learning_rate=0.3)
    train.main()
    curves = pd.read_csv("plots/training.csv")
    best = json.loads((project_copy / "metrics/train.json").read_text())
    assert best["best_epoch"] == curves.loc[curves["validation_loss"].idxmin(), "epoch"]
    model = AutoModelForSequenceClassification.from_pretrained("data/model/classifier").eval()
    tokenizer = AutoTokenizer.from_pretrained("data/model/classifier")
    rows = pd.read_parquet("data/prepared/validation.parquet")
    targets = torch.zeros(len(rows), 3)
    for number, labels in enumerate(rows["labels"]):
        targets[number, labels.tolist()] = 1
    with torch.no_grad():
        loss = model(**tokenizer(rows["text"].tolist(), padding=True, return_tensors="pt"), labels=targets).loss
    assert loss.item() == pytest.approx(curves["validation_loss"].min(), abs=1e-4)


@pytest.mark.parametrize("pooling", ["first", "mean"])
def test_it_learns(project_copy, pooling):
    change(project_copy, epochs=25, pooling=pooling)
    train.main()
    curves = pd.read_csv("plots/training.csv")
    assert curves["train_loss"].iloc[-1] < curves["train_loss"].iloc[0] / 2


def test_with_every_lever_it_trains_and_can_be_scored(project_copy):
    ids = pd.read_parquet("data/prepared/train.parquet")["id"].tolist()
    save_teaching(project_copy / "data/teachers/one.npz", ids, np.full((len(ids), 3), 0.4))
    name_teachers("one", TINY_LABELS, read_source_sha256(), ["one"])
    change(
        project_copy,
        pooling="mean",
        layer_decay=0.8,
        r_drop=1.0,
        weight_average=0.9,
        merge_duplicates=True,
        oversampling={"share": 0.9, "token_dropout": 0.2},
        distillation={"teacher": "one", "weight": 0.5},
    )
    train.main()
    evaluate.main()
    assert len(pd.read_csv("plots/training.csv")) == 2


def test_r_drop_reads_training_rows_twice_and_others_once(project_copy, monkeypatch):
    rows = []
    forward = BertForSequenceClassification.forward

    @functools.wraps(forward)  # the Trainer looks at its arguments
    def watch(self, input_ids, **inputs):
        rows.append((self.training, len(input_ids)))
        return forward(self, input_ids=input_ids, **inputs)

    monkeypatch.setattr(BertForSequenceClassification, "forward", watch)
    change(project_copy, epochs=1, batch_size=8, r_drop=1.0)
    train.main()
    assert rows == [(True, 16)] * 7 + [(False, 14)], "56 rows in batches of 8, then the 14 of validation"


def test_readings_that_agree_train_as_one_reading_does(project_copy):
    change(project_copy, dropout={"hidden": 1e-9, "attention": 0.0, "mask": "comment"})
    train.main()
    once = pd.read_csv("plots/training.csv")
    change(project_copy, r_drop=5.0)
    train.main()
    np.testing.assert_allclose(pd.read_csv("plots/training.csv"), once, atol=1e-3)


def test_a_teacher_of_rows_that_have_changed_since_is_refused(project_copy):
    """The ids are the same, so that nothing else would tell."""
    ids = pd.read_parquet("data/prepared/train.parquet")["id"].tolist()
    save_teaching(project_copy / "data/teachers/one.npz", ids, np.full((len(ids), 3), 0.4))
    name_teachers("one", TINY_LABELS, read_source_sha256(), ["one"])
    change(project_copy, distillation={"teacher": "one", "weight": 0.5})
    source = project_copy / "data/raw/tiny/train.tsv"
    source.write_text(source.read_text().replace("so happy today", "so sad today"))
    prepare.main()
    tokenize.main()
    with pytest.raises(UserError, match=r"one\.json: expected teachers of these comments, train\.tsv with"):
        train.main()


def test_a_held_out_fold_is_not_trained_on(project_copy, monkeypatch):
    trained = []
    build = train.build_trainer
    monkeypatch.setattr(train, "build_trainer", lambda *a: trained.extend(a[2]["train"]["id"]) or build(*a))
    change(project_copy, folds=3, held_out_fold=1)
    train.main()
    rows = pd.read_parquet("data/prepared/train.parquet")
    seen = rows.loc[folds_of(rows["text"].tolist(), 3) != 1, "id"].tolist()
    assert trained == seen
    assert len(seen) < len(rows)
    assert json.loads(Path("data/model/classifier/held_out_fold.json").read_text()) == {"folds": 3, "held_out_fold": 1}


def test_a_label_that_no_row_of_the_other_folds_carries_is_no_divergence(project_copy, monkeypatch):
    build = train.build_trainer

    def without_joy(classifier, tokenizer, tokens, *others):
        left = tokens["train"].filter(lambda labels: not labels[0], input_columns="labels")
        return build(classifier, tokenizer, tokens | {"train": left}, *others)

    monkeypatch.setattr(train, "build_trainer", without_joy)
    change(project_copy, classifier_bias="log_odds")
    train.main()
    assert np.isfinite(pd.read_csv("plots/training.csv")).all(axis=None)


def test_a_fold_beyond_the_last_is_refused(project_copy):
    change(project_copy, folds=3, held_out_fold=3)
    with pytest.raises(UserError, match=r"of 3 the last is 2: -S train\.held_out_fold=2"):
        train.main()


def test_a_loss_that_wants_hard_labels_refuses_soft_ones(project_copy):
    change(project_copy, merge_duplicates=True)
    params = yaml.safe_load((project_copy / "params.yaml").read_text())
    params["train"]["loss"]["name"] = "zlpr"
    (project_copy / "params.yaml").write_text(yaml.safe_dump(params))
    with pytest.raises(UserError, match=r"params\.yaml: train: .*zlpr takes labels.* -S train\.merge_duplicates=false"):
        train.main()


def test_fp16_without_a_gpu_is_refused_before_weights_load(project_copy, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(train, "build_classifier", lambda *_: pytest.fail("weights were loaded"))
    change(project_copy, precision="fp16")
    with pytest.raises(UserError, match="needs a CUDA GPU"):
        train.main()


def test_a_diverging_training_is_one_sentence_and_keeps_the_old_model(project_copy):
    before = (project_copy / "data/model/classifier/model.safetensors").read_bytes()
    change(project_copy, learning_rate=1e30, head_learning_rate=1e30)
    with pytest.raises(UserError, match=r"training diverged: the loss of step \d+ of \d+ is not a finite number"):
        train.main()
    assert (project_copy / "data/model/classifier/model.safetensors").read_bytes() == before
    assert not list(project_copy.glob("data/.*")), "no checkpoint is left behind"


def test_two_processes_train_as_one_does_on_the_same_batches(project_copy):
    change(project_copy, epochs=3)
    no_dropout(project_copy)  # else each process draws masks of its own
    train.main()
    alone = pd.read_csv("plots/training.csv")
    one = json.loads(Path("metrics/train.json").read_text())
    change(project_copy, processes=2)

    done = run_python("-m", "stages.train", cwd=project_copy)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("train: ") == 1, "one process writes and speaks"
    together = pd.read_csv("plots/training.csv")
    two = json.loads(Path("metrics/train.json").read_text())
    assert (one["processes"], two["processes"]) == (1, 2)
    # every step has the same 8 rows, summed in another order
    np.testing.assert_allclose(together["train_loss"], alone["train_loss"], atol=1e-4)
    np.testing.assert_allclose(together["validation_loss"], alone["validation_loss"], atol=1e-4)
    assert not list(project_copy.glob("data/.*")), "no checkpoint is left behind"


@pytest.fixture
def two_processes(project_copy):
    """A stage that trains in two processes, and those; all are gone in the end."""
    change(project_copy, epochs=10_000, processes=2)
    Path("metrics/train.json").unlink()
    stage = subprocess.Popen([sys.executable, "-m", "stages.train"], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and not Path("metrics/train.json").exists():  # the first epoch has ended
        time.sleep(0.2)
    children = psutil.Process(stage.pid).children(recursive=True)
    workers = [child for child in children if "LOCAL_RANK" in child.environ()]
    assert len(workers) == 2
    yield stage, workers
    stage.kill()
    stage.wait()


@pytest.mark.long
def test_a_killed_process_ends_the_stage_with_an_error(project_copy, two_processes):
    before = (project_copy / "data/model/classifier/model.safetensors").read_bytes()
    stage, workers = two_processes

    workers[0].kill()

    _, said = stage.communicate(timeout=120)
    assert stage.returncode != 0
    assert "one of 2 processes was ended by SIGKILL" in said
    assert (project_copy / "data/model/classifier/model.safetensors").read_bytes() == before
    assert not list(project_copy.glob("data/.*")), "no checkpoint is left behind"


def test_a_killed_stage_takes_its_processes_along(two_processes):
    stage, workers = two_processes
    stage.kill()
    _, running = psutil.wait_procs(workers, timeout=30)
    assert not running


def test_a_batch_that_processes_cannot_share_is_refused(project_copy):
    change(project_copy, batch_size=7, processes=2)
    with pytest.raises(UserError, match=r"shared evenly by 2 processes; dvc exp run -S train\.batch_size=8"):
        train.main()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU")
@pytest.mark.parametrize("values", [{}, {"r_drop": 1.0, "layer_decay": 0.8}])
def test_auto_on_a_gpu_trains_in_fp16(project_copy, values):
    change(project_copy, precision="auto", epochs=25, **values)
    train.main()
    curves = pd.read_csv("plots/training.csv")
    assert json.loads((project_copy / "metrics/train.json").read_text())["precision"] == "fp16"
    assert curves["train_loss"].iloc[-1] < curves["train_loss"].iloc[0] / 2


def test_curves_and_headline_numbers_move_while_it_trains(project_copy, monkeypatch):
    seen = []
    write = train.write_json

    def watch(path, content, **options):
        write(path, content, **options)
        if path == train.METRICS:
            seen.append((json.loads(path.read_text())["best_epoch"], pd.read_csv(train.CURVES)["epoch"].tolist()))

    monkeypatch.setattr(train, "write_json", watch)
    change(project_copy, epochs=3, best_epoch_by="validation_loss")
    train.main()
    assert seen == [(1, [1]), (2, [1, 2]), (3, [1, 2, 3])]


def test_params_edited_while_it_trains_end_it_without_outputs(project_copy, monkeypatch):
    before = (project_copy / "data/model/classifier/model.safetensors").read_bytes()
    build = train.build_trainer

    def edit(*arguments):
        change(project_copy, learning_rate=0.5)
        return build(*arguments)

    monkeypatch.setattr(train, "build_trainer", edit)
    with pytest.raises(UserError, match=r"params\.yaml: train\.learning_rate changed from 0\.01 to 0\.5"):
        train.main()
    assert (project_copy / "data/model/classifier/model.safetensors").read_bytes() == before
    assert not Path("metrics/train.json").exists(), "it told of a run that ended so"
    assert not Path("plots/training.csv").exists()


class Killed(BaseException):
    """What ends a training at a step, as SIGKILL would, but for the process."""


@pytest.fixture
def cut_off(monkeypatch):
    """A function that trains until a step, then ends by an error, by default one that nobody handles."""

    def run(step, error=Killed):
        class Cut(TrainerCallback):
            def on_step_end(self, args, state, control, **kwargs):
                if state.global_step == step:
                    raise error

        build = train.build_trainer

        def build_and_cut(*arguments):
            trainer = build(*arguments)
            trainer.add_callback(Cut())
            return trainer

        with monkeypatch.context() as patched:
            patched.setattr(train, "build_trainer", build_and_cut)
            with pytest.raises(error) as raised:
                train.main()
        return raised.value

    return run


def outputs():
    paths = [*sorted(Path("data/model/classifier").iterdir()), Path("metrics/train.json"), Path("plots/training.csv")]
    return {path: path.read_bytes() for path in paths}


@pytest.mark.parametrize(
    "values",
    [
        {"best_epoch_by": "validation_loss"},
        {"batching": "random", "weight_average": 0.9, "dropout": {"hidden": 0.2, "attention": 0.1, "mask": "token"}},
        {"oversampling": {"share": 0.9, "token_dropout": 0.2}, "merge_duplicates": True},
    ],
)
def test_a_training_that_was_cut_off_twice_ends_with_the_same_bytes(project_copy, cut_off, capsys, values):
    change(
        project_copy, epochs=4, checkpoint_minutes=1e-9, **values
    )  # a checkpoint after every step but an epoch's last
    train.main()
    expected = outputs()
    shutil.rmtree("data/model/classifier")
    capsys.readouterr()

    cut_off(5)
    cut_off(18)
    train.main()

    assert capsys.readouterr().out.count("train: goes on after step") == 2
    assert outputs() == expected
    assert not list(project_copy.glob("data/.*")), "no checkpoint is left behind"


def test_a_checkpoint_cut_short_gives_way_to_the_one_before(project_copy, cut_off, capsys):
    change(project_copy, epochs=3, checkpoint_minutes=1e-9)
    train.main()
    expected = outputs()
    cut_off(12)
    [newest] = Path("data/.train").glob("*/checkpoint-11/optimizer.pt")
    newest.write_bytes(newest.read_bytes()[:-1])
    capsys.readouterr()
    train.main()
    said = capsys.readouterr().out
    assert "checkpoint-11/optimizer.pt is missing or not as it was written\ntrain: goes on after step 10," in said
    assert outputs() == expected


def test_checkpoints_of_other_params_are_not_used_and_go(project_copy, cut_off, capsys):
    change(project_copy, checkpoint_minutes=1e-9)
    cut_off(5)
    change(project_copy, learning_rate=0.02)
    train.main()
    assert "is not used: params.yaml: train.learning_rate changed from 0.01 to 0.02\n" in capsys.readouterr().out
    assert not list(project_copy.glob("data/.*"))


def test_ctrl_c_says_where_the_same_command_goes_on(project_copy, cut_off):
    change(project_copy, checkpoint_minutes=1e-9)
    assert str(cut_off(5, KeyboardInterrupt)) == "the same command goes on after step 4"


def test_without_checkpoints_nothing_of_a_cut_training_is_left(project_copy, cut_off):
    change(project_copy, epochs=3, checkpoint_minutes=0)
    cut_off(12)
    assert not list(project_copy.glob("data/.*"))


def test_best_epoch_is_the_first_of_the_best():
    curves = pd.DataFrame({"epoch": [1, 2, 3], "validation_loss": [0.2, 0.1, 0.1], "macro_f1": [0.5, 0.6, 0.6]})
    assert best_epoch(curves, "validation_loss")["epoch"] == 2
    assert best_epoch(curves, "macro_f1")["epoch"] == 2


def test_curves_join_the_losses_of_an_epoch():
    scores = {"eval_micro_f1": 0.5, "eval_macro_f1": 0.4, "eval_mean_average_precision": 0.6}
    log = [
        {"loss": 0.3, "epoch": 1.0},
        {"eval_validation_loss": 0.2, "epoch": 1.0, **scores},
        {"train_loss": 0.3, "epoch": 1.0},
    ]
    assert training_curves(log).to_dict("records") == [
        {"epoch": 1, "train_loss": 0.3, "validation_loss": 0.2, "micro_f1": 0.5, "macro_f1": 0.4,
         "mean_average_precision": 0.6}
    ]  # fmt: skip


def test_the_seeds_recipe_can_be_said_in_params(tmp_path, root):
    recipe = {"epochs": 3, "batch_size": 16, "eval_batch_size": 32, "learning_rate": 2e-5, "head_learning_rate": 2e-5,
              "batching": "random", "warmup_share": 0.0, "classifier_bias": "zero", "seed": 42}  # fmt: skip
    params = TrainParams(**yaml.safe_load((root / "params.yaml").read_text())["train"] | recipe)
    arguments = training_arguments(params, "fp32", tmp_path)
    assert arguments.per_device_train_batch_size == 16
    assert arguments.train_sampling_strategy == "random"
    assert arguments.get_warmup_steps(100) == 0
