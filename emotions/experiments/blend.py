"""The mean of recorded runs, recorded as a run."""

import numpy as np

from emotions.data.targets import multi_hot
from emotions.errors import UserError
from emotions.experiments.provenance import made_by
from emotions.experiments.record import keep
from emotions.experiments.recorded import (
    PROBABILITIES,
    RESULTS,
    params_text,
    probabilities_of,
    provenance_of,
    settings_of,
)
from emotions.experiments.sources import read_described
from emotions.metrics.problem import problem_of
from emotions.metrics.ranking import ranking_scores
from emotions.params import refuse_path

SHARES = np.arange(21) / 20  # 0, 0.05, ... 1


def best_share(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """Return the share of the second model in the blend with the highest mean average precision, the lowest of ties."""
    ranked = [ranking_scores(truth, (1 - share) * first + share * second)["mean_average_precision"] for share in SHARES]
    return float(SHARES[int(np.argmax(ranked))])


def blend(name: str, runs: list[str], weigh: bool) -> None:
    """Write results/NAME, the mean of the runs' probabilities; `weigh` chooses the second of two runs' share.

    The share is the one with the highest mean average precision on validation. Raises UserError for a bad name, for
    fewer than two runs, for more than two to weigh, for one that was not recorded or is named twice, and for runs of
    several sources or problems.
    """
    refuse_path(name)
    if len(set(runs)) < len(runs):
        raise UserError(f"expected each run once; found {' '.join(runs)}")
    if len(runs) < 2 or (weigh and len(runs) > 2):
        raise UserError(f"expected two runs or, without --weigh, more; found {len(runs)}")
    for run in runs:
        if not (RESULTS / run / PROBABILITIES).is_file():
            raise UserError(f"{RESULTS / run / PROBABILITIES}: expected a recorded run; found none")
    settings = {run: settings_of(RESULTS / run) for run in runs}
    params = settings[runs[0]]
    source = params["data"]["source"]
    for run, of_run in settings.items():
        if of_run["data"]["source"] != source:
            raise UserError(f"{runs[0]} is a run on {source}, {run} on {of_run['data']['source']}: blend runs on one")
        if problem_of(of_run) is not problem_of(params):
            raise UserError(
                f"{runs[0]} is of {problem_of(params).type}, {run} of {problem_of(of_run).type}: blend runs of one"
            )
    probabilities = [probabilities_of(RESULTS / run) for run in runs]
    shares = np.full(len(probabilities), 1 / len(probabilities))
    if weigh:
        names, rows = read_described(source)
        truth = multi_hot([row.labels for row in rows["validation"]], len(names))
        share = best_share(truth, *(one["validation"] for one in probabilities))
        shares = np.array([1 - share, share])

    blended = {
        split: sum(share * one[split] for share, one in zip(shares, probabilities, strict=True))
        for split in probabilities[0]
    }
    blend = dict(zip(runs, shares.round(3).tolist(), strict=True))
    parameters = sum(provenance_of(RESULTS / run)["parameters"] for run in runs)
    kept = {
        "blend": blend,
        "data": params["data"],
        "problem": {"type": problem_of(params).type},
        "scores": {"frequent_rows": params["scores"]["frequent_rows"]},
    }
    keep(name, params_text(kept), blended, made_by(source) | {"parameters": parameters}, None, {})
