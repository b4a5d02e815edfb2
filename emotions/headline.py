"""Print what a run came to: the headline metrics and the pictures; `python -m emotions.headline`."""

import json
from pathlib import Path

import pandas as pd

METRICS = Path("metrics")
PLOTS = Path("plots")


def main() -> None:
    try:
        ranking = json.loads((METRICS / "evaluate.json").read_text(encoding="utf-8"))["test"]
        sweep = json.loads((METRICS / "threshold_sweep.json").read_text(encoding="utf-8"))
        policies = pd.read_csv(PLOTS / "policies.csv")
    except FileNotFoundError as error:
        raise SystemExit(f"{error.filename}: expected the metrics of a run; found none: make repro") from None

    print(f"\n{'test, by thresholds':<32}{'micro-F1':>10}{'macro-F1':>10}")
    for row in policies.sort_values("test_macro_f1").itertuples():
        chosen = " (chosen)" if row.policy == sweep["policy"] else ""
        print(f"{row.policy + chosen:<32}{row.test_micro_f1:>10.4f}{row.test_macro_f1:>10.4f}")
    print(f"{'mean average precision':<42}{ranking['mean_average_precision']:>10.4f}\n")
    for picture in sorted(PLOTS.glob("*.png")):
        print(picture)


if __name__ == "__main__":
    main()
