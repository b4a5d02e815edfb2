"""The model card of an exported folder, as model hubs read it."""

import json
import math
from pathlib import Path

import jinja2

from emotions.data.corpus import SOURCES
from emotions.experiments.bootstrap import SCORES, interval, resampled_scores
from emotions.inference.predictions import Predictions
from emotions.metrics.calibration import classwise_calibration_error
from emotions.metrics.decisions import decide, frequent_labels
from emotions.metrics.f1 import headline
from emotions.metrics.label_table import per_label
from emotions.metrics.params import ScoresParams
from emotions.metrics.ranking import ranking_scores
from emotions.thresholds.chosen import Chosen

TEMPLATE = Path(__file__).with_name("card.md")
HUB_DATASETS = {"goemotions": "google-research-datasets/go_emotions"}  # source: its id on the hub
CALLED = {"micro_f1": "micro-F1", "macro_f1": "macro-F1", "macro_f1_frequent": "macro-F1, frequent labels"}


def card(
    kind: str,
    chosen: Chosen,
    test: Predictions,
    of_run: dict,
    scores: ScoresParams,
    licence: str,
    language: str,
    max_length: int,
) -> str:
    """Return the model card of a form of a model: Markdown under the YAML head that the hub indexes.

    `test` holds calibrated probabilities; `of_run` is params.yaml, which names checkpoint and source.
    """
    checkpoint, source = of_run["model"]["checkpoint"], of_run["data"]["source"]
    decided = decide(chosen.problem.candidates(test.probability), chosen.thresholds())
    frequent = frequent_labels(test.truth, scores.frequent_rows)
    values = headline(test.truth, decided, frequent)
    (resampled,) = resampled_scores(test.truth, {chosen.policy: decided}, frequent).values()
    metrics = [
        {"name": CALLED[name], "value": values[name], **dict(zip(("low", "high"), interval(of_score), strict=True))}
        for name, of_score in zip(SCORES, resampled, strict=True)
        if not math.isnan(values[name])  # no label of its kind has a test row
    ]
    by_label = per_label(test.truth, decided, test.probability, chosen.labels)
    by_label["threshold"] = chosen.thresholds()
    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
    )
    environment.filters |= {"percent": percent, "share": share}
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        name=f"{Path(checkpoint).name}-{source}-{kind}",
        kind=kind,
        labels=chosen.labels,
        one_label=chosen.problem.rejects,
        checkpoint=checkpoint,
        source=source,
        dataset=HUB_DATASETS.get(source),
        data=_data(source),
        licence=licence,
        language=language,
        max_length=max_length,
        calibrated=(chosen.calibration.slope != 1).any() or (chosen.calibration.intercept != 0).any(),
        policy=chosen.policy,
        policies=[name for name in chosen.policies if name != chosen.policy],
        rows=len(test.truth),
        metrics=metrics,
        mean_average_precision=ranking_scores(test.truth, test.probability)["mean_average_precision"],
        calibration_error=classwise_calibration_error(test.truth, test.probability, scores.calibration_bins),
        by_label=by_label.to_dict("records"),
    )


def percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.2f}"


def share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"


def _data(source: str) -> str:
    """Return what data/sources says of a source's comments and their licence, or where else that is said."""
    path = SOURCES / f"{source}.json"
    if not path.is_file():
        return f"`{source}`, described in data/raw/{source} of the project that trained it"
    description = json.loads(path.read_text(encoding="utf-8"))
    return f"{description['about']}; {description['paper']}; licence: {description['licence']}"
