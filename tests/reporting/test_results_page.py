import json
import re
import shutil

import numpy as np
import pytest

from emotions.data.corpus import read_label_names, read_rows
from emotions.errors import UserError
from emotions.experiments.recorded import probabilities_of, read_all
from emotions.reporting import leaderboard
from emotions.reporting import results_page as results
from tests.records import record

pytestmark = pytest.mark.slow

INTERVAL = r"\([+-]\d+\.\d\d to [+-]\d+\.\d\d\)"

BENCHMARK = {
    "batch_size": {"bert_base_report": 16, "this_project": 64},
    "precision": {"bert_base_report": "fp32", "this_project": "bf16"},
    "rows_per_second": {
        "bert_base_report": {"median": 50.4, "minimum": 49.0, "maximum": 51.0},
        "this_project": {"median": 200.4, "minimum": 199.0, "maximum": 202.0},
    },
    "tokens_per_second": {"bert_base_report": 950, "this_project": 3800},
    "padding_share": {"bert_base_report": 0.45, "this_project": 0.004},
    "limit_share": {"bert_base_report": 0.14, "this_project": 0.6},
}
GROWTH = {
    "stages": {"threshold_sweep": [{"rows": 54263, "seconds": 1.25, "peak_mib": 1238}]},
    "exponent": {"threshold_sweep": 1.04},
    "wide": {"stages": {"report": {"seconds": 60.2, "peak_mib": 2011}}, "page_megabytes": 1.9},
}

GPU = {
    "models": {
        "bert": {
            recipe: {"limit_share": 0.012, "peak_memory_mib": 2516, "rows_per_second": speeds}
            for recipe, speeds in (
                ("bert_base_report", {"median": 315.8, "minimum": 294.8, "maximum": 357.4}),
                ("this_project", {"median": 1951.8, "minimum": 1937.1, "maximum": 1999.4}),
            )
        }
    },
    "batch_size": {"bert_base_report": 16, "this_project": 64},
    "precision": {"bert_base_report": "fp16", "this_project": "fp16"},
    "machine": {"device": "NVIDIA H200"},
    "report": {"device": "Tesla T4", "rows_per_second": 208},
}


@pytest.fixture
def project(tmp_path, monkeypatch, root):
    """The committed records, under pages that have only the tables' marks."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(root / "results", tmp_path / "results")
    (tmp_path / "docs").mkdir()
    for page in set(results.TABLES.values()):
        names = [name for name, of in results.TABLES.items() if of == page]
        marks = [f"<!-- table {name}: made by `make results` -->\nold {name}\n<!-- end -->\n" for name in names]
        page.write_text("between\n".join(["before\n", *marks, "after\n"]))
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks/training.json").write_text(json.dumps(BENCHMARK))
    (tmp_path / "benchmarks/gpu.json").write_text(json.dumps(GPU))
    (tmp_path / "benchmarks/growth.json").write_text(json.dumps(GROWTH))
    for name in ("inference", "serving", "scoring", "reproduce", "trust"):
        shutil.copy(root / f"benchmarks/{name}.json", tmp_path / "benchmarks")
    return tmp_path


def test_tables_are_made_of_the_records(project):
    results.rebuild(check=False)
    readme, scores, performance = (
        (project / page).read_text() for page in ("README.md", "docs/results.md", "docs/performance.md")
    )
    for page in (readme, scores, performance):
        assert page.startswith("before\n")
        assert page.endswith("after\n")
        assert "\nold " not in page
    assert performance.count("between\n") == 8, "round its seven tables"
    assert "leak" not in scores
    assert "| macro-24 |" in scores, "the goals"
    for policy in leaderboard.HONEST:
        assert f"| {leaderboard.POLICIES[policy]} |" in scores
    assert "batches of 64 of one length, bf16 | 200 (199 to 202) | 3,800 | 0.4% | 60% |" in performance
    assert "of one length, fp16 | NVIDIA H200 | 1,952 (1,937 to 1,999) | 2,516 MiB | 1.2% |" in performance
    assert "| `threshold-sweep` | 1.2 s, 1,238 MiB | 1.04 |" in performance
    assert "| `report`, a page of 1.9 MB | 60.2 | 2,011 MiB |" in performance
    page = (project / "results/README.md").read_text()
    assert "leak" in page
    for name, run in read_all(project / "results").items():
        assert (f"[{name}]({name}/)" in page) == (run.source == "goemotions"), name
    assert "185:1" in page, "the BERT-base report says 300:1"
    for picture in ("per_emotion", "ablations"):
        assert (project / f"results/{picture}.png").read_bytes().startswith(b"\x89PNG")


def test_check_passes_on_fresh_tables_and_fails_on_stale(project):
    results.rebuild(check=False)
    results.rebuild(check=True)
    page = project / "results/README.md"
    page.write_text(page.read_text().replace("Leaderboard", "Board"))
    with pytest.raises(UserError, match=r"README\.md: not what the records .* make results"):
        results.rebuild(check=True)


@pytest.mark.parametrize("page", sorted(set(results.TABLES.values())), ids=str)
def test_a_page_without_the_marks_is_refused(page, project):
    before = (project / "results/README.md").read_text()
    page.write_text("no marks")
    with pytest.raises(UserError, match=f"{page}: expected a line"):
        results.rebuild(check=False)
    assert page.read_text() == "no marks"
    assert (project / "results/README.md").read_text() == before


def test_no_part_of_own_sweeps_is_written_where_no_record_has_one():
    assert results.own_sweep_part({"before": record(0.4)}) == []


def test_without_a_record_the_way_to_one_is_named(project):
    for path in project.glob("results/*/metrics.json"):
        shutil.rmtree(path.parent)
    with pytest.raises(UserError, match="expected at least one recorded run"):
        results.rebuild(check=False)


def test_a_record_of_another_source_is_left_out(project, capsys):
    shutil.copytree(project / "results/mean-seed-42", project / "results/other")
    params = project / "results/other/params.yaml"
    params.write_text(params.read_text().replace("source: goemotions", "source: starter"))
    shutil.copy(project / "results/sources/goemotions.json", project / "results/sources/starter.json")
    results.rebuild(check=False)
    assert "left out, for they are not of goemotions: other" in capsys.readouterr().out
    assert "(other/)" not in (project / "results/README.md").read_text()


def test_the_committed_tables_are_current(root, monkeypatch):
    monkeypatch.chdir(root)
    results.rebuild(check=True)


def test_every_recorded_figure_follows_from_its_predictions(root, monkeypatch):
    """With the labels at hand (GoEmotions pulled), each record's F1 is recomputed from its npz and thresholds."""
    from sklearn.metrics import f1_score

    raw = root / "data/raw/goemotions"
    if not raw.is_dir():
        pytest.skip("GoEmotions is not here: make data")
    monkeypatch.chdir(root)  # results/sources is found from there
    names = read_label_names(root / "data/labels/goemotions.txt")
    truth = {}
    for split, file in (("validation", "dev.tsv"), ("test", "test.tsv")):
        rows = read_rows(raw / file, names)
        truth[split] = np.array([[label in row.labels for label in range(len(names))] for row in rows])
    of_source = [folder for folder, run in read_all(root / "results").items() if run.source == "goemotions"]
    for path in (root / "results" / folder / "metrics.json" for folder in of_source):
        probability = probabilities_of(path.parent)
        metrics = json.loads(path.read_text())
        for split in ("validation", "test"):
            for policy, scores in metrics[split]["policies"].items():
                thresholds = metrics["thresholds"][policy]
                decided = probability[split] >= [thresholds[name] for name in names]
                for average in ("micro", "macro"):
                    found = f1_score(truth[split], decided, average=average, zero_division=0)
                    assert scores[f"{average}_f1"] == pytest.approx(found, abs=1e-6), (path, split, policy)


def test_every_interval_that_the_words_tell_stands_in_a_table(root):
    """docs/results.md may speak of no difference that the records don't say."""
    tables, words = [], []
    for page in ("docs/results.md", "results/README.md"):
        for line in (root / page).read_text().splitlines():
            (tables if line.startswith("|") else words if page.startswith("docs") else []).append(line)
    known = set(re.findall(INTERVAL, "\n".join(tables)))
    told = re.findall(INTERVAL, " ".join(words))
    assert len(told) > 10
    assert [one for one in told if one not in known] == []
