"""Average recorded runs: `python -m emotions.blend NAME RUN RUN ...` records the mean of their probabilities.

With two runs, `--weigh` chooses the share of the second on validation instead of one half.
"""

import argparse

import numpy as np
import yaml

from emotions.ranking import ranking_scores
from emotions.record import RESULTS, keep, made_by, read_source
from emotions.targets import multi_hot

SHARES = np.arange(21) / 20  # 0, 0.05, ... 1


def best_share(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """Return the share of the second model in the blend with the highest mean average precision, the lowest of ties."""
    ranked = [ranking_scores(truth, (1 - share) * first + share * second)["mean_average_precision"] for share in SHARES]
    return float(SHARES[int(np.argmax(ranked))])


def read_predictions(name: str) -> dict[str, np.ndarray]:
    path = RESULTS / name / "predictions.npz"
    if not path.is_file():
        raise SystemExit(f"{path}: expected a recorded run; found none")
    with np.load(path, allow_pickle=False) as arrays:
        return {split: arrays[split].astype(np.float64) for split in arrays}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="of the new record")
    parser.add_argument("runs", nargs="+", help="recorded runs")
    parser.add_argument("--weigh", action="store_true", help="choose the second run's share on validation")
    arguments = parser.parse_args()
    if len(arguments.runs) < 2 or (arguments.weigh and len(arguments.runs) > 2):
        raise SystemExit(f"expected two runs or, without --weigh, more; found {len(arguments.runs)}")
    said = [read_predictions(run) for run in arguments.runs]
    params = yaml.safe_load((RESULTS / arguments.runs[0] / "params.yaml").read_text(encoding="utf-8"))
    source = params["data"]["source"]
    shares = np.full(len(said), 1 / len(said))
    if arguments.weigh:
        names, rows = read_source(source)
        truth = multi_hot([row.labels for row in rows["validation"]], len(names))
        share = best_share(truth, *(one["validation"] for one in said))
        shares = np.array([1 - share, share])

    blended = {split: sum(share * one[split] for share, one in zip(shares, said, strict=True)) for split in said[0]}
    blend = dict(zip(arguments.runs, shares.round(3).tolist(), strict=True))
    parameters = sum(
        yaml.safe_load((RESULTS / run / "provenance.json").read_text(encoding="utf-8"))["parameters"]
        for run in arguments.runs
    )
    kept = {"blend": blend, "data": params["data"], "scores": {"frequent_rows": params["scores"]["frequent_rows"]}}
    keep(arguments.name, yaml.safe_dump(kept), blended, made_by(source) | {"parameters": parameters}, {})


if __name__ == "__main__":
    main()
