"""Folders of Parquet or JSON lines, here or in an object store, scored by Ray Data on the cores of many machines."""

import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import ray
from ray.data import BlockBasedFileDatasink, DataContext, Dataset
from ray.data.block import BlockAccessor
from ray.exceptions import RayError

from emotions.errors import UserError, reading
from emotions.inference.emotion_model import CHUNK, EmotionModel
from emotions.inference.pieces import Layout
from emotions.inference.rows import Columns, Row, problem
from emotions.inference.scoring import PIECE, scored_rows

ROWS_PER_FILE = 1 << 20


@dataclass(frozen=True)
class Job:
    """What is scored into what; folders or URIs such as s3://bucket/comments, the model on every machine's own disk."""

    source: str
    target: str
    columns: Columns
    model: Path
    policy: str | None
    every: bool
    keep_bad: bool


def layout_of(job: Job, labels: list[str], types: dict[str, pa.DataType]) -> Layout:
    """Return the columns of the output; `types` are those of the kept columns."""
    every = tuple(labels) if job.every else ()
    return Layout("parquet", job.columns.text, job.columns.keep, every, with_error=job.keep_bad, types=types)


class Scorer:
    """A model in a worker of one core; Ray makes one a worker, and another where that dies."""

    def __init__(self, job: Job):
        self.job = job
        self.model = EmotionModel.load(job.model, threads=1)
        self.thresholds = self.model.policy_thresholds(job.policy)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Return the kept columns and the text of some rows with what the model says of each."""
        job = self.job
        layout = layout_of(job, self.model.labels, {name: batch.schema.field(name).type for name in job.columns.keep})
        kept = zip(*(batch[name].to_pylist() for name in job.columns.keep), strict=True)
        cells = kept if job.columns.keep else [()] * len(batch)
        rows = []
        for of_row, text in zip(cells, batch[job.columns.text].to_pylist(), strict=True):
            error = problem(text)
            if error and not job.keep_bad:
                beside = dict(zip(job.columns.keep, of_row, strict=True))
                raise UserError(f"{job.source}: a row beside {beside}: {error}")
            rows.append(Row(len(rows) + 1, None if error else text, of_row, error))
        scored = list(scored_rows(self.model, self.thresholds, iter(rows), job.every))
        return layout.table(scored).drop_columns("row")  # a batch does not know where its rows stand


class InOrder(BlockBasedFileDatasink):
    """Parquet files whose names sort as their rows do; Ray's own writer lets threads mix the blocks of a file."""

    def write_block_to_file(self, block: BlockAccessor, file: pa.NativeFile) -> None:
        pq.write_table(block.to_arrow(), file)


def keep_order() -> None:
    """Let Ray hand on blocks in the order of their rows, and read files in the order of their names.

    Its newer reader of Parquet packs row groups into tasks by size, whichever files they are of.
    """
    context = DataContext.get_current()
    context.execution_options.preserve_order = True
    context.use_datasource_v2 = False


def reason(said: str) -> str:
    """Return the sentence of a UserError that a worker met, from all that Ray says of it.

    Else the last line that names an error, after which Ray may tell how to try again; else the last line.
    """
    if sentence := re.search(r"UserError: (.*)", said):
        return sentence[1]
    errors = re.findall(r"^[\w.]+: .+", said, re.MULTILINE)
    return (errors or said.strip().splitlines())[-1]


def read_rows(source: str, columns: Columns) -> Dataset:
    """Return the rows of a folder's files, JSON lines where names end in .jsonl, else Parquet; of some columns.

    Raises UserError where no such file is there or can be read, and for a column that is not there.
    """
    names = list(dict.fromkeys([*columns.keep, columns.text]))
    lines = source.rstrip("/").endswith(".jsonl") or ("://" not in source and any(Path(source).glob("*.jsonl*")))
    read = ray.data.read_json if lines else ray.data.read_parquet
    with reading(source, "a folder of Parquet or JSON lines", "look at --input"):
        rows = read(source)
        schema = rows.schema()
    if schema is None:
        raise UserError(f"{source}: expected files of Parquet or JSON lines with rows; found none")
    missing = [name for name in names if name not in schema.names]
    if missing:
        raise UserError(f"{source}: expected a column {missing[0]!r}; found {', '.join(schema.names)}")
    return rows.select_columns(names)


def score_folder(job: Job, workers: int) -> int:
    """Write the target, a folder of Parquet files; return how many rows there are.

    One file after the other, by name, they hold what one process makes of the source's files in the order of theirs,
    without the column `row`. On the cluster that RAY_ADDRESS names, else on this machine. A worker that dies is
    replaced and its rows are computed again; files are written under names that a second try writes again, so that no
    row is lost or twice. A local target is named `.part` until it is whole. Raises UserError for a bad row unless such
    are kept, for a local source that is not there, a target that is there already and two columns of one name.
    """
    if "://" not in job.source and not Path(job.source).exists():
        raise UserError(f"{job.source}: expected a folder of Parquet or JSON lines; found none of that name")
    local = "://" not in job.target
    target = f"{job.target}.part" if local else job.target
    if local and (Path(job.target).exists() or Path(target).exists()):
        raise UserError(f"{job.target} or {target} is there already: remove it first, or name another --output")
    layout_of(job, EmotionModel.load(job.model, threads=1).labels, types={}).refuse_twins()
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # a page of Ray's own code for each sentence of ours
    on_cluster = bool(os.environ.get("RAY_ADDRESS"))
    options = {} if on_cluster else {"num_cpus": workers + 1, "include_dashboard": False}  # one core reads and writes
    ray.init(log_to_driver=False, logging_level=logging.ERROR, **options)
    try:
        keep_order()
        rows = read_rows(job.source, job.columns).repartition(target_num_rows_per_block=PIECE)
        scored = rows.map_batches(
            Scorer,
            fn_constructor_args=[job],
            batch_size=CHUNK,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=workers),
            num_cpus=1,
        )
        scored.write_datasink(InOrder(target, file_format="parquet", min_rows_per_file=ROWS_PER_FILE))
        count = ray.data.read_parquet(target).count()
    except RayError as error:
        raise UserError(f"{reason(str(error))}; what {target} holds is a part") from None
    finally:
        ray.shutdown()
    if local:
        Path(target).rename(job.target)
    return count
