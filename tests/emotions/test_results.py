import json
import shutil

import pandas as pd
import pytest

from emotions import results, tables
from emotions.record import Run

SCORES = {"micro_f1": 0.61, "macro_f1": 0.53, "macro_f1_24": 0.55}
SPLIT = {"mean_average_precision": 0.54, "policies": dict.fromkeys(tables.POLICIES, SCORES)}
METRICS = {"test": SPLIT, "validation": SPLIT}
MARKS = "<!-- table {} -->\nan old table\n<!-- end -->\n".replace("{}", "{}: made by `make results`")
BENCHMARK = {
    "batch_size": {"seed_report": 16, "this_project": 64},
    "precision": {"seed_report": "fp32", "this_project": "bf16"},
    "rows_per_second": {
        "seed_report": {"median": 50.4, "minimum": 49.0, "maximum": 51.0},
        "this_project": {"median": 200.4, "minimum": 199.0, "maximum": 202.0},
    },
    "tokens_per_second": {"seed_report": 950, "this_project": 3800},
    "padding_share": {"seed_report": 0.45, "this_project": 0.004},
    "limit_share": {"seed_report": 0.14, "this_project": 0.6},
}
GROWTH = {
    "stages": {"threshold_sweep": [{"rows": 54263, "seconds": 1.25, "peak_mib": 1238}]},
    "exponent": {"threshold_sweep": 1.04},
}
EMOTIONS = pd.DataFrame(
    [
        {
            "label": "grief",
            "test_rows": 6,
            "average_precision": 0.4,
            **{f"{policy}_f1": 0.5 for policy in tables.POLICIES},
        }
    ]
)


@pytest.fixture
def project(tmp_path, monkeypatch, root):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["results"])
    (tmp_path / "results/minilm").mkdir(parents=True)
    (tmp_path / "results/minilm/metrics.json").write_text(json.dumps(METRICS))
    (tmp_path / "results/minilm/provenance.json").write_text('{"parameters": 22724000}')
    EMOTIONS.to_csv(tmp_path / "results/minilm/per_emotion.csv", index=False)
    for published in ("published.csv", "published_per_emotion.csv"):
        shutil.copy(root / "results" / published, tmp_path / "results")
    marks = [MARKS.format(name) for name in ("scores", "speed", "growth")]
    (tmp_path / "README.md").write_text(f"before\n{marks[0]}between\n{marks[1]}{marks[2]}after\n")
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks/training.json").write_text(json.dumps(BENCHMARK))
    (tmp_path / "benchmarks/growth.json").write_text(json.dumps(GROWTH))
    return tmp_path


def test_tables_are_made_of_the_records(project):
    results.main()
    readme = (project / "README.md").read_text()
    assert readme.startswith("before\n")
    assert readme.endswith("after\n")
    assert "an old table" not in readme
    assert "| **minilm** (22.7M) | one threshold from validation | 61.00 | 53.00 |" in readme
    assert "57.49 | 39.50" in readme, "the seed's row"
    assert "leak" not in readme
    assert "between\n" in readme
    assert "batches of 64 of one length, bf16 | 200 (199 to 202) | 3,800 | 0.4% | 60% |" in readme
    assert "| `threshold-sweep` | 1.2 s, 1,238 MiB | 1.04 |" in readme
    page = (project / "results/README.md").read_text()
    assert "leak" in page
    assert "| grief | 6 | 0.00 | 0.00 | 50.00 |" in page, "the seed's F1, the paper's, ours"
    assert (project / "results/per_emotion.png").read_bytes().startswith(b"\x89PNG")


def test_check_passes_on_fresh_tables_and_fails_on_stale(project, monkeypatch):
    results.main()
    monkeypatch.setattr("sys.argv", ["results", "--check"])
    results.main()
    (project / "results/minilm/metrics.json").write_text(json.dumps(METRICS).replace("0.61", "0.62"))
    with pytest.raises(SystemExit, match=r"README\.md: not what the records .* make results"):
        results.main()


def test_a_readme_without_the_marks_is_refused(project):
    (project / "README.md").write_text("no marks")
    with pytest.raises(SystemExit, match="expected a line"):
        results.main()
    assert (project / "README.md").read_text() == "no marks"


def test_the_headline_run_is_chosen_on_validation():
    better = {"policies": dict.fromkeys(tables.POLICIES, SCORES | {"macro_f1": 0.6})}
    runs = {
        "a": Run({"test": SPLIT, "validation": better}, EMOTIONS, 1),
        "b": Run({"test": better, "validation": SPLIT}, EMOTIONS, 1),
    }
    assert results.headline_run(runs) == "a"


def test_a_figure_that_nobody_published_is_a_dash():
    table = pd.DataFrame([{"system": "x", "parameters": "1M", "policy": "p", "micro_f1": float("nan"),
                           "macro_f1": 0.46, "source": "s"}])  # fmt: skip
    assert tables.published_rows(table)[0]["micro-F1"] == "–"


def test_the_committed_tables_are_current(root, monkeypatch):
    monkeypatch.chdir(root)
    monkeypatch.setattr("sys.argv", ["results", "--check"])
    results.main()


def test_every_recorded_figure_follows_from_its_predictions(root):
    """With the labels at hand (GoEmotions pulled), each record's F1 is recomputed from its npz and thresholds."""
    import numpy as np
    from sklearn.metrics import f1_score

    from emotions.corpus import read_label_names, read_rows

    raw = root / "data/raw/goemotions"
    if not raw.is_dir():
        pytest.skip("GoEmotions is not here: make data")
    names = read_label_names(root / "data/labels/goemotions.txt")
    truth = {}
    for split, file in (("validation", "dev.tsv"), ("test", "test.tsv")):
        rows = read_rows(raw / file, len(names))
        truth[split] = np.array([[label in row.labels for label in range(len(names))] for row in rows])
    for path in sorted(root.glob("results/*/metrics.json")):
        probability = np.load(path.with_name("predictions.npz"))
        for split, scored in json.loads(path.read_text()).items():
            for policy, record in scored["policies"].items():
                decided = probability[split].astype(float) >= [record["thresholds"][name] for name in names]
                for average in ("micro", "macro"):
                    found = f1_score(truth[split], decided, average=average, zero_division=0)
                    assert record[f"{average}_f1"] == pytest.approx(found, abs=1e-6), (path, split, policy)
