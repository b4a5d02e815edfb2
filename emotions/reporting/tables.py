"""Markdown tables: of published scores, of speeds on CPUs and on a GPU, of what stages cost."""

import pandas as pd

NUMBERS_BEGIN_WITH = tuple("0123456789+-–~*")
SCORE_NAMES = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "macro_f1_frequent": "macro-F1, frequent labels",
    "mean_average_precision": "mAP",
}


def percent(value: float) -> str:
    return "–" if pd.isna(value) else f"{100 * value:.2f}"


def signed(value: float) -> str:
    return "–" if pd.isna(value) else f"{100 * value:+.2f}"


def markdown(rows: list[dict[str, str]]) -> str:
    """Return a table, columns in the order of the first row's keys; columns of numbers to the right."""
    columns = list(rows[0])
    numbers = [all(row[column].startswith(NUMBERS_BEGIN_WITH) for row in rows) for column in columns]
    lines = [columns, ["---:" if number else "---" for number in numbers]]
    lines += [[_cell(row[column]) for column in columns] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    """Return a text that stays in its cell, and is no tag, whatever a label or a comment is called."""
    return " ".join(text.replace("|", r"\|").replace("<", "&lt;").split("\n"))


def published_rows(table: pd.DataFrame) -> list[dict[str, str]]:
    return [
        {
            "system": f"{row.system} ({row.parameters})",
            "thresholds": row.policy,
            "micro-F1": percent(row.micro_f1),
            "macro-F1": percent(row.macro_f1),
            "source": row.source,
        }
        for row in table.itertuples()
    ]


def speed_table(benchmark: dict) -> str:
    """Return the table of training speeds; rows/s as median (minimum to maximum) over the pairs."""
    called = {
        "bert_base_report": "the BERT-base report's recipe: random batches of {batch}, {precision}",
        "this_project": "this project: batches of {batch} of one length, {precision}",
    }
    return markdown(
        [
            {
                "training with": text.format(
                    batch=benchmark["batch_size"][name], precision=benchmark["precision"][name]
                ),
                "rows/s": "{median:.0f} ({minimum:.0f} to {maximum:.0f})".format(**benchmark["rows_per_second"][name]),
                "tokens/s": f"{benchmark['tokens_per_second'][name]:,}",
                "padding": f"{benchmark['padding_share'][name]:.1%}",
                "of the limit": f"{benchmark['limit_share'][name]:.0%}",
            }
            for name, text in called.items()
        ]
    )


def gpu_table(benchmark: dict) -> str:
    """Return the table of training speeds on one GPU; the last row is what the BERT-base report states of its own."""
    called = {
        "bert_base_report": "the BERT-base report's: random batches of {batch}, {precision}",
        "this_project": "this project's: batches of {batch} of one length, {precision}",
    }
    rows = [
        {
            "model": f"`{model}`",
            "recipe": text.format(batch=benchmark["batch_size"][name], precision=benchmark["precision"][name]),
            "card": benchmark["machine"]["device"],
            "rows/s": "{median:,.0f} ({minimum:,.0f} to {maximum:,.0f})".format(**measured[name]["rows_per_second"]),
            "memory": f"{measured[name]['peak_memory_mib']:,} MiB",
            "of the limit": f"{measured[name]['limit_share']:.1%}",
        }
        for model, measured in benchmark["models"].items()
        for name, text in called.items()
    ]
    stated = {
        "model": "`bert-base-uncased`",
        "recipe": "as the BERT-base report states it",
        "card": benchmark["report"]["device"],
        "rows/s": f"{benchmark['report']['rows_per_second']:,}",
        "memory": "–",
        "of the limit": "–",
    }
    return markdown([*rows, stated])


def inference_table(benchmark: dict) -> str:
    """Return the table of speeds of using a model: comments a second and how long one takes alone."""
    called = {
        "pipeline_1": "`transformers.pipeline`, one comment after the other",
        "pipeline_32": "`transformers.pipeline`, batches of 32",
        "trained": "`EmotionModel`, the trained folder by PyTorch",
        "fp32": "`EmotionModel`, exported, float32",
        "int8": "`EmotionModel`, exported, int8",
    }

    def times(name: str, other: str) -> str:
        ratio = benchmark["ratio"].get(f"{name}_to_{other}")
        return "{median:.1f} ({minimum:.1f} to {maximum:.1f})".format(**ratio) if ratio else "–"

    return markdown(
        [
            {
                "computed by": text,
                "comments/s": "{median:,.0f} ({minimum:,.0f} to {maximum:,.0f})".format(
                    **benchmark["comments_per_second"][name]
                ),
                "times the pipeline at 32": times(name, "pipeline_32"),
                "at 1": times(name, "pipeline_1"),
                "one comment, p50 / p99": "{p50:.1f} / {p99:.1f} ms".format(**benchmark["milliseconds_alone"][name]),
                "of it the tokenizer": f"{share:.1%}" if (share := benchmark["tokenizer_share"].get(name)) else "–",
            }
            for name, text in called.items()
        ]
    )


def serving_table(benchmark: dict) -> str:
    """Return the table of what clients of the service wait for, and of the memory that it held first and last."""
    memory = benchmark["memory_mib"]
    wait = benchmark["milliseconds"]
    return markdown(
        [
            {
                "clients": str(benchmark["clients"]),
                "requests": f"{benchmark['requests']:,}",
                "errors": str(benchmark["errors"]),
                "requests/s": f"{benchmark['requests_per_second']:,.0f}",
                "p50 / p95 / p99": f"{wait['p50']:.0f} / {wait['p95']:.0f} / {wait['p99']:.0f} ms",
                "memory, first and last": f"{memory[0]:,} and {memory[-1]:,} MiB",
            }
        ]
    )


def scoring_table(benchmark: dict) -> str:
    """Return the table of the memory that scoring files of some lengths took, a row a model and length."""
    return markdown(
        [
            {
                "model": f"`{name}`, {of_model['model_bytes'] / 1e6:.1f} MB",
                "rows": f"{point['rows']:,}",
                "peak memory": f"{point['peak_mib']:,} MiB",
            }
            for name, of_model in benchmark.items()
            for point in of_model["measured"]
        ]
    )


def growth_table(growth: dict) -> str:
    """Return the table of what the stages besides training cost: seconds and peak memory by rows."""
    return markdown(
        [
            {
                "stage": f"`{stage.replace('_', '-')}`",
                **{
                    f"{taken['rows']:,} rows": f"{taken['seconds']:.1f} s, {taken['peak_mib']:,} MiB"
                    for taken in points
                },
                "exponent": f"{growth['exponent'][stage]:.2f}",
            }
            for stage, points in growth["stages"].items()
        ]
    )


def wide_table(growth: dict) -> str:
    """Return the table of what the stages and the page cost with many labels: seconds and peak memory."""
    wide = growth["wide"]
    besides = {"report": f", a page of {wide['page_megabytes']:.1f} MB"}
    return markdown(
        [
            {
                "stage": f"`{stage.replace('_', '-')}`{besides.get(stage, '')}",
                "seconds": f"{taken['seconds']:.1f}",
                "memory at the most": f"{taken['peak_mib']:,} MiB",
            }
            for stage, taken in wide["stages"].items()
        ]
    )


def trust_table(trust: dict) -> str:
    """Return the table of what was tried to break the project, from benchmarks/trust.json."""
    rows = [
        ("damaged or hostile inputs, refused in a sentence", "inputs", "tried", "refused"),
        ("kills, full disks, cut files, two commands at once; then the same outputs", "faults", "tried", "survived"),
        ("trainings cut off, that went on to the same bytes", "resume", "tried", "equal_bytes"),
        ("outputs of two clones with the same hash", "hashes", "compared", "equal"),
    ]
    return markdown(
        [
            {"what": what, "tried": f"{trust[kind][tried]:,}", "held": f"{trust[kind][held]:,}"}
            for what, kind, tried, held in rows
        ]
    )


def reproduce_table(reproduced: dict) -> str:
    """Return the table of test scores by precision and threads, in percent, from benchmarks/reproduce.json."""
    settings = [
        {"precision": one["precision"], "threads": f"{one['threads']}"} | _scores(one) for one in reproduced["settings"]
    ]
    largest = {"precision": "largest difference", "threads": "–"} | _scores(reproduced["largest_difference"])
    return markdown([*settings, largest])


def _scores(of: dict[str, float]) -> dict[str, str]:
    return {called: percent(of[score]) for score, called in SCORE_NAMES.items()}
