"""Training rows whose labels are likely wrong, by what models say that were not trained on them."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd
from cleanlab.filter import find_label_issues
from cleanlab.multilabel_classification.filter import find_multilabel_issues_per_class

from emotions.data.corpus import Row, read_source
from emotions.data.correction import BETWEEN
from emotions.data.fingerprints import normalise
from emotions.data.targets import multi_hot
from emotions.experiments.sources import training_sha256
from emotions.metrics.problem import MULTI_LABEL, Problem, problem_of
from emotions.training.distillation import load_teachers

RESAMPLES = 20  # of the rows, each some seconds: for a standard error, not for percentiles
SEED = 42
SAID = 3  # of the most probable labels, how many are told


@dataclass(frozen=True)
class Audit:
    """What was found in a source: the rows in doubt, the most doubtful first, and how large a share they are.

    `table` has id, labels (as given, BETWEEN them), says (the most probable labels), why, same_text (the labels of
    rows of the same text that have others) and text; `low` and `high` are the 95 % interval of `share`.
    """

    source: str
    teacher: str
    rows: int
    share: float
    low: float
    high: float
    table: pd.DataFrame
    texts_in_conflict: int
    rows_in_conflict: int


def doubtful(truth: np.ndarray, probability: np.ndarray, problem: Problem) -> np.ndarray:
    """Return which pairs of row and label are likely wrong, (rows, labels) of bool.

    Confident learning (Northcutt et al. 2021) as cleanlab has it: a label is in doubt where the model contradicts it
    more surely than it does on average; of several labels a row, each label by itself (Thyagarajan et al. 2022). Of
    one label a row the label given and the most probable one are marked together.
    """
    if problem.type == MULTI_LABEL:
        return find_multilabel_issues_per_class(_lists(truth), probability)
    rows = find_label_issues(truth.argmax(axis=1), probability)
    pairs = truth.astype(bool)
    pairs[np.arange(len(pairs)), probability.argmax(axis=1)] = True
    return pairs & rows[:, None]


def by_doubt(truth: np.ndarray, probability: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return the rows with a pair in doubt, (rows in doubt,), the most doubtful first.

    First by the probability of a label that is not given, the highest of each row: a label that the model is sure of
    and nobody gave is more often a slip than one that was given and the model does not see. Then by the lowest
    probability of a label that is given. Arrays are (rows, labels).
    """
    missing = np.where(pairs & (truth == 0), probability, 0).max(axis=1)
    unseen = np.where(pairs & (truth == 1), probability, 1).min(axis=1)
    order = np.lexsort((unseen, -missing))
    return order[pairs.any(axis=1)[order]]


def _lists(truth: np.ndarray) -> list[list[int]]:
    return [np.flatnonzero(row).tolist() for row in truth]


def share_interval(truth: np.ndarray, probability: np.ndarray, problem: Problem) -> tuple[float, float]:
    """Return the 95 % interval of the share of rows in doubt: 1.96 standard errors on either side of it.

    The standard error is that of the bootstrap, the share found anew in RESAMPLES of the rows.
    """
    random = np.random.default_rng(SEED)
    shares = []
    for _ in range(RESAMPLES):
        rows = random.integers(len(truth), size=len(truth))
        shares.append(doubtful(truth[rows], probability[rows], problem).any(axis=1).mean())
    share, error = doubtful(truth, probability, problem).any(axis=1).mean(), np.std(shares, ddof=1)
    return float(max(share - 1.96 * error, 0)), float(min(share + 1.96 * error, 1))


def reasons(given: np.ndarray, said: np.ndarray, pairs: np.ndarray, names: list[str]) -> str:
    """Return in words why a row is in doubt, from its labels, its probabilities and its pairs in doubt, (labels,)."""
    parts = []
    for label in sorted(np.flatnonzero(pairs), key=lambda label: abs(said[label] - given[label]), reverse=True):
        parts.append(f"{names[label]} is {'given' if given[label] else 'not given'}, the model says {said[label]:.0%}")
    return "; ".join(parts)


def conflicts(rows: list[Row]) -> dict[str, list[Row]]:
    """Return the rows of each text, but for case and punctuation, that stands there with different labels."""
    of_text = defaultdict(list)
    for row in rows:
        of_text[normalise(row.text)].append(row)
    return {text: of for text, of in of_text.items() if len({frozenset(row.labels) for row in of}) > 1}


def audit(source: str, teacher: str, params: dict) -> Audit:
    """Return what a source's training rows look like to a cross-fitted teacher, which was trained on none of them.

    Raises UserError as `read_source` and `load_teachers` do.
    """
    problem = problem_of(params)
    names, splits = read_source(source)
    rows = splits["train"]
    truth = multi_hot([row.labels for row in rows], len(names))
    probability = load_teachers(teacher, [row.id for row in rows], names, training_sha256(source))

    pairs = doubtful(truth, probability, problem)
    low, high = share_interval(truth, probability, problem)
    in_conflict = conflicts(rows)
    other = {row.id: _labels_of(of, names, but=row) for of in in_conflict.values() for row in of}
    listed = by_doubt(truth, probability, pairs)
    table = pd.DataFrame(
        {
            "id": [rows[row].id for row in listed],
            "labels": [BETWEEN.join(names[label] for label in rows[row].labels) for row in listed],
            "says": [_most_probable(probability[row], names) for row in listed],
            "why": [reasons(truth[row], probability[row], pairs[row], names) for row in listed],
            "same_text": [other.get(rows[row].id, "") for row in listed],
            "text": [rows[row].text for row in listed],
        }
    )
    return Audit(
        source=source,
        teacher=teacher,
        rows=len(rows),
        share=len(listed) / len(rows),
        low=low,
        high=high,
        table=table,
        texts_in_conflict=len(in_conflict),
        rows_in_conflict=len(other),
    )


def _labels_of(rows: list[Row], names: list[str], but: Row) -> str:
    different = {row.labels for row in rows if frozenset(row.labels) != frozenset(but.labels)}
    return "; ".join(sorted(BETWEEN.join(names[label] for label in labels) or "none" for labels in different))


def _most_probable(said: np.ndarray, names: list[str]) -> str:
    order = np.argsort(-said, kind="stable")[:SAID]
    return ", ".join(f"{names[label]} {said[label]:.0%}" for label in order)
