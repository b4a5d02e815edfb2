"""A trained model as Python code uses it: texts in, probabilities or emotions out."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
from tokenizers import Tokenizer

from emotions.artifacts import sha256
from emotions.errors import UserError
from emotions.manifest import WEIGHTS, verify
from emotions.thresholds.chosen import Chosen, read_chosen

ONNX = "model.onnx"  # an exported folder has one, beside TOKENIZER, THRESHOLDS and its manifest
TOKENIZER = "tokenizer.json"
THRESHOLDS = "thresholds.json"
CLASSIFIER = "classifier"  # the train stage's folder, beside THRESHOLDS in the pipeline's
GROUPS = "groups.csv"  # where labels have groups: label, then a column a grouping

CHUNK = 2048  # texts whose lengths are sorted together; tokenizing the next overlaps with computing this one
TOKENS = 1024  # of a batch, padding included: with more, activations leave the processor's caches

Compute = Callable[[np.ndarray, np.ndarray], np.ndarray]  # input_ids, attention_mask → (rows, labels) float32


class EmotionModel:
    """A classifier, its tokenizer and its thresholds; made by `EmotionModel.load`.

    `labels` are the emotions' names in the order of every array; `policies` are the thresholds, (labels,), that were
    chosen in different ways; `policy` names those that decide unless told otherwise, which are `thresholds`. `groups`
    are groupings of the labels by name, such as `ekman`: each label's group.
    """

    def __init__(self, compute: Compute, tokenizer: Tokenizer, pad_id: int, chosen: Chosen):
        self.labels = chosen.labels
        self.policy = chosen.policy
        self.policies = chosen.policies
        self.groups: dict[str, dict[str, str]] = {}
        self._compute = compute
        self._tokenizer = tokenizer
        self._pad_id = pad_id
        self._calibration = chosen.calibration
        self._chosen = chosen

    @classmethod
    def load(cls, folder: str | Path, threads: int = 0) -> Self:
        """Return the model of a folder that `python -m emotions export` made, or of the pipeline's, data/model.

        An exported folder is computed by ONNX Runtime on `threads` threads, 0 is one a core. The pipeline's holds the
        trained classifier and its thresholds, and needs PyTorch. Raises UserError where something is missing, does
        not belong together, or differs from the sha256 in a manifest.
        """
        folder = Path(folder)
        if (folder / ONNX).is_file():
            verify(folder, (ONNX, TOKENIZER, THRESHOLDS), "get or export it again")
            model = cls.of_graph(folder, read_chosen(folder / THRESHOLDS), threads)
        elif (folder / CLASSIFIER).is_dir():
            model = cls(*_trained(folder, threads))
        else:
            raise UserError(
                f"{folder}: expected a model's folder, with {ONNX} or {CLASSIFIER}; found none: "
                "dvc repro, dvc pull, or --model FOLDER"
            )
        model.groups = _groups(folder / GROUPS)
        return model

    @classmethod
    def of_graph(cls, folder: Path, chosen: Chosen, threads: int) -> Self:
        """Return the model of a folder's graph and tokenizer, whose thresholds and hashes need not be there yet."""
        tokenizer = _read_tokenizer(folder)
        pad_id = tokenizer.padding["pad_id"]
        tokenizer.no_padding()  # batches are padded once their rows are sorted
        return cls(_onnx_compute(folder / ONNX, threads), tokenizer, pad_id, chosen)

    @property
    def thresholds(self) -> np.ndarray:
        """The thresholds, (labels,), of the policy that decides."""
        return self.policies[self.policy]

    @property
    def max_length(self) -> int:
        """The tokens that are read of a text; what follows is cut off."""
        return self._tokenizer.truncation["max_length"]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Return the calibrated probability of each label for each text, (texts, labels) float32.

        Raises TypeError where something else than a list of texts is given.
        """
        chunks = (texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK))
        parts = [part for _, part in self.stream(chunks)]
        return np.concatenate(parts) if parts else np.empty((0, len(self.labels)), dtype=np.float32)

    def predict(
        self, texts: Sequence[str], policy: str | None = None, thresholds: np.ndarray | float | None = None
    ) -> list[dict[str, float]]:
        """Return each text's emotions with their probabilities, the most probable first: those at their threshold.

        Decided by the thresholds of a policy, None for the model's own, or by thresholds of yours: one, or (labels,).
        Raises UserError for a policy that the model does not have, TypeError as `predict_proba` does.
        """
        if policy is not None and thresholds is not None:
            raise TypeError("predict: expected a policy or thresholds; found both")
        at_least = self.policy_thresholds(policy) if thresholds is None else np.asarray(thresholds, dtype=np.float64)
        return self.named(self.predict_proba(texts), at_least)

    def policy_thresholds(self, policy: str | None) -> np.ndarray:
        """Return a policy's thresholds, (labels,), None for the model's own; raises UserError for no such policy."""
        return self._chosen.thresholds(policy)

    def decide(self, probability: np.ndarray, thresholds: np.ndarray | float) -> np.ndarray:
        """Return which labels hold, (texts, labels) of bool, from what `predict_proba` returned and thresholds.

        Those at or above their thresholds; of a model for one label a text, at most the most probable one.
        """
        return self._chosen.problem.candidates(probability.astype(np.float64)) >= thresholds

    def named(self, probability: np.ndarray, thresholds: np.ndarray | float) -> list[dict[str, float]]:
        """Return what `decide` holds of each text as labels with their probabilities, the most probable first."""
        ranked, decided = np.argsort(-probability, axis=1, kind="stable"), self.decide(probability, thresholds)
        return [
            {self.labels[label]: float(probability[row, label]) for label in ranked[row] if decided[row, label]}
            for row in range(len(probability))
        ]

    def stream(self, chunks: Iterable[Sequence[str]]) -> Iterator[tuple[Sequence[str], np.ndarray]]:
        """Yield each chunk of texts with what `predict_proba` returns for it, for more texts than memory holds.

        The next chunk is taken and tokenized while one is computed.
        """
        with ThreadPoolExecutor(max_workers=1) as ahead:
            before = None
            for chunk in chunks:
                after = (chunk, ahead.submit(self._tokenize, chunk))
                if before:
                    yield before[0], self._probabilities(before[1].result())
                before = after
            if before:
                yield before[0], self._probabilities(before[1].result())

    def _tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise TypeError(f"expected a list of texts (str); found {texts!r:.60}")
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]

    def _probabilities(self, token_ids: list[list[int]]) -> np.ndarray:
        result = np.empty((len(token_ids), len(self.labels)), dtype=np.float32)
        for rows in batches(np.array([len(ids) for ids in token_ids]), TOKENS):
            result[rows] = self._compute(*padded([token_ids[row] for row in rows], self._pad_id))
        return self._calibration.apply(result.astype(np.float64)).astype(np.float32)


def batches(lengths: np.ndarray, tokens: int) -> Iterator[np.ndarray]:
    """Yield row numbers, batch by batch, rows of similar length together; each row once.

    A batch holds at most `tokens` tokens, padding included, or one row.
    """
    order = np.argsort(lengths, kind="stable")
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or (end + 1 - start) * lengths[order[end]] > tokens:
            yield order[start:end]
            start = end


def padded(rows: list[list[int]], pad_id: int) -> tuple[np.ndarray, np.ndarray]:
    """Return token ids filled up to the longest row, and a mask of 1 for tokens, (rows, tokens) int64 both."""
    ids = np.full((len(rows), max(len(row) for row in rows)), pad_id, dtype=np.int64)
    mask = np.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask


def _read_tokenizer(folder: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.encode_special_tokens = True  # "[SEP]" typed in a text is text
    return tokenizer


def _onnx_compute(path: Path, threads: int) -> Compute:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        path,
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],  # the fused operator takes twice the time of the two it replaces
    )

    def compute(input_ids: np.ndarray, attention_mask: np.ndarray) -> np.ndarray:
        return session.run(None, {"input_ids": input_ids, "attention_mask": attention_mask})[0]

    return compute


def _groups(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {grouping: {row["label"]: row[grouping] for row in rows} for grouping in rows[0] if grouping != "label"}


def _trained(folder: Path, threads: int) -> tuple[Compute, Tokenizer, int, Chosen]:
    thresholds = folder / THRESHOLDS
    chosen = read_chosen(thresholds)
    folder = folder / CLASSIFIER
    from emotions.inference.probabilities import torch_compute  # seconds, not spent on an exported model

    compute = torch_compute(folder, threads)  # the folder's files are as training wrote them, or this raises
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if [config["id2label"][str(id)] for id in range(len(config["id2label"]))] != chosen.labels:
        raise UserError(f"{thresholds} and {folder} have different labels: dvc repro")
    chosen.refuse_other_model(sha256(folder / WEIGHTS), str(thresholds))
    tokenizer = _read_tokenizer(folder)
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    tokenizer.enable_truncation(settings["model_max_length"])
    return compute, tokenizer, config["pad_token_id"], chosen
