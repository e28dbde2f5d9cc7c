"""What a file of recorded runs holds: a table of some shape, or every point of their metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from sqlalchemy import Connection

from nbtrack.analysis.frames import FORMATS, FrameFormat, check_format, record_json, wanted_runs
from nbtrack.analysis.table_files import (
    FieldKind,
    FileFormat,
    Row,
    file_format_of,
    whole_file,
    write_table,
)
from nbtrack.model import from_milliseconds
from nbtrack.query.columns import ATTRIBUTES, Column
from nbtrack.query.points import count_points, read_points
from nbtrack.query.records import ATTRIBUTE_NAMES, RunRecord, read_records, used_columns
from nbtrack.store.engine import Database

if TYPE_CHECKING:
    from nbtrack.query.arrays import Integers

T = TypeVar("T")

ExportFormat = Literal["wide", "long", "json", "history"]

Report = Callable[[int, int], None]
"""Told how many runs or points are written, and how many there are."""

REPORTED = 1_000
"""Runs or points between two reports."""

_DATES = frozenset(name for name, (_, kind) in ATTRIBUTES.items() if kind == "date")
_NUMBERS: dict[str, FieldKind] = {"attempt": "integer", "duration": "number"}
_ENTITIES = ("params", "metrics", "tags")

_HISTORY: dict[str, FieldKind] = {
    "run_id": "text",
    "key": "text",
    "step": "integer",
    "timestamp": "date",
    "value": "number",
}


def export_file(
    database: Database,
    path: Path,
    where: str | None = None,
    *,
    experiments: Sequence[str] | None = None,
    order_by: str | None = None,
    deleted: bool = False,
    limit: int | None = None,
    format: ExportFormat = "wide",
    file_format: FileFormat | None = None,
    overwrite: bool = False,
    report: Report | None = None,
) -> int:
    """Write runs, or every point of their metrics, into a file; return the number of its rows.

    The file is there when all of it is written, and not before; runs of any number take little
    memory.

    Parameters
    ----------
    path : Path
        Ends with ``.csv``, ``.parquet`` or ``.jsonl``, unless `file_format` is given.
    where, experiments, order_by, deleted, limit
        Which runs, as for `nbtrack.analysis.frames.runs_frame`.
    format : {"wide", "long", "json", "history"}
        A column per key; a row per param, metric and tag; three columns of JSON; or a row per
        point of the metrics, as `nbtrack.history` gives them.
    file_format : {"csv", "parquet", "jsonl"}, optional
        In CSV, text that a spreadsheet would execute gets an apostrophe in front.
    overwrite : bool
        Replace a file that is there.
    report : callable, optional
        Told how many runs (of a history: points) are written, and how many there are.

    Raises
    ------
    QueryError, NotFoundError
        As for `nbtrack.analysis.frames.runs_frame`.
    InvalidValueError
        A format that is unknown, a file that is there already or cannot be written (then nothing
        of it is left), or Parquet without the package pyarrow.
    """
    check_format(format, (*FORMATS, "history"))
    chosen = file_format or file_format_of(path)
    wanted = wanted_runs(
        database, where, experiments=experiments, order_by=order_by, deleted=deleted, limit=limit
    )
    place = path.absolute()
    with (
        database.reading(seconds=0) as connection,
        whole_file(place.parent, [place.name], overwrite=overwrite) as part,
    ):
        row_ids = wanted(connection)
        if format == "history":
            return export_history(connection, row_ids, part.temporary, chosen, report)
        return export_runs(connection, row_ids, part.temporary, chosen, format, report)


def export_runs(
    connection: Connection,
    row_ids: Integers,
    path: Path,
    file_format: FileFormat,
    shape: FrameFormat,
    report: Report | None = None,
) -> int:
    """Write runs into a file; return the number of its rows.

    Parameters
    ----------
    row_ids : array of int64
        From `nbtrack.query.records.read_row_ids`; the file has their order.
    path : Path
        A file that is overwritten.
    file_format : {"csv", "parquet", "jsonl"}
        In CSV, text that a spreadsheet would execute gets an apostrophe in front.
    shape : {"wide", "long", "json"}
        As `nbtrack.runs` knows them. Only in Parquet, whose columns have one type each, the
        ``value`` of the long shape is text, with the numbers beside it in ``number``.
    report : callable, optional
        Told of the progress, in runs.

    Raises
    ------
    InvalidValueError
        Parquet needs pyarrow, which is not installed.
    OSError
        The file cannot be written.
    """
    records = _reported(read_records(connection, row_ids), len(row_ids), report)
    columns = used_columns(connection, row_ids) if shape == "wide" else {}
    fields, rows = _fields(shape, columns), _rows(records, shape)
    if shape == "long" and file_format == "parquet":
        fields, rows = {**fields, "number": "number"}, map(_with_number, rows)
    return write_table(path, file_format, fields, rows)


def export_history(
    connection: Connection,
    row_ids: Integers,
    path: Path,
    file_format: FileFormat,
    report: Report | None = None,
) -> int:
    """Write every point of the metrics of runs into a file; return the number of its rows.

    The columns are those of `nbtrack.history`, the points of each series in order of step. The
    parameters and the errors are those of `export_runs`; the progress is told in points.
    """
    total = count_points(connection, row_ids) if report else 0
    rows = (
        {"run_id": run_id, "key": key, "step": step, "timestamp": from_milliseconds(time),
         "value": value}
        for run_id, key, (step, time, value) in read_points(connection, row_ids)
    )  # fmt: skip
    return write_table(path, file_format, _HISTORY, _reported(rows, total, report))


def _reported(items: Iterable[T], total: int, report: Report | None) -> Iterator[T]:
    done = 0
    for done, item in enumerate(items, 1):
        yield item
        if report and done % REPORTED == 0:
            report(done, total)
    if report:
        report(done, total)


def _fields(shape: FrameFormat, columns: Mapping[Column, frozenset[str]]) -> dict[str, FieldKind]:
    if shape == "long":
        return dict.fromkeys(["run_id", "kind", "key", "value"], "text")
    attributes: dict[str, FieldKind] = {
        name: "date" if name in _DATES else _NUMBERS.get(name, "text") for name in ATTRIBUTE_NAMES
    }
    if shape == "json":
        return {**attributes, **dict.fromkeys(_ENTITIES, "text")}
    return attributes | {_name(column): _kind(column, types) for column, types in columns.items()}


def _kind(column: Column, types: frozenset[str]) -> FieldKind:
    """Return the one kind that all values of a column have."""
    if column.entity == "metrics":
        return "number"
    if types == {"bool"}:
        return "boolean"
    return "number" if types and types <= {"int", "float"} else "text"


def _name(column: Column) -> str:
    return f"{column.entity}.{column.key}"


def _rows(records: Iterable[RunRecord], shape: FrameFormat) -> Iterator[Row]:
    for record in records:
        if shape == "long":
            for column, value in record.keyed.items():
                kind = column.entity.removesuffix("s")
                yield {
                    "run_id": record.run_id, "kind": kind, "key": column.key, "value": value,
                }  # fmt: skip
            continue
        row: dict[str, Any] = dict(zip(ATTRIBUTE_NAMES, record.attributes, strict=True))
        for name in _DATES & row.keys():
            row[name] = from_milliseconds(row[name])
        if shape == "json":
            row |= {each: record_json(record, each) for each in _ENTITIES}
        else:
            row |= {_name(column): value for column, value in record.keyed.items()}
        yield row


def _with_number(row: Row) -> Row:
    value = row["value"]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {
        **row,
        "value": str(value) if isinstance(value, float) else value,
        "number": value if is_number else None,
    }
