import pandas as pd
import pytest

from emotions.reporting.tables import (
    gpu_table,
    growth_table,
    inference_table,
    markdown,
    percent,
    published_rows,
    reproduce_table,
    scoring_table,
    serving_table,
    signed,
    speed_table,
    trust_table,
    wide_table,
)


@pytest.mark.parametrize(("share", "shown"), [(0.5, "50.00"), (0.123456, "12.35"), (0, "0.00"), (float("nan"), "–")])
def test_a_share_is_shown_in_percent_and_a_missing_one_as_a_dash(share, shown):
    assert percent(share) == shown


@pytest.mark.parametrize(("difference", "shown"), [(0.0123, "+1.23"), (-0.5, "-50.00"), (0, "+0.00")])
def test_a_difference_has_its_sign(difference, shown):
    assert signed(difference) == shown


def test_numbers_stand_to_the_right():
    lines = markdown([{"name": "a", "F1": "50.00"}, {"name": "b", "F1": "–"}]).splitlines()
    assert lines == ["| name | F1 |", "| --- | ---: |", "| a | 50.00 |", "| b | – |"]


def test_a_figure_that_nobody_published_is_a_dash():
    table = pd.DataFrame([{"system": "x", "parameters": "1M", "policy": "p", "micro_f1": float("nan"),
                           "macro_f1": 0.46, "source": "s"}])  # fmt: skip
    assert published_rows(table) == [
        {"system": "x (1M)", "thresholds": "p", "micro-F1": "–", "macro-F1": "46.00", "source": "s"}
    ]


def test_speeds_have_their_range_and_the_report_stands_first():
    one = {
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
    assert speed_table(one).splitlines()[2:] == [
        "| the BERT-base report's recipe: random batches of 16, fp32 | 50 (49 to 51) | 950 | 45.0% | 14% |",
        "| this project: batches of 64 of one length, bf16 | 200 (199 to 202) | 3,800 | 0.4% | 60% |",
    ]


def test_speeds_on_a_gpu_name_its_card_and_the_report_stands_last():
    speeds = {"median": 1776.6, "minimum": 1580.6, "maximum": 2191.9}
    measured = {"limit_share": 0.003, "peak_memory_mib": 1611, "rows_per_second": speeds}
    benchmark = {
        "models": {"MiniLM": {"bert_base_report": measured, "this_project": measured, "ratio": {"median": 1}}},
        "batch_size": {"bert_base_report": 16, "this_project": 64},
        "precision": {"bert_base_report": "fp16", "this_project": "bf16"},
        "machine": {"device": "NVIDIA H200"},
        "report": {"device": "Tesla T4", "rows_per_second": 208},
    }
    _, second, last = gpu_table(benchmark).splitlines()[2:]
    assert second == (
        "| `MiniLM` | this project's: batches of 64 of one length, bf16 | NVIDIA H200 | 1,777 (1,581 to 2,192) "
        "| 1,611 MiB | 0.3% |"
    )
    assert last == "| `bert-base-uncased` | as the BERT-base report states it | Tesla T4 | 208 | – | – |"


def test_growth_has_a_column_a_scale():
    stages = {"threshold_sweep": [{"rows": 1000, "seconds": 1.25, "peak_mib": 1238},
                                  {"rows": 10000, "seconds": 9, "peak_mib": 2000}]}  # fmt: skip
    assert growth_table({"stages": stages, "exponent": {"threshold_sweep": 0.86}}).splitlines() == [
        "| stage | 1,000 rows | 10,000 rows | exponent |",
        "| --- | ---: | ---: | ---: |",
        "| `threshold-sweep` | 1.2 s, 1,238 MiB | 9.0 s, 2,000 MiB | 0.86 |",
    ]


def test_many_labels_have_a_row_a_stage_and_one_of_the_page():
    stages = {"threshold_sweep": {"seconds": 9, "peak_mib": 2000}, "report": {"seconds": 60.25, "peak_mib": 811}}
    assert wide_table({"wide": {"stages": stages, "page_megabytes": 1.91}}).splitlines()[2:] == [
        "| `threshold-sweep` | 9.0 | 2,000 MiB |",
        "| `report`, a page of 1.9 MB | 60.2 | 811 MiB |",
    ]


def test_a_label_stays_in_its_cell_and_is_no_tag():
    assert markdown([{"label": "a|b <img src=x>\nc"}]).splitlines()[2] == r"| a\|b &lt;img src=x> c |"


def test_speeds_of_using_a_model_stand_beside_how_often_they_are_the_pipelines():
    names = ("pipeline_1", "pipeline_32", "trained", "fp32", "int8")
    ratio = {"median": 6.04, "minimum": 5.9, "maximum": 6.26}
    benchmark = {
        "comments_per_second": {name: {"median": 1234.5, "minimum": 1000, "maximum": 1300} for name in names},
        "milliseconds_alone": {name: {"p50": 1.24, "p99": 3.66} for name in names},
        "tokenizer_share": {"int8": 0.051},
        "ratio": {"int8_to_pipeline_32": ratio, "int8_to_pipeline_1": ratio},
    }
    lines = inference_table(benchmark).splitlines()
    assert lines[2].startswith(
        "| `transformers.pipeline`, one comment after the other | 1,234 (1,000 to 1,300) | – | – |"
    )
    assert lines[-1] == (
        "| `EmotionModel`, exported, int8 | 1,234 (1,000 to 1,300) | 6.0 (5.9 to 6.3) | 6.0 (5.9 to 6.3) "
        "| 1.2 / 3.7 ms | 5.1% |"
    )


def test_clients_of_the_service_have_their_wait_and_its_memory_first_and_last():
    benchmark = {"clients": 50, "requests": 12345, "errors": 0, "requests_per_second": 205.7,
                 "milliseconds": {"p50": 100.4, "p95": 200, "p99": 300.6}, "memory_mib": [150, 155, 151]}  # fmt: skip
    assert (
        serving_table(benchmark).splitlines()[-1] == "| 50 | 12,345 | 0 | 206 | 100 / 200 / 301 ms | 150 and 151 MiB |"
    )


def test_scoring_has_a_row_a_model_and_length():
    benchmark = {"tiny": {"model_bytes": 79_000, "measured": [{"rows": 1000, "peak_mib": 1200}]}}
    assert scoring_table(benchmark).splitlines()[2:] == ["| `tiny`, 0.1 MB | 1,000 | 1,200 MiB |"]


def test_trust_has_a_row_a_kind_with_how_much_held():
    trust = {
        "inputs": {"tried": 1202, "refused": 1200, "tracebacks": 1, "accepted": 1},
        "faults": {"tried": 70, "survived": 69},
        "resume": {"tried": 12, "equal_bytes": 11},
        "hashes": {"compared": 27, "equal": 26},
    }
    held = [line.split(" | ")[1:] for line in trust_table(trust).splitlines()[2:]]
    assert held == [["1,202", "1,200 |"], ["70", "69 |"], ["12", "11 |"], ["27", "26 |"]]


def test_reproduced_scores_end_with_the_largest_difference():
    scores = {"micro_f1": 0.7, "macro_f1": 0.5, "macro_f1_frequent": 0.6, "mean_average_precision": 0.75, "loss": 0.07}
    settings = [
        {"precision": "bf16", "threads": 1, **scores},
        {"precision": "fp32", "threads": 2, **scores, "macro_f1": 0.51},
    ]
    largest = dict.fromkeys(scores, 0) | {"macro_f1": 0.01}
    assert reproduce_table({"settings": settings, "largest_difference": largest}).splitlines() == [
        "| precision | threads | micro-F1 | macro-F1 | macro-F1, frequent labels | mAP |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| bf16 | 1 | 70.00 | 50.00 | 60.00 | 75.00 |",
        "| fp32 | 2 | 70.00 | 51.00 | 60.00 | 75.00 |",
        "| largest difference | – | 0.00 | 1.00 | 0.00 | 0.00 |",
    ]
