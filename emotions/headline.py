"""Print what a run came to: the headline metrics and the pictures; `python -m emotions.headline`."""

import json
from pathlib import Path

METRICS = Path("metrics")
PLOTS = Path("plots")


def main() -> None:
    try:
        ranking = json.loads((METRICS / "evaluate.json").read_text(encoding="utf-8"))["test"]
        policies = json.loads((METRICS / "threshold_sweep.json").read_text(encoding="utf-8"))["test"]
    except FileNotFoundError as error:
        raise SystemExit(f"{error.filename}: expected the metrics of a run; found none: make repro") from None

    print(f"\n{'test, by thresholds':<32}{'micro-F1':>10}{'macro-F1':>10}")
    for name, scores in sorted(policies.items(), key=lambda policy: policy[1]["macro_f1"]):
        print(f"{name:<32}{scores['micro_f1']:>10.4f}{scores['macro_f1']:>10.4f}")
    print(f"{'mean average precision':<42}{ranking['mean_average_precision']:>10.4f}\n")
    for picture in sorted(PLOTS.glob("*.png")):
        print(picture)


if __name__ == "__main__":
    main()
