"""Tables as files that other tools read: CSV, Parquet, JSON lines; a block of rows at a time."""

from __future__ import annotations

import csv
import json
import math
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, Literal, get_args

from nbtrack.errors import InvalidValueError, did_you_mean
from nbtrack.store.values import to_wire

FileFormat = Literal["csv", "parquet", "jsonl"]
FieldKind = Literal["text", "number", "integer", "boolean", "date"]
"""What Parquet keeps a column as; the other formats write each value as it is."""

Row = Mapping[str, Any]

BLOCK = 2_000
"""Rows that are in memory at a time."""

FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)
_EXECUTED = ("=", "+", "-", "@", "\t", "\r", "\n")
_INT64 = 2**63


def file_format_of(path: Path) -> FileFormat:
    """Return the format that a file's name ends with.

    Raises
    ------
    InvalidValueError
        It ends with none that is known.

    Examples
    --------
    >>> file_format_of(Path("runs.csv"))
    'csv'
    """
    suffix = path.suffix.lower().removeprefix(".")
    for known in FORMATS:
        if suffix == known:
            return known
    raise InvalidValueError(
        f"The name {path.name!r} does not tell a file format.",
        hint=did_you_mean(suffix, FORMATS) or f"End it with .{', .'.join(FORMATS)}, or give one.",
    )


class Part:
    """A file under a temporary name, and what it is called once it is whole."""

    def __init__(self, temporary: Path) -> None:
        self.temporary = temporary
        self.path: Path | None = None


@contextmanager
def whole_file(folder: Path, names: Iterable[str], *, overwrite: bool = False) -> Iterator[Part]:
    """Let a file be written under a temporary name, and name it once it is whole.

    Whatever fails leaves no part of it, and what was there before stays.

    Parameters
    ----------
    folder : Path
        Where it goes.
    names : iterable of str
        The file gets the first of them that is free.
    overwrite : bool
        It gets the first of them in any case, in place of what is there.

    Raises
    ------
    InvalidValueError
        No name is free, there is no such folder, or the disk is full.
    """
    part = Part(folder / f".{secrets.token_hex(8)}.part")
    try:
        yield part
        target = folder / next(iter(names)) if overwrite else _reserved(folder, names)
        try:
            part.temporary.replace(target)
        except BaseException:
            if not overwrite:
                target.unlink(missing_ok=True)
            raise
        part.path = target
    except OSError as error:
        raise InvalidValueError(
            f"The file cannot be written into {str(folder)!r}: {error.strerror or error}.",
            hint="Check the folder's permissions and the space that is left.",
        ) from error
    finally:
        with suppress(OSError):
            part.temporary.unlink(missing_ok=True)


def _reserved(folder: Path, names: Iterable[str]) -> Path:
    for name in names:
        with suppress(FileExistsError):
            os.close(os.open(folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return folder / name
    raise InvalidValueError(
        f"There is such a file in {str(folder)!r} already.",
        hint="Choose another name, or overwrite it.",
    )


def write_table(
    path: Path, file_format: FileFormat, fields: Mapping[str, FieldKind], rows: Iterable[Row]
) -> int:
    """Write rows into a file, which is overwritten; return their number.

    Parameters
    ----------
    fields : mapping
        Names of the columns, in order, and what each is.
    rows : iterable of mapping
        Values by name; a missing one is None.

    Raises
    ------
    InvalidValueError
        Parquet needs pyarrow, which is not installed.
    OSError
        The file cannot be written.
    """
    match file_format:
        case "csv":
            return _write_csv(path, list(fields), rows)
        case "jsonl":
            return _write_lines(path, rows)
        case "parquet":
            return _write_parquet(path, fields, iter(rows))


def _write_csv(path: Path, names: list[str], rows: Iterable[Row]) -> int:
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


def _write_parquet(path: Path, fields: Mapping[str, FieldKind], rows: Iterator[Row]) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise InvalidValueError(
            "Parquet needs the package 'pyarrow', which is not installed.",
            hint="Install it with: pip install 'nbtrack[parquet]'; or choose CSV.",
        ) from error
    types = {
        "text": pa.string(),
        "number": pa.float64(),
        "integer": pa.int64(),
        "boolean": pa.bool_(),
        "date": pa.timestamp("ms", tz="UTC"),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in fields.items()])
    count = 0
    with pq.ParquetWriter(path, schema) as writer:
        while block := list(islice(rows, BLOCK)):
            arrays = [
                pa.array([_CONVERTERS[kind](row.get(name)) for row in block], type=types[kind])
                for name, kind in fields.items()
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(block)
    return count


def _as_given(value: Any) -> Any:
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


_CONVERTERS: Mapping[FieldKind, Callable[[Any], Any]] = {
    "text": _optional_text,
    "number": _float,
    "integer": _as_given,
    "boolean": _as_given,
    "date": _as_given,
}
