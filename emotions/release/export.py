"""A trained model as folders that need no PyTorch: float32 and int8, each whole by itself and checked."""

import json
import shutil
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from emotions.artifacts import atomic_write, sha256, write_json
from emotions.data.corpus import LABELS
from emotions.data.prepared import PREPARED, read_texts
from emotions.errors import UserError
from emotions.inference.emotion_model import GROUPS, ONNX, THRESHOLDS, TOKENIZER, EmotionModel
from emotions.inference.predictions import PREDICTIONS, Predictions, load_splits
from emotions.manifest import MODEL, WEIGHTS, write_manifest
from emotions.metrics.calibration import fit_calibration
from emotions.metrics.f1 import f1_scores
from emotions.metrics.params import ScoresParams
from emotions.metrics.undefined import without_nan
from emotions.params import read_params, read_sections
from emotions.release.card import card
from emotions.release.graph import export_graph
from emotions.release.params import ExportParams
from emotions.release.quantize import quantize
from emotions.thresholds.chosen import CHOSEN, Chosen, read_chosen
from emotions.thresholds.params import ThresholdSweepParams
from emotions.thresholds.policies import sweep

EXPORTED = Path("models/exported")  # with a folder for each of KINDS
CARD = "README.md"  # where model hubs look for it
METRICS = Path("models/export.json")
SPLITS = ("validation", "test")
KINDS = ("fp32", "int8")


@dataclass(frozen=True)
class Candidate:
    """A form of the model: what it chose on validation, and its predictions of each split before calibration."""

    chosen: Chosen
    predictions: dict[str, Predictions]

    def decided(self, split: str, by: Chosen | None = None) -> np.ndarray:
        """Return what it decides, (rows, labels) of 0 and 1, by its own thresholds or those of another."""
        chosen = by or self.chosen
        return chosen.decide(self.predictions[split].probability)

    def scores(self, split: str) -> dict[str, float]:
        return f1_scores(self.predictions[split].truth, self.decided(split))


def choose_on(validation: Predictions, trained: Chosen, params: ThresholdSweepParams) -> Chosen:
    """Return calibration and thresholds from validation alone, as the threshold-sweep stage chooses them.

    The policy that decides stays the trained model's, so that the two can be compared.
    """
    problem = trained.problem
    calibration = fit_calibration(validation.truth, validation.probability, params.calibration, problem)
    candidates = problem.candidates(calibration.apply(validation.probability))
    policies = sweep(validation.truth, candidates, params, problem, hold_out=False).policies
    return Chosen(problem, validation.labels.tolist(), trained.policy, calibration, policies)


def write_tokenizer(trained: Path, target: Path) -> None:
    """Write a trained folder's tokenizer so that it cuts and pads by itself, whatever reads it."""
    settings = json.loads((trained / "tokenizer_config.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(trained / TOKENIZER))
    tokenizer.enable_truncation(settings["model_max_length"])
    tokenizer.enable_padding(pad_id=tokenizer.token_to_id(settings["pad_token"]), pad_token=settings["pad_token"])
    tokenizer.save(str(target))


def candidate(folder: Path, trained: Candidate, texts: dict[str, list[str]], params: ThresholdSweepParams) -> Candidate:
    """Return what the graph of a folder predicts for each split's texts, with thresholds chosen on that."""
    problem, labels = trained.chosen.problem, trained.chosen.labels
    uncalibrated = Chosen(problem, labels, "none", problem.calibration.none(len(labels)), {})
    raw = EmotionModel.of_graph(folder, uncalibrated, threads=0)
    predictions = {
        split: replace(made, probability=raw.predict_proba(texts[split]).astype(np.float64))
        for split, made in trained.predictions.items()
    }
    return Candidate(choose_on(predictions["validation"], trained.chosen, params), predictions)


def refuse_a_worse_one(trained: Candidate, exported: dict[str, Candidate], params: ExportParams) -> None:
    """Raise UserError where fp32 decides otherwise than the trained model, or int8 loses too much on validation."""
    agreement = share_of_agreement(trained, exported["fp32"], "validation")
    if agreement < params.fp32_agreement:
        raise UserError(
            f"export: the float32 graph agrees with the trained model on {agreement:.4%} of the decisions on "
            f"validation; expected at least export.fp32_agreement={params.fp32_agreement}; nothing was exported"
        )
    before, after = trained.scores("validation"), exported["int8"].scores("validation")
    for name in before:
        if before[name] - after[name] > params.int8_loss:
            raise UserError(
                f"export: int8 loses {100 * (before[name] - after[name]):.2f} points of {name} on validation; expected "
                f"at most export.int8_loss={params.int8_loss}; nothing was exported"
            )


def share_of_agreement(trained: Candidate, other: Candidate, split: str) -> float:
    """Return the share of pairs of row and label that both decide alike by the trained model's thresholds."""
    return float((trained.decided(split) == other.decided(split, by=trained.chosen)).mean())


def read_run() -> tuple[Candidate, dict[str, list[str]]]:
    """Return what the workspace's run predicts and chose, and each split's texts; raises UserError without a run."""
    if not (MODEL / WEIGHTS).is_file():  # DVC removes a stage's outputs before it runs, and the stage can fail
        raise UserError(f"{MODEL / WEIGHTS}: expected a trained model's weights; found none: dvc repro, or dvc pull")
    predictions = load_splits(PREDICTIONS)
    texts = {}
    for split, of_split in predictions.items():
        comments = read_texts(split)
        if list(comments) != of_split.ids.tolist():
            raise UserError(f"{PREPARED / split}.parquet and {PREDICTIONS / split}.npz are of other rows: dvc repro")
        texts[split] = list(comments.values())
    chosen, weights = read_chosen(CHOSEN), sha256(MODEL / WEIGHTS)
    chosen.refuse_other_model(weights, str(CHOSEN))
    if predictions["test"].model != weights:
        raise UserError(f"{PREDICTIONS}: expected those of the model {weights}; found another's: dvc repro evaluate")
    return Candidate(chosen, predictions), texts


def export() -> dict:
    """Write models/exported/fp32 and models/exported/int8 from the workspace's run; return models/export.json.

    Raises UserError, and leaves nothing, where a stage is missing or an exported form is worse than params allow.
    """
    params = read_params("export", ExportParams)
    sweep_params = read_params("threshold_sweep", ThresholdSweepParams)
    trained, texts = read_run()

    with atomic_write(EXPORTED) as folder:
        for kind in KINDS:
            (folder / kind).mkdir(parents=True)
        export_graph(MODEL, folder / "fp32" / ONNX)
        quantize(folder / "fp32" / ONNX, folder / "int8" / ONNX)
        exported = {}
        for kind in KINDS:
            write_tokenizer(MODEL, folder / kind / TOKENIZER)
            exported[kind] = candidate(folder / kind, trained, texts, sweep_params)
        refuse_a_worse_one(trained, exported, params)
        for kind, made in exported.items():
            complete(folder / kind, kind, made, params)
        metrics = {"policy": trained.chosen.policy, "trained": {split: trained.scores(split) for split in SPLITS}}
        for kind, made in exported.items():
            metrics[kind] = {
                split: made.scores(split) | {"agreement": share_of_agreement(trained, made, split)} for split in SPLITS
            }
            metrics[kind]["megabytes"] = round((folder / kind / ONNX).stat().st_size / 1e6, 1)
    write_json(METRICS, without_nan(metrics))
    return metrics


def complete(folder: Path, kind: str, made: Candidate, params: ExportParams) -> None:
    """Add to a folder with a graph and a tokenizer what makes it whole: thresholds, groups, model card, hashes."""
    made.chosen.write(folder / THRESHOLDS)
    sections = read_sections()
    groups = LABELS / f"{sections['data']['source']}.groups.csv"
    if groups.is_file():
        shutil.copy(groups, folder / GROUPS)
    write_manifest(folder, trained_sha256=sha256(MODEL / WEIGHTS), onnxruntime=version("onnxruntime"))
    test = replace(
        made.predictions["test"], probability=made.chosen.calibration.apply(made.predictions["test"].probability)
    )
    scores = read_params("scores", ScoresParams)
    length = EmotionModel.load(folder).max_length
    text = card(kind, made.chosen, test, sections, scores, params.licence, params.language, length)
    (folder / CARD).write_text(text, encoding="utf-8")
