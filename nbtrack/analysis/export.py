"""Recorded runs as files that other tools read: CSV, Parquet, JSON lines; any number of runs."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection

from nbtrack.analysis.frames import FrameFormat, record_json
from nbtrack.errors import InvalidValueError
from nbtrack.model import from_milliseconds
from nbtrack.query.columns import ATTRIBUTES, Column
from nbtrack.query.records import ATTRIBUTE_NAMES, RunRecord, read_records, used_columns
from nbtrack.query.tree import Value
from nbtrack.store.values import to_wire

if TYPE_CHECKING:
    import pyarrow as pa

    from nbtrack.query.arrays import Integers

ExportFormat = Literal["csv", "parquet", "jsonl"]

BLOCK = 2_000
"""Rows that are in memory at a time."""

_DATES = frozenset(name for name, (_, kind) in ATTRIBUTES.items() if kind == "date")
_NUMBERS = {"attempt": "int64", "duration": "float64"}
_EXECUTED = ("=", "+", "-", "@", "\t", "\r", "\n")
_INT64 = 2**63

Row = Mapping[str, Any]


def export_runs(
    connection: Connection,
    row_ids: Integers,
    path: Path,
    file_format: ExportFormat,
    shape: FrameFormat,
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

    Raises
    ------
    InvalidValueError
        Parquet needs pyarrow, which is not installed.
    OSError
        The file cannot be written.
    """
    columns = used_columns(connection, row_ids) if shape == "wide" else {}
    rows = _rows(read_records(connection, row_ids), shape)
    match file_format:
        case "csv":
            return _write_csv(path, _names(shape, columns), rows)
        case "jsonl":
            return _write_lines(path, rows)
        case "parquet":
            return _write_parquet(path, shape, columns, rows)


def _names(shape: FrameFormat, columns: Iterable[Column]) -> list[str]:
    match shape:
        case "long":
            return ["run_id", "kind", "key", "value"]
        case "json":
            return [*ATTRIBUTE_NAMES, "params", "metrics", "tags"]
        case _:
            return [*ATTRIBUTE_NAMES, *map(_name, columns)]


def _name(column: Column) -> str:
    return f"{column.entity}.{column.key}"


def _rows(records: Iterator[RunRecord], shape: FrameFormat) -> Iterator[Row]:
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
            row |= {each: record_json(record, each) for each in ("params", "metrics", "tags")}
        else:
            row |= {_name(column): value for column, value in record.keyed.items()}
        yield row


def _write_csv(path: Path, names: Sequence[str], rows: Iterable[Row]) -> int:
    count = 0
    # the mark at the beginning lets spreadsheets read it as UTF-8
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(map(_harmless, names))
        for row in rows:
            writer.writerow([_csv_cell(row.get(name)) for name in names])
            count += 1
    return count


def _csv_cell(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float():
            return to_wire(value) if isinstance(value, float) else value
        case _:
            return _harmless(_text(value))


def _harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_EXECUTED) else text


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return json.dumps(value, ensure_ascii=False)


def _write_lines(path: Path, rows: Iterable[Row]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            known = {name: _json_value(value) for name, value in row.items() if value is not None}
            file.write(json.dumps(known, ensure_ascii=False, allow_nan=False) + "\n")
            count += 1
    return count


def _json_value(value: Any) -> Any:
    match value:
        case float():
            return to_wire(value)
        case bool():
            return value
        case int():
            return value if -_INT64 <= value < _INT64 else str(value)  # few readers know larger
        case list():
            return [_json_value(item) for item in value]
        case dict():
            return {key: _json_value(item) for key, item in value.items()}
        case _:
            return value.isoformat() if hasattr(value, "isoformat") else value


def _write_parquet(
    path: Path, shape: FrameFormat, columns: Mapping[Column, frozenset[str]], rows: Iterator[Row]
) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise InvalidValueError(
            "Parquet needs the package 'pyarrow', which is not installed.",
            hint="Install it with: pip install 'nbtrack[parquet]'; or choose CSV.",
        ) from error
    fields = _long_fields() if shape == "long" else _run_fields(shape, columns)
    if shape == "long":
        rows = map(_with_number, rows)
    count = 0
    schema = pa.schema([(name, kind) for name, (kind, _) in fields.items()])
    with pq.ParquetWriter(path, schema) as writer:
        while block := list(islice(rows, BLOCK)):
            arrays = [
                pa.array([convert(row.get(name)) for row in block], type=kind)
                for name, (kind, convert) in fields.items()
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(block)
    return count


Field = tuple["pa.DataType", Callable[[Any], Any]]


def _long_fields() -> dict[str, Field]:
    import pyarrow as pa

    texts = dict.fromkeys(["run_id", "kind", "key", "value"], (pa.string(), _optional_text))
    return {**texts, "number": (pa.float64(), _as_given)}


def _with_number(row: Row) -> Row:
    value = row["value"]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {
        **row,
        "value": str(value) if isinstance(value, float) else value,
        "number": _float(value) if is_number else None,
    }


def _run_fields(shape: FrameFormat, columns: Mapping[Column, frozenset[str]]) -> dict[str, Field]:
    import pyarrow as pa

    fields: dict[str, Field] = {}
    for name in ATTRIBUTE_NAMES:
        if name in _DATES:
            fields[name] = (pa.timestamp("ms", tz="UTC"), _as_given)
        elif name in _NUMBERS:
            fields[name] = (pa.type_for_alias(_NUMBERS[name]), _as_given)
        else:
            fields[name] = (pa.string(), _optional_text)
    if shape == "json":
        texts = dict.fromkeys(["params", "metrics", "tags"], (pa.string(), _optional_text))
        return {**fields, **texts}
    return fields | {_name(column): _field(column, kinds) for column, kinds in columns.items()}


def _field(column: Column, kinds: frozenset[str]) -> Field:
    """Return the one type that all values of a column have."""
    import pyarrow as pa

    if column.entity == "metrics":
        return pa.float64(), _as_given
    if kinds == {"bool"}:
        return pa.bool_(), _as_given
    if kinds and kinds <= {"int", "float"}:
        return pa.float64(), _float
    return pa.string(), _optional_text


def _as_given(value: Value) -> Value:
    return value


def _float(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except OverflowError:  # an int beyond the largest double
        return math.inf if value > 0 else -math.inf
    except ValueError:
        return None


def _optional_text(value: Any) -> str | None:
    return None if value is None else _text(value)
